package dev.magpie.state;

/**
 * Limits of retained state and of streams, for all namespaces of an instance. Immutable; each {@code with} method returns a copy with one
 * value changed.
 *
 * @param maxKeys maximum number of keys in a room
 * @param maxValueBytes maximum bytes of a value: of its event as JSON, with its key
 * @param maxRoomBytes maximum bytes of all values of a room, and of the texts of all its streams
 * @param streamIdleMillis a stream to which nobody appends for so long is aborted, in milliseconds
 * @param streamKeepMillis how long a stream that has ended is told to who joins, in milliseconds
 */
public record StateOptions(int maxKeys, int maxValueBytes, int maxRoomBytes, long streamIdleMillis, long streamKeepMillis) {
  /** 1,000 keys and 4 MiB in a room, 64 KiB in a value; streams: a minute each. */
  public static final StateOptions DEFAULT = new StateOptions(1_000, 64 << 10, 4 << 20, 60_000, 60_000);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException for a limit below 1
   */
  public StateOptions {
    if (maxKeys <= 0 || maxValueBytes <= 0 || maxRoomBytes <= 0 || streamIdleMillis <= 0 || streamKeepMillis <= 0)
      throw new IllegalArgumentException("limits of state are at least 1");
  }

  /** Limits with the default times of streams. */
  public StateOptions(int maxKeys, int maxValueBytes, int maxRoomBytes) {
    this(maxKeys, maxValueBytes, maxRoomBytes, DEFAULT.streamIdleMillis, DEFAULT.streamKeepMillis);
  }

  /** Sets the maximum number of keys in a room. */
  public StateOptions withMaxKeys(int keys) {
    return new StateOptions(keys, maxValueBytes, maxRoomBytes, streamIdleMillis, streamKeepMillis);
  }

  /** Sets the maximum bytes of a value. */
  public StateOptions withMaxValueBytes(int bytes) {
    return new StateOptions(maxKeys, bytes, maxRoomBytes, streamIdleMillis, streamKeepMillis);
  }

  /** Sets the maximum bytes of all values of a room. */
  public StateOptions withMaxRoomBytes(int bytes) {
    return new StateOptions(maxKeys, maxValueBytes, bytes, streamIdleMillis, streamKeepMillis);
  }

  /** Sets after how many milliseconds without a chunk a stream is aborted. */
  public StateOptions withStreamIdleMillis(long millis) {
    return new StateOptions(maxKeys, maxValueBytes, maxRoomBytes, millis, streamKeepMillis);
  }

  /** Sets for how many milliseconds a stream that has ended is told to who joins. */
  public StateOptions withStreamKeepMillis(long millis) {
    return new StateOptions(maxKeys, maxValueBytes, maxRoomBytes, streamIdleMillis, millis);
  }
}
