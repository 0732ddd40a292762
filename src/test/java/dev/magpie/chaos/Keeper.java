package dev.magpie.chaos;

import dev.magpie.core.Ack;
import dev.magpie.core.Application;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.PresenceOptions;
import dev.magpie.core.Retained;
import dev.magpie.core.Socket;
import dev.magpie.log.Recovery;
import dev.magpie.state.PresenceMember;
import dev.magpie.state.VersionConflict;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/**
 * A durable namespace whose clients write retained values and ask who is present: {@code join}; {@code put {key, n, ifVersion}} → {@code
 * {version}} or {@code {conflict}}; {@code get key} → {@code {n, version}}; {@code members} → their ids.
 */
public final class Keeper implements Application {
  static final String NAMESPACE = "/state";
  static final long GRACE_MILLIS = 2_000;
  private static final String ROOM = "room";

  private Namespace state;

  @Override
  public void mount(Io io, Vertx vertx) {
    state = io.of(NAMESPACE).recoverable(Recovery.DURABLE);
    state.use(request -> {
      request.identify(request.auth().getString("user"));
      return Future.succeededFuture();
    });
    state.presence(new PresenceOptions().setGrace(GRACE_MILLIS));
    state.onConnection(this::serve);
  }

  private void serve(Socket socket) {
    socket.on("join", (args, ack) -> socket.join(ROOM).onSuccess(joined -> ack.send()));
    socket.on("put", (args, ack) -> put(args.getJsonObject(0), ack));
    socket.on("get", (args, ack) -> state.to(ROOM).retain(args.getString(0)).get().onSuccess(found -> ack.send(
        found.map(value -> new JsonObject().put("n", value.args().getJsonObject(0).getLong("n")).put("version", value.version()))
            .orElseGet(() -> new JsonObject().put("n", 0).put("version", 0)))));
    socket.on("members", (args, ack) -> state.presence(ROOM).list()
        .onSuccess(members -> ack.send(members.stream().map(PresenceMember::key).toList())));
  }

  private void put(JsonObject asked, Ack ack) {
    Retained retained = state.to(ROOM).retain(asked.getString("key"));
    if (asked.containsKey("ifVersion")) retained = retained.ifVersion(asked.getLong("ifVersion"));
    retained.emit("set", asked).onComplete(done -> {
      if (done.succeeded()) ack.send(new JsonObject().put("version", done.result()));
      else if (done.cause() instanceof VersionConflict conflict) ack.send(new JsonObject().put("conflict", conflict.version()));
    });
  }

  @Override
  public boolean byDefault() {
    return false;
  }
}
