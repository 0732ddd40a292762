package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.MemoryBudget;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a client sent and the server keeps counts as pending: for as long as its connection, its socket or the event does. */
@ExtendWith(OnLoop.class)
class RetainedBytesTest {
  private static final int TOTAL = 4 << 20;
  private static final String LONG = "x".repeat(50_000);

  private final Clock clock = new Clock();
  private Io io;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions().setAdmission(new AdmissionLimits(100, 100, TOTAL)), clock.timers);
    io.of("/other");
  }

  private long pendingBytes() {
    return MemoryBudget.of(io.vertx()).held();
  }

  private void assertHolds(int bytes) {
    // But for what is free, and the parts beside the text.
    assertThat(pendingBytes()).isBetween(bytes - 10_000L, bytes + 2_000L);
  }

  @Test
  void anOrdinaryClientHoldsNothing() {
    FakeLink client = FakeLink.socketIo(io, "token=" + "t".repeat(2_000));
    client.say("0{\"token\":\"" + "t".repeat(2_000) + "\"}");
    assertThat(client.isOpen()).isTrue();
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void aLongHandshakeIsHeldUntilTheConnectionEnds() {
    FakeLink client = FakeLink.socketIo(io, "q=" + LONG);
    assertHolds(50_000);
    client.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void authIsHeldUntilTheClientLeavesTheNamespace() {
    FakeLink client = FakeLink.socketIo(io);
    client.say("0{\"a\":\"" + LONG + "\"}");
    client.say("0/other,{\"a\":\"" + LONG + "\"}");
    assertHolds(100_000);
    client.say("1/other,");
    assertHolds(50_000);
    client.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void authIsGivenBackWhereTheClientIsRefused() {
    Promise<Void> decision = Promise.promise();
    io.use(context -> decision.future());
    FakeLink client = FakeLink.socketIo(io);
    client.say("0{\"a\":\"" + LONG + "\"}");
    assertHolds(50_000);
    decision.fail(new ClientError("no"));
    assertThat(client.heard()).containsExactly("4{\"message\":\"no\"}");
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void authIsGivenBackWhereTheClientGoesBeforeItIsAdmitted() {
    Promise<Void> decision = Promise.promise();
    io.use(context -> decision.future());
    FakeLink client = FakeLink.socketIo(io);
    client.say("0{\"a\":\"" + LONG + "\"}");
    client.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(pendingBytes()).isZero();
    decision.complete();
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void moreThanAnAddressMayHoldClosesTheConnection() {
    FakeLink client = FakeLink.socketIo(io);
    // An eighth of the total, as characters that take one byte each.
    client.say("0{\"a\":\"" + "x".repeat(TOTAL / 8 + (10 << 10)) + "\"}");
    assertThat(client.closed).isEqualTo(CloseReason.OUT_OF_MEMORY);
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void whatAPlainClientSendsBeforeItIsAdmittedIsHeldUntilThen() {
    Promise<Void> decision = Promise.promise();
    io.use(context -> decision.future());
    FakeLink client = FakeLink.plain(io, "");
    client.say("[\"e\",\"" + LONG + "\"]");
    client.say(Buffer.buffer(new byte[50_000]));
    assertHolds(100_000);
    decision.complete();
    assertThat(client.isOpen()).isTrue();
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void whatAPlainClientSendsBeforeItIsAdmittedIsGivenBackWhenItGoes() {
    io.use(context -> Promise.promise().future());
    FakeLink client = FakeLink.plain(io, "");
    client.say("[\"e\",\"" + LONG + "\"]");
    client.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void anEventForABlockingHandlerIsHeldUntilTheHandlerHasRunAlsoIfItsClientHasLeft() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    io.onConnection(socket -> socket.onBlocking("slow", String.class, text -> release.await(30, TimeUnit.SECONDS)));
    FakeLink client = FakeLink.joined(io);
    client.say("2[\"slow\",\"" + LONG + "\"]");
    client.say("2[\"slow\",\"" + LONG + "\"]");
    client.end(CloseReason.TRANSPORT_CLOSE);
    assertHolds(100_000);
    release.countDown();
  }

  @Test
  void eventsForABlockingHandlerAreDroppedWhereOthersNeedTheMemory() {
    CountDownLatch release = new CountDownLatch(1);
    io.onConnection(socket -> socket.onBlocking("slow", String.class, text -> release.await(30, TimeUnit.SECONDS)));
    // One address may hold half of the total.
    MemoryBudget.Account other = MemoryBudget.of(io.vertx()).open(TOTAL, TOTAL, "", () -> { });
    FakeLink client = FakeLink.joined(io);
    for (int i = 0; i < 30; i++) client.say("2[\"slow\",\"" + LONG + "\"]");
    assertHolds(30 * 50_500);
    assertThat(other.hold(TOTAL - 1_000_000)).isFalse();
    // The one that runs.
    assertHolds(50_000);
    assertThat(other.hold(TOTAL - 1_000_000)).isTrue();
    release.countDown();
  }

  @Test
  void moreEventsForABlockingHandlerThanTheMemoryTakesCloseTheConnection() {
    CountDownLatch release = new CountDownLatch(1);
    io.onConnection(socket -> socket.onBlocking("slow", String.class, text -> release.await(30, TimeUnit.SECONDS)));
    FakeLink client = FakeLink.joined(io);
    for (int i = 0; i < 11 && client.isOpen(); i++) client.say("2[\"slow\",\"" + LONG + "\"]");
    assertThat(client.closed).isEqualTo(CloseReason.RATE_LIMIT);
    release.countDown();
  }
}
