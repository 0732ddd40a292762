package dev.magpie.api;

import dev.magpie.core.Counters;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.NamespaceLog;
import dev.magpie.core.RemoteSocket;
import dev.magpie.log.EventLog;
import dev.magpie.log.LoggedEvent;
import dev.magpie.log.Offset;
import dev.magpie.ops.BuildInfo;
import dev.magpie.protocol.RoomNames;
import dev.magpie.state.PresencePage;
import dev.magpie.state.RetainedValue;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The operations of the scope {@code read}. Owned by one gateway; futures complete on any thread and fail with {@link Problem}. */
final class Reads {
  private static final int DEFAULT_LIMIT = 100;

  private static final long PATIENCE_MILLIS = 5_000;

  private final Io io;
  private final ProcessInstances instances;
  private final BuildInfo build = BuildInfo.read();

  Reads(Io io, ProcessInstances instances) {
    this.io = io;
    this.instances = instances;
  }

  /** By the {@code operationId} of the document. */
  Map<String, Function<ValidatedRequest, Future<JsonObject>>> operations() {
    return Map.of(
        "listNamespaces", request -> namespaces(),
        "listRooms", this::rooms,
        "listSockets", this::sockets,
        "getUser", this::user,
        "getPresence", this::presence,
        "getState", this::state,
        "getHistory", this::history,
        "getStats", request -> stats());
  }

  private Future<JsonObject> namespaces() {
    return instances.ask(io, Reads::describeNamespaces).map(all -> {
      Map<String, JsonObject> merged = new TreeMap<>();
      for (List<JsonObject> each : all)
        for (JsonObject one : each)
          merged.merge(one.getString("name"), one, (a, b) -> a.put("sockets", a.getInteger("sockets") + b.getInteger("sockets")));
      return new JsonObject().put("namespaces", new JsonArray(new ArrayList<>(merged.values())));
    });
  }

  private static List<JsonObject> describeNamespaces(Io each) {
    return each.namespaces().stream().map(namespace -> new JsonObject().put("name", namespace.name()).put("dynamic", namespace.isDynamic())
        .put("log", namespace.hasLog()).put("presence", namespace.hasPresence()).put("sockets", namespace.size())).toList();
  }

  private Future<JsonObject> rooms(ValidatedRequest request) {
    String name = namespace(request).name();
    String after = text(request, "after", "");
    int limit = limit(request);
    return instances.ask(io, each -> each.find(name).map(Namespace::roomNames).orElse(Set.of())).compose(all -> {
      TreeSet<String> names = new TreeSet<>();
      all.forEach(names::addAll);
      List<String> page = names.tailSet(after, false).stream().limit(limit + 1L).toList();
      List<String> shown = page.subList(0, Math.min(limit, page.size()));
      return instances.ask(io, each -> sizes(each, name, shown)).map(sizes -> {
        JsonArray rooms = new JsonArray();
        for (int i = 0; i < shown.size(); i++) {
          long sockets = 0;
          for (List<Future<Long>> each : sizes) sockets += each.isEmpty() ? 0 : each.get(i).result();
          rooms.add(new JsonObject().put("name", shown.get(i)).put("sockets", sockets));
        }
        return new JsonObject().put("namespace", name).put("rooms", rooms).put("next", next(page, limit));
      });
    });
  }

  /** Complete: they are of this instance only, and asked on its context. Empty where the namespace is not. */
  private static List<Future<Long>> sizes(Io each, String namespace, List<String> rooms) {
    return each.find(namespace)
        .map(here -> rooms.stream().map(room -> here.to(room).local().count().map(count -> count.sockets())).toList())
        .orElse(List.of());
  }

  private Future<JsonObject> sockets(ValidatedRequest request) {
    Namespace namespace = namespace(request);
    String room = text(request, "room", null);
    String user = text(request, "user", null);
    String after = text(request, "after", "");
    int limit = limit(request);
    // Rooms and users together select the sockets of either.
    var found = user != null && room != null ? namespace.toUser(user).fetchSockets()
        : (user != null ? namespace.toUser(user) : room != null ? namespace.to(room) : namespace.all()).fetchSockets(after, limit + 1);
    return found.map(answers -> {
      List<RemoteSocket> page = answers.results().stream()
          .filter(socket -> socket.id().compareTo(after) > 0 && (user == null || room == null || socket.rooms().contains(room)))
          .sorted(Comparator.comparing(RemoteSocket::id)).limit(limit + 1L).toList();
      List<String> ids = page.stream().map(RemoteSocket::id).toList();
      return new JsonObject().put("namespace", namespace.name())
          .put("sockets", new JsonArray(page.stream().limit(limit).map(Reads::describe).toList()))
          .put("next", next(ids, limit)).put("missing", new JsonArray(answers.missing()));
    });
  }

  /** Without what an application or a browser may have put there as a secret: data, headers, query, auth. */
  private static JsonObject describe(RemoteSocket socket) {
    List<String> rooms = new ArrayList<>(socket.rooms());
    rooms.remove(socket.id());
    return new JsonObject().put("id", socket.id()).put("namespace", socket.namespace()).put("user", socket.userId())
        .put("rooms", new JsonArray(rooms)).put("since", socket.handshake().getString("time"));
  }

  private Future<JsonObject> user(ValidatedRequest request) {
    String id = request.getPathParameters().get("id").getString();
    return instances.ask(io, each -> each.namespaces().stream().map(namespace -> namespace.toUser(id).local().fetchSockets()).toList())
        .map(all -> {
          JsonArray sockets = new JsonArray();
          // Complete: they are of their own instance only, and were asked on its context.
          all.stream().flatMap(List::stream).flatMap(found -> found.result().results().stream())
              .sorted(Comparator.comparing(RemoteSocket::namespace).thenComparing(RemoteSocket::id))
              .forEach(socket -> sockets.add(describe(socket)));
          return new JsonObject().put("user", id).put("online", !sockets.isEmpty()).put("sockets", sockets).put("missing", new JsonArray());
        });
  }

  private Future<JsonObject> presence(ValidatedRequest request) {
    Namespace namespace = namespace(request);
    if (!namespace.hasPresence()) throw Problem.of(409, "no-presence", "No presence", "the namespace has no presence");
    String room = text(request, "room", null);
    return namespace.presence(room).list(text(request, "after", null), limit(request)).map(page -> presence(namespace, room, page))
        .recover(failure -> Future.failedFuture(failure instanceof IllegalArgumentException
            ? Problem.unprocessable(new Problem.Field("query", "/after", "allowed: the next of a page")) : failure));
  }

  private static JsonObject presence(Namespace namespace, String room, PresencePage page) {
    JsonArray members = new JsonArray();
    page.members().forEach(member -> members.add(new JsonObject().put("key", member.key()).put("description", member.description())));
    return new JsonObject().put("namespace", namespace.name()).put("room", room).put("members", members).put("count", page.count())
        .put("next", page.next());
  }

  private Future<JsonObject> state(ValidatedRequest request) {
    Namespace namespace = namespace(request);
    String room = text(request, "room", null);
    String key = text(request, "key", null);
    return namespace.retained(room).timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS).map(values -> {
      JsonArray state = new JsonArray();
      for (Map.Entry<String, RetainedValue> value : values.entrySet())
        if (key == null || key.equals(value.getKey())) state.add(describe(value.getKey(), value.getValue()));
      return new JsonObject().put("namespace", namespace.name()).put("room", room).put("state", state);
    });
  }

  private static JsonObject describe(String key, RetainedValue value) {
    return new JsonObject().put("key", key).put("event", value.event()).put("args", value.args()).put("version", value.version());
  }

  private Future<JsonObject> history(ValidatedRequest request) {
    Namespace namespace = namespace(request);
    if (!namespace.hasLog()) throw Problem.of(409, "no-log", "No log", "the namespace has no log");
    NamespaceLog log = namespace.log();
    String room = text(request, "room", null);
    Offset after = Offset.parse(text(request, "after", null));
    int limit = limit(request);
    return log.epoch().compose(epoch -> {
      if (after != null && !after.epoch().equals(epoch))
        throw Problem.of(410, "log-replaced", "Log replaced", "the offset is of an earlier log of the namespace; begin without one");
      return log.kept(room, after == null ? 0 : after.seq(), limit)
          .compose(page -> log.extent().map(extent -> history(namespace, epoch, page, extent)));
    }).timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static JsonObject history(Namespace namespace, String epoch, EventLog.Page page, EventLog.Extent extent) {
    JsonArray events = new JsonArray();
    page.events().forEach(event -> events.add(describe(epoch, event)));
    List<LoggedEvent> all = page.events();
    return new JsonObject().put("namespace", namespace.name()).put("events", events)
        .put("next", page.more() ? Offset.text(epoch, all.get(all.size() - 1).seq()) : null)
        .put("kept", new JsonObject().put("first", extent.first()).put("last", extent.head()));
  }

  private static JsonObject describe(String epoch, LoggedEvent event) {
    JsonArray rooms = new JsonArray();
    JsonArray users = new JsonArray();
    for (String room : event.rooms()) {
      if (RoomNames.isInternal(room)) users.add(RoomNames.user(room));
      else rooms.add(room);
    }
    JsonArray except = new JsonArray();
    for (String room : event.except()) if (!RoomNames.isInternal(room)) except.add(room);
    return new JsonObject().put("offset", Offset.text(epoch, event.seq())).put("seq", event.seq()).put("event", event.event().getString(0))
        .put("args", event.args()).put("rooms", rooms).put("users", users).put("except", except).put("by", event.uid())
        .put("at", Instant.ofEpochMilli(event.at()).toString());
  }

  private Future<JsonObject> stats() {
    List<Io> all = instances.with(io);
    JsonObject counters = new JsonObject();
    for (Counters.Count count : Counters.Count.values())
      counters.put(count.text(), all.stream().mapToLong(each -> each.counters().get(count)).sum());
    return instances.ask(io, Io::logs).map(found -> {
      Map<String, Object> logs = new LinkedHashMap<>();
      found.get(0).forEach((name, usage) ->
          logs.put(name, new JsonObject().put("events", usage.get().events()).put("bytes", usage.get().bytes())));
      return new JsonObject().put("version", build.version()).put("uptime", ManagementFactory.getRuntimeMXBean().getUptime() / 1000)
          .put("instances", all.size()).put("counters", counters).put("logs", new JsonObject(logs));
    });
  }

  private Namespace namespace(ValidatedRequest request) {
    return instances.find(io, text(request, "namespace", "/")).orElseThrow(() -> Problem.noNamespace("query", "/namespace"));
  }

  private static String text(ValidatedRequest request, String name, @Nullable String otherwise) {
    RequestParameter value = request.getQuery().get(name);
    return value == null || value.isNull() ? otherwise : value.getString();
  }

  private static int limit(ValidatedRequest request) {
    RequestParameter value = request.getQuery().get("limit");
    return value == null || value.isNull() ? DEFAULT_LIMIT : value.getInteger();
  }

  /** @param page with one more than is shown, where there are more */
  private static @Nullable String next(List<String> page, int limit) {
    return page.size() > limit ? page.get(limit - 1) : null;
  }
}
