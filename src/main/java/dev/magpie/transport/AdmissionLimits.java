package dev.magpie.transport;

/**
 * How many clients an endpoint lets in.
 *
 * @param maxClients of the whole process, the other endpoints' clients included
 * @param handshakesPerSecond of the whole process; each costs some hundred times what a message does
 */
public record AdmissionLimits(long maxClients, long handshakesPerSecond) {
  public static final AdmissionLimits NONE = new AdmissionLimits(Long.MAX_VALUE, Long.MAX_VALUE);
}
