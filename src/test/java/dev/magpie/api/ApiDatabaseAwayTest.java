package dev.magpie.api;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.api.ApiServer.Answer;
import dev.magpie.log.Recovery;
import dev.magpie.testing.Await;
import dev.magpie.testing.MongoServer;
import dev.magpie.testing.TestIo;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API on a MongoDB out of process that is killed. */
class ApiDatabaseAwayTest {
  private static final String BATCH = "[{\"event\":\"n\",\"args\":[\"unlogged\"]},"
      + "{\"namespace\":\"/log\",\"event\":\"n\",\"args\":[\"logged\"]}]";

  @Test
  void emitsNothingWhileTheDatabaseIsAwayAndEachEventOnceWhenItIsBack(@TempDir Path folder) throws Exception {
    try (MongoServer mongo = MongoServer.start(folder); ApiServer server = new ApiServer(settings(mongo), io -> {
      io.of("/log").recoverable(Recovery.DURABLE);
    })) {
      TestIo client = server.client(1, "/");
      Future<JsonArray> heard = client.next("n");
      assertThat(emit(server, "before").status()).isEqualTo(200);
      await(heard);

      mongo.kill();
      Future<JsonArray> again = client.next("n");
      for (int attempt = 0; attempt < 2; attempt++) {
        Answer refused = emit(server, "away");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("Retry-After")).isNotEmpty();
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
      }
      await(client.barrier());
      assertThat(again.isComplete()).isFalse();

      mongo.startAgain();
      // Until the server has noticed.
      Await.until("the database is back", () -> emit(server, "away").status() == 200);
      assertThat(await(again)).containsExactly("unlogged");
      Answer replayed = emit(server, "away");
      assertThat(replayed.header("Idempotency-Replayed")).isEqualTo("true");
      JsonArray events = server.get("/history?namespace=/log").body().getJsonArray("events");
      assertThat(events.stream().map(event -> ((JsonObject) event).getJsonArray("args").getString(0)).toList())
          .isEqualTo(List.of("logged", "logged"));
    }
  }

  private static JsonObject settings(MongoServer mongo) {
    return new JsonObject().put("mongo", new JsonObject().put("connection_string", mongo.connectionString()));
  }

  private static Answer emit(ApiServer server, String key) throws Exception {
    return server.call("POST", "/emit", BATCH, Map.of("Content-Type", "application/json", "Idempotency-Key", key));
  }
}
