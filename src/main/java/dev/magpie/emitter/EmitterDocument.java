package dev.magpie.emitter;

import dev.magpie.core.Broadcast;
import dev.magpie.core.Broadcast.Action;
import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/**
 * Reads one document of {@code @socket.io/mongo-emitter}: {@code {type, data, uid: "emitter", nsp}}. Only events and changes of rooms come
 * out of it; nothing in it is a filter or a command. Stateless.
 */
final class EmitterDocument {
  /** The field by which documents of emitters are told from those of Socket.IO servers, and its value. */
  static final String UID = "uid";
  static final String EMITTER = "emitter";

  private static final int BROADCAST = 3;
  private static final int SOCKETS_JOIN = 4;
  private static final int SOCKETS_LEAVE = 5;
  private static final int DISCONNECT_SOCKETS = 6;
  private static final int SERVER_SIDE_EMIT = 9;

  private EmitterDocument() {}

  /** @throws IllegalArgumentException that says which field is wrong, and what it should be */
  static Broadcast read(BsonDocument document) {
    String namespace = text(document, "nsp");
    if (!namespace.startsWith("/")) throw new IllegalArgumentException("nsp: a name that starts with /");
    BsonDocument data = document(document, "data");
    int type = number(document, "type");
    return switch (type) {
      case BROADCAST -> broadcast(namespace, data);
      case SOCKETS_JOIN -> action(Action.JOIN, namespace, data, rooms(data, "rooms"));
      case SOCKETS_LEAVE -> action(Action.LEAVE, namespace, data, rooms(data, "rooms"));
      case DISCONNECT_SOCKETS -> action(Action.DISCONNECT, namespace, data, List.of(flag(data, "close")));
      case SERVER_SIDE_EMIT -> new Broadcast(Action.SERVER_EVENT, namespace, List.of(), List.of(), event(array(data, "packet"), "packet"),
          false, "", null);
      default -> throw new IllegalArgumentException("type: 3 to 6, or 9; not " + type);
    };
  }

  private static Broadcast broadcast(String namespace, BsonDocument data) {
    // An acknowledgement could only be sent to a Socket.IO server.
    if (data.containsKey("requestId")) throw new IllegalArgumentException("requestId: emitters ask for no acknowledgement");
    BsonDocument options = document(data, "opts");
    BsonValue flags = options.get("flags");
    boolean unreliable = flags != null && flags.isDocument() && flag(flags.asDocument(), "volatile");
    JsonArray event = event(array(document(data, "packet"), "data"), "packet.data");
    return new Broadcast(Action.EMIT, namespace, rooms(options, "rooms"), rooms(options, "except"), event, unreliable, "", null);
  }

  private static Broadcast action(Action action, String namespace, BsonDocument data, List<?> arguments) {
    BsonDocument options = document(data, "opts");
    return new Broadcast(action, namespace, rooms(options, "rooms"), rooms(options, "except"), Arguments.of(arguments.toArray()), false, "",
        null);
  }

  private static JsonArray event(BsonArray written, String field) {
    if (written.isEmpty() || !written.get(0).isString() || written.get(0).asString().getValue().isEmpty())
      throw new IllegalArgumentException(field + ": an array that begins with the name of an event");
    List<Object> arguments = new ArrayList<>(written.size() - 1);
    for (BsonValue value : written.subList(1, written.size())) arguments.add(EmitterValues.read(value));
    return Arguments.shared(Values.DEFAULT, written.get(0).asString().getValue(), arguments.toArray());
  }

  private static List<String> rooms(BsonDocument in, String field) {
    List<String> rooms = new ArrayList<>();
    for (BsonValue room : array(in, field)) {
      if (!room.isString()) throw new IllegalArgumentException(field + ": an array of texts");
      rooms.add(room.asString().getValue());
    }
    RoomNames.check(rooms);
    return rooms;
  }

  private static String text(BsonDocument in, String field) {
    return value(in, field, "a text", value -> value.isString() ? value.asString().getValue() : null);
  }

  private static BsonDocument document(BsonDocument in, String field) {
    return value(in, field, "a document", value -> value.isDocument() ? value.asDocument() : null);
  }

  private static BsonArray array(BsonDocument in, String field) {
    return value(in, field, "an array", value -> value.isArray() ? value.asArray() : null);
  }

  /** Emitters of other languages write whole numbers of any type. */
  private static int number(BsonDocument in, String field) {
    return value(in, field, "a number", value -> value.isNumber() ? (Integer) value.asNumber().intValue() : null);
  }

  private static boolean flag(BsonDocument in, String field) {
    BsonValue value = in.get(field);
    return value != null && value.isBoolean() && value.asBoolean().getValue();
  }

  private static <T> T value(BsonDocument in, String field, String what, Function<BsonValue, T> read) {
    T value = in.containsKey(field) ? read.apply(in.get(field)) : null;
    if (value == null) throw new IllegalArgumentException(field + ": " + what);
    return value;
  }
}
