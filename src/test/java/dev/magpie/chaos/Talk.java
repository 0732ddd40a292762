package dev.magpie.chaos;

import dev.magpie.core.Ack;
import dev.magpie.core.Application;
import dev.magpie.core.EventLog;
import dev.magpie.core.Io;
import dev.magpie.core.LogEntry;
import dev.magpie.core.LoggedEvent;
import dev.magpie.core.Namespace;
import dev.magpie.core.Recovery;
import dev.magpie.core.Socket;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The chat's wire on core's log alone. */
public final class Talk implements Application {
  static final String NAMESPACE = "/chaos";
  private static final Logger log = LoggerFactory.getLogger(Talk.class);

  private Namespace talk;

  @Override
  public void mount(Io io, Vertx vertx) {
    talk = io.of(NAMESPACE).recoverable(Recovery.DURABLE);
    talk.onConnection(socket -> {
      socket.on("join", (args, ack) -> answer(ack, socket.join(room(args)).map(joined -> new JsonObject())));
      socket.on("history", (args, ack) -> answer(ack, history(args.getJsonObject(0))));
      socket.on("message", (args, ack) -> say(socket, args.getJsonObject(0), ack, false));
      socket.on("aside", (args, ack) -> say(socket, args.getJsonObject(0), ack, true));
    });
  }

  private static String room(JsonArray args) {
    return args.getJsonObject(0).getString("room");
  }

  private static void answer(Ack ack, Future<JsonObject> answer) {
    answer.onSuccess(ok -> ack.send(ok.put("ok", true))).onFailure(failure -> log.info("not answered reason={}", failure.toString()));
  }

  private Future<JsonObject> history(JsonObject asked) {
    if (!talk.hasLog()) return Future.succeededFuture(new JsonObject().put("messages", new JsonArray()).put("more", false));
    Future<EventLog.Page> page = talk.log().after(asked.getString("room"), asked.getLong("after"), asked.getInteger("limit"));
    return page.map(read -> new JsonObject().put("messages", new JsonArray(read.events().stream().map(LoggedEvent::args).map(args -> args.getValue(0)).toList())).put("more", read.more()));
  }

  private void say(Socket socket, JsonObject said, Ack ack, boolean aside) {
    String room = said.getString("room");
    Future<Void> in = socket.isIn(room) ? Future.succeededFuture() : socket.join(room);
    in.compose(joined -> {
      JsonObject message = new JsonObject().put("room", room).put("cid", said.getString("cid")).put("text", said.getString("text"));
      if (aside) message.put("except", socket.id());
      if (!talk.hasLog()) {
        (aside ? talk.to(room).except(socket.id()) : talk.to(room)).emit("message", message.put("seq", counter.incrementAndGet()));
        return Future.succeededFuture(new JsonObject().put("seq", message.getLong("seq")));
      }
      LogEntry entry = LogEntry.to(room).numbered("seq").event("message", message);
      if (said.getString("cid") != null) entry = entry.cid(said.getString("cid"));
      if (aside) entry = entry.except(socket.id());
      return talk.append(entry).map(appended -> new JsonObject().put("seq", appended.seq()));
    }).onSuccess(ok -> ack.send(ok.put("ok", true))).onFailure(failure -> log.info("not logged reason={}", failure.toString()));
  }

  private static final java.util.concurrent.atomic.AtomicLong counter = new java.util.concurrent.atomic.AtomicLong();

  @Override
  public boolean byDefault() {
    return false;
  }
}
