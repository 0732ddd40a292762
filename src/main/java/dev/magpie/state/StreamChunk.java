package dev.magpie.state;

import dev.magpie.Internal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a stream's text, from a place on; or that the stream is forgotten. */
@Internal
public final class StreamChunk extends Keyed {
  private final String id;
  private final long version;
  private final @Nullable String event;
  private final int at;
  private final String text;
  private final StreamEnd end;

  private StreamChunk(String id, long version, @Nullable String event, int at, String text, StreamEnd end) {
    this.id = id;
    this.version = version;
    this.event = event;
    this.at = at;
    this.text = text;
    this.end = end;
  }

  /** @param at length of the text before, in UTF-16 units */
  static StreamChunk of(String id, long version, String event, int at, String text, StreamEnd end) {
    return new StreamChunk(id, version, event, at, text, end);
  }

  /** The stream has ended, and who joins from now on does not get it. */
  static StreamChunk forgotten(String id, long version) {
    return new StreamChunk(id, version, null, 0, "", StreamEnd.DONE);
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
    return event == null;
  }

  @Override
  public @Nullable JsonArray event() {
    return event == null ? null : event(event, id, at, text, end);
  }

  String name() {
    return event == null ? "" : event;
  }

  String text() {
    return text;
  }

  StreamEnd end() {
    return end;
  }

  static JsonArray event(String name, String id, int at, String text, StreamEnd end) {
    JsonObject chunk = new JsonObject().put("id", id).put("at", at).put("text", text).put("done", end != StreamEnd.OPEN);
    return new JsonArray(List.of(name, end == StreamEnd.ABORTED ? chunk.put("aborted", true) : chunk));
  }
}
