package dev.magpie.core;

import dev.magpie.protocol.Packet;
import dev.magpie.protocol.WireFormat;
import dev.magpie.transport.Message;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Collects the acknowledgements of one broadcast from this instance's clients. Owned by its {@link Io}. */
final class AckRound {
  private final long timeoutNanos;
  private final Promise<BroadcastAnswers> done;
  private final List<JsonArray> answers = new ArrayList<>();
  private int outstanding;
  private int silent;
  private boolean sealed;

  AckRound(Loop loop, long timeoutMillis) {
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    this.done = loop.promise();
  }

  /** Succeeds when each client has answered, has left or has timed out. */
  Future<BroadcastAnswers> done() {
    return done.future();
  }

  /** Sends to the selected sockets of one namespace: one id, so that the bytes are made once. */
  void send(Namespace namespace, Broadcast broadcast) {
    long id = namespace.nextAckId();
    Packet packet = Packet.event(namespace.name(), id, broadcast.event());
    Message[] messages = new Message[WireFormat.SLOTS];
    namespace.select(broadcast, socket -> request(socket, packet, messages));
  }

  private void request(Socket socket, Packet packet, Message[] messages) {
    WireFormat format = socket.connection().format;
    Message message = messages[format.slot()];
    if (message == null) messages[format.slot()] = message = Broadcast.encode(format, packet, null);
    if (socket.expect(packet.id(), new Owed(), timeoutNanos)) {
      outstanding++;
      socket.send(message, packet.arguments());
    } else silent++;
  }

  /** No more sockets will be asked. */
  void seal() {
    sealed = true;
    finishIfComplete();
  }

  private void finishIfComplete() {
    if (sealed && outstanding == 0) done.tryComplete(new BroadcastAnswers(answers, silent, List.of()));
  }

  /** This instance's answer for another: how many stayed silent, then each client's arguments. */
  static JsonArray write(BroadcastAnswers own) {
    return new JsonArray().add(own.silent()).add(new JsonArray(new ArrayList<>(own.answers())));
  }

  /** This instance's answers and those that the others wrote. */
  static BroadcastAnswers sum(BroadcastAnswers own, ClusterAnswers<JsonArray> others) {
    List<JsonArray> answers = new ArrayList<>(own.answers());
    int silent = own.silent();
    for (JsonArray other : others.results()) {
      silent += other.getInteger(0);
      JsonArray theirs = other.getJsonArray(1);
      for (int i = 0; i < theirs.size(); i++) answers.add(theirs.getJsonArray(i));
    }
    return new BroadcastAnswers(answers, silent, others.missing());
  }

  private final class Owed extends PendingAcks.Pending {
    @Override
    void answered(JsonArray args) {
      answers.add(args);
      outstanding--;
      finishIfComplete();
    }

    @Override
    void failed(AckTimeoutException why) {
      silent++;
      outstanding--;
      finishIfComplete();
    }
  }
}
