package dev.magpie.state;

import dev.magpie.Internal;
import io.vertx.core.json.JsonArray;
import org.jspecify.annotations.Nullable;

/** The value of one key of a room, or that it was removed. Immutable; shared by hub and instances. */
@Internal
public final class RetainedEntry extends Keyed {
  private final String room;
  private final String key;
  private final long version;
  /** Of the row that is stored; 0 for none. An expired key has another one, since its expiry is not written. */
  private final long stored;
  private final @Nullable JsonArray event;
  private final int bytes;
  private final long expiresAt;
  private final long at;

  /**
   * @param event the name, then the arguments; null for a removed key
   * @param bytes of the event as JSON
   * @param expiresAt 0 for never; in milliseconds since 1970, as {@code at}
   */
  RetainedEntry(String room, String key, long version, long stored, @Nullable JsonArray event, int bytes, long expiresAt, long at) {
    this.room = room;
    this.key = key;
    this.version = version;
    this.stored = stored;
    this.event = event;
    this.bytes = bytes;
    this.expiresAt = expiresAt;
    this.at = at;
  }

  /** The same key without a value. */
  RetainedEntry removed(long next, long nextStored, long now) {
    return new RetainedEntry(room, key, next, nextStored, null, 0, 0, now);
  }

  /** The same, of which nothing is stored. */
  RetainedEntry unstored() {
    return new RetainedEntry(room, key, version, 0, event, bytes, expiresAt, at);
  }

  public String room() {
    return room;
  }

  @Override
  public String key() {
    return key;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public @Nullable JsonArray event() {
    return event;
  }

  @Override
  public boolean isRemoved() {
    return event == null;
  }

  long stored() {
    return stored;
  }

  int bytes() {
    return bytes;
  }

  long expiresAt() {
    return expiresAt;
  }

  long at() {
    return at;
  }

  boolean isExpired(long now) {
    return expiresAt > 0 && expiresAt <= now;
  }
}
