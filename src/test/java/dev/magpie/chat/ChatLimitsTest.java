package dev.magpie.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.transport.admission.MinuteSums;
import org.junit.jupiter.api.Test;

/** What one visitor, or one address, may do in a minute. */
class ChatLimitsTest {
  @Test
  void aSecretIsNotTriedMoreThanTwentyTimesAMinute() {
    long[] now = {0};
    WrongSecrets wrong = new WrongSecrets(() -> now[0]);
    for (int i = 0; i < WrongSecrets.MOST; i++) wrong.tried("192.0.2.1", false);
    assertThat(refusal(wrong, "192.0.2.1", true)).isEqualTo("RATE_LIMIT");
    assertThat(refusal(wrong, "192.0.2.2", true)).isNull();
    now[0] += 60_000_000_000L;
    assertThat(refusal(wrong, "192.0.2.1", true)).isNull();
    assertThat(wrong.total()).isEqualTo(WrongSecrets.MOST + 1);
  }

  @Test
  void aUserWritesSoManyBytesInAMinuteAndThenIsRefusedUntilItIsOver() {
    long[] now = {0};
    WriteQuota quota = new WriteQuota(() -> now[0]);
    WriteQuota.Limits limits = new WriteQuota.Limits(2 * (WriteQuota.MESSAGE_BYTES + 6), 1 << 20);
    // Two characters of three bytes each.
    assertThat(refusal(quota, "alice", "192.0.2.1", "阿明", limits)).isNull();
    assertThat(refusal(quota, "alice", "192.0.2.2", "阿明", limits)).isNull();
    assertThat(refusal(quota, "alice", "192.0.2.2", "a", limits)).isEqualTo("RATE_LIMIT");
    assertThat(refusal(quota, "bob", "192.0.2.2", "a", limits)).isNull();
    now[0] += 60_000_000_000L - 1;
    assertThat(refusal(quota, "alice", "192.0.2.2", "a", limits)).isEqualTo("RATE_LIMIT");
    now[0]++;
    assertThat(refusal(quota, "alice", "192.0.2.2", "a", limits)).isNull();
    assertThat(quota.refusedUser()).isEqualTo(2);
    assertThat(quota.refusedAddress()).isZero();
  }

  @Test
  void allUsersOfAnAddressShareItsQuotaAndARefusedTextTakesNothing() {
    WriteQuota quota = new WriteQuota(() -> 0L);
    WriteQuota.Limits limits = new WriteQuota.Limits(1 << 20, 2 * WriteQuota.MESSAGE_BYTES + 10);
    assertThat(refusal(quota, "alice", "192.0.2.1", "a", limits)).isNull();
    assertThat(refusal(quota, "bob", "192.0.2.1", "a text too long", limits)).isEqualTo("RATE_LIMIT");
    assertThat(refusal(quota, "bob", "192.0.2.1", "short", limits)).isNull();
    assertThat(refusal(quota, "bob", "192.0.2.2", "a text too long", limits)).isNull();
    assertThat(quota.refusedUser()).isZero();
    assertThat(quota.refusedAddress()).isEqualTo(1);
  }

  @Test
  void tenThousandOtherAddressesMakeRoomForOne() {
    MinuteSums sums = new MinuteSums(() -> 0L);
    for (int i = 0; i <= 10_000; i++) sums.add("address " + i, 7);
    assertThat(sums.of("address 0")).isZero();
    assertThat(sums.of("address 1")).isEqualTo(7);
  }

  private static String refusal(WriteQuota quota, String uid, String address, String text, WriteQuota.Limits limits) {
    try {
      quota.take(uid, address, text, limits);
      return null;
    } catch (ChatError refused) {
      return refused.toJson().getString("code");
    }
  }

  private static String refusal(WrongSecrets wrong, String address, boolean right) {
    try {
      wrong.tried(address, right);
      return null;
    } catch (ChatError refused) {
      return refused.toJson().getString("code");
    }
  }
}
