package dev.magpie.transport.admission;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How many of the process' file descriptors connections may have. */
final class Descriptors {
  /** For what is opened later: the database's files and connections, pages from the disk, a connection that is accepted to be refused. */
  private static final long OTHERS = 32;

  private Descriptors() {}

  /** Those that are free now but for a reserve; without a bound where the platform does not say. */
  static long forConnections() {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)) return Long.MAX_VALUE;
    long most = unix.getMaxFileDescriptorCount();
    long free = most - unix.getOpenFileDescriptorCount();
    return Math.max(1, free - OTHERS - most / 50);
  }
}
