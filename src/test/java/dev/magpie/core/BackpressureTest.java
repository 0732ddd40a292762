package dev.magpie.core;

import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.RawWebSocket;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sender that asks whether the queue of a client is full, over each transport, with clients that read when the test says so. */
@Timeout(120)
class BackpressureTest {
  private static final String EIGHT_KB = "x".repeat(8 << 10);
  /** Enough for the buffers of any operating system. */
  private static final int MOST = 8_000;

  private final AtomicReference<Socket> joined = new AtomicReference<>();
  private final AtomicInteger drained = new AtomicInteger();
  private MountedIo server;

  @AfterEach
  void stop() {
    if (server != null) server.close();
  }

  private void serve(IoOptions options) {
    server = MountedIo.start(options, io -> io.onConnection(joined::set));
  }

  /** A client that reads on demand. */
  interface Reader extends AutoCloseable {
    /** Reads until this event has come; how many events of 8 KB came before it. */
    int readTo(String event) throws Exception;

    @Override
    void close() throws IOException;
  }

  enum Wire {
    PLAIN {
      @Override
      Reader connect(int port) throws Exception {
        return reader(RawWebSocket.tcpWithSmallWindow(port, 128 << 10).upgrade("/ws"));
      }
    },
    WEBSOCKET {
      @Override
      Reader connect(int port) throws Exception {
        RawWebSocket client = RawWebSocket.tcpWithSmallWindow(port, 128 << 10).upgrade("/socket.io/?EIO=4&transport=websocket");
        client.readFrame();
        client.sendText("40");
        client.readFrame();
        return reader(client);
      }
    },
    POLLING {
      @Override
      Reader connect(int port) {
        EnginePollingClient client = new EnginePollingClient(port);
        client.handshake();
        client.send("40");
        client.poll();
        return new Reader() {
          @Override
          public int readTo(String event) {
            int before = 0;
            while (true) {
              List<Object> packets = client.poll();
              before += (int) packets.stream().filter(packet -> packet.toString().contains("xxx")).count();
              if (packets.stream().anyMatch(packet -> packet.toString().contains(event))) return before;
            }
          }

          @Override
          public void close() {}
        };
      }
    };

    abstract Reader connect(int port) throws Exception;

    static Reader reader(RawWebSocket client) {
      return new Reader() {
        @Override
        public int readTo(String event) throws IOException {
          int before = 0;
          for (String text; !(text = client.readFrame().text()).contains(event); ) if (text.contains("xxx")) before++;
          return before;
        }

        @Override
        public void close() throws IOException {
          client.close();
        }
      };
    }
  }

  private Socket socket() {
    until("the client has joined", () -> joined.get() != null);
    return joined.get();
  }

  /** Sends until the queue is full, in one turn of the loop; how many events that took. */
  private int fill(Socket socket) {
    return server.onLoop(() -> {
      int sent = 0;
      while (!socket.writeQueueFull() && sent < MOST) {
        socket.emit("data", EIGHT_KB);
        sent++;
      }
      return sent;
    });
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void theQueueOfAClientThatDoesNotReadIsFullUntilItHasRead(Wire wire) throws Exception {
    serve(new IoOptions());
    try (Reader client = wire.connect(server.port)) {
      Socket socket = socket();
      server.onLoop(() -> socket.drainHandler(drain -> {
        drained.incrementAndGet();
        socket.emit("drained");
      }));
      assertThat(server.onLoop(socket::queuedBytes)).isZero();
      int sent = fill(socket);
      assertThat(sent).isBetween(1, MOST - 1);
      assertThat(server.onLoop(socket::queuedBytes)).isGreaterThanOrEqualTo(32 << 10);
      assertThat(server.onLoop(socket::writeQueueFull)).isTrue();
      assertThat(drained).hasValue(0);

      assertThat(client.readTo("drained")).isEqualTo(sent);
      assertThat(drained).hasValue(1);
      until("nothing waits", () -> server.onLoop(socket::queuedBytes) == 0);
      assertThat(server.onLoop(socket::writeQueueFull)).isFalse();
      assertThat(server.onLoop(socket::isConnected)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void aSenderThatPausesWhileItIsFullLosesNothingAndNoClient(Wire wire) throws Exception {
    // Without pauses the queue would overflow many times.
    int events = 1_000;
    serve(new IoOptions().setSendQueueBytes(256 << 10));
    try (Reader client = wire.connect(server.port)) {
      Socket socket = socket();
      server.onLoop(() -> {
        AtomicInteger sent = new AtomicInteger();
        Runnable pump = () -> {
          while (sent.get() <= events && !socket.writeQueueFull()) {
            if (sent.incrementAndGet() <= events) socket.emit("data", EIGHT_KB);
            else socket.emit("last");
          }
        };
        socket.drainHandler(drain -> pump.run());
        pump.run();
        return null;
      });
      assertThat(client.readTo("last")).isEqualTo(events);
      assertThat(server.onLoop(socket::isConnected)).isTrue();
    }
  }

  @Test
  void theHandlerIsCalledEachTimeAndNotOnceItIsRemoved() throws Exception {
    serve(new IoOptions());
    try (Reader client = Wire.PLAIN.connect(server.port)) {
      Socket socket = socket();
      server.onLoop(() -> socket.drainHandler(drain -> drained.incrementAndGet()));
      for (int round = 1; round <= 2; round++) {
        fill(socket);
        int expected = round;
        server.onLoop(() -> {
          socket.emit("end of round " + expected);
          return null;
        });
        client.readTo("end of round " + round);
        until("drained", () -> drained.get() == expected);
      }
      fill(socket);
      server.onLoop(() -> {
        socket.drainHandler(null);
        socket.emit("end");
        return null;
      });
      client.readTo("end");
      until("the queue has room", () -> server.onLoop(() -> !socket.writeQueueFull()));
      assertThat(drained).hasValue(2);
    }
  }

  @Test
  void aHandlerThatIsSetWhileTheQueueIsFullIsCalledToo() throws Exception {
    serve(new IoOptions());
    try (Reader client = Wire.WEBSOCKET.connect(server.port)) {
      Socket socket = socket();
      fill(socket);
      server.onLoop(() -> socket.drainHandler(drain -> socket.emit("drained")));
      assertThat(client.readTo("drained")).isPositive();
    }
  }

  @Test
  void aSocketThatHasLeftIsFullForGood() throws Exception {
    serve(new IoOptions());
    CompletableFuture<String> left = new CompletableFuture<>();
    Socket socket;
    try (Reader client = Wire.PLAIN.connect(server.port)) {
      socket = socket();
      server.onLoop(() -> socket.drainHandler(drain -> drained.incrementAndGet()).onDisconnect(left::complete));
      fill(socket);
    }
    until("it has left", left::isDone);
    assertThat(server.onLoop(socket::writeQueueFull)).isTrue();
    assertThat(server.onLoop(socket::queuedBytes)).isZero();
    assertThat(drained).hasValue(0);
  }

  @Test
  void anUpgradeTakesTheQueueAlongAndDrainsIt() throws Exception {
    serve(new IoOptions());
    EnginePollingClient polling = new EnginePollingClient(server.port);
    polling.handshake();
    polling.send("40");
    polling.poll();
    Socket socket = socket();
    server.onLoop(() -> socket.drainHandler(drain -> socket.emit("drained")));
    int sent = fill(socket);
    try (RawWebSocket client = RawWebSocket.connect(server.port, "/socket.io/?EIO=4&transport=websocket&sid=" + polling.sid())) {
      client.sendText("2probe");
      assertThat(client.readFrame().text()).isEqualTo("3probe");
      client.sendText("5");
      assertThat(Wire.reader(client).readTo("drained")).isEqualTo(sent);
    }
  }
}
