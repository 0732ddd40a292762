package dev.magpie.transport.admission;

import java.util.List;
import org.jspecify.annotations.NullMarked;

/**
 * Limits per address, per user, and of all clients together, counted over all event loops of a Vert.x instance. Clients of exempt networks
 * are not counted, neither by their address nor by their user. Immutable.
 *
 * @param exempt networks such as {@code 127.0.0.0/8}; a loopback address only where no forwarding header names another one
 * @param address of one address, or of one IPv6 network of 64 bits
 * @param user of one user ({@code ConnectContext.identify}), whatever the devices
 * @param all of all clients that are not exempt; its connections and handshakes are those of {@link AdmissionLimits}
 */
@NullMarked
public record ClientLimits(List<String> exempt, Quotas address, Quotas user, Quotas all) {
  /** No limits. */
  public static final ClientLimits NONE = new ClientLimits(List.of(), Quotas.NONE, Quotas.NONE, Quotas.NONE);

  /** Copies the list. */
  public ClientLimits {
    exempt = List.copyOf(exempt);
  }

  boolean limitsNothing() {
    return address.equals(Quotas.NONE) && user.equals(Quotas.NONE) && all.equals(Quotas.NONE);
  }
}
