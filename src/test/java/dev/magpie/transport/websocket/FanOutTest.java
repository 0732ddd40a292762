package dev.magpie.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.transport.CloseReason;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A loop coalesces fan-outs. Every channel here is on one loop; its tasks run in their order, a turn's flush before the next turn. */
class FanOutTest {
  /** So long that nothing of it ends while a test looks, and short enough to wait for its end. */
  private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(2);

  private WebSocketHarness harness;
  private final List<RawWebSocket> clients = new ArrayList<>();
  private final List<WebSocketChannel> channels = new ArrayList<>();

  @BeforeEach
  void open() {
    open(true);
  }

  private void open(boolean nativeTransport) {
    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(nativeTransport).setEventLoopPoolSize(1));
    harness = WebSocketHarness.of(vertx, WebSocketHarness.options(),
        made -> made.accepting(WebSocketLimits.DEFAULT, WebSocketHarness.Recorder::new));
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private void connect(int members) throws Exception {
    while (clients.size() < members) {
      clients.add(harness.connect());
      channels.add(harness.awaitOpened());
    }
    // The answers to their handshakes went another way, and have left.
    turn(() -> null);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLargeFanOutIsWrittenAtTheEndOfTheWindowInItsOrder(boolean nativeTransport) throws Exception {
    harness.close();
    open(nativeTransport);
    connect(LoopTurn.FAN_OUT);
    List<Long> before = turn(this::taken);
    turn(this::window);
    for (String text : List.of("one", "two", "three")) toAll(text);
    assertThat(turn(this::taken)).as("written within the window").isEqualTo(before);
    for (RawWebSocket client : clients) assertReads(client, "one", "two", "three");
  }

  @Test
  void withoutAWindowEveryFanOutIsWrittenAtOnce() throws Exception {
    connect(LoopTurn.FAN_OUT);
    turn(() -> {
      WebSocketChannel.coalesceFanOut(Duration.ZERO);
      return null;
    });
    for (int n = 0; n < 200; n++) {
      List<Long> before = turn(this::taken);
      toAll("now");
      List<Long> after = turn(this::taken);
      assertThat(after.get(n % after.size())).isGreaterThan(before.get(n % after.size()));
    }
  }

  @Test
  void aSmallFanOutIsWrittenAtOnce() throws Exception {
    connect(LoopTurn.FAN_OUT - 1);
    List<Long> before = turn(this::taken);
    turn(this::window);
    toAll("one");
    List<Long> after = turn(this::taken);
    for (int i = 0; i < after.size(); i++) assertThat(after.get(i)).isGreaterThan(before.get(i));
  }

  @Test
  void aMessageOfItsOwnFlushesAConnectionAndTheOthersWait() throws Exception {
    connect(LoopTurn.FAN_OUT);
    List<Long> before = turn(this::taken);
    turn(this::window);
    toAll("one");
    turn(() -> {
      channels.get(0).sendText("yours");
      channels.get(1).send(WebSocketFrames.text("yours"));
      return null;
    });
    List<Long> after = turn(this::taken);
    for (int i = 0; i < 2; i++) {
      assertThat(after.get(i)).isGreaterThan(before.get(i));
      assertReads(clients.get(i), "one", "yours");
    }
    assertThat(after.subList(2, after.size())).isEqualTo(before.subList(2, before.size()));
    toAll("two");
    for (int i = 0; i < 2; i++) assertReads(clients.get(i), "two");
    for (RawWebSocket client : clients.subList(2, clients.size())) assertReads(client, "one", "two");
  }

  @Test
  void aConnectionThatClosesWithinTheWindowDelaysNoOther() throws Exception {
    connect(LoopTurn.FAN_OUT + 3);
    turn(this::window);
    toAll("one");
    turn(() -> {
      channels.get(0).close(4001, "not you");
      channels.get(1).abort(CloseReason.TRANSPORT_CLOSE);
      return null;
    });
    clients.get(2).close();
    assertReads(clients.get(0), "one");
    assertThat(clients.get(0).readFrame().closeCode()).isEqualTo(4001);
    for (RawWebSocket client : clients.subList(3, clients.size())) assertReads(client, "one");
  }

  @Test
  void manyBroadcastsOneAfterTheOtherAllArriveInTheirOrder() throws Exception {
    connect(2 * LoopTurn.FAN_OUT);
    int broadcasts = 300;
    for (int n = 0; n < broadcasts; n++) {
      toAll("all " + n);
      int to = n % channels.size();
      String own = "own " + n;
      turn(() -> {
        channels.get(to).sendText(own);
        return null;
      });
    }
    for (int i = 0; i < clients.size(); i++) {
      for (int n = 0; n < broadcasts; n++) {
        assertReads(clients.get(i), "all " + n);
        if (n % channels.size() == i) assertReads(clients.get(i), "own " + n);
      }
    }
  }

  private Void window() {
    LoopTurn.current().window(REST_NANOS);
    return null;
  }

  private List<Long> taken() {
    return channels.stream().map(WebSocketChannel::taken).toList();
  }

  private void toAll(String text) throws Exception {
    turn(() -> {
      SharedFrame frame = WebSocketFrames.text(text);
      channels.forEach(channel -> channel.send(frame));
      return null;
    });
  }

  private static void assertReads(RawWebSocket client, String... texts) throws IOException {
    for (String text : texts) assertThat(client.readFrame().text()).isEqualTo(text);
  }

  /** One turn of the loop; what it sends is flushed, or waits, before the next one. */
  private <T> T turn(Supplier<T> action) throws Exception {
    CompletableFuture<T> done = new CompletableFuture<>();
    WebSocketHarness.on(channels.get(0), () -> done.complete(action.get()));
    return done.get(RawWebSocket.TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
  }
}
