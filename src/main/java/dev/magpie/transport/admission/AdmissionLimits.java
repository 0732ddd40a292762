package dev.magpie.transport.admission;

import org.jspecify.annotations.NullMarked;

/**
 * How many clients are admitted, and how much memory their unfinished input and output may take. Counted for the whole process, all its
 * endpoints together. Immutable.
 *
 * @param maxClients number of connections
 * @param handshakesPerSecond new connections per second; one costs as much as some hundred messages
 * @param pendingBytes bytes of unfinished messages, request bodies and send queues
 * @param clients limits of each address and each user
 */
@NullMarked
public record AdmissionLimits(long maxClients, long handshakesPerSecond, long pendingBytes, ClientLimits clients) {
  /** No limits but the default memory budget, a quarter of the largest heap. */
  public static final AdmissionLimits NONE = new AdmissionLimits(Long.MAX_VALUE, Long.MAX_VALUE);

  /** Limits with the default memory budget, a quarter of the largest heap. */
  public AdmissionLimits(long maxClients, long handshakesPerSecond) {
    this(maxClients, handshakesPerSecond, MemoryBudget.usualTotal());
  }

  /** Without limits of addresses and users. */
  public AdmissionLimits(long maxClients, long handshakesPerSecond, long pendingBytes) {
    this(maxClients, handshakesPerSecond, pendingBytes, ClientLimits.NONE);
  }
}
