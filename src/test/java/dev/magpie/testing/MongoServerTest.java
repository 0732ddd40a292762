package dev.magpie.testing;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tests build on that take their database away. */
class MongoServerTest {

  @Test
  void keepsItsDataOverAKillAndAStop(@TempDir Path directory) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (MongoServer mongo = MongoServer.start(directory)) {
      MongoClient client = MongoClient.createShared(vertx,
          new JsonObject().put("connection_string", mongo.connectionString() + "/?serverSelectionTimeoutMS=2000"));
      await(client.insert("things", new JsonObject().put("_id", "one")));
      mongo.kill();
      assertThat(await(client.count("things", new JsonObject()).map("answered").otherwise("away"))).isEqualTo("away");
      mongo.startAgain();
      await(client.insert("things", new JsonObject().put("_id", "two")));
      mongo.stop();
      mongo.startAgain();
      assertThat(await(client.count("things", new JsonObject()))).isEqualTo(2);
    } finally {
      await(vertx.close());
    }
  }
}
