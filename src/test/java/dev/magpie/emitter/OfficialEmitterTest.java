package dev.magpie.emitter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.NodeClients;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Node.js program with the official emitter and driver writes, and Magpie's clients are told. */
@Timeout(240)
class OfficialEmitterTest {
  @TempDir
  Path folder;

  @BeforeAll
  static void install() throws Exception {
    NodeClients.install();
  }

  @Test
  void whateverItEmitsReachesTheClients() throws Exception {
    ConcurrentLinkedQueue<String> heard = new ConcurrentLinkedQueue<>();
    try (EmitterLab lab = EmitterLab.start(io -> {
      io.on("reload", args -> heard.add(args.encode()));
      io.of("/news");
    })) {
      EngineWebSocketClient first = lab.client(0, "/");
      EngineWebSocketClient second = lab.client(1, "/");
      EngineWebSocketClient reader = lab.client(1, "/news");
      lab.follow(lab.address, first, second);
      emit(lab, """
          {"emit": ["everybody", 1, 2.5, null, {"deep": [true, "text"]}, {"$date": "2026-01-02T03:04:05.006Z"}]},
          {"emit": ["bytes", {"$bytes": [1, 2, 3]}, {"in": [{"$bytes": [4]}]}]},
          {"of": "/news", "emit": ["headline", "rain"]},
          {"of": "/nowhere", "emit": ["lost"]},
          {"volatile": true, "emit": ["score", 7]},
          {"socketsJoin": ["tea"]},
          {"to": "tea", "emit": ["in tea"]},
          {"to": ["tea", "coffee"], "except": "tea", "emit": ["nobody"]},
          {"serverSideEmit": ["reload", "all", 3]},
          {"to": "tea", "socketsLeave": ["tea"]},
          {"to": "tea", "emit": ["empty room"]},
          {"emit": ["last"]}""");
      for (EngineWebSocketClient client : List.of(first, second)) {
        client.expect("42[\"everybody\",1,2.5,null,{\"deep\":[true,\"text\"]},\"2026-01-02T03:04:05.006Z\"]");
        client.expect("452-[\"bytes\",{\"_placeholder\":true,\"num\":0},{\"in\":[{\"_placeholder\":true,\"num\":1}]}]");
        client.expect(Buffer.buffer(new byte[] {1, 2, 3}));
        client.expect(Buffer.buffer(new byte[] {4}));
        client.expect("42[\"score\",7]");
        client.expect("42[\"in tea\"]");
        client.expect("42[\"last\"]");
        client.expectNothingElse();
      }
      reader.expect("42/news,[\"headline\",\"rain\"]");
      reader.expectNothingElse();
      // Each of the two instances runs its handlers once.
      assertThat(heard).containsExactly("[\"all\",3]", "[\"all\",3]");
    }
  }

  @Test
  void itDisconnectsClientsFromTheirNamespaceOrAltogether() throws Exception {
    try (EmitterLab lab = EmitterLab.start(io -> io.of("/news"))) {
      EngineWebSocketClient member = lab.client(0, "/");
      EngineWebSocketClient reader = lab.client(1, "/news");
      lab.follow(lab.address, member);
      emit(lab, "{\"of\": \"/news\", \"disconnectSockets\": [false]}");
      reader.expect("41/news,");
      member.expectNothingElse();
      emit(lab, "{\"disconnectSockets\": [true]}");
      member.expect("41");
      member.expectClosed();
    }
  }

  private void emit(EmitterLab lab, String steps) throws Exception {
    Path log = folder.resolve("emitter.log");
    Process node = NodeClients.start("emitter.mjs", log, lab.address, EmitterLab.DATABASE, EmitterLab.COLLECTION, "[" + steps + "]");
    try {
      assertThat(node.waitFor(60, TimeUnit.SECONDS)).as("the emitter ends").isTrue();
      assertThat(node.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      node.destroyForcibly();
    }
  }
}
