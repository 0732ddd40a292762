package dev.magpie.core;

import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * How namespaces recover.
 *
 * @param namespaces modes by name, before what an application says for its own
 * @param windowMillis how long a client that is away finds its session again
 * @param maxMissed a client that has missed more events than this starts anew
 * @param memoryEvents that a log in memory keeps
 * @param maxEvents that a durable log keeps
 * @param maxAgeMillis of an event in a log
 * @param settings for the store of durable logs; empty for its defaults
 */
public record RecoveryOptions(
    Map<String, Recovery> namespaces, long windowMillis, int maxMissed, int memoryEvents, long maxEvents, long maxAgeMillis, JsonObject settings) {
  private static final long DAY = 86_400_000;

  public static final RecoveryOptions DEFAULT =
      new RecoveryOptions(Map.of(), 120_000, 1_000, 10_000, 1_000_000, 30 * DAY, new JsonObject());

  public RecoveryOptions {
    namespaces = Map.copyOf(namespaces);
    if (windowMillis <= 0 || maxMissed <= 0 || memoryEvents <= 0 || maxEvents <= 0 || maxAgeMillis <= 0) {
      throw new IllegalArgumentException("bounds of recovery are at least 1");
    }
  }

  public RecoveryOptions withNamespaces(Map<String, Recovery> modes) {
    return new RecoveryOptions(modes, windowMillis, maxMissed, memoryEvents, maxEvents, maxAgeMillis, settings);
  }

  public RecoveryOptions withWindow(long millis) {
    return new RecoveryOptions(namespaces, millis, maxMissed, memoryEvents, maxEvents, maxAgeMillis, settings);
  }

  public RecoveryOptions withMaxMissed(int most) {
    return new RecoveryOptions(namespaces, windowMillis, most, memoryEvents, maxEvents, maxAgeMillis, settings);
  }

  public RecoveryOptions withMemoryEvents(int most) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, most, maxEvents, maxAgeMillis, settings);
  }

  /** What a durable log keeps: so many events, none older than this. */
  public RecoveryOptions withRetention(long events, long ageMillis) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, events, ageMillis, settings);
  }

  public RecoveryOptions withSettings(JsonObject store) {
    return new RecoveryOptions(namespaces, windowMillis, maxMissed, memoryEvents, maxEvents, maxAgeMillis, store);
  }
}
