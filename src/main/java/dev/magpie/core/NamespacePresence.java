package dev.magpie.core;

import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.Ids;
import dev.magpie.protocol.RoomNames;
import dev.magpie.state.HubLink;
import dev.magpie.state.PresenceChange;
import dev.magpie.state.PresenceMember;
import dev.magpie.state.PresencePage;
import dev.magpie.state.PresenceSpace;
import dev.magpie.state.Replica;
import dev.magpie.state.StateStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An instance's part of the presence in a namespace: tells the hub which of its sockets are in which rooms, and its sockets what the hub
 * says. Owned by one namespace, used on its context.
 */
final class NamespacePresence implements RoomListener<Socket> {
  private static final JsonObject NOTHING = new JsonObject();

  /** @param of by whom it was registered */
  private record Handler(Object of, String room, Consumer<PresenceMember> called, boolean joins) {}

  private final Loop loop;
  private final String namespace;
  private final Consumer<Broadcast> sockets;
  private final HubLink hub;
  private final PresenceOptions options;
  /** Rooms with presence that have sockets here. */
  private final Map<String, RoomHere> rooms = new HashMap<>();
  private final List<Handler> handlers = new ArrayList<>();
  private boolean watching;
  private long entries;

  /** @param sockets delivers a broadcast to the namespace's sockets of this instance */
  NamespacePresence(Loop loop, String namespace, PresenceOptions options, Consumer<Broadcast> sockets) {
    this.loop = loop;
    this.namespace = namespace;
    this.sockets = sockets;
    this.hub = loop.hub();
    this.options = options;
  }

  void open() {
    PresenceSpace.Settings settings =
        new PresenceSpace.Settings(options.grace(), options.interval(), options.pageSize(), options.largeRoom());
    hub.tell(PresenceSpace.KIND, namespace, space -> space.open(hub.instance(), settings));
    if (options.isHandled()) watch();
  }

  /** The namespace is durable: see {@link PresenceSpace#keep}. */
  void keep(Supplier<Future<StateStore>> opener) {
    // Without a grace time nobody would stay after a restart.
    if (options.grace() > 0) hub.tell(PresenceSpace.KIND, namespace, space -> space.keep(opener));
  }

  /** A socket has joined the namespace: its client may ask for pages. */
  void connected(Socket socket) {
    PresenceEvents events = options.events();
    if (events != null) socket.onAck(events.list(), JsonObject.class, asked -> page(socket, asked));
  }

  void close() {
    if (watching) hub.unsubscribe(PresenceSpace.KIND, namespace, PresenceSpace.HANDLERS);
    watching = false;
    hub.tell(PresenceSpace.KIND, namespace, space -> space.leave(hub.instance()));
  }

  // --- Sockets

  @Override
  public void joined(Socket socket, String room, boolean first) {
    if (RoomNames.isInternal(room) || Ids.isOfSocket(room) || !includes(room)) return;
    RoomHere here = rooms.get(room);
    if (here == null) {
      rooms.put(room, here = new RoomHere(room));
      hub.subscribe(PresenceSpace.KIND, namespace, room, here);
    }
    here.enter(socket);
  }

  @Override
  public void left(Socket socket, String room, boolean last) {
    RoomHere here = rooms.get(room);
    if (here == null) return;
    here.exit(socket);
    if (!last) return;
    rooms.remove(room);
    hub.unsubscribe(PresenceSpace.KIND, namespace, room);
  }

  void refresh(String room, Socket socket) {
    loop.run(() -> {
      RoomHere here = rooms.get(room);
      if (here != null && socket.isIn(room)) here.refresh(socket);
    });
  }

  private boolean includes(String room) {
    boolean[] included = new boolean[1];
    loop.guarded("predicate of rooms with presence", () -> included[0] = options.includes(room));
    return included[0];
  }

  /** A room with sockets here. */
  private final class RoomHere implements Replica<PresencePage, PresenceChange> {
    private final String room;
    /** Sockets that have not been sent the list: what changes meanwhile will be in it. With the number of the entry. */
    private final Map<String, Long> entering = new HashMap<>();

    RoomHere(String room) {
      this.room = room;
    }

    void enter(Socket socket) {
      PresenceMember member = memberOf(socket);
      String key = member == null ? null : member.key();
      JsonObject description = member == null ? NOTHING : member.description();
      if (options.events() == null) {
        hold(socket, key, description);
        return;
      }
      long entry = ++entries;
      entering.put(socket.id(), entry);
      String id = socket.id();
      hub.<PresenceSpace, PresenceSpace.Entered>ask(PresenceSpace.KIND, namespace,
              (space, answer) -> answer.complete(space.enter(hub.instance(), room, id, key, description)))
          .onSuccess(entered -> entered(id, entry, entered));
    }

    void refresh(Socket socket) {
      PresenceMember member = memberOf(socket);
      hold(socket, member == null ? null : member.key(), member == null ? NOTHING : member.description());
    }

    private void hold(Socket socket, @Nullable String key, JsonObject description) {
      String id = socket.id();
      hub.tell(PresenceSpace.KIND, namespace, space -> space.hold(hub.instance(), room, id, key, description));
    }

    void exit(Socket socket) {
      String id = socket.id();
      entering.remove(id);
      // It leaves all its rooms with the namespace.
      boolean lost = socket.everyone == null;
      hub.tell(PresenceSpace.KIND, namespace, space -> space.exit(hub.instance(), room, id, lost));
    }

    private @Nullable PresenceMember memberOf(Socket socket) {
      PresenceMember[] member = new PresenceMember[1];
      loop.guarded("key or description of presence", () -> {
        String key = options.key(socket, room);
        if (key != null) member[0] = new PresenceMember(key, shared(options.description(socket, room, key)));
      });
      return member[0];
    }

    private void entered(String socket, long entry, PresenceSpace.Entered entered) {
      // Another entry has begun, or the socket has left.
      if (!entering.remove(socket, entry)) return;
      JsonObject state = page(entered.page());
      if (entered.large()) state.put("large", true);
      emit(List.of(socket), List.of(), options.events().state(), state);
    }

    @Override
    public void snapshot(String epoch, long version, PresencePage state) {
      // Each socket is sent the list as it is when the hub hears of the socket.
    }

    @Override
    public void changed(String epoch, long version, PresenceChange change) {
      PresenceEvents events = options.events();
      if (events == null) return;
      if (change instanceof PresenceChange.Joined joined) toAll(events.join(), list(joined.members(), joined.count()));
      else if (change instanceof PresenceChange.Left left) toAll(events.leave(), list(left.members(), left.count()));
      else if (change instanceof PresenceChange.Counted counted) toAll(events.count(), body().put("count", counted.count()));
      else if (change instanceof PresenceChange.Relisted relisted) toAll(events.state(), page(relisted.page()));
    }

    private void toAll(String event, JsonObject body) {
      emit(List.of(room), List.copyOf(entering.keySet()), event, body);
    }

    private void emit(List<String> to, List<String> except, String event, JsonObject body) {
      JsonArray content = new JsonArray(List.of(event, body));
      // Past the log, which is for what a client must not miss.
      sockets.accept(new Broadcast(Broadcast.Action.EMIT, namespace, to, except, content, false, loop.id(), null));
    }

    private JsonObject body() {
      return new JsonObject().put("room", room);
    }

    private JsonObject list(List<PresenceMember> members, int count) {
      return body().put("members", descriptions(members)).put("count", count);
    }

    private JsonObject page(PresencePage page) {
      return list(page.members(), page.count()).put("next", page.next());
    }
  }

  private JsonObject shared(JsonObject description) {
    return Arguments.shared(loop.values(), "presence", description).getJsonObject(1);
  }

  private static JsonArray descriptions(List<PresenceMember> members) {
    JsonArray descriptions = new JsonArray(new ArrayList<>(members.size()));
    for (PresenceMember member : members) descriptions.add(member.description());
    return descriptions;
  }

  // --- What clients and the application ask

  private Future<JsonObject> page(Socket socket, @Nullable JsonObject asked) {
    if (asked == null || !(asked.getValue("room") instanceof String room)) return ClientError.future("room: the name of a room");
    RoomHere here = rooms.get(room);
    if (here == null || !socket.isIn(room)) return ClientError.future("room: one with presence that you are in");
    Object after = asked.getValue("after");
    if (after != null && !(after instanceof String)) return ClientError.future("after: the member \"next\" of a page");
    return ask(space -> space.shown(room, (String) after)).map(here::page)
        .recover(failure -> failure instanceof IllegalArgumentException ? ClientError.future(failure.getMessage())
            : Future.failedFuture(failure));
  }

  Future<PresencePage> list(String room, @Nullable String after, int limit) {
    return ask(space -> space.list(room, after, limit));
  }

  Future<Integer> count(String room) {
    return ask(space -> space.count(room));
  }

  private <T> Future<T> ask(Function<PresenceSpace, T> question) {
    Promise<T> answer = loop.promise();
    loop.run(() -> hub.<PresenceSpace, T>ask(PresenceSpace.KIND, namespace, (space, done) -> done.complete(question.apply(space)))
        .onComplete(answer));
    return answer.future();
  }

  // --- Handlers of the application

  void watch(Object of, String room, Consumer<PresenceMember> called, boolean joins) {
    loop.run(() -> {
      handlers.add(new Handler(of, room, called, joins));
      watch();
    });
  }

  void unwatch(Object of) {
    loop.run(() -> handlers.removeIf(handler -> handler.of == of));
  }

  private void watch() {
    if (watching) return;
    watching = true;
    hub.subscribe(PresenceSpace.KIND, namespace, PresenceSpace.HANDLERS, new Replica<PresencePage, PresenceChange>() {
      @Override
      public void snapshot(String epoch, long version, PresencePage state) {}

      @Override
      public void changed(String epoch, long version, PresenceChange change) {
        if (change instanceof PresenceChange.Came came) handle(came.room(), came.member(), true);
        else if (change instanceof PresenceChange.Went went) handle(went.room(), went.member(), false);
      }
    });
  }

  private void handle(String room, PresenceMember member, boolean joined) {
    loop.guarded("presence handler", () -> {
      if (joined) options.joined(room, member);
      else options.left(room, member);
    });
    for (Handler handler : List.copyOf(handlers)) {
      if (handler.joins == joined && handler.room.equals(room))
        loop.guarded("presence handler", () -> handler.called.accept(member));
    }
  }
}
