package dev.magpie.tutorial;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** JSON values for pages that append them as HTML. Pure. */
final class Html {
  private Html() {}

  /** The same value, with the characters that HTML reads as markup escaped in its strings, at any depth. */
  static Object escape(Object value) {
    if (value instanceof CharSequence text) {
      return text.toString().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&#39;");
    }
    if (value instanceof JsonArray array) {
      JsonArray escaped = new JsonArray();
      array.forEach(element -> escaped.add(escape(element)));
      return escaped;
    }
    if (value instanceof JsonObject object) {
      JsonObject escaped = new JsonObject();
      object.forEach(field -> escaped.put(field.getKey(), escape(field.getValue())));
      return escaped;
    }
    return value;
  }
}
