package dev.magpie.transport.admission;

/**
 * How many clients an endpoint lets in, and how much they may leave unfinished.
 *
 * @param maxClients of the whole process, the other endpoints' clients included
 * @param handshakesPerSecond of the whole process; each costs some hundred times what a message does
 * @param pendingBytes of the whole process: unfinished messages and request bodies ({@link MemoryBudget})
 */
public record AdmissionLimits(long maxClients, long handshakesPerSecond, long pendingBytes) {
  public static final AdmissionLimits NONE = new AdmissionLimits(Long.MAX_VALUE, Long.MAX_VALUE);

  public AdmissionLimits(long maxClients, long handshakesPerSecond) {
    this(maxClients, handshakesPerSecond, MemoryBudget.usualTotal());
  }
}
