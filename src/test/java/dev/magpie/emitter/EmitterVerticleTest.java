package dev.magpie.emitter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.log.Recovery;
import dev.magpie.ops.Health;
import dev.magpie.store.InsertStream;
import dev.magpie.store.StoreOptions;
import dev.magpie.testing.Await;
import dev.magpie.testing.CutWire;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.LogLines;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Documents of emitters in a database that tells of changes, and the clients of two instances. */
@Timeout(60)
class EmitterVerticleTest {

  @Test
  void eachClientGetsAnEventOnceWhateverItsInstance() {
    try (EmitterLab lab = EmitterLab.start(io -> {})) {
      List<EngineWebSocketClient> clients = List.of(lab.client(0, "/"), lab.client(1, "/"));
      lab.follow(lab.address, clients.get(0), clients.get(1));
      for (String word : List.of("one", "two", "three")) lab.insert(EmitterLab.event("said", word));
      for (EngineWebSocketClient client : clients) {
        for (String word : List.of("one", "two", "three")) client.expect("42[\"said\",\"" + word + "\"]");
        client.expectNothingElse();
      }
    }
  }

  @Test
  void anEventIsOnceInTheLogOfANamespaceWithRecovery() throws Exception {
    try (EmitterLab lab = EmitterLab.start(io -> io.of("/log").recoverable(Recovery.MEMORY))) {
      EngineWebSocketClient member = lab.client(0, "/");
      List<EngineWebSocketClient> clients = List.of(lab.client(0, "/log"), lab.client(1, "/log"));
      lab.follow(lab.address, member);
      lab.insert(EmitterLab.event("said", "one").put("nsp", "/log"));
      lab.insert(EmitterLab.event("said", "two").put("nsp", "/log"));
      for (EngineWebSocketClient client : clients) {
        client.expectStart("42/log,[\"said\",\"one\",\"");
        client.expectStart("42/log,[\"said\",\"two\",\"");
        client.expectNothingElse();
      }
      assertThat(lab.instances.get(0).io.of("/log").log().head().await(20, TimeUnit.SECONDS)).isEqualTo(2);
    }
  }

  @Test
  void documentsOfSocketIoServersAreNotFollowed() {
    try (EmitterLab lab = EmitterLab.start(io -> {})) {
      EngineWebSocketClient client = lab.client(0, "/");
      lab.follow(lab.address, client);
      lab.insert(EmitterLab.event("said", "by a server").put("uid", "a1b2c3"));
      lab.insert(EmitterLab.event("said", "by an emitter"));
      client.expect("42[\"said\",\"by an emitter\"]");
    }
  }

  @Test
  void aMalformedDocumentIsSkippedWithALine() {
    try (EmitterLab lab = EmitterLab.start(io -> {}); LogLines lines = new LogLines(EmitterVerticle.class)) {
      EngineWebSocketClient client = lab.client(0, "/");
      lab.follow(lab.address, client);
      lab.insert(EmitterLab.document(3, new JsonObject()).put("_id", "line\nbreak"));
      lab.insert(EmitterLab.event("said", "next"));
      client.expect("42[\"said\",\"next\"]");
      assertThat(lines.lines()).hasSize(1).first().asString().startsWith("emitter document skipped id=").contains("line")
          .doesNotContain("\n").endsWith("reason=opts: a document");
    }
  }

  @Test
  void afterAnOutageItGoesOnBehindTheLastDocument() throws Exception {
    try (EmitterLab lab = EmitterLab.start(io -> {});
        CutWire wire = CutWire.to("127.0.0.1", lab.server.getLocalAddress().getPort())) {
      EngineWebSocketClient client = lab.client(0, "/");
      lab.follow("mongodb://127.0.0.1:" + wire.port() + "/?serverSelectionTimeoutMS=500", client);
      lab.insert(EmitterLab.event("said", "before"));
      client.expect("42[\"said\",\"before\"]");
      wire.cut();
      lab.insert(EmitterLab.event("said", "meanwhile"));
      Await.until("it is not ready", () -> !ready(lab));
      lab.insert(EmitterLab.event("said", "later"));
      wire.mend();
      client.expect("42[\"said\",\"meanwhile\"]");
      client.expect("42[\"said\",\"later\"]");
      client.expectNothingElse();
      Await.until("it is ready", () -> ready(lab));
    }
  }

  @Test
  void aDatabaseWithoutChangeStreamsIsRefusedByName() throws Exception {
    try (EmitterLab lab = EmitterLab.withoutChangeStreams(); LogLines lines = new LogLines(InsertStream.class)) {
      lab.deploy(lab.address);
      Await.until("it is refused", () -> !lines.lines().isEmpty());
      assertThat(lines.lines()).first().asString()
          .startsWith("inserts are not followed collection=emitters.socket.io-adapter-events reason=");
      assertThat(ready(lab)).isFalse();
    }
  }

  @Test
  void theEmbeddedDatabaseIsRefused() {
    assertThatThrownBy(() -> InsertStream.open(null, StoreOptions.embedded(Path.of("data")), null, "events", null, null))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("embedded").hasMessageContaining("mongo.connection_string");
  }

  private static boolean ready(EmitterLab lab) throws Exception {
    return Health.of(lab.vertx).report().await(20, TimeUnit.SECONDS).ready();
  }
}
