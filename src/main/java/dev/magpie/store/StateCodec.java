package dev.magpie.store;

import dev.magpie.protocol.Values;
import dev.magpie.state.StateStore.Row;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Rows of room state as JSON; the room and the key are the row's key. */
final class StateCodec {
  private StateCodec() {}

  static String write(Row row) {
    return Values.write(new JsonObject().put("v", row.version()).put("w", row.writer()).put("c", content(row)).put("x", row.expiresAt())
        .put("t", row.at()));
  }

  static Row read(String room, String key, String text) {
    JsonObject json = Values.readObject(text);
    return new Row(room, key, json.getLong("v"), json.getString("w"), content(json.getString("c")), json.getLong("x"), json.getLong("t"));
  }

  static long version(String text) {
    return Values.readObject(text).getLong("v");
  }

  /** The content as a text; null for a removed key. */
  static @Nullable String content(Row row) {
    return row.content() == null ? null : EventCodec.writeContent(row.content());
  }

  static @Nullable JsonArray content(@Nullable String text) {
    return text == null ? null : EventCodec.readContent(text);
  }

  /** When a row may be swept: since its key is removed, or once it has expired; 0 for never. */
  static long due(Row row) {
    return row.content() == null ? row.at() : row.expiresAt();
  }
}
