package dev.magpie.core;

/**
 * How fast one connection may send. Above its rate it lives on its burst; half of that spent is logged as a warning, all of it closes the
 * connection with {@link dev.magpie.transport.CloseReason#RATE_LIMIT}. A rate of 0 sets no limit.
 *
 * @param eventsPerSecond messages: events, acknowledgements, attachments
 * @param eventsBurst at once, on top of an idle connection
 * @param bytesPerSecond of messages; a character of text counts as one byte
 * @param bytesBurst at least the largest message that shall pass
 */
public record RateLimits(int eventsPerSecond, int eventsBurst, long bytesPerSecond, long bytesBurst) {
  public static final RateLimits NONE = new RateLimits(0, 0, 0, 0);

  /** For Socket.IO: 1,000 events and 1 MB a second, twice that in a burst. */
  public static final RateLimits SOCKET_IO = new RateLimits(1000, 2000, 1_000_000, 2_000_000);

  /** For plain WebSocket, whose messages may be as large as its payload limit: as many events, any number of bytes. */
  public static final RateLimits PLAIN = new RateLimits(1000, 2000, 0, 0);

  public RateLimits {
    if (eventsPerSecond < 0 || bytesPerSecond < 0) throw new IllegalArgumentException("a rate is at least 0, and 0 sets no limit");
    if (eventsBurst < eventsPerSecond || bytesBurst < bytesPerSecond) {
      throw new IllegalArgumentException("a burst is at least what a second allows");
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
