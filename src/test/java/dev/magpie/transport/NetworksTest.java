package dev.magpie.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworksTest {
  @ParameterizedTest
  @CsvSource({
    "192.0.2.7, 192.0.2.7",
    "::ffff:192.0.2.7, 192.0.2.7",
    "::ffff:c000:207, 192.0.2.7",
    "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::/64",
    "2001:DB8:1:2::, 2001:db8:1:2::/64",
    "fe80::1%eth0, fe80::/64",
    "::1, ::/64",
    "'', ''",
    "unknown, unknown",
  })
  void limitsCountAnIpv4AddressAndTheNetworkOfAnIpv6One(String address, String limited) {
    assertThat(Networks.limited(address)).isEqualTo(limited);
  }
}
