package dev.magpie.transport.admission;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** The number of file descriptors available for connections. */
final class Descriptors {
  /** Reserve for files and database connections that are opened later, and for connections that are accepted only to be refused. */
  private static final long OTHERS = 32;

  private Descriptors() {}

  /** The free ones minus a reserve; {@link Long#MAX_VALUE} where the platform does not report them. */
  static long forConnections() {
    if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix)) return Long.MAX_VALUE;
    long most = unix.getMaxFileDescriptorCount();
    long free = most - unix.getOpenFileDescriptorCount();
    return Math.max(1, free - OTHERS - most / 50);
  }
}
