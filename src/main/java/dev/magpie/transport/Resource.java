package dev.magpie.transport;

import dev.magpie.Internal;
import java.util.concurrent.TimeUnit;

/** What clients are limited in: rates by a token bucket, the others by their present number. */
@Internal
public enum Resource {
  CONNECTIONS("connections", "connections", 0),
  HANDSHAKES("handshakes_per_second", "handshakes/s", 20),
  EVENTS("events_per_second", "events/s", 5),
  BYTES("bytes_per_second", "bytes/s", 5),
  ROOMS("rooms", "rooms", 0),
  NAMESPACES("namespaces", "namespaces", 0),
  PENDING_ACKS("pending_acks", "pending acknowledgements", 0);

  private final String key;
  private final String noun;
  private final long burstNanos;

  Resource(String key, String noun, int burstSeconds) {
    this.key = key;
    this.noun = noun;
    this.burstNanos = TimeUnit.SECONDS.toNanos(burstSeconds);
  }

  /** Of a rate, the size of its bucket: so much may come at once as in this time. 0 for what is no rate. */
  public long burstNanos() {
    return burstNanos;
  }

  /** Whether it is counted per second. */
  public boolean isRate() {
    return burstNanos > 0;
  }

  /** The last part of the setting's key. */
  String key() {
    return key;
  }

  /** As a reason names it. */
  String noun() {
    return noun;
  }
}
