package dev.magpie.protocol;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the values of one message in MessagePack, within limits. What JSON does not have arrives as the official client's JSON has it: a
 * date is a text, not-a-number and the infinities are null, undefined is null in an array and a member that is missing in an object. Used
 * for one message, on one thread.
 */
final class MsgpackReader {
  /** A value that is not there: see the class comment. */
  private static final Object UNDEFINED = new Object();

  private static final int TYPE_OF_THE_OFFICIAL_PARSER = 0;
  private static final int TYPE_TIMESTAMP = -1;

  /** As {@code Date.toJSON} writes it. */
  private static final DateTimeFormatter MILLISECONDS = new DateTimeFormatterBuilder().appendInstant(3).toFormatter();
  private static final int NANOS_OF_MILLI = 1_000_000;
  private static final int TIMESTAMP_SECONDS_BITS = 34;

  private final ByteBuffer in;
  private final DecoderLimits limits;
  private int values;
  private int buffers;
  private long bufferBytes;

  MsgpackReader(Buffer message, DecoderLimits limits) {
    this.in = ByteBuffer.wrap(message.getBytes());
    this.limits = limits;
  }

  /** The members of the packet's map, by name; those with the value undefined are missing. */
  Map<String, Object> packet() {
    int code = code();
    int members = (code & 0xf0) == 0x80 ? code & 0x0f : code == 0xde ? size(2) : code == 0xdf ? size(4) : -1;
    if (members < 0) throw invalid("a packet is a map");
    Map<String, Object> packet = new LinkedHashMap<>();
    for (int i = 0; i < members; i++) {
      String name = name();
      if (packet.containsKey(name)) throw invalid("\"" + name + "\" occurs twice");
      packet.put(name, value(0));
    }
    if (in.hasRemaining()) throw invalid("more than one packet in a message");
    packet.values().removeIf(value -> value == UNDEFINED);
    return packet;
  }

  private Object value(int depth) {
    if (++values > limits.maxValues()) throw invalid("more than " + limits.maxValues() + " values");
    int code = code();
    if (code < 0x80) return code;
    if (code < 0x90) return object(code & 0x0f, depth);
    if (code < 0xa0) return array(code & 0x0f, depth);
    if (code < 0xc0) return string(code & 0x1f);
    if (code >= 0xe0) return (int) (byte) code;
    return switch (code) {
      case 0xc0 -> null;
      case 0xc2 -> Boolean.FALSE;
      case 0xc3 -> Boolean.TRUE;
      case 0xc4, 0xc5, 0xc6 -> binary(size(1 << (code - 0xc4)));
      case 0xc7, 0xc8, 0xc9 -> extension(size(1 << (code - 0xc7)), false);
      case 0xca -> finite(need(4).getFloat());
      case 0xcb -> finite(need(8).getDouble());
      case 0xcc -> need(1).get() & 0xff;
      case 0xcd -> need(2).getShort() & 0xffff;
      case 0xce -> integer(need(4).getInt() & 0xffff_ffffL);
      case 0xcf -> unsigned(need(8).getLong());
      case 0xd0 -> (int) need(1).get();
      case 0xd1 -> (int) need(2).getShort();
      case 0xd2 -> need(4).getInt();
      case 0xd3 -> integer(need(8).getLong());
      case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8 -> extension(1 << (code - 0xd4), true);
      case 0xd9, 0xda, 0xdb -> string(size(1 << (code - 0xd9)));
      case 0xdc, 0xdd -> array(size(2 << (code - 0xdc)), depth);
      case 0xde, 0xdf -> object(size(2 << (code - 0xde)), depth);
      default -> throw invalid("code " + code + " has no meaning");
    };
  }

  private JsonArray array(int elements, int depth) {
    enter(depth);
    List<Object> array = new ArrayList<>();
    boolean binary = false;
    for (int i = 0; i < elements; i++) {
      Object element = value(depth + 1);
      binary |= Values.isBinary(element);
      array.add(element == UNDEFINED ? null : element);
    }
    return binary ? new BinaryArray(array) : new JsonArray(array);
  }

  private JsonObject object(int members, int depth) {
    enter(depth);
    Map<String, Object> object = new LinkedHashMap<>();
    boolean binary = false;
    for (int i = 0; i < members; i++) {
      String name = name();
      Object value = value(depth + 1);
      binary |= Values.isBinary(value);
      if (value != UNDEFINED) object.put(name, value);
    }
    return binary ? new BinaryObject(object) : new JsonObject(object);
  }

  private void enter(int depth) {
    if (depth >= limits.maxDepth()) throw invalid("nested deeper than " + limits.maxDepth() + " levels");
  }

  private String name() {
    int code = code();
    if ((code & 0xe0) == 0xa0) return string(code & 0x1f);
    if (code < 0xd9 || code > 0xdb) throw invalid("the name of a member is a string");
    return string(size(1 << (code - 0xd9)));
  }

  // --- Numbers

  private static Object integer(long value) {
    if (value == (int) value) return (int) value;
    return value;
  }

  private static Object unsigned(long value) {
    return value >= 0 ? integer(value) : new BigInteger(Long.toUnsignedString(value));
  }

  private static Object finite(double value) {
    return Double.isFinite(value) ? value : null;
  }

  // --- Texts and bytes

  private String string(int length) {
    need(length);
    String text = new String(in.array(), in.position(), length, StandardCharsets.UTF_8);
    // Malformed bytes were replaced by U+FFFD, which may also be in the text itself.
    if (text.indexOf('\uFFFD') >= 0 && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes(length)))
      throw invalid("a string that is not UTF-8");
    in.position(in.position() + length);
    return text;
  }

  private Buffer binary(int length) {
    need(length);
    if (++buffers > limits.maxAttachments()) throw invalid("more than " + limits.maxAttachments() + " buffers");
    bufferBytes += length;
    if (bufferBytes > limits.maxAttachmentBytes()) throw invalid("more than " + limits.maxAttachmentBytes() + " bytes in buffers");
    // A copy: a small buffer does not keep its whole message in memory.
    Buffer data = Buffer.buffer(bytes(length));
    in.position(in.position() + length);
    return data;
  }

  /** The next bytes; the position stays. */
  private byte[] bytes(int length) {
    return Arrays.copyOfRange(in.array(), in.position(), in.position() + length);
  }

  /** @param fixed whether the length is part of the code: the official parser tells undefined and dates from buffers by that */
  private Object extension(int length, boolean fixed) {
    int type = need(1).get();
    need(length);
    if (type == TYPE_TIMESTAMP) return timestamp(length);
    if (type != TYPE_OF_THE_OFFICIAL_PARSER) throw invalid("extension of type " + type + ": 0 and -1 are allowed");
    if (!fixed) return binary(length);
    if (length == 8) return date(in.getLong());
    if (length != 1) throw invalid("extension of type 0 and " + length + " bytes");
    in.get();
    return UNDEFINED;
  }

  private String date(long millis) {
    return date(Math.floorDiv(millis, 1_000), (long) Math.floorMod(millis, 1_000) * NANOS_OF_MILLI);
  }

  /** The timestamps of the MessagePack specification. */
  private String timestamp(int length) {
    if (length == 4) return date(in.getInt() & 0xffff_ffffL, 0);
    if (length == 8) {
      long both = in.getLong();
      return date(both & (1L << TIMESTAMP_SECONDS_BITS) - 1, both >>> TIMESTAMP_SECONDS_BITS);
    }
    if (length != 12) throw invalid("a timestamp of " + length + " bytes");
    long nanos = in.getInt() & 0xffff_ffffL;
    return date(in.getLong(), nanos);
  }

  private String date(long seconds, long nanos) {
    if (nanos >= 1_000 * NANOS_OF_MILLI) throw invalid("a timestamp of more than 999,999,999 nanoseconds");
    try {
      Instant instant = Instant.ofEpochSecond(seconds, nanos);
      return nanos % NANOS_OF_MILLI == 0 ? MILLISECONDS.format(instant) : instant.toString();
    } catch (DateTimeException outOfRange) {
      throw invalid("a date out of range");
    }
  }

  // --- The bytes that are left

  private int code() {
    return need(1).get() & 0xff;
  }

  private ByteBuffer need(int bytes) {
    if (bytes > in.remaining()) throw invalid("ends too early");
    return in;
  }

  /** A size of 1, 2 or 4 bytes. What is counted takes a byte at least: the bound keeps a size without content cheap. */
  private int size(int bytes) {
    need(bytes);
    long size = switch (bytes) {
      case 1 -> in.get() & 0xff;
      case 2 -> in.getShort() & 0xffff;
      default -> in.getInt() & 0xffff_ffffL;
    };
    if (size > in.remaining()) throw invalid("ends too early");
    return (int) size;
  }

  private ProtocolException invalid(String what) {
    return new ProtocolException("invalid MessagePack at byte " + in.position() + ": " + what);
  }
}
