package dev.magpie.cluster;

import dev.magpie.core.Broadcast;
import dev.magpie.core.Broadcast.Action;
import dev.magpie.core.ClusterQuestion;
import dev.magpie.protocol.Values;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * How broadcasts, questions and replies are written for other nodes: JSON values with their exact types, each behind a letter, so that
 * binary stays binary and a long stays a long. Nodes of one cluster run the same version.
 */
final class Wire {
  private Wire() {}

  static void write(Writer to, Broadcast broadcast) {
    to.value(broadcast.action().name());
    to.value(broadcast.namespace());
    to.list(broadcast.rooms());
    to.list(broadcast.except());
    to.list(broadcast.event().getList());
    to.value(broadcast.unreliable());
    to.value(broadcast.origin());
    to.value(broadcast.offset());
    to.value(broadcast.key());
  }

  static Broadcast readBroadcast(Reader from) {
    return readOrRefused(() -> new Broadcast(
        Action.valueOf(from.text()),
        from.text(),
        from.texts(),
        from.texts(),
        (JsonArray) from.value(),
        (Boolean) from.value(),
        from.text(),
        from.text())
        .latest(from.text()));
  }

  static void write(Writer to, ClusterQuestion question) {
    to.value(question.kind().name());
    to.value(question.timeoutMillis());
    write(to, question.selection());
  }

  static ClusterQuestion readQuestion(Reader from) {
    return readOrRefused(() -> {
      ClusterQuestion.Kind kind = ClusterQuestion.Kind.valueOf(from.text());
      long timeout = (Long) from.value();
      return new ClusterQuestion(kind, readBroadcast(from), timeout);
    });
  }

  static void write(Writer to, Reply reply) {
    to.value(reply.answer());
  }

  static Reply readReply(Reader from) {
    return readOrRefused(() -> new Reply((JsonArray) from.value()));
  }

  /** All malformed input fails with one exception. */
  private static <T> T readOrRefused(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (IndexOutOfBoundsException | ClassCastException | NullPointerException | ArithmeticException otherwise) {
      throw new IllegalArgumentException("not what a node writes", otherwise);
    }
  }

  /** Appends values. */
  static final class Writer {
    private final Buffer out = Buffer.buffer();

    Buffer buffer() {
      return out;
    }

    void value(Object value) {
      if (value == null) letter('z');
      else if (value instanceof CharSequence text) text('s', text.toString());
      else if (value instanceof Boolean bool) letter(bool ? 't' : 'f');
      else if (value instanceof Integer || value instanceof Short || value instanceof Byte)
        letter('i').appendInt(((Number) value).intValue());
      else if (value instanceof Long number) letter('l').appendLong(number);
      else if (value instanceof Double || value instanceof Float) letter('d').appendDouble(((Number) value).doubleValue());
      else if (value instanceof BigInteger number) text('n', number.toString());
      else if (value instanceof BigDecimal number) text('e', number.toString());
      else if (value instanceof Buffer bytes) letter('b').appendInt(bytes.length()).appendBuffer(bytes);
      else if (value instanceof JsonArray array) list(array.getList());
      else if (value instanceof List<?> list) list(list);
      else if (value instanceof JsonObject object) map(object.getMap());
      else if (value instanceof Map<?, ?> map) map(map);
      else throw new IllegalArgumentException("no value that travels: " + value.getClass().getName());
    }

    void list(List<?> list) {
      letter('a').appendInt(list.size());
      list.forEach(this::value);
    }

    private void map(Map<?, ?> map) {
      letter('o').appendInt(map.size());
      map.forEach((key, value) -> {
        value(String.valueOf(key));
        value(value);
      });
    }

    private void text(char letter, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      letter(letter).appendInt(bytes.length).appendBytes(bytes);
    }

    private Buffer letter(char letter) {
      return out.appendByte((byte) letter);
    }
  }

  /** Reads them in turn. */
  static final class Reader {
    /** Deeper than any event that a client or an application may send. */
    private static final int MAX_DEPTH = 1_100;

    /** Most digits of a number, since parsing is quadratic in them. */
    private static final int MAX_DIGITS = 65_536;

    private final Buffer in;
    private int at;
    private int depth;

    Reader(Buffer in) {
      this.in = in;
    }

    Object value() {
      char letter = (char) in.getByte(at++);
      return switch (letter) {
        case 'z' -> null;
        case 's' -> string();
        case 't' -> true;
        case 'f' -> false;
        case 'i' -> count();
        case 'l' -> Long.valueOf(number());
        case 'd' -> Double.longBitsToDouble(number());
        case 'n' -> new BigInteger(digits());
        case 'e' -> new BigDecimal(digits());
        case 'b' -> bytes();
        case 'a' -> array();
        case 'o' -> object();
        default -> throw new IllegalArgumentException("no letter of this wire: " + letter);
      };
    }

    String text() {
      return (String) value();
    }

    List<String> texts() {
      List<String> texts = new ArrayList<>();
      ((JsonArray) value()).forEach(text -> texts.add((String) text));
      return texts;
    }

    private JsonArray array() {
      deeper();
      int size = count();
      List<Object> list = new ArrayList<>();
      for (int i = 0; i < size; i++) list.add(value());
      depth--;
      return Values.array(list);
    }

    private JsonObject object() {
      deeper();
      int size = count();
      Map<String, Object> object = new LinkedHashMap<>();
      for (int i = 0; i < size; i++) object.put(text(), value());
      depth--;
      return Values.object(object);
    }

    private void deeper() {
      if (++depth > MAX_DEPTH) throw new IllegalArgumentException("deeper than " + MAX_DEPTH + " levels");
    }

    private String digits() {
      String digits = string();
      if (digits.length() > MAX_DIGITS) throw new IllegalArgumentException("a number of more than " + MAX_DIGITS + " digits");
      return digits;
    }

    private int count() {
      int count = in.getInt(at);
      at += Integer.BYTES;
      return count;
    }

    private long number() {
      long number = in.getLong(at);
      at += Long.BYTES;
      return number;
    }

    private Buffer bytes() {
      int length = count();
      // Checked before memory is allocated.
      if (length < 0 || length > in.length() - at) throw new IllegalArgumentException("more bytes announced than there are");
      at += length;
      return in.getBuffer(at - length, at);
    }

    private String string() {
      return bytes().toString(StandardCharsets.UTF_8);
    }
  }
}
