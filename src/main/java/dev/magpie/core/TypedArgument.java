package dev.magpie.core;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.type.TypeFactory;
import dev.magpie.protocol.Values;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.invoke.MethodType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.ZoneId;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Converts an event's argument to the type that its handler expects. Stateless. */
final class TypedArgument {
  private static final Logger log = LoggerFactory.getLogger(TypedArgument.class);

  private TypedArgument() {}

  /**
   * An argument in this type, which is none of the primitive ones; null if it is missing or null.
   *
   * @throws InvalidPayload for an argument of another type
   */
  static @Nullable Object read(Values values, String event, JsonArray args, int index, Type type) {
    // Not getValue, which would hand out a buffer as base64.
    Object value = index < args.size() ? json(args.getList().get(index)) : null;
    // An Optional of a generic type is empty.
    if (value == null) return type instanceof Class<?> ? null : values.read(null, type);
    if (type instanceof Class<?> plain && plain.isInstance(value)) return value;
    String path = "args[" + index + "]";
    try {
      Object converted = convert(values, value, type);
      if (converted != null) return converted;
    } catch (RuntimeException mismatch) {
      log.debug("argument not converted event={} path={} type={} reason={}", event, path, type.getTypeName(), mismatch.getMessage());
      if (mismatch.getCause() instanceof JsonMappingException cause)
        throw new InvalidPayload(event, path + path(cause), expected(cause, type));
    }
    throw new InvalidPayload(event, path, expected(type));
  }

  private static String path(JsonMappingException mismatch) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : mismatch.getPath()) {
      if (step.getFieldName() == null) path.append('[').append(step.getIndex()).append(']');
      else path.append('.').append(step.getFieldName());
    }
    return path.toString();
  }

  private static String expected(JsonMappingException mismatch, Type type) {
    // Of a constructor that checks its arguments.
    for (Throwable cause = mismatch; cause != null; cause = cause.getCause())
      if (cause instanceof ClientError told) return String.valueOf(told.getMessage());
    if (mismatch instanceof UnrecognizedPropertyException) return "no member of this name";
    if (mismatch instanceof MismatchedInputException input && input.getTargetType() != null) return expected(input.getTargetType());
    return mismatch.getPath().isEmpty() ? expected(type) : "an allowed value";
  }

  /** {@code Integer} for {@code int}; other types as they are. */
  static Class<?> boxed(Class<?> type) {
    return MethodType.methodType(type).wrap().returnType();
  }

  /** What a client may send for this type, in terms of JSON: its name is not told. */
  static String expected(Type type) {
    JavaType known = TypeFactory.defaultInstance().constructType(type);
    Class<?> raw = boxed(known.getRawClass());
    if (raw == String.class) return "a string";
    if (raw == Integer.class) return "a whole number of 32 bits";
    if (raw == Long.class) return "a whole number of 64 bits";
    if (raw == Short.class) return "a whole number of 16 bits";
    if (raw == Byte.class) return "a whole number of 8 bits";
    if (raw == BigInteger.class) return "a whole number";
    if (Number.class.isAssignableFrom(raw)) return "a number";
    if (raw == Boolean.class) return "true or false";
    if (raw == Character.class) return "a string of one character";
    if (raw == char[].class) return "a string";
    if (raw == OptionalInt.class) return expected(Integer.class);
    if (raw == OptionalLong.class) return expected(Long.class);
    if (raw == OptionalDouble.class) return expected(Double.class);
    if (raw == Optional.class) return expected(known.containedTypeOrUnknown(0));
    if (raw == Buffer.class || raw == byte[].class || raw == ByteBuffer.class) return "binary";
    if (raw == JsonArray.class || Collection.class.isAssignableFrom(raw) || raw.isArray()) return "an array";
    if (raw == UUID.class) return "a UUID";
    if (ZoneId.class.isAssignableFrom(raw)) return "a time zone";
    if (TemporalAccessor.class.isAssignableFrom(raw) || TemporalAmount.class.isAssignableFrom(raw) || raw == Date.class)
      return "a time as in ISO 8601";
    if (raw.isEnum()) return Arrays.stream(raw.getEnumConstants()).map(constant -> ((Enum<?>) constant).name())
        .collect(Collectors.joining(", ", "one of ", ""));
    return "an object";
  }

  private static Object json(Object value) {
    if (value instanceof Map<?, ?> map) return new JsonObject(stringKeys(map));
    return value instanceof List<?> list ? new JsonArray(list) : value;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> stringKeys(Map<?, ?> map) {
    return (Map<String, Object>) map;
  }

  private static @Nullable Object convert(Values values, Object value, Type type) {
    if (value instanceof JsonObject object && type == Map.class) return object.getMap();
    if (value instanceof JsonArray array && type == List.class) return array.getList();
    boolean isNumber = type instanceof Class<?> plain && Number.class.isAssignableFrom(plain);
    if (isNumber && value instanceof Number number) return convert(number, (Class<?>) type);
    // Jackson would make a string of a number, and true of 1.
    return isNumber || type == String.class || type == Boolean.class ? null : values.read(value, type);
  }

  /** A number arrives in the smallest type that holds it: a handler of big numbers gets small ones too. */
  private static @Nullable Object convert(Number number, Class<?> type) {
    boolean isSmall = number instanceof Integer || number instanceof Long;
    if (type == Double.class) return number.doubleValue();
    if (type == Float.class) return number.floatValue();
    if (type == Short.class && isSmall && number.longValue() == number.shortValue()) return number.shortValue();
    if (type == Byte.class && isSmall && number.longValue() == number.byteValue()) return number.byteValue();
    if (type == Long.class && isSmall) return number.longValue();
    if (type == BigInteger.class && isSmall) return BigInteger.valueOf(number.longValue());
    return type == BigDecimal.class ? new BigDecimal(number.toString()) : null;
  }
}
