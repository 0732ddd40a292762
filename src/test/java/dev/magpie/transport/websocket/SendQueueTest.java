package dev.magpie.transport.websocket;

import static dev.magpie.testing.Await.until;
import static dev.magpie.testing.RawWebSocket.PONG;
import static dev.magpie.testing.RawWebSocket.ascii;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.websocket.WebSocketHarness.Closed;
import dev.magpie.transport.websocket.WebSocketHarness.Recorder;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What waits for a peer: bounded, in order, and nobody else's loss. */
class SendQueueTest {
  private static final int WINDOW = 8 << 10;
  /** No loop is so busy that its peers could not read for so long. */
  private static final WebSocketLimits PATIENT =
      WebSocketLimits.DEFAULT.withSendQueueBytes(1 << 20).withBlockedTimeout(Duration.ofSeconds(30)).withPendingBytes(1L << 32);

  private static final Duration HURRY = Duration.ofMillis(2_000);

  /** More than any socket buffers between the two ends take at once. */
  private static final int LARGE = 12_000_000;

  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private WebSocketHarness harness;

  @BeforeEach
  void start() {
    harness = harness(PATIENT);
  }

  private WebSocketHarness harness(WebSocketLimits limits) {
    return WebSocketHarness.of(
        Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1)), WebSocketHarness.options(), h -> h.accepting(limits, Listener::new));
  }

  private void restart(WebSocketLimits limits) {
    harness.close();
    harness = harness(limits);
  }

  /** A server that waits two seconds for a peer that takes nothing. */
  private void hurry() {
    restart(PATIENT.withBlockedTimeout(HURRY));
  }

  @AfterEach
  void stop() {
    harness.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 5_000})
  void writesWhatIsSentInOneTurnInItsOrder(int length) throws Exception {
    int messages = 1_000_000 / (length + 100);
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      String tail = "x".repeat(length);
      on(
          channel,
          () -> {
            for (int i = 0; i < messages; i++) {
              if (i % 2 == 0) channel.send(WebSocketFrames.text(i + tail));
              else channel.sendText(i + tail);
            }
          });
      for (int i = 0; i < messages; i++) assertThat(client.readFrame().text()).isEqualTo(i + tail);
    }
  }

  @Test
  void writesASharedFrameWholeToEveryChannel() throws Exception {
    SharedFrame frame = WebSocketFrames.encode("4", "2[\"鹊桥\"]", new byte[] {4}, List.of(Buffer.buffer("one"), Buffer.buffer("two")));
    for (int i = 0; i < 3; i++) {
      try (RawWebSocket client = harness.connect()) {
        WebSocketChannel channel = harness.awaitOpened();
        on(channel, () -> channel.send(frame));
        assertThat(client.readFrame().text()).isEqualTo("42[\"鹊桥\"]");
        assertThat(client.readFrame().payload()).isEqualTo(ascii("\4one"));
        assertThat(client.readFrame().payload()).isEqualTo(ascii("\4two"));
      }
    }
  }

  @Test
  void closesASlowReaderWith4008WhileAnotherIsServed() throws Exception {
    try (RawWebSocket stalled = RawWebSocket.tcpWithSmallWindow(harness.port, WINDOW).upgrade("/")) {
      WebSocketChannel channel = harness.awaitOpened();
      try (RawWebSocket bystander = harness.connect()) {
        harness.awaitOpened();
        SharedFrame frame = WebSocketFrames.binary(Buffer.buffer(new byte[50_000]));
        long most = 0;
        boolean open = true;
        while (open) {
          on(channel, () -> channel.send(frame));
          most = Math.max(most, on(channel, channel::waitingBytes));
          open = on(channel, channel::isOpen);
          assertThat(bystander.sendText("served").readFrame().text()).isEqualTo("served");
        }
        assertThat(most).isBetween(900_000L, 1L << 20);
        // What waited is dropped, what Netty has goes first; a reader that wakes up is told why.
        assertThat(stalled.skipToClose().closeCode()).isEqualTo(4008);
        stalled.close();
        Closed closed = harness.awaitClosed();
        assertThat(closed.code()).isEqualTo(4008);
        assertThat(closed.why()).isEqualTo(CloseReason.SLOW_CONSUMER);
        assertThat(bystander.sendText("still").readFrame().text()).isEqualTo("still");
      }
    }
  }

  @Test
  void endsASlowReaderThatDoesNotTakeTheCloseFrame() throws Exception {
    hurry();
    try (RawWebSocket stalled = RawWebSocket.tcpWithSmallWindow(harness.port, WINDOW).upgrade("/")) {
      WebSocketChannel channel = harness.awaitOpened();
      SharedFrame frame = WebSocketFrames.binary(Buffer.buffer(new byte[200_000]));
      while (on(channel, channel::isOpen)) on(channel, () -> channel.send(frame));
      assertThat(harness.awaitClosed().why()).isEqualTo(CloseReason.SLOW_CONSUMER);
    }
  }

  @Test
  void takesAMessageOfAnySizeWhenNothingWaits() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      on(
          channel,
          () -> {
            channel.sendBinary(Buffer.buffer(new byte[LARGE])); // is being written
            channel.sendBinary(Buffer.buffer(new byte[LARGE])); // waits, alone
          });
      assertThat(on(channel, channel::isOpen)).isTrue();
      assertThat(client.readFrame().payload()).hasSize(LARGE);
      assertThat(client.readFrame().payload()).hasSize(LARGE);
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("drain");
      assertThat(on(channel, channel::writable)).isTrue();
    }
  }

  @Test
  void whatAPeerHasNotTakenCountsUntilItHas() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      on(channel, () -> channel.sendBinary(Buffer.buffer(new byte[LARGE])));
      assertThat(on(channel, this::leased)).isGreaterThan(1_000_000);
      assertThat(client.readFrame().payload()).hasSize(LARGE);
      awaitNothingHeld();
      on(channel, () -> channel.sendText("hello"));
      assertThat(client.readFrame().text()).isEqualTo("hello");
      assertThat(on(channel, this::leased)).isZero();
    }
  }

  @Test
  void whatWaitsForAPeerThatGoesIsGivenBack() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      on(
          channel,
          () -> {
            channel.sendBinary(Buffer.buffer(new byte[LARGE])); // is being written
            for (int i = 1; i <= 3; i++) channel.send(WebSocketFrames.binary(Buffer.buffer(new byte[100_000])), i == 3 ? null : "replaced");
          });
      assertThat(on(channel, this::leased)).isGreaterThan(1_000_000);
      client.reset();
      harness.awaitClosed();
      awaitNothingHeld();
    }
  }

  @Test
  void aFrameThatWaitsForManyCountsOnce() throws Exception {
    List<RawWebSocket> clients = new ArrayList<>();
    List<WebSocketChannel> channels = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      clients.add(harness.connect());
      channels.add(harness.awaitOpened());
    }
    SharedFrame frame = WebSocketFrames.binary(Buffer.buffer(new byte[1_000_000]));
    // In one turn of the loop: meanwhile nobody takes anything.
    long more = on(channels.get(0), () -> {
      for (WebSocketChannel channel : channels) {
        channel.sendBinary(Buffer.buffer(new byte[LARGE]));
        channel.flush();
      }
      long before = leased();
      for (WebSocketChannel channel : channels) channel.send(frame);
      return leased() - before;
    });
    assertThat(more).isBetween(700_000L, 2_000_000L);
    for (RawWebSocket client : clients) {
      assertThat(client.readFrame().payload()).hasSize(LARGE);
      assertThat(client.readFrame().payload()).hasSize(1_000_000);
      client.close();
    }
    awaitNothingHeld();
  }

  @Test
  void aPeerThatTakesNothingIsClosedWhenWhatWaitsIsMoreThanItMayHold() throws Exception {
    try (WebSocketHarness small = WebSocketHarness.of(
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1)),
            WebSocketHarness.options(),
            h -> h.accepting(PATIENT.withPendingBytes(8 << 20), Recorder::new));
        RawWebSocket stalled = RawWebSocket.tcpWithSmallWindow(small.port, WINDOW).upgrade("/")) {
      WebSocketChannel channel = small.awaitOpened();
      on(channel, () -> channel.sendBinary(Buffer.buffer(new byte[LARGE])));
      assertThat(small.awaitClosed().why()).isEqualTo(CloseReason.OUT_OF_MEMORY);
    }
  }

  private long leased() {
    return MemoryBudget.of(harness.vertx).leased();
  }

  private void awaitNothingHeld() throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (leased() > 0) {
      assertThat(System.nanoTime()).as("held for ever").isLessThan(until);
      Thread.sleep(5);
    }
  }

  @Test
  void isNotWritableWhileSomethingWaits() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      assertThat(on(channel, channel::writable)).isTrue();
      on(channel, () -> channel.sendBinary(Buffer.buffer(new byte[LARGE])));
      assertThat(on(channel, channel::writable)).isFalse();
      assertThat(client.readFrame().payload()).hasSize(LARGE);
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("drain");
    }
  }

  @Test
  void ofAKeyOnlyTheLatestWaitsAtThePlaceOfTheFirst() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      on(
          channel,
          () -> {
            channel.sendBinary(Buffer.buffer(new byte[LARGE])); // is being written
            for (int i = 1; i <= 2_000; i++) channel.send(WebSocketFrames.text("score " + i), "score");
            channel.send(WebSocketFrames.text("goal"));
            for (int i = 1; i <= 2_000; i++) channel.send(WebSocketFrames.text("time " + i), "time");
            channel.send(WebSocketFrames.text("score at last"), "score");
          });
      assertThat(on(channel, channel::isOpen)).isTrue();
      assertThat(on(channel, channel::waitingBytes)).isLessThan(100);
      assertThat(client.readFrame().payload()).hasSize(LARGE);
      assertThat(client.readFrame().text()).isEqualTo("score at last");
      assertThat(client.readFrame().text()).isEqualTo("goal");
      assertThat(client.readFrame().text()).isEqualTo("time 2000");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("drain");
      // Who keeps up gets each.
      on(channel, () -> channel.send(WebSocketFrames.text("score 1"), "score"));
      on(channel, () -> channel.send(WebSocketFrames.text("score 2"), "score"));
      assertThat(client.readFrame().text()).isEqualTo("score 1");
      assertThat(client.readFrame().text()).isEqualTo("score 2");
    }
  }

  /** What conflation is there for: without the key, the same messages close the reader. */
  @Test
  void withoutAKeyTheSameMessagesAreTooMany() throws Exception {
    try (RawWebSocket client = RawWebSocket.tcpWithSmallWindow(harness.port, WINDOW).upgrade("/")) {
      WebSocketChannel channel = harness.awaitOpened();
      on(
          channel,
          () -> {
            channel.sendBinary(Buffer.buffer(new byte[LARGE]));
            for (int i = 1; i <= 100_000; i++) channel.send(WebSocketFrames.text("score " + i));
          });
      assertThat(on(channel, channel::isOpen)).isFalse();
    }
  }

  @Test
  void endsAPeerThatTakesNothingWithoutACloseFrame() throws Exception {
    hurry();
    try (RawWebSocket stalled = RawWebSocket.tcpWithSmallWindow(harness.port, WINDOW).upgrade("/")) {
      WebSocketChannel channel = harness.awaitOpened();
      on(channel, () -> channel.sendBinary(Buffer.buffer(new byte[LARGE])));
      assertThat(harness.awaitClosed()).isEqualTo(new Closed(1006, "", CloseReason.SLOW_CONSUMER));
    }
  }

  @Test
  void endsADeadPeerThatTakesNothingWithoutACloseFrame() throws Exception {
    try (RawWebSocket stalled = RawWebSocket.tcpWithSmallWindow(harness.port, WINDOW).upgrade("/")) {
      WebSocketChannel channel = harness.awaitOpened();
      on(channel, () -> channel.sendBinary(Buffer.buffer(new byte[LARGE])));
      on(channel, () -> channel.closeNow(CloseReason.PING_TIMEOUT, null));
      assertThat(harness.awaitClosed()).isEqualTo(new Closed(1006, "", CloseReason.PING_TIMEOUT));
    }
  }

  @Test
  void bearsWithAPeerThatTakesALittleAllTheTime() throws Exception {
    hurry();
    int length = LARGE;
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      on(channel, () -> channel.sendBinary(Buffer.buffer(new byte[length])));
      // Longer than two blocked timeouts; the pause is the peer's slowness, and nothing is waited for.
      client.readBytes(10);
      for (int i = 0; i < 30; i++) {
        client.readBytes(length / 30);
        Thread.sleep(HURRY.toMillis() / 14);
      }
      assertThat(on(channel, channel::isOpen)).isTrue();
    }
  }

  @Test
  void keepsOnePongForAPeerThatDoesNotRead() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      on(channel, () -> channel.sendBinary(Buffer.buffer(new byte[LARGE])));
      for (int i = 1; i <= 100; i++) client.sendPing(ascii("ping " + i));
      client.sendText("marker");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("marker");
      assertThat(client.readFrame().payload()).hasSize(LARGE);
      RawWebSocket.Frame pong = client.readFrame();
      assertThat(pong.opcode()).isEqualTo(PONG);
      assertThat(pong.text()).isEqualTo("ping 100");
      assertThat(client.readFrame().text()).isEqualTo("marker");
    }
  }

  @Test
  void readsNothingWhilePausedAndLosesNothing() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      client.sendText("pause");
      for (int i = 0; i < 1_000; i++) client.sendText("m" + i);
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("pause");
      assertThat(heard.poll(100, TimeUnit.MILLISECONDS)).isNull();
      on(channel, channel::resumeReading);
      for (int i = 0; i < 1_000; i++) assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("m" + i);
    }
  }

  @Test
  void readsAPeersCloseFrameThoughPaused() throws Exception {
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      client.sendText("pause").sendText("unread");
      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("pause");
      on(channel, () -> channel.close(1000, ""));
      client.skipToClose();
      client.sendClose(1000, "");
      assertThat(client.readEnd()).isTrue();
      assertThat(harness.awaitClosed().code()).isEqualTo(1000);
    }
  }

  @Test
  void readsAPeersCloseFrameThoughItIsPausedAfterTheClose() throws Exception {
    restart(neverTimesOut(1 << 20));
    try (RawWebSocket client = harness.connect()) {
      WebSocketChannel channel = harness.awaitOpened();
      on(
          channel,
          () -> {
            channel.close(1000, "");
            channel.pauseReading();
          });
      client.skipToClose();
      client.sendClose(1000, "");
      assertThat(client.readEnd()).isTrue();
      assertThat(harness.awaitClosed().code()).isEqualTo(1000);
    }
  }

  @Test
  void aMessageThatAPeersCloseFrameInterruptsIsGivenBackAtOnce() throws Exception {
    restart(neverTimesOut(1L << 32));
    int half = 8 << 20;
    try (RawWebSocket stalled = RawWebSocket.tcpWithSmallWindow(harness.port, WINDOW).upgrade("/")) {
      WebSocketChannel channel = harness.awaitOpened();
      // The answer to the close frame does not leave, so that the connection stays.
      on(channel, () -> channel.sendBinary(Buffer.buffer(new byte[LARGE])));
      long untaken = on(channel, this::leased);
      stalled.send(RawWebSocket.fragment(false, RawWebSocket.BINARY, new byte[half]));
      // While its memory grows, the old array counts as well: three quarters at most before the last step.
      until("the unfinished message is held", () -> leased() >= untaken + half / 8 * 7);
      stalled.sendClose(1000, "");
      until("it is given back", () -> leased() < untaken + half / 2);
      assertThat(harness.closed).as("the connection stays").isEmpty();
    }
  }

  @Test
  void aPingThatEndsTheConnectionIsNotWrittenBehindTheCloseFrame() throws Exception {
    restart(PATIENT.withPendingBytes(1)); // Ends with the first byte that the peer does not take.
    SharedFrame full = WebSocketFrames.binary(Buffer.buffer(new byte[LoopTurn.STAGE_BYTES - 4]));
    assertThat(full.length()).isEqualTo(LoopTurn.STAGE_BYTES);
    SharedFrame ping = WebSocketFrames.ping(new byte[0]);
    try (RawWebSocket stalled = RawWebSocket.tcpWithSmallWindow(harness.port, WINDOW).upgrade("/")) {
      WebSocketChannel channel = harness.awaitOpened();
      long written = on(channel, () -> {
        while (channel.isOpen()) {
          channel.send(full);
          channel.ping(ping, () -> {}); // Finds no room beside that frame, and flushes it.
        }
        return channel.taken();
      });
      assertThat(harness.awaitClosed().why()).isEqualTo(CloseReason.OUT_OF_MEMORY);
      assertThat(on(channel, channel::taken)).isEqualTo(written);
    }
  }

  /** Waits for the peer's close frame longer than a test waits for anything. */
  private static WebSocketLimits neverTimesOut(long pendingBytes) {
    Duration never = Duration.ofMinutes(5);
    return new WebSocketLimits(16 << 20, 10, 1_000, 1 << 20, 64 << 10, never, never, pendingBytes);
  }

  private void on(WebSocketChannel channel, Runnable action) throws Exception {
    on(
        channel,
        () -> {
          action.run();
          return null;
        });
  }

  private <T> T on(WebSocketChannel channel, Supplier<T> action) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    WebSocketHarness.on(channel, () -> result.complete(action.get()));
    return result.get(10, TimeUnit.SECONDS);
  }

  private final class Listener extends Recorder {
    private Listener(WebSocketHarness harness) {
      super(harness);
    }

    @Override
    public void onText(String text) {
      if (text.equals("pause")) channel.pauseReading();
      if (text.equals("served") || text.equals("still") || text.equals("marker")) channel.sendText(text);
      heard.add(text);
    }

    @Override
    public void onDrain() {
      heard.add("drain");
    }
  }
}
