package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.Appended;
import dev.magpie.log.LogEntry;
import dev.magpie.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log in a MongoDB, spoken to by its wire protocol: here that of the embedded one, whose indexes are its weakness. */
class MongoEventLogTest extends EventLogContract {
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
    log = await(MongoEventLog.open(client, gate, "/chat", StoredRecovery.newEpoch(), System::currentTimeMillis));
    sessions = new MongoRecoveryStore(client, gate, "/chat");
  }

  @Override
  void close() {
    gate.close();
    await(client.close());
    await(vertx.close());
    server.close();
  }

  @Test
  void numbersDenselyThoughSeveralNodesAppend() {
    List<MongoEventLog> nodes = new ArrayList<>();
    for (int i = 0; i < 3; i++)
      nodes.add(await(MongoEventLog.open(client, gate, "/chat", StoredRecovery.newEpoch(), System::currentTimeMillis)));
    assertThat(nodes).extracting(MongoEventLog::epoch).containsOnly(log.epoch());
    List<Future<List<Appended>>> appends = new ArrayList<>();
    for (int round = 0; round < 10; round++) {
      List<Future<List<Appended>>> now = new ArrayList<>();
      for (int node = 0; node < 3; node++) {
        List<LogEntry> batch = new ArrayList<>();
        for (int i = 0; i < 5; i++) batch.add(said("r", node + "n" + round + "r" + i, i));
        // Two of them try the same one.
        if (node > 0) batch.add(said("r", "same" + round, "same"));
        now.add(nodes.get(node).append(batch));
      }
      now.forEach(Await::await);
      appends.addAll(now);
    }
    Set<Long> seqs = new HashSet<>();
    int originals = 0;
    for (Future<List<Appended>> append : appends) {
      for (Appended one : await(append)) {
        if (one.duplicate()) continue;
        originals++;
        seqs.add(one.seq());
      }
    }
    assertThat(originals).isEqualTo(160);
    assertThat(seqs).hasSize(160);
    assertThat(await(log.extent()).head()).isEqualTo(160);
    assertThat(await(log.read(0, 1000, 1000))).hasSize(160);
  }
}
