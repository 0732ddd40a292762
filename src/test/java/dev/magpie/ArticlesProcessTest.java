package dev.magpie;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command line as processes, beside a server that has the embedded database open. */
@Timeout(180)
class ArticlesProcessTest extends CommandProcesses {
  @Test
  void importsBesideARunningServerWhichAnswersWithThemWithinTenSeconds() throws Exception {
    Files.writeString(folder.resolve("faq.jsonl"), "{\"title\":\"月球漫游怎么开通\",\"body\":\"先上月球。\"}\n");
    Process server = start("server", "-conf", "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"meaning\":false}}");
    try {
      String url = url(server);
      assertThat(end(start("import", "articles", "import", "faq.jsonl"))).as(said("import")).isZero();
      assertThat(said("import")).startsWith("imported 1 articles from faq.jsonl in ");
      assertThat(askUntilFound(url, "月球漫游")).contains("月球漫游怎么开通");
      assertThat(end(start("export", "articles", "export"))).isZero();
      assertThat(out("export").lines()).as("nothing but articles on standard output").hasSize(101)
          .allMatch(line -> line.startsWith("{\"id\":"));
      Files.writeString(folder.resolve("bad.jsonl"), "{\"titel\":\"x\"}\n");
      assertThat(end(start("bad", "articles", "import", "bad.jsonl"))).isEqualTo(1);
      assertThat(said("bad")).contains("bad.jsonl:1: title: missing").doesNotContain("Exception");
      assertThat(end(start("wrong", "articles", "import"))).isEqualTo(2);
      assertThat(said("wrong")).startsWith("magpie: articles import: the file is missing").hasLineCount(1);
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  @Test
  void aTerminationKeepsTheHitsOfTheLastSecond() throws Exception {
    Process server = start("server", "-conf",
        "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"meaning\":false},\"applications\":[\"bot\"]}");
    String title = "怎么查询话费余额";
    try {
      askUntilFound(url(server), title);
      try (RawWebSocket visitor = RawWebSocket.connect(URI.create("http" + url(server)).getPort(), "/ws?ns=/bot")) {
        visitor.sendText(new JsonObject().put("event", "ask").put("args", new JsonArray().add(new JsonObject().put("text", title)))
            .put("ack", 1).encode());
        while (!visitor.readFrame().text().contains("\"outcome\":\"ANSWER\"")) {}
      }
      server.destroy();
      assertThat(end(server)).isEqualTo(143);
    } finally {
      server.destroyForcibly().waitFor();
    }
    assertThat(end(start("export", "articles", "export"))).isZero();
    assertThat(out("export").lines().filter(line -> line.contains("\"title\":\"" + title))).singleElement().asString()
        .contains("\"hits\":1,");
  }

  private static String askUntilFound(String url, String title) throws Exception {
    LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    WebSocket socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create("ws" + url + "ws"), new WebSocket.Listener() {
      @Override
      public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        heard.add(data.toString());
        from.request(1);
        return null;
      }
    }).get(10, SECONDS);
    long until = System.nanoTime() + SECONDS.toNanos(10);
    String answer = "";
    while (System.nanoTime() < until && !answer.contains(title)) {
      socket.sendText("[\"message\",{\"username\":\"a\",\"msg\":\"" + title + "\"}]", true).get(5, SECONDS);
      for (answer = heard.poll(5, SECONDS); answer != null && !answer.contains("servermessage"); answer = heard.poll(5, SECONDS)) {
        // The tutorial's other programs answer as well.
      }
      if (answer == null) answer = "";
      Thread.sleep(100);
    }
    socket.abort();
    return answer;
  }
}
