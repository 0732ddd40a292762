package dev.magpie;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.store.ReadOnlyMongo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The program with a MongoDB that answers and takes no writes. */
@Timeout(180)
class ReadyWithoutWritesTest extends CommandProcesses {
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void readyIsRedWithTheReasonUntilTheDatabaseTakesWritesAgain() throws Exception {
    try (ReadOnlyMongo mongo = new ReadOnlyMongo()) {
      Files.writeString(folder.resolve("own.json"),
          "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"meaning\":false},\"mongo\":{\"connection_string\":\""
          + mongo.connectionString() + "\"}}");
      Process server = start("server", "-conf", "own.json");
      try {
        String ready = "http" + managementUrl(server) + "ready";
        await(ready, 200);
        mongo.refuse(true);
        assertThat(await(ready, 503)).contains("the database takes no writes: not primary (NotWritablePrimary)")
            .doesNotContain("Exception");
        mongo.refuse(false);
        await(ready, 200);
      } finally {
        server.destroyForcibly().waitFor();
      }
    }
  }

  private String await(String url, int status) throws Exception {
    long until = System.nanoTime() + SECONDS.toNanos(60);
    HttpResponse<String> last = null;
    while (System.nanoTime() < until) {
      try {
        last = http.send(HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(10)).build(),
            HttpResponse.BodyHandlers.ofString());
        if (last.statusCode() == status) return last.body();
      } catch (IOException notYet) {
        // It is starting.
      }
      Thread.sleep(100);
    }
    throw new AssertionError(status + " expected: " + (last == null ? "no answer" : last.statusCode() + " " + last.body()) + out("server"));
  }
}
