package dev.magpie.transport;

import dev.magpie.Internal;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A set of addresses and networks, IPv4 and IPv6. All spellings of an address are equal. Immutable, safe for all threads. */
@Internal
public final class Networks {
  public static final String ALLOWED = "an address or a network such as \"10.0.0.7\", \"10.0.0.0/8\" or \"2001:db8::/32\"";

  /** Prefix bits of an IPv4-mapped IPv6 address, {@code ::ffff:10.0.0.7}. */
  private static final int MAPPED_BITS = 96;

  /** Prefix bits of the smallest network of an IPv6 client, which may use any address in it. */
  private static final int CLIENT_BITS = 64;

  private final List<IpSubnetFilterRule> rules;

  private Networks(List<IpSubnetFilterRule> rules) {
    this.rules = rules;
  }

  /** @throws IllegalArgumentException for a text that is neither an address nor a network */
  public static Networks of(Collection<String> written) {
    return new Networks(written.stream().map(Networks::rule).toList());
  }

  public static boolean isNetwork(String written) {
    try {
      rule(written);
      return true;
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }

  public boolean isEmpty() {
    return rules.isEmpty();
  }

  public boolean contains(InetAddress address) {
    if (rules.isEmpty()) return false;
    InetSocketAddress any = new InetSocketAddress(address, 0);
    return rules.stream().anyMatch(rule -> rule.matches(any));
  }

  /** Parses an address, without a resolver; empty where the text is none. {@code ::ffff:10.0.0.7} is {@code 10.0.0.7}. */
  public static Optional<InetAddress> address(String text) {
    int scope = text.indexOf('%');
    return Optional.ofNullable(NetUtil.createInetAddressFromIpAddressString(scope < 0 ? text : text.substring(0, scope)));
  }

  /**
   * The key of limits per address: {@code 10.0.0.7} for itself and for {@code ::ffff:10.0.0.7}, {@code 2001:db8::/64} for {@code
   * 2001:db8::7}. A text that is not an address is its own key.
   */
  public static String limited(String address) {
    return address(address).map(Networks::limited).orElse(address);
  }

  private static String limited(InetAddress address) {
    return address instanceof Inet6Address ? networkOf(address, CLIENT_BITS) : NetUtil.toAddressString(address);
  }

  /** The network of so many bits, a multiple of eight, that the address is in: {@code 192.0.2.0/24}. */
  static String networkOf(InetAddress address, int bits) {
    byte[] network = address.getAddress();
    Arrays.fill(network, bits / Byte.SIZE, network.length, (byte) 0);
    try {
      return NetUtil.toAddressString(InetAddress.getByAddress(network)) + "/" + bits;
    } catch (UnknownHostException wrongLength) {
      throw new IllegalStateException(wrongLength);
    }
  }

  /**
   * Whether a URL's host is this machine, without a resolver: {@code localhost} and all names below it (RFC 6761), 127.0.0.0/8, ::1.
   */
  public static boolean isLoopback(String host) {
    String name = host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
    return name.equals("localhost") || name.endsWith(".localhost") || address(name).filter(InetAddress::isLoopbackAddress).isPresent();
  }

  private static IpSubnetFilterRule rule(String written) {
    String[] parts = written.split("/", 2);
    InetAddress address = address(parts[0]).orElseThrow(() -> malformed(written));
    int bits = address.getAddress().length * Byte.SIZE;
    if (parts.length == 1) return new IpSubnetFilterRule(address, bits, IpFilterRuleType.ACCEPT);
    if (!parts[1].matches("\\d{1,3}")) throw malformed(written);
    boolean mapped = bits == Integer.SIZE && parts[0].contains(":");
    int prefix = Integer.parseInt(parts[1]) - (mapped ? MAPPED_BITS : 0);
    if (prefix < 0 || prefix > bits) throw malformed(written);
    return new IpSubnetFilterRule(address, prefix, IpFilterRuleType.ACCEPT);
  }

  private static IllegalArgumentException malformed(String written) {
    return new IllegalArgumentException("\"" + written + "\"; allowed: " + ALLOWED);
  }
}
