package dev.magpie.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Alone;
import dev.magpie.testing.LogLines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How logs show addresses: a state of the whole process. */
@Alone
class LoggedAddressTest {
  @AfterEach
  void masked() {
    LoggedAddress.showFull(false);
  }

  @Test
  void anAddressIsMaskedToItsNetwork() {
    assertThat(LoggedAddress.of("192.0.2.7")).isEqualTo("192.0.2.0/24");
    assertThat(LoggedAddress.of("::ffff:192.0.2.7")).isEqualTo("192.0.2.0/24");
    assertThat(LoggedAddress.of("2001:db8:7:1::9")).isEqualTo("2001:db8:7::/48");
    assertThat(LoggedAddress.of("fe80::1%eth0")).isEqualTo("fe80::/48");
  }

  @Test
  void aLoopbackAddressAndWhatIsNoAddressAreShown() {
    assertThat(LoggedAddress.of("127.0.0.3")).isEqualTo("127.0.0.3");
    assertThat(LoggedAddress.of("::1")).isEqualTo("::1");
    assertThat(LoggedAddress.of("")).isEmpty();
    assertThat(LoggedAddress.of(null)).isEqualTo("null");
    assertThat(LoggedAddress.of("unknown")).isEqualTo("unknown");
  }

  @Test
  void aSettingShowsAddressesInFull() {
    LoggedAddress.showFull(true);
    assertThat(LoggedAddress.of("192.0.2.7")).isEqualTo("192.0.2.7");
    assertThat(LoggedAddress.of("2001:db8:7:1::9")).isEqualTo("2001:db8:7:1::9");
  }

  @Test
  void theLogOfMisbehavingClientsMasks() {
    try (LogLines log = new LogLines(PeerLog.class)) {
      PeerLog.refused(RefusalReason.PATH, "192.0.2.7", 404, "no page");
      PeerLog.warned("192.0.2.8", "odd");
      PeerLog.ended("192.0.2.9", "websocket", CloseReason.RATE_LIMIT, "too much");
      assertThat(log.lines()).hasSize(3).allMatch(line -> line.contains("address=192.0.2.0/24 "));
    }
  }
}
