package dev.magpie.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The lines of state.md that a page needs, word for word, and room.js over both wires, against the example applications. */
@ExtendWith(Browser.class)
class RoomStateTest {
  private static final Path GUIDE = Path.of("src/site/markdown/state.md");

  /** The first js block of the guide that begins with these words. */
  private static String documented(String beginning) throws IOException {
    Matcher block = Pattern.compile("```js\n(" + Pattern.quote(beginning) + ".*?)```", Pattern.DOTALL).matcher(Files.readString(GUIDE));
    assertThat(block.find()).as(beginning).isTrue();
    return block.group(1);
  }

  /** A page with the official client, and the function {@code io} for this server. */
  private static Page page(Windows windows) {
    Page page = windows.open("/examples/");
    page.addScriptTag(new Page.AddScriptTagOptions().setUrl(windows.servers().magpie().url(8000, "/socket.io/socket.io.js")));
    return page;
  }

  /** Playwright's own way is not allowed by the page's policy. */
  private static void until(Page page, String fact) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!(Boolean) page.evaluate(fact)) {
      assertThat(System.nanoTime()).as(fact).isLessThan(end);
      page.waitForTimeout(50);
    }
  }

  private static Page score(Page page, String match) {
    page.evaluate("match => new Promise(done => { const player = io('/scores');"
        + " player.emit('goal', {match, side: 'home'}, () => (player.disconnect(), done())); })", match);
    return page;
  }

  @Test
  void theDocumentedLinesShowWhoIsThere(Windows windows) throws IOException {
    Page page = page(windows);
    page.evaluate("() => { const socket = io('/scores'); const show = (members, count) => Object.assign(window, {members, count});\n"
        + documented("const members") + "Object.assign(window, {socket}); }");
    until(page, "window.count >= 1 && members.has(socket.id)");
    page.evaluate("window.other = io('/scores', {forceNew: true}); undefined");
    until(page, "other.connected && members.has(other.id) && members.size === count");
    page.evaluate("window.gone = other.id; other.disconnect(); undefined");
    until(page, "!members.has(gone) && members.size === count");
  }

  @Test
  void theDocumentedLinesFollowRetainedState(Windows windows) throws IOException {
    Page page = page(windows);
    page.evaluate("() => { window.bird = io('/map', {forceNew: true}); bird.on('you', name => {"
        + " window.name = name; bird.emit('move', {x: 3, y: 4}); }); }");
    page.evaluate("() => { const socket = io('/map', {forceNew: true}); const draw = positions => Object.assign(window, {positions});\n"
        + documented("const positions") + "}");
    until(page, "window.positions?.get(name)?.y === 4");
    page.evaluate("bird.disconnect(); undefined");
    until(page, "!positions.has(name)");
  }

  @Test
  void roomJsHoldsStateAndPresenceOverBothWires(Windows windows) {
    Page page = score(page(windows), "3");
    String plain = "new Magpie(new URL('../ws?ns=/scores', location))";
    String official = "io('/scores', {forceNew: true, auth: {state: true}})";
    for (String client : List.of(plain, official)) {
      page.evaluate("async () => { const { Magpie, presence, state } = await import('../js/magpie.js'); const client = " + client + ";\n"
          + "Object.assign(window, { client, board: state(client, 'scores'), here: presence(client, 'scores') }); }");
      until(page, "board.get('3')?.home > 0 && here.count > 0");
      Object before = page.evaluate("[board.get('3').home, board.version('3')]");
      score(page, "3");
      until(page, "board.get('3').home > " + ((List<?>) before).get(0) + " && board.version('3') > " + ((List<?>) before).get(1));
      assertThat(page.evaluate("board.entries.get('3').event")).isEqualTo("score");
      assertThat(page.evaluate("board.entries.get('3').args.length + board.entries.get('3').args[0].match")).isEqualTo("13");
    }
    page.evaluate("() => new Promise(done => io('/scores').emit('reset', {match: '3'}, done))");
    until(page, "board.get('3') === undefined && board.version('3') === 0");
  }
}
