package dev.magpie.state;

import dev.magpie.Internal;
import io.vertx.core.json.JsonArray;
import org.jspecify.annotations.Nullable;

/** The text of a stream so far, for who joins its room. Used on the executor of whoever has made it, except one of a snapshot. */
@Internal
public final class StreamText extends Keyed {
  private final String id;
  private final long version;
  private final String event;
  /** Shared with the texts that follow: this one is its beginning. */
  private final StringBuilder text;
  private final int length;
  private final StreamEnd end;
  /** Whether this text is of a snapshot, which instances share: its builder is never changed. */
  private final boolean shared;

  private StreamText(String id, long version, String event, StringBuilder text, int length, StreamEnd end, boolean shared) {
    this.id = id;
    this.version = version;
    this.event = event;
    this.text = text;
    this.length = length;
    this.end = end;
    this.shared = shared;
  }

  /** For a snapshot. */
  static StreamText of(String id, long version, String event, String text, StreamEnd end) {
    return new StreamText(id, version, event, new StringBuilder(text), text.length(), end, true);
  }

  /** The text after a change; null when it is forgotten. */
  public static @Nullable StreamText after(@Nullable StreamText former, StreamChunk chunk) {
    if (chunk.isRemoved()) return null;
    StringBuilder text = former == null ? new StringBuilder() : former.shared ? new StringBuilder(former.text) : former.text;
    text.append(chunk.text());
    return new StreamText(chunk.key(), chunk.version(), chunk.name(), text, text.length(), chunk.end(), false);
  }

  @Override
  public String key() {
    return id;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public boolean isRemoved() {
    return false;
  }

  @Override
  public JsonArray event() {
    return StreamChunk.event(event, id, 0, text.substring(0, length), end);
  }
}
