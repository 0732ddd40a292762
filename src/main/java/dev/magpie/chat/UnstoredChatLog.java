package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import dev.magpie.core.Namespace;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** Chat log of recovery mode "none": messages are sent to the connected clients and are not stored. */
final class UnstoredChatLog implements ChatLog {
  /** One order for all gateways of the process. */
  private static final AtomicLong SEQ = new AtomicLong();

  private final Namespace chat;

  UnstoredChatLog(Namespace chat) {
    this.chat = chat;
  }

  @Override
  public Future<Long> append(String room, String cid, String from, String uid, String text) {
    ChatMessage message = new ChatMessage(room, SEQ.incrementAndGet(), cid, from, uid, text, System.currentTimeMillis(), 0, false);
    chat.to(room).emit("message", message.toJson());
    return Future.succeededFuture(message.seq());
  }

  @Override
  public Future<Optional<Long>> original(String cid) {
    return Future.succeededFuture(Optional.empty());
  }

  @Override
  public Future<Page> page(String room, Boundary boundary, int limit) {
    return Future.succeededFuture(new Page(List.of(), false));
  }

  @Override
  public Future<ChatMessage> change(String room, long seq, String event, UnaryOperator<ChatMessage> change) {
    return ChatError.future(Code.NOT_FOUND, "this server does not store messages");
  }

  @Override
  public Future<String> author(String room, long seq) {
    return ChatError.future(Code.NOT_FOUND, "this server does not store messages");
  }

  @Override
  public Future<Integer> purge(String uid) {
    return Future.succeededFuture(0);
  }

  @Override
  public Future<Long> head() {
    return Future.succeededFuture(SEQ.get());
  }

  @Override
  public Future<Void> note(JsonObject note) {
    return Future.succeededFuture();
  }

  @Override
  public Future<List<Note>> notes() {
    return Future.succeededFuture(List.of());
  }
}
