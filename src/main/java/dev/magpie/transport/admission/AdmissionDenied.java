package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.CloseReason;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Why a client is not admitted: the answer is 503.
 *
 * @param retryAfter seconds, with jitter, so that refused clients do not return at the same time
 */
@Internal
public record AdmissionDenied(String reason, int retryAfter) {
  static AdmissionDenied full() {
    return new AdmissionDenied("the server is full", within(5, 15));
  }

  /** The heap is nearly full, or the {@link MemoryBudget} is used up. */
  public static AdmissionDenied memory() {
    return new AdmissionDenied("the server is short of memory", within(5, 15));
  }

  static AdmissionDenied tooMany() {
    return new AdmissionDenied("too many clients come at once", within(1, 5));
  }

  /** The server is shutting down. */
  public static AdmissionDenied stopping() {
    return new AdmissionDenied(CloseReason.SERVER_SHUTTING_DOWN.text(), within(1, 5));
  }

  /** Headers of the answer: {@code Retry-After} (RFC 9110, section 10.2.3). */
  public Map<String, String> headers() {
    return Map.of("Retry-After", Integer.toString(retryAfter));
  }

  private static int within(int least, int most) {
    return ThreadLocalRandom.current().nextInt(least, most + 1);
  }
}
