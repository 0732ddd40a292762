package dev.magpie.transport.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who is let in, by a clock and a heap of the test's own. */
class AdmissionTest {
  private static final long MEGABYTE = 1 << 20;

  private long clock = TimeUnit.HOURS.toNanos(1);
  private final HeapWatch heap = new HeapWatch(1000 * MEGABYTE);
  private final Admission admission = new Admission(() -> clock, heap, 10_000);

  @Test
  void letsInAsManyClientsAsThereArePlaces() {
    AdmissionLimits two = new AdmissionLimits(2, 1_000);
    AdmissionToken first = admission.ask(two);
    assertThat(first.refusal()).isNull();
    assertThat(admission.ask(two).refusal()).isNull();
    assertThat(admission.ask(two).refusal().reason()).isEqualTo("the server is full");
    assertThat(admission.ask(two).refusal().retryAfter()).isBetween(5, 15);
    first.close();
    assertThat(admission.ask(two).refusal()).isNull();
    assertThat(admission.refused()).isEqualTo(2);
  }

  @Test
  void aPlaceIsGivenBackOnceHoweverOftenAndByHoweverManyThreads() {
    AdmissionToken token = admission.ask(AdmissionLimits.NONE);
    admission.ask(AdmissionLimits.NONE);
    IntStream.range(0, 1_000).parallel().forEach(i -> token.close());
    assertThat(admission.clients()).isEqualTo(1);
  }

  @Test
  void aRefusalHoldsNoPlace() {
    AdmissionToken refused = admission.ask(new AdmissionLimits(0, 1_000));
    assertThat(admission.clients()).isZero();
    refused.close();
    assertThat(admission.clients()).isZero();
  }

  @Test
  void letsInSoManyInOneSecondAndAsManyInTheNext() {
    AdmissionLimits hundred = new AdmissionLimits(Long.MAX_VALUE, 100);
    for (int second = 0; second < 3; second++) {
      for (int i = 0; i < 100; i++) assertThat(admission.ask(hundred).refusal()).isNull();
      assertThat(admission.ask(hundred).refusal().reason()).isEqualTo("too many clients come at once");
      assertThat(admission.ask(hundred).refusal().retryAfter()).isBetween(1, 5);
      clock += TimeUnit.SECONDS.toNanos(1);
    }
  }

  @Test
  void sendsThemBackAtDifferentTimes() {
    AdmissionLimits none = new AdmissionLimits(0, 0);
    assertThat(IntStream.range(0, 200).map(i -> admission.ask(none).refusal().retryAfter()).distinct().count())
        .isGreaterThan(5);
  }

  @Test
  void letsNobodyInWhileTheHeapIsNearlyFull() {
    heap.collected(890 * MEGABYTE);
    assertThat(admission.ask(AdmissionLimits.NONE).refusal()).isNull();
    heap.collected(900 * MEGABYTE);
    assertThat(admission.ask(AdmissionLimits.NONE).refusal().reason()).isEqualTo("the server is short of memory");
    heap.collected(870 * MEGABYTE);
    assertThat(admission.ask(AdmissionLimits.NONE).refusal()).isNotNull();
    heap.collected(840 * MEGABYTE);
    assertThat(admission.ask(AdmissionLimits.NONE).refusal()).isNull();
  }

  /** With 32 descriptors two are spare. */
  private final Admission small = new Admission(() -> clock, heap, 32);

  private Channel connect() {
    Channel channel = new EmbeddedChannel();
    small.connected(channel);
    return channel;
  }

  private AdmissionDenied ask(Channel channel) {
    small.asks(channel);
    AdmissionDenied refusal = small.ask(AdmissionLimits.NONE).refusal();
    if (refusal != null) small.leaves(channel);
    return refusal;
  }

  @Test
  void whoIsConnectedAndHasNotAskedYetTakesNobodysPlace() {
    List<Channel> burst = IntStream.range(0, 32).mapToObj(i -> connect()).toList();
    for (Channel channel : burst.subList(0, 30)) assertThat(ask(channel)).isNull();
    for (Channel channel : burst.subList(30, 32)) assertThat(ask(channel).reason()).isEqualTo("the server is full");
  }

  @Test
  void whoIsSentAwayTakesNobodysPlaceWhileItsConnectionCloses() {
    List<Channel> burst = IntStream.range(0, 32).mapToObj(i -> connect()).toList();
    for (Channel channel : burst.subList(0, 30)) ask(channel);
    assertThat(ask(burst.get(30))).isNotNull();
    burst.get(0).close();
    assertThat(ask(burst.get(31))).isNull();
    assertThat(small.connections()).isEqualTo(31);
  }

  @Test
  void aConnectionBeyondTheDescriptorsIsClosedAtOnceAndOthersFollowWhenSomeHaveGone() {
    List<Channel> all = IntStream.range(0, 32).mapToObj(i -> connect()).toList();
    assertThat(connect().isOpen()).isFalse();
    for (Channel channel : all) {
      ask(channel);
      channel.close();
    }
    assertThat(small.connections()).isZero();
    for (int i = 0; i < 30; i++) assertThat(ask(connect())).isNull();
  }

  @Test
  void isNotMovedByAClockThatJumps() {
    AdmissionLimits one = new AdmissionLimits(Long.MAX_VALUE, 1);
    assertThat(admission.ask(one).refusal()).isNull();
    for (long jump : new long[] {-1, 1, -1}) {
      clock += TimeUnit.HOURS.toNanos(jump);
      assertThat(admission.ask(one).refusal()).isNull();
      assertThat(admission.ask(one).refusal()).isNotNull();
    }
  }
}
