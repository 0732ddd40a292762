package dev.magpie.browser;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.gateway.GatewayVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.InstanceOfAssertFactories;
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
  void theDocumentedLinesAndRoomJsShowATextThatGrows(Windows windows) throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      vertx.eventBus().<JsonObject>consumer(Addresses.BOT_ASK, asked -> {
        asked.reply(Answer.of("鹊").beginning().toJson());
        String pieces = Question.from(asked.body()).stream();
        for (String piece : List.of("桥", "相")) vertx.eventBus().publish(pieces, new JsonObject().put("text", piece));
        vertx.eventBus().publish(pieces, new JsonObject().put("text", "会").put("done", true));
      });
      JsonArray listeners = new JsonArray().add(new JsonObject().put("port", 0).put("applications", new JsonArray().add("bot")));
      GatewayVerticle gateway = new GatewayVerticle();
      await(vertx.deployVerticle(gateway, new DeploymentOptions()
          .setConfig(new JsonObject().put("http", new JsonObject().put("listeners", listeners)))));
      String url = gateway.urls().get(0);
      Page page = windows.openUrl(url + "examples/");
      page.addScriptTag(new Page.AddScriptTagOptions().setUrl(url + "socket.io/socket.io.js"));
      page.evaluate("() => { const socket = io('/bot'); const show = (...now) => Object.assign(window, {now});\n"
          + documented("const texts") + "socket.emit('ask', {text: 'a', stream: 'a-1'}); }");
      until(page, "window.now?.[2] === true");
      assertThat(page.evaluate("now")).asInstanceOf(InstanceOfAssertFactories.LIST).startsWith("a-1", "鹊桥相会", true);
      page.evaluate("async () => { const { Magpie, stream } = await import('../js/magpie.js');\n"
          + "const client = new Magpie(new URL('../ws?ns=/bot', location)); window.text = stream(client, 'a-2');\n"
          + "client.on('$open', () => client.request('ask', {text: 'a', stream: 'a-2'})); }");
      until(page, "text.done");
      assertThat(page.evaluate("text.text")).isEqualTo("鹊桥相会");
      // Before its server, which it would miss.
      page.close();
    } finally {
      await(vertx.close());
    }
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
