package dev.magpie.api;

import dev.magpie.core.BroadcastAnswers;
import dev.magpie.core.BroadcastOperator;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Consumer;

/**
 * Operations on sockets, and broadcasts that ask for acknowledgements. Owned by one gateway; futures complete on any thread and fail with
 * what {@link Problem#of(Throwable)} knows.
 */
final class Actions {
  private static final long DEFAULT_TIMEOUT_MILLIS = 5_000;

  private final Io io;
  private final Emitter emitter;

  Actions(Io io, Emitter emitter) {
    this.io = io;
    this.emitter = emitter;
  }

  Future<JsonObject> disconnect(JsonObject body) {
    boolean close = body.getBoolean("close", false);
    return select(body, selection -> selection.disconnectSockets(close));
  }

  Future<JsonObject> join(JsonObject body) {
    String[] rooms = EmitRequest.texts(body, "join").toArray(String[]::new);
    return select(body, selection -> selection.socketsJoin(rooms));
  }

  Future<JsonObject> leave(JsonObject body) {
    String[] rooms = EmitRequest.texts(body, "leave").toArray(String[]::new);
    return select(body, selection -> selection.socketsLeave(rooms));
  }

  /** Ends the sessions of a user on all instances of this instance's name. */
  Future<Void> revoke(String user) {
    return io.disconnectUser(user);
  }

  private Future<JsonObject> select(JsonObject body, Consumer<BroadcastOperator> action) {
    BroadcastOperator selection = emitter.namespace(body.getString("namespace", "/"), "").all();
    for (String kind : List.of("sockets", "rooms"))
      if (body.containsKey(kind)) selection = selection.to(EmitRequest.texts(body, kind).toArray(String[]::new));
    if (body.containsKey("users")) selection = selection.toUser(EmitRequest.texts(body, "users").toArray(String[]::new));
    BroadcastOperator selected = selection;
    return selected.count().map(count -> {
      action.accept(selected);
      return new JsonObject().put("sockets", count.sockets()).put("missing", new JsonArray(count.missing()));
    });
  }

  Future<JsonObject> broadcastAck(JsonObject body) {
    EmitRequest event = EmitRequest.of("", body);
    Namespace namespace = emitter.namespace(event.namespace(), "");
    return Emitter.select(namespace, event).timeout(body.getLong("timeout", DEFAULT_TIMEOUT_MILLIS))
        .emitWithAck(event.event(), event.arguments()).map(Actions::describe);
  }

  private static JsonObject describe(BroadcastAnswers found) {
    JsonArray answers = new JsonArray();
    for (int i = 0; i < found.answers().size(); i++)
      answers.add(new JsonObject().put("socket", found.answered().get(i)).put("args", found.answers().get(i)));
    return new JsonObject().put("answers", answers).put("silent", new JsonArray(found.silentSockets()))
        .put("missing", new JsonArray(found.missing())).put("complete", found.isComplete());
  }
}
