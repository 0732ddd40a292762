package dev.magpie.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.function.Consumer;

/**
 * The one conversion of Java values to wire values and back. Wire values are null, strings, numbers, booleans, buffers, {@link JsonObject}
 * and {@link JsonArray}; records, beans, maps, collections, arrays and all other objects are converted to these, with binary data at any
 * depth. Immutable, for any thread: one for each {@code Io} with a mapper of its own, and {@link #DEFAULT}.
 */
@Internal
public final class Values {
  /** Deep enough for any data, and low enough that a structure which contains itself is refused before the stack overflows. */
  static final int MAX_DEPTH = 500;

  /** Characters of a path in a message: that of a structure that contains itself has thousands. */
  private static final int MAX_PATH = 200;

  /** {@code Number.MAX_SAFE_INTEGER} of JavaScript. */
  private static final long MAX_SAFE = (1L << 53) - 1;

  /** By a copy of Vert.x' mapper, made when the first bean is converted. */
  public static final Values DEFAULT = new Values(null);

  /** By the application's mapper. A copy has caches of its own, which all that name the mapper share. */
  private static final Map<ObjectMapper, Values> COPIES = new WeakHashMap<>();

  private static final String BINARY = "$binary";
  /** Wraps an object of the application that would be read as binary data or as this wrapper. */
  private static final String OBJECT = "$object";

  /** For text that the application itself has written: without limits on length, as deep as it may write. */
  private static final JsonReader TRUSTED = JsonReader.within(
      new DecoderLimits(Integer.MAX_VALUE, 4 * MAX_DEPTH, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE));

  /** Null for the default, so that Jackson is loaded when the first bean is converted. */
  private final Mapping mapping;

  private Values(Mapping mapping) {
    this.mapping = mapping;
  }

  /**
   * By a copy of this mapper, made when it is first named; null for {@link #DEFAULT}.
   *
   * @throws IllegalArgumentException for a mapper that cannot be copied
   */
  public static Values of(ObjectMapper mapper) {
    if (mapper == null) return DEFAULT;
    synchronized (COPIES) {
      return COPIES.computeIfAbsent(mapper, own -> new Values(Mapping.of(own)));
    }
  }

  /**
   * An event that other threads read: its name, then its arguments. Mutable values are copied; buffers are shared and must not be changed
   * afterwards.
   *
   * @throws IllegalArgumentException for a value that cannot be written; the message has event, argument and path
   */
  public JsonArray event(String name, Object... arguments) {
    List<Object> event = new ArrayList<>(arguments.length + 1);
    event.add(name);
    for (int i = 0; i < arguments.length; i++) {
      try {
        event.add(copied(arguments[i], 1));
      } catch (Unencodable e) {
        throw e.ofArgument(name, i);
      }
    }
    return unmodifiable(event);
  }

  /**
   * An event for one client, written at once: its arguments are copied only where they must be converted. With the default mapper that is
   * left to the writer for what is within arrays, objects, maps and collections.
   *
   * @throws IllegalArgumentException as {@link #event}
   */
  JsonArray immediate(String name, Object... arguments) {
    List<Object> event = new ArrayList<>(arguments.length + 1);
    event.add(name);
    for (int i = 0; i < arguments.length; i++) {
      Object argument = arguments[i];
      try {
        event.add(mapping == null && isWritable(argument) ? argument : settled(argument));
      } catch (Unencodable e) {
        throw e.ofArgument(name, i);
      }
    }
    return new JsonArray(event);
  }

  /** An array of these wire values; its {@code getValue} gives buffers as buffers. */
  public static JsonArray array(List<?> values) {
    return BinaryArray.of(values);
  }

  /** The same for an object. */
  public static JsonObject object(Map<String, Object> members) {
    return members.values().stream().anyMatch(Buffer.class::isInstance) ? new BinaryObject(members) : new JsonObject(members);
  }

  /** An event of wire values that is not changed any more. */
  public static JsonArray unmodifiable(List<?> event) {
    return array(Collections.unmodifiableList(event));
  }

  /** The arguments of an acknowledgement, copied as those of an {@link #event}. */
  public JsonArray arguments(List<?> arguments) {
    List<Object> copy = new ArrayList<>(arguments.size());
    for (int i = 0; i < arguments.size(); i++) {
      try {
        copy.add(copied(arguments.get(i), 1));
      } catch (Unencodable e) {
        throw e.ofElement(i);
      }
    }
    return BinaryArray.of(copy);
  }

  /**
   * An empty object for data that is written later. Its {@code put} and {@code mergeIn} convert what is no wire value, and throw an {@link
   * IllegalArgumentException} for what cannot be written.
   */
  public JsonObject newObject() {
    return new CheckedObject(this);
  }

  Object member(String name, Object value) {
    try {
      return settled(value);
    } catch (Unencodable e) {
      throw e.below("." + name).ofData();
    }
  }

  /**
   * Copies an object without those of its members that cannot be written.
   *
   * @param refused gets an exception for each of them, which names it
   */
  public JsonObject copy(JsonObject object, Consumer<IllegalArgumentException> refused) {
    Map<String, Object> copy = new LinkedHashMap<>();
    for (Map.Entry<String, Object> member : object.getMap().entrySet()) {
      try {
        copy.put(member.getKey(), copied(member.getValue(), 1));
      } catch (Unencodable e) {
        refused.accept(e.below("." + member.getKey()).ofData());
      }
    }
    return object(copy);
  }

  /**
   * Converts a value that was received to a Java type.
   *
   * @param value null, or a wire value
   * @return null for null, unless the type has another value for it
   * @throws IllegalArgumentException for a value of another shape; its cause, a {@link
   *     com.fasterxml.jackson.databind.JsonMappingException}, has the path
   */
  public Object read(Object value, Type type) {
    return mapping().read(value, type);
  }

  private Mapping mapping() {
    return mapping == null ? Mapping.Default.MAPPING : mapping;
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
    return BinaryArray.of(meant);
  }

  /** Writes an object as text; numbers keep all their digits. */
  public static String write(JsonObject object) {
    StringBuilder out = new StringBuilder(256);
    new JsonWriter(out, JsonWriter.Binary.REFUSED).trusted(shown(object));
    return out.toString();
  }

  /**
   * Reads one JSON document of another program, within limits; objects that stand for binary data stay as they are: see {@link
   * #withBinary}.
   *
   * @throws ProtocolException for text that is not one JSON document within the limits
   */
  public static Object read(String json, DecoderLimits limits) {
    return JsonReader.within(limits).read(json, JsonReader.Objects.AS_THEY_ARE);
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
    return object(meant);
  }

  // --- One value

  /** Whether a writer converts what is in it, and a wire value or an array or object comes out. */
  private static boolean isWritable(Object value) {
    return value == null || value instanceof String || value instanceof JsonObject || value instanceof Integer || value instanceof Boolean
        || value instanceof JsonArray || value instanceof Buffer || value instanceof Map<?, ?> || value instanceof Number
        || isSequence(value);
  }

  /** The value itself where it is one of the wire's at every depth; otherwise converted. */
  private Object settled(Object value) {
    return isSettled(value, 1) ? value : copied(value, 1);
  }

  private static boolean isSettled(Object value, int depth) {
    if (value == null || value instanceof String || value instanceof Boolean || value instanceof Buffer) return true;
    if (value instanceof Number number) return isFinite(number) && isPlain(number);
    Collection<?> content = value instanceof JsonObject object ? object.getMap().values() : value instanceof JsonArray array
        ? array.getList() : null;
    if (content == null || depth >= MAX_DEPTH) return false;
    for (Object member : content) if (!isSettled(member, depth + 1)) return false;
    return true;
  }

  private Object copied(Object value, int depth) {
    if (value == null || value instanceof String || value instanceof Boolean) return value;
    if (value instanceof Number number && isPlain(number)) return number;
    if (value instanceof JsonObject object) return copiedObject(object.getMap(), depth);
    if (value instanceof JsonArray array) return copiedArray(array.getList(), depth);
    if (value instanceof Buffer) return value;
    if (value instanceof Map<?, ?> map) return copiedObject(map, depth);
    if (isSequence(value)) return copiedArray((Iterable<?>) value, depth);
    return copied(converted(value), depth);
  }

  private JsonObject copiedObject(Map<?, ?> map, int depth) {
    enter(depth);
    Map<String, Object> copy = new LinkedHashMap<>(map.size() * 4 / 3 + 1);
    boolean binary = false;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = nameOf(entry);
      try {
        Object value = copied(entry.getValue(), depth + 1);
        binary |= isBinary(value);
        copy.put(name, value);
      } catch (Unencodable e) {
        throw e.below("." + name);
      }
    }
    return binary ? new BinaryObject(copy) : new JsonObject(copy);
  }

  private JsonArray copiedArray(Iterable<?> values, int depth) {
    enter(depth);
    List<Object> copy = new ArrayList<>();
    for (Object value : values) {
      try {
        copy.add(copied(value, depth + 1));
      } catch (Unencodable e) {
        throw e.below("[" + copy.size() + "]");
      }
    }
    return BinaryArray.of(copy);
  }

  /** Classes first: a test for an interface that a value has not is slow. */
  static boolean isBinary(Object value) {
    return !(value instanceof String) && !(value instanceof Number) && !(value instanceof Boolean) && value instanceof Buffer;
  }

  static void enter(int depth) {
    if (depth >= MAX_DEPTH) throw new Unencodable("nested deeper than " + MAX_DEPTH + ", or contains itself");
  }

  private String nameOf(Map.Entry<?, ?> member) {
    Object name = member.getKey();
    if (name instanceof String text) return text;
    if (name == null) throw new Unencodable("null cannot be the name of a member");
    boolean isPlain = name instanceof Number || name instanceof CharSequence || name instanceof Character || name instanceof Boolean;
    return isPlain ? name.toString() : mapping().name(name);
  }

  /** The name of a member, by the default mapper. */
  static String name(Map.Entry<?, ?> member) {
    return DEFAULT.nameOf(member);
  }

  /** Whether its {@code toString} is its JSON. */
  static boolean isPlain(Number number) {
    if (!isFinite(number)) throw new Unencodable(number + " is not a JSON number");
    return number instanceof Integer || number instanceof Long || number instanceof Double || number instanceof BigDecimal
        || number instanceof BigInteger || number instanceof Short || number instanceof Byte;
  }

  /** Whether a browser, whose numbers are doubles, would round it or might have rounded it. */
  static boolean isRoundedByBrowsers(Number number) {
    if (number instanceof Long whole) return whole > MAX_SAFE || whole < -MAX_SAFE;
    if (number instanceof BigInteger whole) return whole.abs().compareTo(BigInteger.valueOf(MAX_SAFE)) > 0;
    if (!(number instanceof BigDecimal decimal)) return false;
    return decimal.abs().compareTo(BigDecimal.valueOf(MAX_SAFE)) > 0
        || new BigDecimal(Double.toString(decimal.doubleValue())).compareTo(decimal) != 0;
  }

  private static boolean isFinite(Number number) {
    return !(number instanceof Double d && !Double.isFinite(d) || number instanceof Float f && !Float.isFinite(f));
  }

  /** Whether it is written as an array. Not a path, whose elements are paths again, and not a Jackson tree. */
  static boolean isSequence(Object value) {
    return value instanceof Iterable<?> && !(value instanceof Path) && !(value instanceof JsonNode);
  }

  /** Converts any other value one step towards a wire value. */
  private Object converted(Object value) {
    if (value instanceof byte[] bytes) return Buffer.buffer(bytes);
    if (value instanceof ByteBuffer bytes) return Buffer.buffer(bytes(bytes));
    if (value instanceof Object[] values) return Arrays.asList(values);
    // By its text: cast to double, 0.1f would be 0.10000000149.
    if (value instanceof Float f) return Double.valueOf(f.toString());
    if (value instanceof CharSequence || value instanceof Character) return value.toString();
    if (value instanceof Optional<?> optional) return optional.orElse(null);
    return mapping().write(value);
  }

  /** The same by the default mapper, for a value that is written at once. */
  static Object simpler(Object value) {
    return DEFAULT.converted(value);
  }

  static byte[] bytes(ByteBuffer data) {
    byte[] copy = new byte[data.remaining()];
    data.duplicate().get(copy);
    return copy;
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
      String shown = path.length() > MAX_PATH ? path.substring(0, MAX_PATH) + "…" : path;
      return new IllegalArgumentException(start + shown + ": " + getMessage(), getCause());
    }
  }
}
