package dev.magpie.chat;

import dev.magpie.core.BroadcastOperator;
import dev.magpie.core.Namespace;
import dev.magpie.core.PresenceEvents;
import dev.magpie.core.PresenceOptions;
import dev.magpie.state.PresenceMember;
import dev.magpie.state.PresencePage;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Tells the clients of one gateway who comes into their rooms and who leaves, in the chat's own words, from the presence of the namespace.
 * A member is a name in a room: a visitor with several windows is there once, one with two names twice. Used on the gateway's context.
 */
final class RoomNews {
  /** Most names in a list of members; the count includes all. */
  private static final int MOST_LISTED = 100;

  /** In larger rooms single joins and leaves are not announced, which would take n² messages; clients get the count from time to time. */
  private static final int LARGE_ROOM = 200;

  private final Namespace chat;
  /** Large rooms whose count has changed since it was last sent. */
  private final Set<String> changedCounts = new HashSet<>();

  /** Sockets that have left a name for another one and are still in the room, by room and key of the name. */
  private final Map<String, String> renaming = new HashMap<>();

  RoomNews(Namespace chat) {
    this.chat = chat;
  }

  /** Switches the presence of the namespace on. */
  void begin() {
    chat.presence(new PresenceOptions()
        .setKey((socket, room) -> {
          String name = Visitor.nameIn(socket, room);
          return name == null ? null : Names.key(name);
        })
        .setDescribe((socket, room) -> new JsonObject().put("name", Visitor.nameIn(socket, room)).put("socket", socket.id()))
        .setGrace(0)
        .setEvents((PresenceEvents) null)
        .onJoin((room, member) -> tell("joined", room, member, member.description().getString("socket")))
        .onLeave((room, member) -> tell("left", room, member, renaming.get(place(room, member.key())))));
  }

  /** {@code {members, count}} of a room. */
  Future<JsonObject> members(String room) {
    return chat.presence(room).list(null, MOST_LISTED).map(RoomNews::json);
  }

  /** The visitor is about to have this name in a room: a former one leaves before it comes. */
  void rename(Visitor visitor, String room, String name) {
    String before = visitor.nameIn(room);
    if (before == null || Names.key(before).equals(Names.key(name))) return;
    String place = place(room, Names.key(before));
    String socket = visitor.socket().id();
    renaming.put(place, socket);
    visitor.left(room);
    refresh(visitor, room);
    // If nobody else has the name, it has left by then.
    chat.presence(room).count().onComplete(counted -> renaming.remove(place, socket));
  }

  private static String place(String room, String key) {
    return key + '\n' + room;
  }

  /** The visitor has another name in a room in which it is already. */
  void refresh(Visitor visitor, String room) {
    chat.presence(room).refresh(visitor.socket());
  }

  /** @param except the socket that comes or goes, which may get the event after the reply to its own request; null if it is not here */
  private void tell(String event, String room, PresenceMember member, String except) {
    chat.presence(room).list(null, MOST_LISTED).onSuccess(page -> {
      if (page.count() > LARGE_ROOM) {
        changedCounts.add(room);
        return;
      }
      BroadcastOperator others = chat.to(room).local();
      (except == null ? others : others.except(except)).emit(event, body(room, member, page));
    });
  }

  private static JsonObject body(String room, PresenceMember member, PresencePage page) {
    return new JsonObject().put("room", room).put("name", member.description().getString("name")).mergeIn(json(page));
  }

  private static JsonObject json(PresencePage page) {
    JsonArray names = new JsonArray();
    page.members().forEach(member -> names.add(member.description().getString("name")));
    return new JsonObject().put("members", names).put("count", page.count());
  }

  /** Sends the count of each large room that has changed. */
  void tellCounts() {
    for (String room : changedCounts) {
      chat.presence(room).count()
          .onSuccess(count -> chat.to(room).local().emit("count", new JsonObject().put("room", room).put("count", count)));
    }
    changedCounts.clear();
  }
}
