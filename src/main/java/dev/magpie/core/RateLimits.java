package dev.magpie.core;

/**
 * How fast one connection may send: a token bucket of events and one of bytes. A bucket that is half empty is logged as a warning, an empty
 * one closes the connection with {@link dev.magpie.transport.CloseReason#RATE_LIMIT}. A rate of 0 sets no limit. Immutable.
 *
 * @param eventsPerSecond messages a second: events, acknowledgements, attachments
 * @param eventsBurst size of their bucket, at least the rate
 * @param bytesPerSecond bytes of messages a second; a character of text counts as one byte
 * @param bytesBurst size of their bucket, at least the rate; a larger message never passes
 */
public record RateLimits(int eventsPerSecond, int eventsBurst, long bytesPerSecond, long bytesBurst) {
  /** No limits. */
  public static final RateLimits NONE = new RateLimits(0, 0, 0, 0);

  /** For Socket.IO: 1,000 events and 1 MB a second, twice that in a burst. */
  public static final RateLimits SOCKET_IO = new RateLimits(1000, 2000, 1_000_000, 2_000_000);

  /** For plain WebSocket, whose messages may be as large as its payload limit: as many events, any number of bytes. */
  public static final RateLimits PLAIN = new RateLimits(1000, 2000, 0, 0);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException for a negative rate, or a burst below its rate
   */
  public RateLimits {
    if (eventsPerSecond < 0 || bytesPerSecond < 0) {
      throw new IllegalArgumentException(
          "a rate is at least 0 (no limit), not " + eventsPerSecond + " events/s and " + bytesPerSecond + " bytes/s");
    }
    if (eventsBurst < eventsPerSecond || bytesBurst < bytesPerSecond) {
      throw new IllegalArgumentException(
          "a burst is at least the rate of one second, not " + eventsBurst + " events and " + bytesBurst + " bytes");
    }
  }

  boolean limitsEvents() {
    return eventsPerSecond > 0;
  }

  boolean limitsBytes() {
    return bytesPerSecond > 0;
  }

  boolean limitsAnything() {
    return limitsEvents() || limitsBytes();
  }
}
