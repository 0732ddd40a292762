package dev.magpie.log;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * Settings of recovery, for all namespaces of an instance. Immutable; each {@code with} method returns a copy with one value changed.
 *
 * @param namespaces modes by name of the namespace; they override those that applications set
 * @param windowMillis how long a session is kept after its client has disconnected
 * @param maxMissed maximum number of missed events; a client that has missed more gets a new session
 * @param memoryEvents maximum number of events in a log in memory
 * @param memoryBytes maximum bytes of a log in memory, by {@link LoggedEvent#weight}
 * @param maxEvents maximum number of events in a durable log
 * @param maxBytes maximum bytes of a durable log: of the events as they are stored, without their indexes
 * @param maxAgeMillis maximum age of an event in a durable log
 * @param acceptClockJump whether a clock that is more than a day ahead of the log's last trusted time is trusted at the start
 * @param settings for the store of durable logs; empty for its defaults
 */
public record RecoveryOptions(
    Map<String, Recovery> namespaces, long windowMillis, int maxMissed, int memoryEvents, long memoryBytes, long maxEvents, long maxBytes,
    long maxAgeMillis, boolean acceptClockJump,
    JsonObject settings) {
  private static final long DAY = 86_400_000;

  /**
   * Sessions for 2 minutes, at most 1,000 missed events; in memory 10,000 events and 16 MiB, durable 1,000,000 events, 256 MiB and 30 days.
   */
  public static final RecoveryOptions DEFAULT =
      new RecoveryOptions(Map.of(), 120_000, 1_000, 10_000, 16L << 20, 1_000_000, 256L << 20, 30 * DAY, false, new JsonObject());

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException for a limit below 1
   */
  public RecoveryOptions {
    namespaces = Map.copyOf(namespaces);
    if (windowMillis <= 0 || maxMissed <= 0 || memoryEvents <= 0 || memoryBytes <= 0 || maxEvents <= 0 || maxBytes <= 0
        || maxAgeMillis <= 0) {
      throw new IllegalArgumentException("bounds of recovery are at least 1");
    }
  }

  /** Sets the modes by name of the namespace. */
  public RecoveryOptions withNamespaces(Map<String, Recovery> modes) {
    return new RecoveryOptions(modes, windowMillis, maxMissed, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis,
        acceptClockJump, settings);
  }

  /** Sets how long a session is kept, in milliseconds. */
  public RecoveryOptions withWindow(long millis) {
    return new RecoveryOptions(namespaces, millis, maxMissed, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis, acceptClockJump,
        settings);
  }

  /** Sets the maximum number of missed events. */
  public RecoveryOptions withMaxMissed(int most) {
    return new RecoveryOptions(namespaces, windowMillis, most, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis,
        acceptClockJump, settings);
  }

  /** Sets the maximum number of events in a log in memory. */
  public RecoveryOptions withMemoryEvents(int most) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, most, memoryBytes, maxEvents, maxBytes, maxAgeMillis, acceptClockJump,
        settings);
  }

  /** Sets the maximum bytes of a log in memory. */
  public RecoveryOptions withMemoryBytes(long most) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, most, maxEvents, maxBytes, maxAgeMillis, acceptClockJump,
        settings);
  }

  /** Sets the maximum number of events in a durable log, and their maximum age in milliseconds. */
  public RecoveryOptions withRetention(long events, long ageMillis) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, memoryBytes, events, maxBytes, ageMillis, acceptClockJump,
        settings);
  }

  /** Sets the maximum bytes of a durable log. */
  public RecoveryOptions withMaxBytes(long most) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, memoryBytes, maxEvents, most, maxAgeMillis,
        acceptClockJump, settings);
  }

  /** Sets whether a clock that is far ahead is trusted at the start. */
  public RecoveryOptions withAcceptClockJump(boolean accept) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis, accept,
        settings);
  }

  /** Sets what the store of durable logs reads. */
  public RecoveryOptions withSettings(JsonObject store) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis,
        acceptClockJump, store);
  }
}
