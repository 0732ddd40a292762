package dev.magpie.store;

import static dev.magpie.testing.Await.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Room state in a MongoDB, spoken to by its wire protocol: here that of the embedded one. */
class MongoStateStoreTest extends StateStoreContract {
  @TempDir Path directory;
  private Vertx vertx;
  private EmbeddedMongo server;
  private MongoClient client;
  private DatabaseGate gate;

  @Override
  void open() {
    vertx = Vertx.vertx();
    server = EmbeddedMongo.open(directory);
    client = MongoClient.create(vertx, new JsonObject().put("connection_string", server.connectionString()).put("db_name", "test"));
    gate = new DatabaseGate(vertx, new WriteProbe(client)::write);
    store = await(MongoStateStore.open(client, gate, "/x", Future::succeededFuture));
  }

  @Override
  void close() {
    gate.close();
    await(client.close());
    await(vertx.close());
    server.close();
  }
}
