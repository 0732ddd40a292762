package dev.magpie.transport.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.transport.admission.MemoryBudget.Account;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private static final long MIB = 1 << 20;
  private static final long TOTAL = 16 * MIB;

  private final MemoryBudget budget = new MemoryBudget();
  private final List<String> evicted = new ArrayList<>();

  private Account account(String address) {
    return budget.open(TOTAL, 0, address, () -> evicted.add(address));
  }

  @Test
  void oneAddressHoldsAnEighthAtMostOverAllItsConnections() {
    assertThat(account("a").hold(MIB)).isTrue();
    assertThat(account("a").hold(MIB)).isTrue();
    assertThat(account("a").hold(1)).isFalse();
    assertThat(account("b").hold(2 * MIB)).isTrue();
    assertThat(evicted).as("those of others").isEmpty();
  }

  @Test
  void oneAddressHoldsAMessageOfTheLargestSizeButNeverOverHalf() {
    assertThat(budget.open(TOTAL, 5 * MIB, "a", () -> {}).hold(5 * MIB)).isTrue();
    assertThat(budget.open(TOTAL, 5 * MIB, "a", () -> {}).hold(1)).isFalse();
    assertThat(budget.open(TOTAL, 32 * MIB, "b", () -> {}).hold(8 * MIB)).isTrue();
    assertThat(budget.open(TOTAL, 32 * MIB, "b", () -> {}).hold(1)).isFalse();
  }

  @Test
  void theAddressesOfAnIpv6ClientAreOne() {
    assertThat(account("2001:db8::1").hold(MIB)).isTrue();
    assertThat(account("2001:db8::ffff:1:2:3").hold(MIB)).isTrue();
    assertThat(account("2001:db8::4").hold(1)).isFalse();
    assertThat(account("2001:db8:0:1::4").hold(1)).isTrue();
  }

  @Test
  void anUnknownAddressIsBoundedByTheTotalAlone() {
    assertThat(account("").hold(TOTAL)).isTrue();
    assertThat(account("").hold(1)).isFalse();
  }

  @Test
  void aConnectionThatServesAnotherClientGivesItsShareBack() {
    Account connection = account("a");
    connection.hold(2 * MIB);
    connection.moveTo("b");
    assertThat(account("a").hold(2 * MIB)).isTrue();
    assertThat(account("b").hold(1)).isFalse();
    connection.moveTo("");
    assertThat(account("b").hold(2 * MIB)).isTrue();
    connection.hold(0);
    assertThat(budget.leased()).isEqualTo(MemoryBudget.PIECE + 4 * MIB);
  }

  @Test
  void whatWasRefusedIsNotHeld() {
    Account account = account("a");
    assertThat(account.hold(MIB)).isTrue();
    assertThat(account.hold(3 * MIB)).isFalse();
    account.hold(0);
    assertThat(budget.leased()).isZero();
    assertThat(account("a").hold(2 * MIB)).isTrue();
  }

  @Test
  void beyondTheTotalTheRequesterIsRefusedAndTheLargestIsClosed() {
    account("largest").hold(2 * MIB);
    for (int i = 0; i < 14; i++) assertThat(account("other " + i).hold(MIB)).isTrue();
    assertThat(account("one too many").hold(1)).isFalse();
    assertThat(evicted).containsExactly("largest");
    assertThat(budget.refusals()).isEqualTo(1);
  }

  @Test
  void aRequesterThatIsItselfTheLargestIsTheOnlyOneThatGoes() {
    Account large = account("large");
    large.hold(3 * MIB / 2);
    for (int i = 0; i < 14; i++) account("other " + i).hold(MIB);
    account("last").hold(MIB / 2);
    assertThat(large.hold(2 * MIB)).isFalse();
    assertThat(evicted).isEmpty();
  }

  @Test
  void loopsLeasePiecesAndGiveThemBack() {
    Account first = account("a");
    first.hold(1);
    assertThat(budget.leased()).isEqualTo(MemoryBudget.PIECE);
    Account second = account("b");
    second.hold(MemoryBudget.PIECE - MemoryBudget.STEP);
    assertThat(budget.leased()).isEqualTo(MemoryBudget.PIECE);
    second.add(2 * MIB - MemoryBudget.PIECE);
    second.hold(0);
    assertThat(budget.leased()).isLessThanOrEqualTo(2 * MemoryBudget.PIECE);
    first.hold(0);
    assertThat(budget.leased()).isZero();
  }

  @Test
  void whatAccountsHoldIsKnownToTheStep() {
    Account first = account("a");
    Account second = account("b");
    first.hold(1);
    second.hold(5_000);
    assertThat(budget.held()).isEqualTo(6 * MemoryBudget.STEP);
    second.hold(0);
    assertThat(budget.held()).isEqualTo(MemoryBudget.STEP);
    first.hold(0);
    assertThat(budget.held()).isZero();
  }

  @Test
  void theTotalIsThatOfAllLoops() throws Exception {
    ExecutorService loops = Executors.newFixedThreadPool(4);
    List<Future<Long>> held = new ArrayList<>();
    for (int loop = 0; loop < 4; loop++) {
      String address = "loop " + loop;
      held.add(loops.submit(() -> {
        long bytes = 0;
        for (int i = 0; i < 1_000; i++) if (budget.open(TOTAL, 0, address + " " + i % 50, () -> {}).hold(100_000)) bytes += 100_000;
        return bytes;
      }));
    }
    long all = 0;
    for (Future<Long> bytes : held) all += bytes.get(10, TimeUnit.SECONDS);
    loops.shutdown();
    assertThat(all).isLessThanOrEqualTo(TOTAL).isGreaterThan(TOTAL - 4 * MIB);
    assertThat(budget.leased()).isLessThanOrEqualTo(TOTAL);
    assertThat(budget.held()).isBetween(all, budget.leased());
  }

  // What waits for several peers.

  @Test
  void aBufferThatWaitsForManyCountsOnce() {
    Object buffer = new Object();
    Account first = account("a");
    Account second = account("b");
    assertThat(first.keep(buffer, MIB)).isTrue();
    assertThat(second.keep(buffer, MIB)).isTrue();
    assertThat(budget.leased()).isBetween(MIB, 2 * MIB - 1);
    second.letGo(buffer);
    first.letGo(buffer);
    assertThat(budget.leased()).isZero();
  }

  @Test
  void aBufferGoesOnCountingInTheTotalWhenTheFirstOfItsPeersIsDone() {
    Object buffer = new Object();
    Account first = account("a");
    Account second = account("b");
    first.keep(buffer, 2 * MIB - MemoryBudget.STEP);
    second.keep(buffer, 2 * MIB - MemoryBudget.STEP);
    first.letGo(buffer);
    assertThat(budget.leased()).isGreaterThanOrEqualTo(2 * MIB - MemoryBudget.STEP);
    assertThat(first.hold(2 * MIB)).as("its address is free again").isTrue();
    first.hold(0);
    second.letGo(buffer);
    assertThat(budget.leased()).isZero();
  }

  @Test
  void aBufferThatWaitsTwiceForOnePeerCountsOnceAndIsGivenBackOnce() {
    Object buffer = new Object();
    Account only = account("a");
    only.keep(buffer, MIB);
    only.keep(buffer, MIB);
    only.letGo(buffer);
    assertThat(budget.leased()).isBetween(MIB, 2 * MIB - 1);
    only.letGo(buffer);
    assertThat(budget.leased()).isZero();
    assertThat(only.hold(2 * MIB)).isTrue();
  }

  @Test
  void aBufferThatWasRefusedDoesNotWait() {
    Object buffer = new Object();
    assertThat(account("a").keep(buffer, 3 * MIB)).isFalse();
    Account other = account("b");
    assertThat(other.keep(buffer, MIB)).isTrue();
    other.letGo(buffer);
    assertThat(budget.leased()).isZero();
  }

  @Test
  void whoSpeaksForManyIsBoundByTheTotalAlone() {
    Account proxy = account("");
    assertThat(proxy.hold(TOTAL)).isTrue();
    assertThat(proxy.hold(TOTAL + 1)).isFalse();
  }
}
