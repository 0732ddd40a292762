package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import dev.magpie.chaos.ServerProcess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The client that chat.md shows, word for word, and a visitor's view of changes by others. */
@ExtendWith(Browser.class)
class ChatClientTest {
  private static final Pattern BLOCK = Pattern.compile("```js\n(const chat = io\\(.*?)```", Pattern.DOTALL);
  private static final String IN_PAGE = "http://127.0.0.1:8000";
  private static final String MODERATOR = "a-secret-of-the-moderators";

  /** Functions that chat.md leaves to the page. */
  private static final String PAGE = """
      const shown = new Map();
      let lastSeq = 0;
      const refusals = [];
      const show = message => {
        shown.set(message.seq, message.text);
        lastSeq = Math.max(lastSeq, message.seq);
      };
      const refused = (text, code) => refusals.push(text + ' ' + code);
      """;

  @TempDir
  static Path folder;

  private static ServerProcess server;

  @BeforeAll
  static void start() throws Exception {
    JsonObject settings = new JsonObject()
        .put("heartbeat", new JsonObject().put("interval_ms", 1_000).put("timeout_ms", 1_000))
        .put("chat", new JsonObject().put("moderators", new JsonArray().add(MODERATOR)).put("messages_per_second", 1_000)
            .put("user_bytes_per_minute", 1L << 40).put("address_bytes_per_minute", 1L << 40));
    server = new ServerProcess(folder, settings, Files.createDirectories(folder.resolve("none")));
    server.start();
    server.awaitListening();
  }

  @AfterAll
  static void end() throws Exception {
    server.close();
  }

  private static String url(String path) {
    return "http://127.0.0.1:" + server.port() + path;
  }

  private static String documented() throws IOException {
    Matcher block = BLOCK.matcher(Files.readString(Path.of("src/site/markdown/chat.md")));
    assertThat(block.find()).isTrue();
    assertThat(block.group(1)).contains(IN_PAGE);
    return block.group(1).replace(IN_PAGE, url(""));
  }

  /** A page with the documented client and nothing else; a name belongs to one person. */
  private static Page client(Windows windows, String name) throws IOException {
    Page page = windows.openUrl(url("/examples/"));
    page.addScriptTag(new Page.AddScriptTagOptions().setUrl(url("/socket.io/socket.io.js")));
    page.evaluate("() => {\n" + PAGE + documented().replace("'Ana'", "'" + name + "'")
        + "\nObject.assign(window, { chat, say, shown, refusals });\n}");
    until(page, "chat.connected && Boolean(localStorage.token)");
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

  private static void write(Page page, String... texts) {
    page.evaluate("texts => texts.forEach(text => say(text))", List.of(texts));
  }

  private static void shows(Page page, List<String> texts) {
    until(page, "shown.size >= " + texts.size());
    assertThat(page.evaluate("[...shown.keys()].sort((a, b) => a - b).map(seq => shown.get(seq))")).isEqualTo(texts);
    assertThat(page.evaluate("refusals")).isEqualTo(List.of());
  }

  @Test
  void theDocumentedClientLosesNothing(Windows windows) throws Exception {
    windows.expect("WebSocket connection|Failed to load resource|ERR_CONNECTION");
    Page ana = client(windows, "Ana");
    Page ben = client(windows, "Ben");
    List<String> said = new ArrayList<>(List.of("one", "two", "three", "four"));
    write(ana, "one");
    for (Page page : List.of(ana, ben)) shows(page, said.subList(0, 1));
    server.kill();
    until(ana, "!chat.connected");
    write(ana, "two", "three");
    server.start();
    server.awaitListening();
    for (Page page : List.of(ana, ben)) {
      shows(page, said.subList(0, 3));
      assertThat(page.evaluate("chat.recovered")).isEqualTo(true);
    }
    // Who has left, and so does not recover, reads the history; here of several pages.
    ben.evaluate("chat.disconnect()");
    for (int i = 0; i < 120; i++) said.add("meanwhile " + i);
    write(ana, said.subList(3, said.size()).toArray(new String[0]));
    shows(ana, said);
    ben.evaluate("chat.connect()");
    shows(ben, said);
    assertThat(ben.evaluate("chat.recovered")).isEqualTo(false);
    write(ben, "back");
    said.add("back");
    for (Page page : List.of(ana, ben)) shows(page, said);
  }

  @Test
  void theFirstPageShowsWhatIsEditedDeletedAndErased(Windows windows) {
    Page reader = windows.openUrl(url("/?room=changes"));
    assertThat(reader.locator("#here-count")).hasText("1 人在线");
    Page writer = windows.openUrl(url("/examples/"));
    writer.addScriptTag(new Page.AddScriptTagOptions().setUrl(url("/socket.io/socket.io.js")));
    writer.evaluate("() => { window.ask = (event, body) => (window.chat ??= io('/chat')).timeout(10_000).emitWithAck(event, { room: "
        + "'changes', ...body }); }");
    ask(writer, "join", new JsonObject().put("name", "Chen"));
    int first = say(writer, "first");
    int second = say(writer, "second");
    say(writer, "third");
    Locator texts = reader.locator("#log .message > p");
    assertThat(texts).hasText(new String[] {"first", "second", "third"});
    ask(writer, "edit", new JsonObject().put("seq", first).put("text", "first, mended"));
    ask(writer, "delete", new JsonObject().put("seq", second));
    assertThat(texts).hasText(new String[] {"first, mended", "消息已删除", "third"});
    assertThat(reader.locator("#log .message footer")).hasText(new String[] {"已编辑", "", ""});
    // Who comes now sees the same.
    Page late = windows.openUrl(url("/?room=changes"));
    assertThat(late.locator("#log .message > p")).hasText(new String[] {"first, mended", "消息已删除", "third"});
    assertThat(late.locator("#log .message footer")).hasText(new String[] {"已编辑", "", ""});
    ask(writer, "purge", new JsonObject().put("seq", first).put("moderator", MODERATOR));
    for (Page page : List.of(reader, late)) assertThat(page.locator("#log .message")).hasCount(0);
  }

  private static int say(Page page, String text) {
    return ask(page, "message", new JsonObject().put("text", text)).getInteger("seq");
  }

  private static JsonObject ask(Page page, String event, JsonObject body) {
    JsonObject answer = new JsonObject((String) page.evaluate("([event, body]) => ask(event, JSON.parse(body)).then(JSON.stringify)",
        List.of(event, body.encode())));
    assertThat(answer.getBoolean("ok")).as("%s: %s", event, answer).isTrue();
    return answer;
  }
}
