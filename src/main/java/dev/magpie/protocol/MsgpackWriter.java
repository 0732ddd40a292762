package dev.magpie.protocol;

import dev.magpie.protocol.Values.Unencodable;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Writes one packet in MessagePack: each value in its shortest form, fractions as float 64. Takes the values that {@link JsonWriter} takes
 * and refuses what that refuses. Used for one packet, on one thread.
 */
final class MsgpackWriter {
  /** U+FFFD, which replaces an unpaired surrogate: UTF-8 does not have those. */
  private static final byte[] REPLACEMENT = {(byte) 0xef, (byte) 0xbf, (byte) 0xbd};

  private static final int LONG_BITS = 63;
  private static final int UNSIGNED_LONG_BITS = 64;

  private final Buffer out = Buffer.buffer(128);
  private final boolean numbersAsStrings;

  /** @param numbersAsStrings see {@link WireFormat#numbersAsStrings} */
  MsgpackWriter(boolean numbersAsStrings) {
    this.numbersAsStrings = numbersAsStrings;
  }

  Buffer message() {
    return out;
  }

  /** Writes the arguments as an array, with a last element unless it is null. */
  void arguments(List<?> arguments, String last) {
    arrayHeader(arguments.size() + (last == null ? 0 : 1));
    for (int i = 0; i < arguments.size(); i++) {
      try {
        value(arguments.get(i), 1);
      } catch (Unencodable e) {
        throw arguments.get(0) instanceof String event ? e.ofArgument(event, i - 1) : e.ofElement(i);
      }
    }
    if (last != null) string(last);
  }

  /** Writes one value that is the whole data of a packet. */
  void document(Object value) {
    try {
      value(value, 0);
    } catch (Unencodable e) {
      throw e.ofData();
    }
  }

  private void value(Object value, int depth) {
    if (value == null) code(0xc0);
    else if (value instanceof String s) string(s);
    else if (value instanceof Boolean b) code(b ? 0xc3 : 0xc2);
    else if (value instanceof Number number && Values.isPlain(number)) number(number);
    else if (value instanceof JsonObject object) object(object.getMap(), depth);
    else if (value instanceof JsonArray array) array(array.getList(), depth);
    else if (value instanceof Map<?, ?> map) object(map, depth);
    else if (value instanceof Buffer buffer) binary(buffer);
    else if (Values.isSequence(value)) array((Iterable<?>) value, depth);
    else value(Values.simpler(value), depth);
  }

  private void object(Map<?, ?> map, int depth) {
    Values.enter(depth);
    mapHeader(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = Values.name(entry);
      string(name);
      try {
        value(entry.getValue(), depth + 1);
      } catch (Unencodable e) {
        throw e.below("." + name);
      }
    }
  }

  private void array(Iterable<?> values, int depth) {
    Values.enter(depth);
    Collection<?> elements = values instanceof Collection<?> known ? known : counted(values);
    arrayHeader(elements.size());
    int index = 0;
    for (Object value : elements) {
      try {
        value(value, depth + 1);
      } catch (Unencodable e) {
        throw e.below("[" + index + "]");
      }
      index++;
    }
  }

  private static List<Object> counted(Iterable<?> values) {
    List<Object> counted = new ArrayList<>();
    values.forEach(counted::add);
    return counted;
  }

  // --- Numbers

  private void number(Number number) {
    if (numbersAsStrings && Values.isRoundedByBrowsers(number)) string(number.toString());
    else if (number instanceof Double d) fraction(d);
    else if (number instanceof BigInteger integer) integer(integer);
    else if (number instanceof BigDecimal decimal && decimal.scale() == 0) integer(decimal.unscaledValue());
    else if (number instanceof BigDecimal decimal) fraction(decimal.doubleValue());
    else integer(number.longValue());
  }

  void integer(long value) {
    if (value >= -0x20 && value < 0x80) code((int) value);
    else if (value >= 0) unsigned(value);
    else if (value >= Byte.MIN_VALUE) code(0xd0).appendByte((byte) value);
    else if (value >= Short.MIN_VALUE) code(0xd1).appendShort((short) value);
    else if (value >= Integer.MIN_VALUE) code(0xd2).appendInt((int) value);
    else code(0xd3).appendLong(value);
  }

  private void unsigned(long value) {
    if (value < 1 << 8) code(0xcc).appendByte((byte) value);
    else if (value < 1 << 16) code(0xcd).appendShort((short) value);
    else if (value < 1L << 32) code(0xce).appendInt((int) value);
    else code(0xcf).appendLong(value);
  }

  /** MessagePack has no integers of more than 64 bits: those are written as a fraction, as the official parser knows them too. */
  private void integer(BigInteger value) {
    if (value.bitLength() <= LONG_BITS) integer(value.longValue());
    else if (value.signum() > 0 && value.bitLength() == UNSIGNED_LONG_BITS) code(0xcf).appendLong(value.longValue());
    else fraction(value.doubleValue());
  }

  /** A decimal beyond 1.8e308 becomes infinite, as a browser reads it from JSON. */
  private void fraction(double value) {
    code(0xcb).appendDouble(value);
  }

  // --- Texts, bytes and the sizes of what follows

  void string(String text) {
    byte[] utf8 = utf8(text);
    int length = utf8.length;
    if (length < 0x20) code(0xa0 | length);
    else header(length, 0xd9, 0xda, 0xdb);
    out.appendBytes(utf8);
  }

  private static byte[] utf8(String text) {
    for (int i = 0; i < text.length(); i++) if (Character.isSurrogate(text.charAt(i))) return withoutUnpaired(text);
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] withoutUnpaired(String text) {
    try {
      ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPLACE).replaceWith(REPLACEMENT)
          .encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[utf8.remaining()];
      utf8.get(bytes);
      return bytes;
    } catch (CharacterCodingException replacedAlways) {
      throw new IllegalStateException(replacedAlways);
    }
  }

  private void binary(Buffer data) {
    header(data.length(), 0xc4, 0xc5, 0xc6);
    out.appendBuffer(data);
  }

  void mapHeader(int members) {
    if (members < 0x10) code(0x80 | members);
    else header(members, -1, 0xde, 0xdf);
  }

  private void arrayHeader(int elements) {
    if (elements < 0x10) code(0x90 | elements);
    else header(elements, -1, 0xdc, 0xdd);
  }

  /** @param code8 -1 where there is no form with a size of 8 bits */
  private void header(int size, int code8, int code16, int code32) {
    if (size < 1 << 8 && code8 >= 0) code(code8).appendByte((byte) size);
    else if (size < 1 << 16) code(code16).appendShort((short) size);
    else code(code32).appendInt(size);
  }

  private Buffer code(int code) {
    return out.appendByte((byte) code);
  }
}
