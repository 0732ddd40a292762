package dev.magpie.core;

import dev.magpie.protocol.EncodedPacket;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.RoomNames;
import dev.magpie.protocol.WireFormat;
import dev.magpie.state.RetainedEntry;
import dev.magpie.transport.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A retained value as clients get it: the event itself, or {@code state:removed {room, key}}; of a user's state {@code {user, key}}. Or a
 * chunk of a stream. Shared by all instances and their connections, encoded once for each wire format. Immutable, but for the forms, as in
 * {@link Broadcast}.
 */
final class StateEvent {
  static final String REMOVED = "state:removed";

  /** The forms by wire format, without the details and with them; then the same for clients that get an offset. */
  private final @Nullable Message[] forms = new Message[4 * WireFormat.SLOTS];
  private final String namespace;
  private final JsonArray event;
  /** Null for a stream. */
  private final @Nullable JsonObject details;
  /** Of the send queue: the next value of the key replaces this one and goes to the end, since its offset may be a later one. */
  private final @Nullable String queueKey;
  /** Position of the instance, in a namespace with recovery; null in others. */
  private final @Nullable String position;
  /** The same with the position that was asked for last. */
  private @Nullable StateEvent marked;

  private StateEvent(String namespace, JsonArray event, @Nullable JsonObject details, @Nullable String queueKey,
      @Nullable String position) {
    this.namespace = namespace;
    this.event = event;
    this.details = details;
    this.queueKey = queueKey;
    this.position = position;
  }

  /** The event of an entry in this namespace. */
  static StateEvent of(String namespace, RetainedEntry entry) {
    boolean ofUser = RoomNames.isInternal(entry.room());
    String name = ofUser ? RoomNames.user(entry.room()) : entry.room();
    JsonObject place = new JsonObject().put(ofUser ? "user" : "room", name).put("key", entry.key());
    JsonArray event = entry.isRemoved() ? new JsonArray(List.of(REMOVED, place)) : entry.event();
    JsonObject details = place.copy().put("version", entry.version());
    // The length keeps apart what would be the same text.
    String queueKey = (ofUser ? "user " : "room ") + name.length() + " " + name + " " + entry.key();
    return new StateEvent(namespace, event, details, Broadcast.keyIn(namespace, queueKey), null);
  }

  /** A chunk of a stream, all of which count. */
  static StateEvent ofStream(String namespace, JsonArray event) {
    return new StateEvent(namespace, event, null, null, null);
  }

  /** The same with the position of this instance: clients take the last argument of any event for it. */
  StateEvent marked(String now) {
    StateEvent known = marked;
    if (known != null && now.equals(known.position)) return known;
    marked = known = new StateEvent(namespace, event, details, queueKey, now);
    return known;
  }

  /** The name, then the arguments. */
  JsonArray event() {
    return event;
  }

  /**
   * This event in a wire format, made at the first call.
   *
   * @param recovers whether the client has a session to recover: only then the position follows the arguments
   * @param detailed whether the client has asked for room, key and version, which are the last argument then
   */
  @Nullable Message message(WireFormat format, boolean recovers, boolean detailed) {
    int slot = format.slot() + (detailed ? WireFormat.SLOTS : 0) + (recovers ? 2 * WireFormat.SLOTS : 0);
    Message message = forms[slot];
    // A benign race, as in Broadcast.
    if (message == null) forms[slot] = message = encode(format, recovers ? Broadcast.position(format, position) : null, detailed);
    return message;
  }

  private @Nullable Message encode(WireFormat format, @Nullable String offset, boolean detailed) {
    Packet packet = Packet.event(namespace, detailed && details != null ? withDetails() : event);
    EncodedPacket encoded = details == null ? format.encode(packet, offset) : format.encode(packet, offset, details);
    Message message = Broadcast.message(encoded);
    return message == null || queueKey == null ? message : message.latestAtEnd(queueKey);
  }

  private JsonArray withDetails() {
    JsonArray all = new JsonArray(new ArrayList<>(event.size() + 1));
    event.forEach(all::add);
    return all.add(details);
  }
}
