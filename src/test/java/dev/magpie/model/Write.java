package dev.magpie.model;

/** A write of a retained value, or a removal, as the one who asked for it knows it. */
final class Write {
  static final long UNKNOWN = -1;

  /** Unique in a run; 0 for a removal. It is the value that clients are sent. */
  final long value;
  /** The instance that was asked. */
  final Object by;
  final String room;
  final String key;
  /** The condition; -1 for none. */
  final long ifVersion;
  /** Milliseconds; 0 for no end. */
  final long ttl;
  final long begun;
  /** When its future completed; -1 before. */
  long done = -1;
  /** By the future or, where the asker's instance has ended before, by a client that has seen it; {@link #UNKNOWN} until then. */
  long version = UNKNOWN;
  /** Refused, with the version that was there. */
  boolean lost;
  long present;
  /** Of a removal: whether there was something. */
  boolean removed;

  Write(long value, Object by, String room, String key, long ifVersion, long ttl, long begun) {
    this.value = value;
    this.by = by;
    this.room = room;
    this.key = key;
    this.ifVersion = ifVersion;
    this.ttl = ttl;
    this.begun = begun;
  }

  boolean isRemoval() {
    return value == 0;
  }

  @Override
  public String toString() {
    return (isRemoval() ? "removal" : "value " + value) + " of " + room + "/" + key + (version == UNKNOWN ? "" : " version " + version);
  }
}
