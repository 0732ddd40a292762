package dev.magpie.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
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
import java.util.List;
import java.util.Map;

/**
 * Writes one packet's JSON straight into its text and sets binary data aside or inline, as the wire wants it. Made for one packet and
 * dropped with it.
 */
final class JsonWriter {

  /** What becomes of binary data. */
  enum Binary {
    /** A numbered placeholder; the data itself is an attachment. */
    PLACEHOLDER,
    /** {@code {"$binary": "base64"}}. */
    BASE64,
    /** This kind of packet has no place for it. */
    REFUSED
  }

  /** Deep enough for any data, shallow enough that a structure which contains itself is told apart from it before the stack ends. */
  private static final int MAX_DEPTH = 500;

  // Beyond these, neighbouring integers are one and the same number to JavaScript.
  private static final long MAX_EXACT = 1L << 53;
  private static final BigInteger BIG_MAX_EXACT = BigInteger.valueOf(MAX_EXACT);

  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final StringBuilder out;
  private final Binary binary;
  private List<Buffer> attachments = List.of();

  JsonWriter(StringBuilder out, Binary binary) {
    this.out = out;
    this.binary = binary;
  }

  /** What was set aside, in the order of the placeholders' numbers. */
  List<Buffer> attachments() {
    return attachments;
  }

  /** Writes the arguments from one index on, as an array; with a last element behind them unless it is null. */
  void arguments(List<?> arguments, int from, String last) {
    out.append('[');
    for (int i = from; i < arguments.size(); i++) {
      if (i > from) out.append(',');
      argument(arguments, i);
    }
    if (last != null) {
      if (arguments.size() > from) out.append(',');
      string(last);
    }
    out.append(']');
  }

  private void argument(List<?> arguments, int index) {
    try {
      value(arguments.get(index), 1);
    } catch (Unencodable e) {
      // Told in the words of the one who called emit(event, args…).
      Object event = arguments.get(0) instanceof String ? arguments.get(0) : null;
      String place = event == null ? "[" + index + "]" : "args[" + (index - 1) + "]";
      throw new IllegalArgumentException((event == null ? "" : "event \"" + event + "\": ") + place + e.path + ": " + e.getMessage(), e.getCause());
    }
  }

  /** Writes one value that is a packet's whole data. */
  void document(Object value) {
    try {
      value(value, 0);
    } catch (Unencodable e) {
      throw new IllegalArgumentException("data" + e.path + ": " + e.getMessage(), e.getCause());
    }
  }

  private void value(Object value, int depth) {
    if (value == null) out.append("null");
    else if (value instanceof String s) string(s);
    else if (value instanceof Integer || value instanceof Boolean || value instanceof Short || value instanceof Byte) out.append(value);
    else if (value instanceof Number number) number(number, depth);
    else if (value instanceof JsonObject object) object(object.getMap(), depth);
    else if (value instanceof JsonArray array) array(array.getList(), depth);
    else if (value instanceof Map<?, ?> map) object(map, depth);
    else if (value instanceof Buffer buffer) binary(buffer);
    else if (value instanceof byte[] bytes) binary(Buffer.buffer(bytes));
    else if (value instanceof ByteBuffer bytes) binary(copy(bytes));
    // A path is iterable, and its first element a path again.
    else if (value instanceof Iterable<?> values && !(value instanceof Path)) array(values, depth);
    else if (value instanceof Object[] values) array(Arrays.asList(values), depth);
    else if (value instanceof Enum<?> constant) string(constant.name());
    else if (value instanceof CharSequence || value instanceof Character || value instanceof TemporalAccessor) string(value.toString());
    else bean(value, depth);
  }

  private void number(Number number, int depth) {
    if (number instanceof Long l) {
      // Rule 56: as a number it would silently become its neighbour in a browser.
      if (l > MAX_EXACT || l < -MAX_EXACT) out.append('"').append(l.longValue()).append('"');
      else out.append(l.longValue());
    } else if (number instanceof Double d) {
      if (!Double.isFinite(d)) throw new Unencodable(d + " is not a JSON number");
      out.append(d.doubleValue());
    } else if (number instanceof Float f) {
      if (!Float.isFinite(f)) throw new Unencodable(f + " is not a JSON number");
      out.append(f.floatValue());
    } else if (number instanceof BigInteger big) {
      if (big.abs().compareTo(BIG_MAX_EXACT) > 0) out.append('"').append(big).append('"');
      else out.append(big);
    } else if (number instanceof BigDecimal) {
      out.append(number);
    } else {
      bean(number, depth);
    }
  }

  private void object(Map<?, ?> map, int depth) {
    enter(depth);
    out.append('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (entry.getKey() == null) throw new Unencodable("null cannot be the name of a member");
      String name = entry.getKey().toString();
      if (!first) out.append(',');
      first = false;
      string(name);
      out.append(':');
      try {
        value(entry.getValue(), depth + 1);
      } catch (Unencodable e) {
        throw e.below("." + name);
      }
    }
    out.append('}');
  }

  private void array(Iterable<?> values, int depth) {
    enter(depth);
    out.append('[');
    int index = 0;
    for (Object value : values) {
      if (index > 0) out.append(',');
      try {
        value(value, depth + 1);
      } catch (Unencodable e) {
        throw e.below("[" + index + "]");
      }
      index++;
    }
    out.append(']');
  }

  private static void enter(int depth) {
    if (depth >= MAX_DEPTH) throw new Unencodable("nested deeper than " + MAX_DEPTH + ", or contains itself");
  }

  private void binary(Buffer data) {
    switch (binary) {
      case PLACEHOLDER -> {
        if (attachments.isEmpty()) attachments = new ArrayList<>(4);
        out.append("{\"_placeholder\":true,\"num\":").append(attachments.size()).append('}');
        attachments.add(data);
      }
      case BASE64 -> out.append("{\"$binary\":\"").append(Base64.getEncoder().encodeToString(data.getBytes())).append("\"}");
      case REFUSED -> throw new Unencodable("only events and acknowledgements carry binary data");
    }
  }

  private static Buffer copy(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return Buffer.buffer(copy);
  }

  /** Records, beans and the rest, by way of plain values; binary members stay binary. */
  private void bean(Object bean, int depth) {
    Object plain;
    try {
      plain = Beans.MAPPER.convertValue(bean, Object.class);
    } catch (IllegalArgumentException e) {
      throw new Unencodable(bean.getClass().getName() + " cannot be written as JSON", e);
    }
    if (plain != null && plain.getClass() == bean.getClass()) throw new Unencodable(bean.getClass().getName() + " cannot be written as JSON");
    value(plain, depth);
  }

  /** Also escapes U+001E, which stands between packets in a polling payload, and unpaired surrogates, which UTF-8 cannot write. */
  void string(String s) {
    out.append('"');
    int from = 0;
    int length = s.length();
    for (int i = 0; i < length; i++) {
      char c = s.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\' && !Character.isSurrogate(c)) continue;
      if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(s.charAt(i + 1))) {
        i++;
        continue;
      }
      out.append(s, from, i);
      escape(c);
      from = i + 1;
    }
    out.append(s, from, length).append('"');
  }

  private void escape(char c) {
    switch (c) {
      case '"', '\\' -> out.append('\\').append(c);
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> out.append("\\u").append(HEX[c >> 12]).append(HEX[c >> 8 & 15]).append(HEX[c >> 4 & 15]).append(HEX[c & 15]);
    }
  }

  /** Carries the path of the offending value up to the one who knows where it starts. */
  private static final class Unencodable extends RuntimeException {
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
  }

  /** Loaded when the first bean is sent. */
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
