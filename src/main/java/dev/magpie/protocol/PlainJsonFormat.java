package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * The wire format of plain WebSockets: JSON frames that need no client library. Immutable; shared by all connections.
 *
 * <p>From the client, in both forms:
 * <pre>
 *   ["e",1,2]                          event e
 *   {"event":"e","args":[1],"ack":7}   event e; args and ack may be missing
 *   {"ack":7,"args":[1]}               the acknowledgement 7 that the server asked for; args may be missing
 *   any other text                     event message with that text: words, broken JSON, JSON of another shape, a reserved event name
 *   a binary frame                     event message with that buffer
 * </pre>
 * An object with the one member {@code $binary} and base64 in it is binary data, anywhere in the arguments. Nothing is an error.
 * {@code ping} is for the link: here it would be a message.
 *
 * <p>To the client, {@link #ARRAYS} writes {@code ["e",1]}, an event that asks for an acknowledgement as {@code {"event","args","ack"}}, an
 * acknowledgement as {@code {"ack","args"}}, and an event whose only argument is a buffer as a binary frame (the event's name is lost).
 * CONNECT, CONNECT_ERROR and DISCONNECT are not written ({@link EncodedPacket#isEmpty()}): the close frame has the reason.
 *
 * <p>{@link #MAGPIE_V1}, the subprotocol {@code magpie.v1}, always writes objects, and has frames for the life cycle:
 * <pre>
 *   client {"auth":{…}}, {"resume":{"pid","offset"}}   CONNECT with that object as data; both may be in one frame
 *   server {"open":{"id","pid","interval","timeout"}}  CONNECT; its data is the object in open
 *   server {"close":{"reason":"…","data":…}}           CONNECT_ERROR: its message is the reason; DISCONNECT with its reason, if any
 *   server {"event":"e","args":[1],"id":"12","ack":7}  EVENT; id is the offset of a logged event
 *   server {"event":"e","args":[1],"state":{"room":"r","key":"k","version":7}}   EVENT that sets room state
 * </pre>
 */
@Internal
public final class PlainJsonFormat implements WireFormat {
  public static final PlainJsonFormat ARRAYS = new PlainJsonFormat(false, false);
  /** The subprotocol {@code magpie.v1}. */
  public static final PlainJsonFormat MAGPIE_V1 = new PlainJsonFormat(true, false);

  private static final PlainJsonFormat ARRAYS_STRINGS = new PlainJsonFormat(false, true);
  private static final PlainJsonFormat V1_STRINGS = new PlainJsonFormat(true, true);

  private final boolean v1;
  private final boolean numbersAsStrings;

  private PlainJsonFormat(boolean v1, boolean numbersAsStrings) {
    this.v1 = v1;
    this.numbersAsStrings = numbersAsStrings;
  }

  @Override
  public EncodedPacket encode(Packet packet, String offset) {
    return switch (packet.type()) {
      case EVENT, BINARY_EVENT -> event(packet, packet.hasId() ? null : offset, null);
      case ACK, BINARY_ACK -> ack(packet);
      case CONNECT -> lifeCycle("open", packet.data() == null ? Map.of() : packet.data());
      case CONNECT_ERROR -> lifeCycle("close", refusal(packet.data()));
      case DISCONNECT -> lifeCycle("close", Map.of("reason", packet.data() == null ? "io server disconnect" : packet.data()));
    };
  }

  @Override
  public EncodedPacket encode(Packet packet, String offset, JsonObject state) {
    return event(packet, offset, state);
  }

  private EncodedPacket event(Packet packet, String offset, JsonObject state) {
    List<?> arguments = packet.arguments().getList();
    if (v1 || packet.hasId()) return eventObject(packet, arguments, offset, state);
    if (arguments.size() == 2 && arguments.get(1) instanceof Buffer data) return new EncodedPacket(null, List.of(data));
    if (arguments.size() == 2 && arguments.get(1) instanceof byte[] data) return new EncodedPacket(null, List.of(Buffer.buffer(data)));
    StringBuilder out = new StringBuilder(128);
    JsonWriter.of(out, JsonWriter.Binary.BASE64, numbersAsStrings).arguments(arguments, 0, null);
    return EncodedPacket.text(out.toString());
  }

  private EncodedPacket eventObject(Packet packet, List<?> arguments, String offset, JsonObject state) {
    StringBuilder out = new StringBuilder(128);
    JsonWriter writer = JsonWriter.of(out, JsonWriter.Binary.BASE64, numbersAsStrings);
    out.append("{\"event\":");
    writer.string(String.valueOf(arguments.get(0)));
    out.append(",\"args\":");
    writer.arguments(arguments, 1, null);
    if (offset != null) {
      out.append(",\"id\":");
      writer.string(offset);
    }
    if (packet.hasId()) out.append(",\"ack\":").append(packet.id());
    if (state != null) {
      out.append(",\"state\":");
      writer.document(state);
    }
    return EncodedPacket.text(out.append('}').toString());
  }

  private EncodedPacket ack(Packet packet) {
    StringBuilder out = new StringBuilder(64);
    out.append("{\"ack\":").append(packet.id()).append(",\"args\":");
    JsonWriter.of(out, JsonWriter.Binary.BASE64, numbersAsStrings).arguments(packet.arguments().getList(), 0, null);
    return EncodedPacket.text(out.append('}').toString());
  }

  private EncodedPacket lifeCycle(String frame, Object content) {
    if (!v1) return EncodedPacket.NOTHING;
    StringBuilder out = new StringBuilder(128);
    JsonWriter.of(out, JsonWriter.Binary.BASE64, numbersAsStrings).document(Map.of(frame, content));
    return EncodedPacket.text(out.toString());
  }

  private static JsonObject refusal(Object error) {
    if (!(error instanceof JsonObject object)) return new JsonObject().put("reason", String.valueOf(error));
    JsonObject refusal = new JsonObject().put("reason", object.getMap().get("message"));
    Object data = object.getMap().get("data");
    return data == null ? refusal : refusal.put("data", data);
  }

  @Override
  public PlainJsonFormat numbersAsStrings() {
    return v1 ? V1_STRINGS : ARRAYS_STRINGS;
  }

  @Override
  public PacketDecoder newDecoder(DecoderLimits limits) {
    return newDecoder(limits, "/");
  }

  /** A decoder for a connection in this namespace, which packets have and frames do not. */
  public PacketDecoder newDecoder(DecoderLimits limits, String namespace) {
    return new PlainJsonDecoder(v1, limits, namespace);
  }

  @Override
  public int slot() {
    return (v1 ? 2 : 1) + (numbersAsStrings ? NUMBERS_AS_STRINGS : 0);
  }

  @Override
  public String toString() {
    return v1 ? "magpie.v1" : "plain JSON";
  }
}
