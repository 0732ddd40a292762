package dev.magpie.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The one conversion of Java values to wire values: null, strings, numbers, booleans, buffers, {@link JsonObject} and {@link JsonArray}.
 * Records, beans, maps, collections and arrays are converted to these, with binary data at any depth. Pure; for any thread.
 */
@Internal
public final class Values {
  /** Deep enough for any data, and low enough that a structure which contains itself is refused before the stack overflows. */
  static final int MAX_DEPTH = 500;

  private static final String BINARY = "$binary";
  /** Wraps an object of the application that would be read as binary data or as this wrapper. */
  private static final String OBJECT = "$object";

  /** For text that the application itself has written: without limits on length, as deep as it may write. */
  private static final JsonReader TRUSTED = JsonReader.within(
      new DecoderLimits(Integer.MAX_VALUE, 4 * MAX_DEPTH, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));

  private Values() {}

  /**
   * An event that other threads read: its name, then its arguments. Mutable values are copied; buffers are shared and must not be changed
   * afterwards.
   *
   * @throws IllegalArgumentException for a value that cannot be written; the message has event, argument and path
   */
  public static JsonArray event(String name, Object... arguments) {
    List<Object> event = new ArrayList<>(arguments.length + 1);
    event.add(name);
    for (int i = 0; i < arguments.length; i++) {
      try {
        event.add(copied(arguments[i], 1));
      } catch (Unencodable e) {
        throw e.ofArgument(name, i);
      }
    }
    return new JsonArray(Collections.unmodifiableList(event));
  }

  /** The same for the arguments of an acknowledgement. */
  public static JsonArray arguments(List<?> arguments) {
    List<Object> copy = new ArrayList<>(arguments.size());
    for (int i = 0; i < arguments.size(); i++) {
      try {
        copy.add(copied(arguments.get(i), 1));
      } catch (Unencodable e) {
        throw e.ofElement(i);
      }
    }
    return new JsonArray(copy);
  }

  /** The same for one object. */
  public static JsonObject copy(JsonObject object) {
    try {
      return new JsonObject(copiedMembers(object.getMap(), 0));
    } catch (Unencodable e) {
      throw e.ofData();
    }
  }

  // --- JSON with binary data as base64

  /** The same values with binary data as {@code {"$binary": base64}}. */
  public static JsonArray withoutBinary(JsonArray values) {
    List<Object> shown = new ArrayList<>(values.size());
    for (Object value : values.getList()) shown.add(shown(value));
    return new JsonArray(shown);
  }

  /** Reads what {@link #withoutBinary} wrote. */
  public static JsonArray withBinary(JsonArray values) {
    List<Object> meant = new ArrayList<>(values.size());
    for (Object value : values.getList()) meant.add(meant(value));
    return new JsonArray(meant);
  }

  /** Writes an object as text; numbers keep all their digits. */
  public static String write(JsonObject object) {
    StringBuilder out = new StringBuilder(256);
    new JsonWriter(out, JsonWriter.Binary.REFUSED).trusted(shown(object));
    return out.toString();
  }

  /**
   * Reads what {@link #write(JsonObject)} wrote.
   *
   * @throws ProtocolException for a text that is no JSON object
   */
  public static JsonObject readObject(String text) {
    if (TRUSTED.read(text, JsonReader.Objects.AS_THEY_ARE) instanceof JsonObject object && meant(object) instanceof JsonObject meant)
      return meant;
    throw new ProtocolException("no JSON object");
  }

  /** The same for an array. */
  public static String write(JsonArray array) {
    StringBuilder out = new StringBuilder(256);
    new JsonWriter(out, JsonWriter.Binary.REFUSED).trusted(withoutBinary(array));
    return out.toString();
  }

  /**
   * Reads what {@link #write(JsonArray)} wrote.
   *
   * @throws ProtocolException for a text that is no JSON array
   */
  public static JsonArray readArray(String text) {
    if (TRUSTED.read(text, JsonReader.Objects.AS_THEY_ARE) instanceof JsonArray array) return withBinary(array);
    throw new ProtocolException("no JSON array");
  }

  private static Object shown(Object value) {
    if (value instanceof Buffer data) return new JsonObject().put(BINARY, Base64.getEncoder().encodeToString(data.getBytes()));
    if (value instanceof JsonArray array) return withoutBinary(array);
    if (value instanceof List<?> list) return withoutBinary(new JsonArray(list));
    if (value instanceof JsonObject object) return shown(object.getMap());
    return value instanceof Map<?, ?> map ? shown(map) : value;
  }

  private static JsonObject shown(Map<?, ?> map) {
    Map<String, Object> shown = new LinkedHashMap<>(map.size() * 2);
    map.forEach((name, value) -> shown.put(String.valueOf(name), shown(value)));
    boolean ambiguous = shown.size() == 1 && (shown.containsKey(BINARY) || shown.containsKey(OBJECT));
    return ambiguous ? new JsonObject().put(OBJECT, new JsonObject(shown)) : new JsonObject(shown);
  }

  private static Object meant(Object value) {
    if (value instanceof JsonArray array) return withBinary(array);
    if (value instanceof List<?> list) return withBinary(new JsonArray(list));
    if (value instanceof JsonObject object) return meant(object.getMap());
    return value instanceof Map<?, ?> map ? meant(map) : value;
  }

  private static Object meant(Map<?, ?> map) {
    Buffer data = binary(map);
    if (data != null) return data;
    return map.size() == 1 && map.get(OBJECT) instanceof Map<?, ?> own ? members(own)
        : map.size() == 1 && map.get(OBJECT) instanceof JsonObject own ? members(own.getMap())
        : members(map);
  }

  /** The data of {@code {"$binary": base64}}; null for any other object. */
  static Buffer binary(Map<?, ?> map) {
    if (map.size() != 1 || !(map.get(BINARY) instanceof String base64)) return null;
    try {
      return Buffer.buffer(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException notBase64) {
      return null;
    }
  }

  private static JsonObject members(Map<?, ?> map) {
    Map<String, Object> meant = new LinkedHashMap<>(map.size() * 2);
    map.forEach((name, value) -> meant.put(String.valueOf(name), meant(value)));
    return new JsonObject(meant);
  }

  // --- One value

  private static Object copied(Object value, int depth) {
    if (value == null || value instanceof String || value instanceof Boolean || value instanceof Buffer) return value;
    if (value instanceof Number number && isPlain(number)) return number;
    if (value instanceof JsonObject object) return new JsonObject(copiedMembers(object.getMap(), depth));
    if (value instanceof JsonArray array) return new JsonArray(copiedElements(array.getList(), depth));
    if (value instanceof Map<?, ?> map) return new JsonObject(copiedMembers(map, depth));
    if (isSequence(value)) return new JsonArray(copiedElements((Iterable<?>) value, depth));
    return copied(simpler(value), depth);
  }

  private static Map<String, Object> copiedMembers(Map<?, ?> map, int depth) {
    enter(depth);
    Map<String, Object> copy = new LinkedHashMap<>(map.size() * 4 / 3 + 1);
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = name(entry);
      try {
        copy.put(name, copied(entry.getValue(), depth + 1));
      } catch (Unencodable e) {
        throw e.below("." + name);
      }
    }
    return copy;
  }

  private static List<Object> copiedElements(Iterable<?> values, int depth) {
    enter(depth);
    List<Object> copy = new ArrayList<>();
    for (Object value : values) {
      try {
        copy.add(copied(value, depth + 1));
      } catch (Unencodable e) {
        throw e.below("[" + copy.size() + "]");
      }
    }
    return copy;
  }

  static void enter(int depth) {
    if (depth >= MAX_DEPTH) throw new Unencodable("nested deeper than " + MAX_DEPTH + ", or contains itself");
  }

  static String name(Map.Entry<?, ?> member) {
    if (member.getKey() == null) throw new Unencodable("null cannot be the name of a member");
    return member.getKey().toString();
  }

  /** Whether its {@code toString} is its JSON. */
  static boolean isPlain(Number number) {
    if (number instanceof Double d && !Double.isFinite(d) || number instanceof Float f && !Float.isFinite(f)) {
      throw new Unencodable(number + " is not a JSON number");
    }
    return number instanceof Integer || number instanceof Long || number instanceof Double || number instanceof BigDecimal
        || number instanceof BigInteger || number instanceof Short || number instanceof Byte;
  }

  /** Whether it is written as an array. Not a path, whose elements are paths again, and not a Jackson tree. */
  static boolean isSequence(Object value) {
    return value instanceof Iterable<?> && !(value instanceof Path) && !(value instanceof JsonNode);
  }

  /** Converts any other value one step towards a wire value. */
  static Object simpler(Object value) {
    if (value instanceof byte[] bytes) return Buffer.buffer(bytes);
    if (value instanceof ByteBuffer bytes) return copy(bytes);
    if (value instanceof Object[] values) return Arrays.asList(values);
    if (value instanceof Enum<?> constant) return constant.name();
    // By its text: cast to double, 0.1f would be 0.10000000149.
    if (value instanceof Float f) return Double.valueOf(f.toString());
    if (value instanceof CharSequence || value instanceof Character || value instanceof TemporalAccessor) return value.toString();
    return plain(value);
  }

  private static Buffer copy(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return Buffer.buffer(copy);
  }

  /** Converts records, beans and all other objects; binary members stay binary. */
  private static Object plain(Object bean) {
    Object plain;
    try {
      plain = Beans.MAPPER.convertValue(bean, Object.class);
    } catch (IllegalArgumentException e) {
      throw new Unencodable(bean.getClass().getName() + " cannot be written as JSON", e);
    }
    if (plain != null && plain.getClass() == bean.getClass())
      throw new Unencodable(bean.getClass().getName() + " cannot be written as JSON");
    return plain;
  }

  /** A value that cannot be written; its path grows while the exception passes up to the argument. */
  static final class Unencodable extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private String path = "";

    Unencodable(String message) {
      this(message, null);
    }

    Unencodable(String message, Throwable cause) {
      super(message, cause, false, false);
    }

    Unencodable below(String step) {
      path = step + path;
      return this;
    }

    /** The exception for the caller of {@code emit(event, args…)}. */
    IllegalArgumentException ofArgument(String event, int index) {
      return at("event \"" + event + "\": args[" + index + "]");
    }

    IllegalArgumentException ofElement(int index) {
      return at("[" + index + "]");
    }

    IllegalArgumentException ofData() {
      return at("data");
    }

    private IllegalArgumentException at(String start) {
      return new IllegalArgumentException(start + path + ": " + getMessage(), getCause());
    }
  }

  /** A class of its own, so that Jackson is loaded when the first bean is sent. */
  private static final class Beans {
    static final ObjectMapper MAPPER = new ObjectMapper()
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .registerModule(new SimpleModule()
            .addSerializer(Buffer.class, serializer((buffer, to, all) -> to.writeBinary(buffer.getBytes())))
            .addSerializer(JsonObject.class, serializer((object, to, all) -> all.defaultSerializeValue(object.getMap(), to)))
            .addSerializer(JsonArray.class, serializer((array, to, all) -> all.defaultSerializeValue(array.getList(), to)))
            .addSerializer(TemporalAccessor.class, serializer((time, to, all) -> to.writeString(time.toString())))
            .addSerializer(TemporalAmount.class, serializer((time, to, all) -> to.writeString(time.toString()))));

    interface Writing<T> {
      void write(T value, JsonGenerator to, SerializerProvider all) throws IOException;
    }

    static <T> JsonSerializer<T> serializer(Writing<T> writing) {
      return new JsonSerializer<>() {
        @Override
        public void serialize(T value, JsonGenerator to, SerializerProvider all) throws IOException {
          writing.write(value, to, all);
        }
      };
    }
  }
}
