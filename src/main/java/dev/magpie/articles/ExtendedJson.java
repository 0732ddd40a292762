package dev.magpie.articles;

import dev.magpie.store.ArticleId;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Documents as mongoexport, mongoose and Compass write them, in either form of MongoDB's extended JSON, as an article's fields: numbers and
 * times lose their wrapping, {@code _id} becomes {@code id}, and what is null is missing. Pure.
 */
final class ExtendedJson {
  private ExtendedJson() {}

  /** An article's fields; those that are none are as they were. */
  static JsonObject fields(Map<String, Object> document) {
    Map<String, Object> fields = new LinkedHashMap<>();
    document.forEach((name, value) -> {
      if (value == null || name.equals("id") || name.equals("_id")) return;
      fields.put(name, plain(value));
    });
    // Some programs add a virtual id: MongoDB's own counts.
    if (document.get("_id") != null) fields.put("id", key(document.get("_id")));
    else if (document.get("id") != null) fields.put("id", ownKey(document.get("id")));
    return new JsonObject(fields);
  }

  /** An id in Magpie's own files: as {@link #fields} reads it back. */
  static Object ownId(String key) {
    ArticleId id = ArticleId.parse(key);
    if (id.value() instanceof Number number) return number;
    if (id.value() instanceof JsonObject object) return object.containsKey("$oid") ? key : object;
    return isWritten(id.shown()) ? key : id.shown();
  }

  /** A text in {@code id}: 24 hexadecimal digits are an ObjectId there, and a text of such digits stands in quotes of its own. */
  private static Object ownKey(Object value) {
    return value instanceof String text && isWritten(text) ? ArticleId.parse(text).key() : key(value);
  }

  private static boolean isWritten(String text) {
    return text.startsWith("\"") || text.startsWith("{") || text.matches("[0-9a-fA-F]{24}");
  }

  /** What is no id stays as it is, for the check to find. */
  private static Object key(Object value) {
    Object plain = value instanceof Map<?, ?> map && map.containsKey("$oid") ? new JsonObject().put("$oid", map.get("$oid")) : plain(value);
    return ArticleId.of(plain).<Object>map(ArticleId::key).orElse(plain);
  }

  private static Object plain(Object value) {
    if (value instanceof List<?> list) return new JsonArray(list.stream().map(ExtendedJson::plain).toList());
    if (!(value instanceof Map<?, ?> map)) return value;
    if (map.size() == 1) {
      Map.Entry<?, ?> only = map.entrySet().iterator().next();
      Optional<Object> plain = unwrapped(String.valueOf(only.getKey()), only.getValue());
      if (plain.isPresent()) return plain.get();
    }
    JsonObject object = new JsonObject();
    map.forEach((name, each) -> object.put(String.valueOf(name), plain(each)));
    return object;
  }

  private static Optional<Object> unwrapped(String type, Object value) {
    return switch (type) {
      case "$oid" -> value instanceof String ? Optional.of(value) : Optional.empty();
      case "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal" -> number(value);
      case "$date" -> date(plain(value));
      default -> Optional.empty();
    };
  }

  private static Optional<Object> number(Object value) {
    try {
      BigDecimal number = new BigDecimal(String.valueOf(value));
      return Optional.of(number.stripTrailingZeros().scale() <= 0 ? (Object) number.longValueExact() : (Object) number.doubleValue());
    } catch (ArithmeticException | NumberFormatException notFinite) {
      return Optional.empty();
    }
  }

  private static Optional<Object> date(Object value) {
    // What 64 bits do not hold stays as it is, for the check to find.
    if (value instanceof Number millis)
      return Optional.of(millis.longValue() == millis.doubleValue() ? Instant.ofEpochMilli(millis.longValue()).toString() : value);
    return value instanceof String ? Optional.of(value) : Optional.empty();
  }
}
