package dev.magpie.transport.engineio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.Message;
import dev.magpie.transport.admission.Admission;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.SocketAddress;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session's heartbeat by a clock of the test's own, to the millisecond; a tick every 50 of them. */
class EngineSessionHeartbeatTest {
  private static final int INTERVAL = 25_000;
  private static final int TIMEOUT = 20_000;
  private static final int TICK = 50;

  private final Vertx vertx = Vertx.vertx();
  private long clock = 1;
  private final TimerWheel timers = new TimerWheel(() -> clock);
  private final FakeTransport transport = new FakeTransport();
  private CloseReason closed;
  private EngineSession session;

  @BeforeEach
  void open() {
    open(4, false);
  }

  @AfterEach
  void close() {
    vertx.close();
  }

  private void open(int version, boolean strictPong) {
    open(version, strictPong, INTERVAL);
  }

  private void open(int version, boolean strictPong, int interval) {
    if (session != null) session.close(CloseReason.FORCED_SERVER_CLOSE, null);
    EngineOptions options = new EngineOptions(interval, TIMEOUT, 1_000_000, 10_000, true, false, strictPong, 1 << 20, null, Origins.any(),
        null, List.of(), AdmissionLimits.NONE);
    EngineServer server = new EngineServer((ContextInternal) vertx.getOrCreateContext(), options, timers, new SessionDirectory(),
        (link, spoken) -> new Listener());
    session = new EngineSession(server, "sid", version, handshake(), Admission.of(vertx).ask(AdmissionLimits.NONE));
    transport.sent.clear();
    closed = null;
    timers.missedPongs().opened();
    session.open(transport);
  }

  @Test
  void theFirstPingComesInTheSecondHalfOfTheInterval() {
    for (int i = 0; i < 200; i++) {
      open(4, false);
      pass(INTERVAL / 2 - TICK);
      assertThat(transport.pings()).isZero();
      pass(INTERVAL / 2 + 2 * TICK);
      assertThat(transport.pings()).isEqualTo(1);
    }
  }

  @Test
  void aPongInTheLastMillisecondIsInTime() {
    awaitPing();
    pass(TIMEOUT - TICK - 1);
    session.receiveText("3");
    pass(INTERVAL - TIMEOUT - TICK);
    assertThat(closed).isNull();
    assertThat(transport.pings()).isEqualTo(1);
    pass(3 * TICK);
    assertThat(transport.pings()).isEqualTo(2);
  }

  @Test
  void pingsComeAnIntervalApartWithinATickHoweverLateTheirPongs() {
    awaitPing();
    long first = clock;
    for (int ping = 1; ping <= 50; ping++) {
      pass(ping * 97 % 5_000);
      session.receiveText("3");
      awaitPing();
      assertThat(TimeUnit.NANOSECONDS.toMillis(clock - first)).isBetween(ping * (long) INTERVAL - TICK, ping * (long) INTERVAL + TICK);
    }
  }

  @Test
  void aPongThatTakesLongerThanTheIntervalIsFollowedByAPingAtOnce() {
    open(4, false, 1_000);
    awaitPing();
    pass(5_000);
    session.receiveText("3");
    pass(2 * TICK);
    assertThat(transport.pings()).isEqualTo(2);
    session.receiveText("3");
    pass(1_000 - 4 * TICK);
    assertThat(transport.pings()).isEqualTo(2);
  }

  @Test
  void aPongAtTheDeadlineIsReadBeforeTheSessionIsClosed() {
    awaitPing();
    passToTheDeadline();
    assertThat(closed).isNull();
    session.receiveText("3");
    pass(INTERVAL / 2);
    assertThat(closed).isNull();
  }

  @Test
  void withoutItTheNextTickClosesIt() {
    awaitPing();
    passToTheDeadline();
    pass(TICK);
    assertThat(closed).isEqualTo(CloseReason.PING_TIMEOUT);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoTalksButDoesNotPongIsClosedWithinTheTimeoutAndTwoTicks(boolean strictPong) {
    open(4, strictPong);
    awaitPing();
    int waited = 0;
    for (; closed == null; waited += TICK) {
      session.receiveText("4talk");
      pass(TICK);
    }
    assertThat(closed).isEqualTo(CloseReason.PING_TIMEOUT);
    assertThat(waited).isBetween(TIMEOUT - 2 * TICK, TIMEOUT + 3 * TICK);
  }

  @Test
  void aMessageThatIsArrivingIsWaitedForOnce() {
    awaitPing();
    transport.receiving = true;
    int waited = 0;
    for (; closed == null; waited += TICK) pass(TICK);
    assertThat(waited).isBetween(2 * TIMEOUT - 2 * TICK, 2 * TIMEOUT + 4 * TICK);
  }

  @Test
  void withStrictPongItIsNotWaitedFor() {
    open(4, true);
    awaitPing();
    transport.receiving = true;
    int waited = 0;
    for (; closed == null; waited += TICK) pass(TICK);
    assertThat(waited).isBetween(TIMEOUT - 2 * TICK, TIMEOUT + 3 * TICK);
  }

  @Test
  void unaskedPongsProlongNothing() {
    for (int i = 0; i < 50; i++) session.receiveText("3");
    awaitPing();
    int waited = 0;
    for (; closed == null; waited += TICK) pass(TICK);
    assertThat(waited).isLessThanOrEqualTo(TIMEOUT + 3 * TICK);
  }

  @Test
  void aPingThatCannotLeaveIsASlowReaderAndNotADeadOne() {
    transport.leaves = false;
    awaitPing();
    int waited = 0;
    for (; closed == null; waited += TICK) pass(TICK);
    assertThat(closed).isEqualTo(CloseReason.SLOW_CONSUMER);
    assertThat(waited).isBetween(10_000 - 2 * TICK, 10_000 + 3 * TICK);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 30, 3_600})
  void aStallIsNobodysFault(int seconds) {
    awaitPing();
    pass(TIMEOUT - 5 * TICK);
    clock += TimeUnit.SECONDS.toNanos(seconds);
    timers.tick();
    assertThat(closed).isNull();
    session.receiveText("3");
    pass(INTERVAL - TICK);
    assertThat(closed).isNull();
  }

  @Test
  void aVersion3ClientHasIntervalAndTimeoutForItsPing() {
    open(3, false);
    pass(INTERVAL + TIMEOUT - TICK);
    session.receiveText("2");
    int waited = 0;
    for (; closed == null; waited += TICK) pass(TICK);
    assertThat(waited).isBetween(INTERVAL + TIMEOUT - TICK, INTERVAL + TIMEOUT + 3 * TICK);
    assertThat(closed).isEqualTo(CloseReason.PING_TIMEOUT);
  }

  @Test
  void nothingIsLeftOnTheWheelOfASessionThatEnded() {
    session.close(CloseReason.FORCED_SERVER_CLOSE, null);
    assertThat(timers.size()).isZero();
    assertThat(timers.missedPongs().matchTheWheel()).isTrue();
  }

  private static Handshake handshake() {
    return Handshake.of((HttpServerRequest) Proxy.newProxyInstance(HttpServerRequest.class.getClassLoader(),
        new Class<?>[] {HttpServerRequest.class},
        (proxy, method, args) -> switch (method.getName()) {
          case "headers" -> MultiMap.caseInsensitiveMultiMap();
          case "uri" -> "/socket.io/?EIO=4&transport=websocket";
          case "remoteAddress" -> SocketAddress.inetSocketAddress(1234, "127.0.0.1");
          case "isSSL" -> false;
          case "version" -> HttpVersion.HTTP_1_1;
          case "getHeader" -> null;
          default -> throw new UnsupportedOperationException(method.getName());
        }));
  }

  private void passToTheDeadline() {
    while (timers.remaining(session) > TimeUnit.MILLISECONDS.toNanos(1)) pass(1);
    pass(1);
  }

  private void awaitPing() {
    int before = transport.pings();
    while (transport.pings() == before) pass(TICK);
  }

  private void pass(long millis) {
    for (long written = millis; written > 0; written -= TICK) {
      clock += TimeUnit.MILLISECONDS.toNanos(Math.min(written, TICK));
      timers.tick();
    }
  }

  private final class Listener implements LinkListener {
    @Override
    public void onText(String text) {}

    @Override
    public void onBinary(Buffer data) {}

    @Override
    public void onClose(CloseReason reason, String detail) {
      closed = reason;
    }
  }

  private static final class FakeTransport implements EngineTransport {
    private final List<String> sent = new ArrayList<>();
    private boolean leaves = true;
    private boolean receiving;

    int pings() {
      return (int) sent.stream().filter("ping"::equals).count();
    }

    @Override
    public void send(Message message) {}

    @Override
    public void send(EnginePacket control) {}

    @Override
    public void ping(Runnable written) {
      sent.add("ping");
      if (leaves) written.run();
    }

    @Override
    public long taken() {
      return 0;
    }

    @Override
    public boolean writable() {
      return true;
    }

    @Override
    public long queuedBytes() {
      return 0;
    }

    @Override
    public void close(CloseReason reason, String detail) {}

    @Override
    public boolean receiving() {
      return receiving;
    }

    @Override
    public String name() {
      return "fake";
    }
  }
}
