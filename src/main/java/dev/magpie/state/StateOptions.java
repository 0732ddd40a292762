package dev.magpie.state;

/**
 * Limits of retained state, for all namespaces of an instance. Immutable; each {@code with} method returns a copy with one value changed.
 *
 * @param maxKeys maximum number of keys in a room
 * @param maxValueBytes maximum bytes of a value: of its event as JSON
 * @param maxRoomBytes maximum bytes of all values of a room
 */
public record StateOptions(int maxKeys, int maxValueBytes, int maxRoomBytes) {
  /** 1,000 keys and 4 MiB in a room, 64 KiB in a value. */
  public static final StateOptions DEFAULT = new StateOptions(1_000, 64 << 10, 4 << 20);

  /**
   * Checks the limits.
   *
   * @throws IllegalArgumentException for a limit below 1
   */
  public StateOptions {
    if (maxKeys <= 0 || maxValueBytes <= 0 || maxRoomBytes <= 0) throw new IllegalArgumentException("limits of state are at least 1");
  }

  /** Sets the maximum number of keys in a room. */
  public StateOptions withMaxKeys(int keys) {
    return new StateOptions(keys, maxValueBytes, maxRoomBytes);
  }

  /** Sets the maximum bytes of a value. */
  public StateOptions withMaxValueBytes(int bytes) {
    return new StateOptions(maxKeys, bytes, maxRoomBytes);
  }

  /** Sets the maximum bytes of all values of a room. */
  public StateOptions withMaxRoomBytes(int bytes) {
    return new StateOptions(maxKeys, maxValueBytes, bytes);
  }
}
