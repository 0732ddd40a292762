package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Why a client is not admitted: the answer is 503, or 429 where a limit of its address is the reason.
 *
 * @param retryAfter seconds, with jitter, so that refused clients do not return at the same time
 * @param exceeded the limit that is reached, of its address or of all clients; null for another reason
 */
@Internal
public record AdmissionDenied(String reason, int retryAfter, Exceeded exceeded) {
  private AdmissionDenied(String reason, int retryAfter) {
    this(reason, retryAfter, null);
  }

  /** @param most connections of all clients; {@link Long#MAX_VALUE} where the descriptors are used up */
  static AdmissionDenied full(long most) {
    return new AdmissionDenied("the server is full", within(5, 15), new Exceeded(Scope.ALL, Resource.CONNECTIONS, most, 0));
  }

  /** The heap is nearly full, or the {@link MemoryBudget} is used up. */
  public static AdmissionDenied memory() {
    return new AdmissionDenied("the server is short of memory", within(5, 15));
  }

  /** @param most handshakes a second of all clients */
  static AdmissionDenied tooMany(long most) {
    return new AdmissionDenied("too many clients come at once", within(1, 5), new Exceeded(Scope.ALL, Resource.HANDSHAKES, most, 0));
  }

  /** The server is shutting down. */
  public static AdmissionDenied stopping() {
    return new AdmissionDenied(CloseReason.SERVER_SHUTTING_DOWN.text(), within(1, 5));
  }

  /** Its address has reached a limit: the handshake may be repeated when there is room again. */
  static AdmissionDenied limit(Exceeded exceeded) {
    int least = switch (exceeded.resource()) {
      // When half of the bucket is there again, from where on new clients are admitted.
      case EVENTS, BYTES -> (int) Math.max(1, TimeUnit.MILLISECONDS.toSeconds(exceeded.millisLeft()) / 2);
      case HANDSHAKES -> 1;
      case CONNECTIONS, ROOMS, NAMESPACES, PENDING_ACKS -> 5;
    };
    return new AdmissionDenied(exceeded.text(), within(least, 2 * least + 3), exceeded);
  }

  /** Status of the answer. */
  public int status() {
    return isOfItsAddress() ? 429 : 503;
  }

  /** Counts and logs the refusal of a client of this address. */
  public void report(String address) {
    if (isOfItsAddress()) PeerLog.refused(RefusalReason.LIMIT, address, status(), exceeded.advice());
    else PeerLog.refused(RefusalReason.NO_PLACE, address, status(), reason);
  }

  private boolean isOfItsAddress() {
    return exceeded != null && exceeded.scope() == Scope.ADDRESS;
  }

  /** The answer as JSON: the reason, and the limit of its address. */
  public String json() {
    JsonObject json = new JsonObject().put("message", reason);
    return (isOfItsAddress() ? json.mergeIn(exceeded.toJson()) : json).encode();
  }

  /** Headers of the answer: {@code Retry-After} (RFC 9110, section 10.2.3). */
  public Map<String, String> headers() {
    return Map.of("Retry-After", Integer.toString(retryAfter));
  }

  private static int within(int least, int most) {
    return ThreadLocalRandom.current().nextInt(least, most + 1);
  }
}
