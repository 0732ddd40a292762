package dev.magpie.transport;

import dev.magpie.Internal;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Objects;
import java.util.Optional;

/**
 * A client's address as logs show it: masked to its network, {@code 192.0.2.0/24} or {@code 2001:db8:7::/48}, unless the setting {@code
 * log.addresses} is {@code full}. Loopback addresses, which name no person, and texts that are no address are shown as they are. Whatever
 * logs a client's address asks here. Safe for all threads.
 */
@Internal
public final class LoggedAddress {
  private static final int IPV4_BITS = 24;
  private static final int IPV6_BITS = 48;

  private static volatile boolean full;

  private LoggedAddress() {}

  /** Whether addresses are shown in full, in the whole process; at first they are masked. */
  public static void showFull(boolean shown) {
    full = shown;
  }

  /** @param address as text; null and the empty text are shown as they are */
  public static String of(Object address) {
    String text = Objects.toString(address);
    if (full) return text;
    Optional<InetAddress> parsed = Networks.address(text);
    if (parsed.isEmpty() || parsed.get().isLoopbackAddress()) return text;
    return Networks.networkOf(parsed.get(), parsed.get() instanceof Inet6Address ? IPV6_BITS : IPV4_BITS);
  }
}
