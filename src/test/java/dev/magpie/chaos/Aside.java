package dev.magpie.chaos;

import dev.magpie.core.Ack;
import dev.magpie.core.Application;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.Socket;
import dev.magpie.log.LogEntry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the chat has not: a message that its sender does not get back. {@code aside {room, cid, text}} → {@code {ok: true, seq}}, and to the
 * others of the room the chat's own {@code message}, with the id of the socket that is left out as {@code except}. Mounted beside the chat.
 */
public final class Aside implements Application {
  private static final Logger log = LoggerFactory.getLogger(Aside.class);

  private Namespace chat;

  @Override
  public void mount(Io io, Vertx vertx) {
    chat = io.of(ChaosRun.NAMESPACE);
    chat.onConnection(socket -> socket.on("aside", (args, ack) -> say(socket, args.getJsonObject(0), ack)));
  }

  private void say(Socket socket, JsonObject said, Ack ack) {
    String room = said.getString("room");
    JsonObject message = new JsonObject()
        .put("room", room)
        .put("cid", said.getString("cid"))
        .put("from", "aside")
        .put("text", said.getString("text"))
        .put("at", System.currentTimeMillis())
        .put("except", socket.id());
    chat.append(LogEntry.to(room).except(socket.id()).cid(said.getString("cid")).numbered("seq").event("message", message))
        .onSuccess(appended -> ack.send(new JsonObject().put("ok", true).put("seq", appended.seq())))
        .onFailure(failure -> log.debug("aside not logged yet reason={}", failure.toString()));
  }

  @Override
  public boolean byDefault() {
    return false;
  }
}
