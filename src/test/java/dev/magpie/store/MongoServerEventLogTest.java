package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.Appended;
import dev.magpie.log.LogEntry;
import dev.magpie.testing.TestMongo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log in a MongoDB out of process, which is killed, stopped and started again; {@code MAGPIE_TEST_MONGO} names another one. */
class MongoServerEventLogTest extends EventLogContract {
  @TempDir static Path directory;
  private static TestMongo server;
  private Vertx vertx;
  private MongoClient client;
  private DatabaseGate gate;
  private String database;

  @BeforeAll
  static void startServer() throws Exception {
    server = TestMongo.start(directory);
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @BeforeEach
  @Override
  void start() throws Exception {
    database = server.newDatabase();
    super.start();
  }

  @Override
  void open() {
    vertx = Vertx.vertx();
    client = MongoClient.create(vertx,
        new JsonObject().put("connection_string", Store.withDefaults(server.connectionString())).put("db_name", database));
    gate = new DatabaseGate(vertx, new WriteProbe(client)::write);
    log = await(MongoEventLog.open(client, gate, "/chat", StoredRecovery.newEpoch(), System::currentTimeMillis));
    sessions = new MongoRecoveryStore(client, gate, "/chat");
  }

  @Override
  void close() {
    gate.close();
    await(client.close());
    await(vertx.close());
  }

  @Test
  void goesOnAfterItsServerWasKilled() throws Exception {
    List<LogEntry> first = List.of(said("r", "1", 1), said("r", "2", 2));
    await(log.append(first));
    server.goAway();
    List<LogEntry> second = List.of(said("r", "2", 2), said("r", "3", 3));
    Future<List<Appended>> away = log.append(second);
    assertThat(await(away.map("written").otherwise("not known"))).isEqualTo("not known");
    assertThat(await(log.extent().map("read").otherwise("not read"))).isEqualTo("not read");
    server.comeBack();
    List<Appended> again = again(second);
    assertThat(again).extracting(Appended::seq).containsExactly(2L, 3L);
    assertThat(again).extracting(Appended::duplicate).containsExactly(true, false);
    server.goAway();
    server.comeBack();
    assertThat(again(first)).extracting(Appended::duplicate).containsExactly(true, true);
    assertThat(await(log.read(0, 10, 10))).hasSize(3);
  }

  /** As those do who get no answer: a connection of the pool may be the dead server's still. */
  private List<Appended> again(List<LogEntry> entries) {
    Future<List<Appended>> appended = log.append(entries);
    for (int i = 0; i < 10; i++) appended = appended.recover(failure -> log.append(entries));
    return await(appended);
  }
}
