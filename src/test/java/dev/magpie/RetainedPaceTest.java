package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of more retained values than a send queue takes, for a client that does not read. */
class RetainedPaceTest {
  private static final int KEYS = 500;
  private static final int ROUNDS = 5;

  private final Vertx vertx = Vertx.vertx();
  private Io io;
  private int port;

  @BeforeEach
  void start() {
    Router router = Router.router(vertx);
    io = Io.create(vertx, new IoOptions().setSendQueueBytes(64 << 10)).mountPlain(router, "/ws");
    io.onConnection(socket -> socket.join(socket.query("room", "none")));
    await(io.ready());
    port = await(vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1").map(HttpServer::actualPort));
  }

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  @Test
  void aMemberThatDoesNotReadGetsTheNewestOfEveryKeyLaterAndIsNotClosed() throws Exception {
    String large = "x".repeat(4_000);
    try (RawWebSocket slow = RawWebSocket.tcpWithSmallWindow(port, 8 << 10)) {
      slow.upgrade("/ws?room=map");
      for (int round = 1; round <= ROUNDS; round++) {
        List<Future<Long>> set = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) set.add(io.to("map").retain("k" + key).emit("state", key, round, large));
        await(Future.all(set));
      }
      await(io.to("map").retain("end").emit("end"));
      Map<Integer, Integer> rounds = new HashMap<>();
      while (true) {
        RawWebSocket.Frame frame = slow.readFrame();
        assertThat(frame.opcode()).as(frame.text()).isEqualTo(RawWebSocket.TEXT);
        JsonArray event = new JsonArray(frame.text());
        if (event.getString(0).equals("end")) break;
        int round = event.getInteger(2);
        Integer former = rounds.put(event.getInteger(1), round);
        assertThat(former == null ? 0 : former).isLessThan(round);
      }
      assertThat(rounds).hasSize(KEYS).values().containsOnly(ROUNDS);
    }
  }
}
