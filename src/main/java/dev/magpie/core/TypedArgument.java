package dev.magpie.core;

import com.fasterxml.jackson.databind.JsonMappingException;
import dev.magpie.protocol.Values;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Converts an event's argument to the type that its handler expects. Stateless. */
final class TypedArgument {
  private static final Logger log = LoggerFactory.getLogger(TypedArgument.class);

  private TypedArgument() {}

  /**
   * The first argument in this type; null if it is missing or null.
   *
   * @throws ClientError that names event and argument, and says what is expected in terms of JSON, without the names of classes
   */
  static <T> @Nullable T first(Values values, String event, JsonArray args, Class<T> type) {
    // Not getValue, which would hand out a buffer as base64.
    Object value = args.isEmpty() ? null : json(args.getList().get(0));
    if (value == null) return null;
    if (type.isInstance(value)) return type.cast(value);
    try {
      Object converted = convert(values, value, type);
      if (converted != null) return type.cast(converted);
    } catch (RuntimeException mismatch) {
      log.debug("argument not converted event={} type={} reason={}", event, type.getName(), mismatch.getMessage());
      if (value instanceof JsonObject) throw new ClientError("argument 0 of '" + event + "' is not valid" + at(mismatch));
    }
    throw new ClientError("argument 0 of '" + event + "' must be " + expected(type) + ", not " + actual(value));
  }

  /** Where in the argument the mismatch is, such as {@code items[0].price}; empty if it is unknown. */
  private static String at(Throwable mismatch) {
    if (!(mismatch.getCause() instanceof JsonMappingException cause)) return "";
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : cause.getPath()) {
      if (step.getFieldName() == null) path.append('[').append(step.getIndex()).append(']');
      else path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
    }
    return path.isEmpty() ? "" : " at '" + path + "'";
  }

  private static String expected(Class<?> type) {
    if (type == String.class) return "a string";
    if (type == Integer.class) return "a whole number of 32 bits";
    if (type == Long.class) return "a whole number of 64 bits";
    if (type == BigInteger.class) return "a whole number";
    if (Number.class.isAssignableFrom(type)) return "a number";
    if (type == Boolean.class) return "true or false";
    if (type == JsonArray.class || type == List.class) return "an array";
    if (type == Buffer.class || type == byte[].class) return "binary";
    if (type.isEnum()) return Arrays.stream(type.getEnumConstants()).map(constant -> ((Enum<?>) constant).name())
        .collect(Collectors.joining(", ", "one of ", ""));
    return "an object";
  }

  private static String actual(Object value) {
    if (value instanceof String) return "a string";
    if (value instanceof Number) return "a number";
    if (value instanceof Boolean) return "a boolean";
    if (value instanceof JsonArray) return "an array";
    return value instanceof Buffer ? "binary" : "an object";
  }

  private static Object json(Object value) {
    if (value instanceof Map<?, ?> map) return new JsonObject(stringKeys(map));
    return value instanceof List<?> list ? new JsonArray(list) : value;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> stringKeys(Map<?, ?> map) {
    return (Map<String, Object>) map;
  }

  private static @Nullable Object convert(Values values, Object value, Class<?> type) {
    if (value instanceof Number number && Number.class.isAssignableFrom(type)) return convert(number, type);
    if (value instanceof JsonObject object && type == Map.class) return object.getMap();
    if (value instanceof JsonArray array && type == List.class) return array.getList();
    // Jackson would make a string of a number, and true of 1.
    boolean isScalar = type == String.class || type == Boolean.class || Number.class.isAssignableFrom(type);
    return isScalar ? null : values.read(value, type);
  }

  /** A number arrives in the smallest type that holds it: a handler of big numbers gets small ones too. */
  private static @Nullable Object convert(Number number, Class<?> type) {
    boolean isSmall = number instanceof Integer || number instanceof Long;
    if (type == Double.class) return number.doubleValue();
    if (type == Long.class && isSmall) return number.longValue();
    if (type == BigInteger.class && isSmall) return BigInteger.valueOf(number.longValue());
    return type == BigDecimal.class ? new BigDecimal(number.toString()) : null;
  }
}
