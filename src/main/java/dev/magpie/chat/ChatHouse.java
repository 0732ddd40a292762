package dev.magpie.chat;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Emit;
import dev.magpie.chat.ChatLog.Appended;
import dev.magpie.chat.Presence.Entered;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.Shareable;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What all gateways of one Vert.x instance have in common: who is here and what was said. It lives on a context of its own, which decides
 * the one order; gateways ask from theirs, where the answers come back. There is one of it, as long as its Vert.x instance, so that a
 * gateway may come and go.
 */
final class ChatHouse implements Shareable {
  /** On the local bus: {@code {room, sockets}} that a moderator has sent out. */
  static final String KICKED = "magpie.chat.kicked";

  private final Vertx vertx;
  private final ContextInternal context;
  private final Presence presence = new Presence(this::tell, System::nanoTime);
  private final ChatLog log = new MemoryChatLog((event, said) -> tell(said.room(), null, event, said.toJson()));

  private ChatHouse(Vertx vertx) {
    this.vertx = vertx;
    // A context without a deployment: the first gateway's end is not its end.
    this.context = ((VertxInternal) vertx).createEventLoopContext();
  }

  static ChatHouse of(Vertx vertx) {
    return vertx.sharedData().<String, ChatHouse>getLocalMap("magpie.chat").computeIfAbsent("house", key -> new ChatHouse(vertx));
  }

  Future<Entered> enter(String room, String socket, String uid, String name) {
    return ask(() -> Future.succeededFuture(presence.enter(room, socket, uid, name)));
  }

  Future<Void> exit(String room, String socket) {
    return ask(() -> {
      presence.exit(room, socket);
      return Future.succeededFuture();
    });
  }

  Future<Void> gone(String socket) {
    return ask(() -> {
      presence.gone(socket);
      return Future.succeededFuture();
    });
  }

  Future<Appended> say(String room, String cid, String from, String uid, String text) {
    return ask(() -> {
      presence.requireVoice(room, uid);
      return log.append(room, cid, from, uid, text);
    });
  }

  Future<ChatLog.Page> page(String room, ChatLog.Boundary boundary, int limit) {
    return ask(() -> log.page(room, boundary, limit));
  }

  Future<Said> change(String room, long seq, String event, String uid, UnaryOperator<Said> change) {
    return ask(() -> {
      presence.requireVoice(room, uid);
      return log.change(room, seq, event, change);
    });
  }

  Future<Long> head() {
    return ask(log::head);
  }

  Future<Void> mute(String room, String name, long seconds) {
    return ask(() -> {
      presence.mute(room, name, seconds);
      return Future.succeededFuture();
    });
  }

  Future<Void> kick(String room, String name) {
    return ask(() -> {
      JsonArray sockets = new JsonArray(presence.kick(room, name));
      vertx.eventBus().publish(KICKED, new JsonObject().put("room", room).put("sockets", sockets));
      return Future.succeededFuture();
    });
  }

  /** One publisher, so one order: all gateways hear it as it was said here. */
  private void tell(String room, String except, String event, JsonObject body) {
    Emit emit = Emit.to(room).in(Chat.NAMESPACE).event(event, body);
    vertx.eventBus().publish(Addresses.EMIT, (except == null ? emit : emit.except(except)).toJson());
  }

  private <T> Future<T> ask(Supplier<Future<T>> question) {
    Promise<T> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
    context.runOnContext(turn -> {
      try {
        question.get().onComplete(answer);
      } catch (RuntimeException failure) {
        answer.fail(failure);
      }
    });
    return answer.future();
  }
}
