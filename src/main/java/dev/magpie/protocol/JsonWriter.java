package dev.magpie.protocol;

import dev.magpie.protocol.Values.Unencodable;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Writes the JSON of one packet directly into its text, with binary data as attachments or inline. Used for one packet, on one thread.
 */
class JsonWriter {

  /** How binary data is written. */
  enum Binary {
    /** As a numbered placeholder; the data is an attachment. */
    PLACEHOLDER,
    /** As {@code {"$binary": "base64"}}. */
    BASE64,
    /** Not: this kind of packet cannot have binary data. */
    REFUSED
  }

  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final StringBuilder out;
  private final Binary binary;
  private List<Buffer> attachments = List.of();

  JsonWriter(StringBuilder out, Binary binary) {
    this.out = out;
    this.binary = binary;
  }

  /** @param numbersAsStrings see {@link WireFormat#numbersAsStrings} */
  static JsonWriter of(StringBuilder out, Binary binary, boolean numbersAsStrings) {
    return numbersAsStrings ? new ForBrowsers(out, binary) : new JsonWriter(out, binary);
  }

  /** Writes numbers as strings that a browser would round. A class, since a field would make each writer larger. */
  private static final class ForBrowsers extends JsonWriter {
    ForBrowsers(StringBuilder out, Binary binary) {
      super(out, binary);
    }

    @Override
    void number(Number number) {
      if (Values.isRoundedByBrowsers(number)) string(number.toString());
      else super.number(number);
    }
  }

  /** The attachments, in the order of their placeholders' numbers. */
  List<Buffer> attachments() {
    return attachments;
  }

  /** Writes the arguments from an index on as an array, then a last element unless it is null. */
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
      throw arguments.get(0) instanceof String event ? e.ofArgument(event, index - 1) : e.ofElement(index);
    }
  }

  /** Writes one value that is the whole data of a packet. */
  void document(Object value) {
    try {
      value(value, 0);
    } catch (Unencodable e) {
      throw e.ofData();
    }
  }

  /** Writes a value whose depth was checked before its binary data was wrapped in objects. */
  void trusted(Object value) {
    value(value, -2 * Values.MAX_DEPTH);
  }

  private void value(Object value, int depth) {
    if (value == null) out.append("null");
    else if (value instanceof String s) string(s);
    else if (value instanceof Integer || value instanceof Boolean || value instanceof Short || value instanceof Byte) out.append(value);
    else if (value instanceof Number number && Values.isPlain(number)) number(number);
    else if (value instanceof JsonObject object) object(object.getMap(), depth);
    else if (value instanceof JsonArray array) array(array.getList(), depth);
    else if (value instanceof Map<?, ?> map) object(map, depth);
    else if (value instanceof Buffer buffer) binary(buffer);
    else if (Values.isSequence(value)) array((Iterable<?>) value, depth);
    else value(Values.simpler(value), depth);
  }

  void number(Number number) {
    out.append(number);
  }

  private void object(Map<?, ?> map, int depth) {
    Values.enter(depth);
    out.append('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = Values.name(entry);
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
    Values.enter(depth);
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

  /** Also escapes U+001E, the separator of packets in a polling payload, and unpaired surrogates, which UTF-8 does not have. */
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
}
