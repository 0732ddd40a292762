package dev.magpie.transport.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.magpie.gateway.ClientQuotas;
import dev.magpie.transport.ClientUse.Verdict;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What addresses and users may use, by a clock of the test's own. */
class LimitTableTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private long clock = TimeUnit.HOURS.toNanos(1);
  private final LimitTable table = new LimitTable(() -> clock);

  private static ClientLimits address(Quotas quotas) {
    return new ClientLimits(List.of(), quotas, Quotas.NONE, Quotas.NONE);
  }

  private static ClientLimits user(Quotas quotas) {
    return new ClientLimits(List.of(), Quotas.NONE, quotas, Quotas.NONE);
  }

  private static Quotas connections(long most) {
    return new Quotas(most, 0, 0, 0, 0, 0, 0);
  }

  private static Quotas handshakes(long perSecond) {
    return new Quotas(0, perSecond, 0, 0, 0, 0, 0);
  }

  private static Quotas events(long perSecond) {
    return new Quotas(0, 0, perSecond, 0, 0, 0, 0);
  }

  private ClientShares open(ClientLimits limits, String address) {
    ClientShares.Opened opened = ClientShares.open(table, limits, address);
    assertThat(opened.exceeded()).isNull();
    return opened.shares();
  }

  private Exceeded refused(ClientLimits limits, String address) {
    return ClientShares.open(table, limits, address).exceeded();
  }

  // Connections and handshakes.

  @Test
  void anAddressHasSoManyConnectionsAndAnotherOneAsMany() {
    ClientLimits two = address(connections(2));
    ClientShares first = open(two, "a");
    open(two, "a");
    assertThat(refused(two, "a").what()).isEqualTo("address.connections");
    assertThat(refused(two, "a").text()).isEqualTo("more than 2 connections from this address");
    open(two, "b");
    first.close();
    open(two, "a");
  }

  @Test
  void handshakesOfTwentySecondsMayComeAtOnceThenOnlyTheirRate() {
    ClientLimits ten = address(handshakes(10));
    for (int i = 0; i <= 200; i++) open(ten, "a").close();
    assertThat(refused(ten, "a").what()).isEqualTo("address.handshakes_per_second");
    clock += SECOND;
    for (int i = 0; i < 10; i++) open(ten, "a").close();
    assertThat(refused(ten, "a")).isNotNull();
  }

  @Test
  void aRefusedHandshakeIsNotTakenFromTheBucket() {
    ClientLimits ten = address(handshakes(10));
    for (int i = 0; i <= 200; i++) open(ten, "a").close();
    for (int i = 0; i < 1_000; i++) assertThat(refused(ten, "a")).isNotNull();
    clock += SECOND;
    open(ten, "a");
  }

  // Entries.

  @Test
  void aHundredThousandAddressesAndUsersLeaveNothing() {
    ClientLimits limits = new ClientLimits(List.of(), new Quotas(10, 10, 10, 1_000, 10, 10, 10), new Quotas(10, 10, 10, 1_000, 10, 10, 10),
        Quotas.NONE);
    List<ClientShares> all = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      ClientShares shares = open(limits, "address " + i);
      assertThat(shares.join("user " + i)).isNull();
      shares.take(100, 0);
      all.add(shares);
    }
    assertThat(table.addresses()).isEqualTo(100_000);
    assertThat(table.users()).isEqualTo(100_000);
    for (int i = 0; i < 100_000; i++) {
      all.get(i).left("user " + i);
      all.get(i).close();
    }
    clock += 60 * SECOND;
    table.sweep();
    assertThat(table.addresses()).isZero();
    assertThat(table.users()).isZero();
  }

  @Test
  void addressesThatComeAndGoAreForgottenAsOthersCome() {
    ClientLimits limits = address(handshakes(10));
    for (int i = 0; i < 100_000; i++) {
      open(limits, "address " + i).close();
      clock += SECOND / 1_000;
    }
    // A handshake is a tenth of a second of its bucket.
    assertThat(table.addresses()).isLessThanOrEqualTo(200);
  }

  @Test
  void manyThreadsCountTheSameAddress() {
    ClientLimits limits = address(new Quotas(1_000_000, 1_000_000, 1_000, 0, 0, 0, 0));
    IntStream.range(0, 10_000).parallel().forEach(i -> open(limits, "address " + i % 3).close());
    clock += 60 * SECOND;
    table.sweep();
    assertThat(table.addresses()).isZero();
  }

  // Messages.

  @Test
  void aConnectionIsWarnedAtHalfOfTheBucketThenExceedsIt() {
    ClientShares alone = open(address(events(10)), "a");
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < 60; i++) verdicts.add(alone.take(1, 0));
    assertThat(verdicts.indexOf(Verdict.WARN)).isEqualTo(26);
    assertThat(verdicts.lastIndexOf(Verdict.WARN)).isEqualTo(26);
    assertThat(verdicts.indexOf(Verdict.EXCEEDED)).isEqualTo(51);
    assertThat(alone.last().what()).isEqualTo("address.events_per_second");
    assertThat(alone.last().until()).isGreaterThan(System.currentTimeMillis());
  }

  @Test
  void aSteadyRateBelowTheLimitIsNeverWarned() {
    ClientShares steady = open(address(new Quotas(0, 0, 10, 1_000, 0, 0, 0)), "a");
    for (int i = 0; i < 10_000; i++) {
      assertThat(steady.take(99, 0)).isEqualTo(Verdict.FINE);
      clock += SECOND / 10;
    }
  }

  @Test
  void whoeverIsClosedWasWarnedBefore() {
    ClientShares alone = open(address(new Quotas(0, 0, 0, 1_000, 0, 0, 0)), "a");
    assertThat(alone.take(1_000_000, 0)).isEqualTo(Verdict.FINE);
    assertThat(alone.take(1, 0)).isEqualTo(Verdict.WARN);
    assertThat(alone.take(1, 0)).isEqualTo(Verdict.EXCEEDED);
  }

  @Test
  void oneOfManyBehindAnAddressDoesNotCostTheOthersTheirConnections() {
    ClientLimits limits = address(events(100));
    ClientShares loud = open(limits, "office");
    List<ClientShares> others = new ArrayList<>();
    for (int i = 0; i < 50; i++) others.add(open(limits, "office"));
    boolean closed = false;
    for (int second = 0; second < 20; second++) {
      for (int i = 0; i < 1_000; i++) closed |= loud.take(1, 0) == Verdict.EXCEEDED;
      for (ClientShares other : others) assertThat(other.take(1, 0)).isEqualTo(Verdict.FINE);
      clock += SECOND;
    }
    assertThat(closed).isTrue();
  }

  @Test
  void anAddressThatUsedUpItsBucketGetsNoNewConnectionUntilHalfOfItIsBack() {
    ClientLimits limits = address(events(10));
    ClientShares loud = open(limits, "a");
    for (int i = 0; i < 100; i++) loud.take(1, 0);
    assertThat(refused(limits, "a").what()).isEqualTo("address.events_per_second");
    clock += 3 * SECOND;
    open(limits, "a");
  }

  @Test
  void aStallOfTheLoopIsNoFaultOfTheClient() {
    ClientShares alone = open(address(events(10)), "a");
    for (int i = 0; i < 100; i++) assertThat(alone.take(1, 10 * SECOND)).isNotEqualTo(Verdict.EXCEEDED);
  }

  @Test
  void aUserIsCountedOverAllAddresses() {
    ClientLimits limits = user(events(10));
    ClientShares phone = open(limits, "a");
    ClientShares desk = open(limits, "b");
    phone.join("guest:1");
    desk.join("guest:1");
    for (int i = 0; i < 40; i++) phone.take(1, 0);
    boolean exceeded = false;
    for (int i = 0; i < 40; i++) exceeded |= desk.take(1, 0) == Verdict.EXCEEDED;
    assertThat(exceeded).isTrue();
    assertThat(desk.last().what()).isEqualTo("user.events_per_second");
  }

  // Numbers.

  @Test
  void aUserHasSoManyConnectionsOnAllDevices() {
    ClientLimits limits = user(connections(2));
    ClientShares phone = open(limits, "a");
    assertThat(phone.join("guest:1")).isNull();
    // A second namespace of the same connection is no further connection.
    assertThat(phone.join("guest:1")).isNull();
    assertThat(open(limits, "b").join("guest:1")).isNull();
    assertThat(open(limits, "c").join("guest:1").text()).isEqualTo("more than 2 connections of this user");
    phone.left("guest:1");
    assertThat(open(limits, "c").join("guest:1")).isNotNull();
    phone.left("guest:1");
    assertThat(open(limits, "c").join("guest:1")).isNull();
  }

  @Test
  void whatIsRefusedByOneLimitIsCountedByNone() {
    Quotas rooms = new Quotas(0, 0, 0, 0, 3, 0, 0);
    ClientLimits limits = new ClientLimits(List.of(), new Quotas(0, 0, 0, 0, 5, 0, 0), rooms, Quotas.NONE);
    ClientShares shares = open(limits, "a");
    shares.join("guest:1");
    for (int i = 0; i < 3; i++) assertThat(shares.hold(Resource.ROOMS, "guest:1")).isNull();
    assertThat(shares.hold(Resource.ROOMS, "guest:1").what()).isEqualTo("user.rooms");
    assertThat(shares.hold(Resource.ROOMS, null)).isNull();
    assertThat(shares.hold(Resource.ROOMS, null)).isNull();
    assertThat(shares.hold(Resource.ROOMS, null).what()).isEqualTo("address.rooms");
    shares.release(Resource.ROOMS, "guest:1", 1);
    assertThat(shares.hold(Resource.ROOMS, "guest:1")).isNull();
  }

  @Test
  void allClientsTogetherHaveLimitsToo() {
    ClientLimits limits = new ClientLimits(List.of(), Quotas.NONE, Quotas.NONE, new Quotas(0, 0, 0, 0, 1, 0, 0));
    assertThat(open(limits, "a").hold(Resource.ROOMS, null)).isNull();
    assertThat(open(limits, "b").hold(Resource.ROOMS, null).text()).isEqualTo("more than 1 rooms of all clients");
  }

  @Test
  void refusesANegativeLimit() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Quotas(0, 0, 0, 0, 0, 0, -1));
  }

  // The office at nine o'clock.

  private static final int PEOPLE = 500;
  private static final int TABS = 3;
  private static final int EVENTS = 10;
  private static final int EVENT_BYTES = 2_000;
  private static final int ROOMS = 5;

  /** 500 people behind one address reload three tabs each at the same moment, while their former connections are still there, twice. */
  @Test
  void aBusyOfficeBehindOneAddressMeetsNoDefaultLimitAndIsNotEvenWarned() {
    assertThat(metByTheOffice(ClientQuotas.DEFAULT.address())).isEmpty();
    // Six TCP connections of each browser for pages, and one for each tab's WebSocket, before the reload and after.
    assertThat(PEOPLE * (6L + 2 * TABS)).isLessThan(2 * ClientQuotas.DEFAULT.address().connections());
  }

  @Test
  void theOfficeMeetsLimitsThatAreTooLow() {
    assertThat(metByTheOffice(new Quotas(2_000, 0, 0, 0, 0, 0, 0))).containsOnly("address.connections");
    assertThat(metByTheOffice(new Quotas(0, 10, 0, 0, 0, 0, 0))).containsOnly("address.handshakes_per_second");
    assertThat(metByTheOffice(new Quotas(0, 0, 1_000, 0, 0, 0, 0))).contains("address.events_per_second");
    assertThat(metByTheOffice(new Quotas(0, 0, 0, 1_000_000, 0, 0, 0))).contains("address.bytes_per_second");
  }

  private Set<String> metByTheOffice(Quotas address) {
    ClientLimits limits = new ClientLimits(List.of(), address, ClientQuotas.DEFAULT.user(), Quotas.NONE);
    Set<String> met = new TreeSet<>();
    List<ClientShares> before = List.of();
    for (int reload = 0; reload < 3; reload++) {
      List<ClientShares> now = new ArrayList<>();
      for (int tab = 0; tab < PEOPLE * TABS; tab++) open(limits, tab % PEOPLE, now, met);
      for (int i = 0; i < before.size(); i++) end(before.get(i));
      before = now;
      clock += 20 * SECOND;
    }
    before.forEach(this::end);
    clock += 60 * SECOND;
    table.sweep();
    return met;
  }

  private final Map<ClientShares, String> people = new HashMap<>();

  private void open(ClientLimits limits, int person, List<ClientShares> now, Set<String> met) {
    ClientShares.Opened opened = ClientShares.open(table, limits, "office");
    if (opened.exceeded() != null) {
      met.add(opened.exceeded().what());
      return;
    }
    ClientShares tab = opened.shares();
    now.add(tab);
    people.put(tab, "guest:" + person);
    note(tab.join("guest:" + person), met);
    for (int i = 0; i < ROOMS; i++) note(tab.hold(Resource.ROOMS, "guest:" + person), met);
    for (int i = 0; i < EVENTS; i++) if (tab.take(EVENT_BYTES, 0) != Verdict.FINE) note(tab.last(), met);
  }

  private static void note(Exceeded exceeded, Set<String> met) {
    if (exceeded != null) met.add(exceeded.what());
  }

  private void end(ClientShares tab) {
    tab.release(Resource.ROOMS, people.get(tab), ROOMS);
    tab.left(people.get(tab));
    tab.close();
  }
}
