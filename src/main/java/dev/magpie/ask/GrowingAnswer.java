package dev.magpie.ask;

import dev.magpie.bus.Addresses;
import dev.magpie.core.Socket;
import dev.magpie.core.TextStream;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * An answer that its answerer is still making: what it publishes goes to the asker as a stream, in a room that holds the asker alone. Ends
 * with the text, with the connection, or when nothing was published for a minute. Used on the socket's context.
 */
final class GrowingAnswer {
  private static final long IDLE_MILLIS = TimeUnit.MINUTES.toMillis(1);

  private final Vertx vertx;
  private final Socket socket;
  private final String room = "answer " + UUID.randomUUID();
  private final String address = Addresses.BOT_PIECES + UUID.randomUUID();
  private final TextStream text;
  private final Consumer<GrowingAnswer> ended;
  private final MessageConsumer<Object> pieces;
  /** What was published before the answer itself came, which takes longer; null once that is here. */
  private StringBuilder early = new StringBuilder();
  /** Whether the last piece has come. */
  private boolean complete;
  private boolean over;
  private long timer = -1;

  /** @param ended called once it has ended */
  GrowingAnswer(Vertx vertx, Socket socket, String id, Consumer<GrowingAnswer> ended) {
    this.vertx = vertx;
    this.socket = socket;
    this.text = socket.namespace().to(room).stream(id);
    this.ended = ended;
    this.pieces = vertx.eventBus().consumer(address, message -> take(message.body()));
  }

  /** For {@link dev.magpie.bus.Question#stream()}. */
  String address() {
    return address;
  }

  /** Succeeds once nothing that is published is missed. */
  Future<Void> listen() {
    return pieces.completion();
  }

  /**
   * The answer is here, with its first words.
   *
   * @return false if the connection has ended meanwhile
   */
  boolean begin(String first) {
    if (over) return false;
    String soFar = first + early;
    early = null;
    socket.join(room);
    append(soFar);
    if (complete) end();
    return true;
  }

  private void take(Object piece) {
    if (over || complete || !(piece instanceof JsonObject json)) return;
    String more = json.getValue("text") instanceof String string ? string : "";
    complete = Boolean.TRUE.equals(json.getValue("done"));
    if (early != null) {
      early.append(more);
      return;
    }
    append(more);
    if (complete) end();
  }

  private void append(String more) {
    text.append(more).onFailure(tooLong -> abandon());
    vertx.cancelTimer(timer);
    timer = vertx.setTimer(IDLE_MILLIS, silent -> abandon());
  }

  private void end() {
    close();
    leaveAfter(text.end());
  }

  /** Nobody completes it. */
  void abandon() {
    if (over) return;
    close();
    if (early == null) leaveAfter(text.abort());
  }

  /** One round trip later: of a namespace's first stream the asker gets a snapshot, which has been asked for by then. */
  private void leaveAfter(Future<Void> ending) {
    ending.transform(told -> text.end()).onComplete(told -> socket.leave(room));
  }

  private void close() {
    over = true;
    vertx.cancelTimer(timer);
    pieces.unregister();
    ended.accept(this);
  }
}
