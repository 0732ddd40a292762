package dev.magpie.core;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/** An event's argument in the type that its handler asks for. Stateless. */
final class TypedArgument {
  private TypedArgument() {}

  /**
   * The first argument as a handler asked for it; null when it is missing or null.
   *
   * @throws ClientError naming event, argument and what came instead
   */
  static <T> T first(String event, JsonArray args, Class<T> type) {
    // Not getValue, which would hand out a buffer as base64.
    Object value = args.isEmpty() ? null : json(args.getList().get(0));
    if (value == null) return null;
    if (type.isInstance(value)) return type.cast(value);
    try {
      Object converted = convert(value, type);
      if (converted != null) return type.cast(converted);
    } catch (RuntimeException mismatch) {
      // Jackson's message names the path into the payload; it may quote the payload, so only its first line is passed on.
      throw new ClientError("argument 0 of '" + event + "' is no " + type.getSimpleName() + ": " + firstLine(mismatch));
    }
    throw new ClientError("argument 0 of '" + event + "' should be " + type.getSimpleName() + ", not " + value.getClass().getSimpleName());
  }

  private static Object json(Object value) {
    if (value instanceof Map<?, ?> map) return new JsonObject(stringKeys(map));
    return value instanceof List<?> list ? new JsonArray(list) : value;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> stringKeys(Map<?, ?> map) {
    return (Map<String, Object>) map;
  }

  private static Object convert(Object value, Class<?> type) {
    if (value instanceof Number number) {
      if (type == Double.class) return number.doubleValue();
      if (type == Long.class && number instanceof Integer) return number.longValue();
      return null;
    }
    if (value instanceof JsonObject object) return type == Map.class ? object.getMap() : type == String.class ? null : object.mapTo(type);
    if (value instanceof JsonArray array) return type == List.class ? array.getList() : null;
    if (value instanceof String text && type.isEnum()) return enumConstant(type, text);
    if (value instanceof Buffer buffer && type == byte[].class) return buffer.getBytes();
    return null;
  }

  private static Object enumConstant(Class<?> type, String name) {
    for (Object constant : type.getEnumConstants()) if (((Enum<?>) constant).name().equals(name)) return constant;
    return null;
  }

  private static String firstLine(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }
}
