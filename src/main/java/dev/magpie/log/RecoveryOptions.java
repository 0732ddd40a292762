package dev.magpie.log;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * How namespaces recover.
 *
 * @param namespaces modes by name, before what an application says for its own
 * @param windowMillis how long a client that is away finds its session again
 * @param maxMissed a client that has missed more events than this starts anew
 * @param memoryEvents that a log in memory keeps
 * @param memoryBytes that a log in memory keeps, by {@link LoggedEvent#weight}
 * @param maxEvents that a durable log keeps
 * @param maxBytes that a durable log keeps; of the events as they are stored, without their indexes
 * @param maxAgeMillis of an event in a log
 * @param acceptClockJump a clock that is more than a day ahead of what the log has seen is believed at the start
 * @param settings for the store of durable logs; empty for its defaults
 */
public record RecoveryOptions(
    Map<String, Recovery> namespaces, long windowMillis, int maxMissed, int memoryEvents, long memoryBytes, long maxEvents, long maxBytes,
    long maxAgeMillis, boolean acceptClockJump,
    JsonObject settings) {
  private static final long DAY = 86_400_000;

  public static final RecoveryOptions DEFAULT =
      new RecoveryOptions(Map.of(), 120_000, 1_000, 10_000, 16L << 20, 1_000_000, 256L << 20, 30 * DAY, false, new JsonObject());

  public RecoveryOptions {
    namespaces = Map.copyOf(namespaces);
    if (windowMillis <= 0 || maxMissed <= 0 || memoryEvents <= 0 || memoryBytes <= 0 || maxEvents <= 0 || maxBytes <= 0
        || maxAgeMillis <= 0) {
      throw new IllegalArgumentException("bounds of recovery are at least 1");
    }
  }

  public RecoveryOptions withNamespaces(Map<String, Recovery> modes) {
    return new RecoveryOptions(modes, windowMillis, maxMissed, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis,
        acceptClockJump, settings);
  }

  public RecoveryOptions withWindow(long millis) {
    return new RecoveryOptions(namespaces, millis, maxMissed, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis, acceptClockJump,
        settings);
  }

  public RecoveryOptions withMaxMissed(int most) {
    return new RecoveryOptions(namespaces, windowMillis, most, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis,
        acceptClockJump, settings);
  }

  public RecoveryOptions withMemoryEvents(int most) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, most, memoryBytes, maxEvents, maxBytes, maxAgeMillis, acceptClockJump,
        settings);
  }

  public RecoveryOptions withMemoryBytes(long most) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, most, maxEvents, maxBytes, maxAgeMillis, acceptClockJump,
        settings);
  }

  /** What a durable log keeps: so many events, none older than this. */
  public RecoveryOptions withRetention(long events, long ageMillis) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, memoryBytes, events, maxBytes, ageMillis, acceptClockJump,
        settings);
  }

  public RecoveryOptions withMaxBytes(long most) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, memoryBytes, maxEvents, most, maxAgeMillis,
        acceptClockJump, settings);
  }

  public RecoveryOptions withAcceptClockJump(boolean accept) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis, accept,
        settings);
  }

  public RecoveryOptions withSettings(JsonObject store) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, memoryBytes, maxEvents, maxBytes, maxAgeMillis,
        acceptClockJump, store);
  }
}
