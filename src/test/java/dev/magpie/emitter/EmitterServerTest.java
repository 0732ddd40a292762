package dev.magpie.emitter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.load.ServerProcess;
import dev.magpie.testing.Await;
import dev.magpie.testing.EngineWebSocketClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole server, whose settings name the collection of the emitters. */
@Timeout(240)
class EmitterServerTest {

  @Test
  void theSettingsOfAServerNameTheCollection() throws Exception {
    try (EmitterLab lab = EmitterLab.database();
        ServerProcess server = ServerProcess.plan()
            .with("mongo.connection_string", lab.address)
            .with("mongo.database", "other")
            .with("mongo.emitter.collection", EmitterLab.COLLECTION)
            .with("mongo.emitter.database", EmitterLab.DATABASE)
            .start();
        EngineWebSocketClient client = EngineWebSocketClient.connect(server.port)) {
      client.expectOpen();
      client.send("40");
      client.expectStart("40");
      // This database does not tell since when it tells of changes.
      Await.until("a document is followed", () -> {
        lab.insert(EmitterLab.event("said", "hello"));
        return server.metric("magpie_emitter_documents_total") > 0;
      });
      // The server's application has something to say too.
      for (Object heard = ""; !heard.equals("42[\"said\",\"hello\"]"); ) heard = client.receive();
      assertThat(server.lines()).anyMatch(line -> line.contains("following inserts collection=emitters.socket.io-adapter-events"));
    }
  }
}
