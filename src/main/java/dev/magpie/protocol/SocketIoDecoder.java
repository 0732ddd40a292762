package dev.magpie.protocol;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a packet's text in one pass: type, attachments, namespace, acknowledgement id, data. Stricter than socket.io, so that a packet has
 * one meaning only. Owned by one connection, used on its context only.
 */
final class SocketIoDecoder implements PacketDecoder {
  private static final PacketType[] TYPES = PacketType.values();

  private final boolean v4;
  private final DecoderLimits limits;
  private final JsonReader json;

  // The packet that waits for attachments; null and 0 in between.
  private Attachments attachments;
  private Packet unfinished;

  SocketIoDecoder(boolean v4, DecoderLimits limits) {
    this.v4 = v4;
    this.limits = limits;
    this.json = JsonReader.within(limits);
  }

  @Override
  public Optional<Packet> text(String text) {
    if (unfinished != null)
      throw new ProtocolException("got plaintext data when reconstructing a packet: its attachments must follow it directly");
    Cursor in = new Cursor(text);
    PacketType type = type(in);
    boolean binary = type == PacketType.BINARY_EVENT || type == PacketType.BINARY_ACK;
    Attachments announced = binary ? new Attachments(attachmentCount(in)) : null;
    String namespace = namespace(in);
    JsonReader.Objects objects = binary ? announced : JsonReader.Objects.AS_THEY_ARE;
    Packet packet = switch (type) {
      case CONNECT -> connect(namespace, in);
      case DISCONNECT -> disconnect(namespace, in);
      case EVENT, BINARY_EVENT -> Packet.event(namespace, id(in), requireEvent(arguments(in, objects), limits));
      case ACK, BINARY_ACK -> Packet.ack(namespace, requiredId(in), arguments(in, objects));
      case CONNECT_ERROR -> connectError(namespace, in);
    };
    // Without attachments the packet is complete.
    if (!binary || announced.complete()) return Optional.of(packet);
    unfinished = packet;
    attachments = announced;
    return Optional.empty();
  }

  @Override
  public Optional<Packet> binary(Buffer data) {
    if (unfinished == null) throw new ProtocolException("got binary data when not reconstructing a packet");
    attachments.add(data, limits.maxAttachmentBytes());
    if (!attachments.complete()) return Optional.empty();
    attachments.fillIn();
    Packet finished = unfinished;
    unfinished = null;
    attachments = null;
    return Optional.of(finished);
  }

  @Override
  public boolean awaitingAttachments() {
    return unfinished != null;
  }

  private static PacketType type(Cursor in) {
    // ASCII only: Character.isDigit accepts digits of other scripts.
    int type = in.atEnd() ? -1 : in.next() - '0';
    if (type < 0 || type >= TYPES.length) throw new ProtocolException("unknown packet type: 0 to 6 is allowed");
    return TYPES[type];
  }

  /** Checked while it is read: no memory is allocated for too many digits or attachments. */
  private int attachmentCount(Cursor in) {
    long count = in.number(limits.maxAttachments(), "too many attachments: at most " + limits.maxAttachments() + " are allowed");
    if (count < 0 || in.atEnd() || in.next() != '-') throw new ProtocolException("illegal attachments: digits and a dash are expected");
    return (int) count;
  }

  private String namespace(Cursor in) {
    if (in.atEnd() || in.peek() != '/') return "/";
    String namespace = in.upTo(',', limits.maxNamespaceLength());
    if (namespace == null)
      throw new ProtocolException("namespace too long: at most " + limits.maxNamespaceLength() + " characters are allowed");
    return namespace;
  }

  private Packet connect(String namespace, Cursor in) {
    if (v4) {
      in.requireEnd("CONNECT has no payload in this version");
      return Packet.connect(withoutQuery(namespace), query(namespace));
    }
    if (in.atEnd()) return Packet.connect(namespace, null);
    return Packet.connect(namespace, object(in, "a CONNECT payload is an object"));
  }

  private Packet disconnect(String namespace, Cursor in) {
    in.requireEnd("DISCONNECT has no payload");
    return Packet.disconnect(v4 ? withoutQuery(namespace) : namespace);
  }

  private static String withoutQuery(String namespace) {
    int mark = namespace.indexOf('?');
    return mark < 0 ? namespace : namespace.substring(0, mark);
  }

  /** The query that clients of version 2 append to the namespace. */
  private static JsonObject query(String namespace) {
    int mark = namespace.indexOf('?');
    if (mark < 0) return null;
    JsonObject query = new JsonObject();
    for (String parameter : namespace.substring(mark + 1).split("&")) {
      if (parameter.isEmpty()) continue;
      int equals = parameter.indexOf('=');
      String name = unescaped(equals < 0 ? parameter : parameter.substring(0, equals));
      String value = equals < 0 ? "" : unescaped(parameter.substring(equals + 1));
      Object earlier = query.getMap().get(name);
      if (earlier == null) query.put(name, value);
      else if (earlier instanceof JsonArray values) values.add(value);
      else query.put(name, new JsonArray().add(earlier).add(value));
    }
    return query;
  }

  private static String unescaped(String escaped) {
    try {
      return URLDecoder.decode(escaped, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      throw new ProtocolException("malformed escape in a namespace's query");
    }
  }

  private Packet connectError(String namespace, Cursor in) {
    if (!v4) return Packet.connectError(namespace, object(in, "a CONNECT_ERROR payload is an object"));
    return Packet.connectError(namespace, json.read(in.rest(), JsonReader.Objects.AS_THEY_ARE));
  }

  private static long id(Cursor in) {
    // 0 is a valid id.
    return in.number(Long.MAX_VALUE, "acknowledgement id out of range");
  }

  private static long requiredId(Cursor in) {
    long id = id(in);
    if (id == Packet.NO_ID) throw new ProtocolException("an acknowledgement has an id");
    return id;
  }

  /** The arguments of an event, which start with its name. */
  static JsonArray requireEvent(JsonArray arguments, DecoderLimits limits) {
    Object name = arguments.isEmpty() ? null : arguments.getList().get(0);
    if (name instanceof Number) return arguments;
    if (!(name instanceof String event)) throw new ProtocolException("an event starts with its name, a string or a number");
    if (event.length() > limits.maxNameLength()) {
      throw new ProtocolException("event name too long: at most " + limits.maxNameLength() + " characters are allowed");
    }
    if (EventNames.isReserved(event)) throw new ProtocolException("\"" + event + "\" is a reserved event name");
    return arguments;
  }

  private JsonArray arguments(Cursor in, JsonReader.Objects objects) {
    // The bracket follows directly; JSON would allow spaces before it.
    if (in.atEnd() || in.peek() != '[') throw new ProtocolException("arguments are expected as an array, directly after the id");
    return (JsonArray) json.read(in.rest(), objects);
  }

  private JsonObject object(Cursor in, String expectation) {
    if (in.atEnd() || in.peek() != '{') throw new ProtocolException(expectation);
    return (JsonObject) json.read(in.rest(), JsonReader.Objects.AS_THEY_ARE);
  }

  /** A position in the text. */
  private static final class Cursor {
    private final String text;
    private int at;

    Cursor(String text) {
      this.text = text;
    }

    boolean atEnd() {
      return at == text.length();
    }

    char peek() {
      return text.charAt(at);
    }

    char next() {
      return text.charAt(at++);
    }

    /** Reads digits as a number; -1 when there are none. Reads at most as many digits as the limit has. */
    long number(long limit, String beyondLimit) {
      int start = at;
      long number = 0;
      for (; at < text.length(); at++) {
        int digit = text.charAt(at) - '0';
        if (digit < 0 || digit > 9) break;
        if (at > start && number == 0) throw new ProtocolException("a number does not start with 0");
        if (number > limit / 10 || number * 10 > limit - digit) throw new ProtocolException(beyondLimit);
        number = number * 10 + digit;
      }
      return at == start ? -1 : number;
    }

    /** Reads up to the next separator, which is skipped, or to the end; null when that is longer than the limit. */
    String upTo(char separator, int limit) {
      int start = at;
      for (; at < text.length() && text.charAt(at) != separator; at++) if (at - start == limit) return null;
      String found = text.substring(start, at);
      if (at < text.length()) at++;
      return found;
    }

    String rest() {
      return text.substring(at);
    }

    void requireEnd(String otherwise) {
      if (!atEnd()) throw new ProtocolException(otherwise);
    }
  }

  /** The attachments of one packet as they arrive, and the positions of their placeholders in the packet's data. */
  private static final class Attachments implements JsonReader.Objects {
    private final int expected;
    private final List<Buffer> received = new ArrayList<>(0);
    private final List<Runnable> places = new ArrayList<>(0);
    private long bytes;

    Attachments(int expected) {
      this.expected = expected;
    }

    boolean complete() {
      return received.size() == expected;
    }

    void add(Buffer data, long maxBytes) {
      bytes += data.length();
      if (bytes > maxBytes) throw new ProtocolException("attachments too large: at most " + maxBytes + " bytes are allowed");
      received.add(data);
    }

    void fillIn() {
      places.forEach(Runnable::run);
    }

    @Override
    public Object meaning(Map<String, Object> object) {
      if (object.get("_placeholder") != Boolean.TRUE) return new JsonObject(object);
      // By their number: a number may occur twice, and the members may be in any order.
      if (!(object.get("num") instanceof Integer num) || num < 0 || num >= expected)
        throw new ProtocolException("illegal attachments: num is not one of them");
      return new Placeholder(num);
    }

    private final class Placeholder implements JsonReader.Outstanding {
      private final int num;

      Placeholder(int num) {
        this.num = num;
      }

      @Override
      public void in(List<Object> array, int index) {
        places.add(() -> array.set(index, received.get(num)));
      }

      @Override
      public void in(Map<String, Object> object, String name) {
        // Unless a later member of the same name has replaced it.
        places.add(() -> object.replace(name, this, received.get(num)));
      }
    }
  }
}
