package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.admission.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Collects the acknowledgements of one broadcast from this instance's clients. Each counts in the memory budget, for its client's address,
 * from its arrival to {@link #end}, also when its client has left meanwhile. Used on the instance's context.
 */
final class AckRound {
  /** Heap of an acknowledgement besides its text and attachments; an estimate. */
  private static final long ANSWER_BYTES = 256;

  private final Loop loop;
  private final long timeoutNanos;
  private final Promise<Void> done;
  /** In the order of their arrival. */
  private final List<Acknowledgement> answered = new ArrayList<>();
  /** Ids of the sockets. */
  private final List<String> silent = new ArrayList<>();
  private int outstanding;
  private boolean sealed;

  AckRound(Loop loop, long timeoutMillis) {
    this.loop = loop;
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    this.done = loop.promise();
  }

  /** Succeeds when each client has answered, has left or has timed out; {@link #end} follows. */
  Future<Void> done() {
    return done.future();
  }

  /** Hands the answers over, which do not count any more. */
  BroadcastAnswers end() {
    List<JsonArray> answers = answered.stream().map(answer -> answer.args).toList();
    List<String> sockets = answered.stream().map(answer -> answer.socket).toList();
    answered.forEach(answer -> answer.memory.hold(0));
    answered.clear();
    return new BroadcastAnswers(answers, silent.size(), List.of(), sockets, silent);
  }

  long timeoutNanos() {
    return timeoutNanos;
  }

  /** The acknowledgement of this socket of the client; the round waits for it once {@link #awaited}. */
  PendingAcks.Pending acknowledgement(Connection client, String socket) {
    return new Acknowledgement(client, socket);
  }

  /** The event is about to be sent to one more client. */
  void awaited() {
    outstanding++;
  }

  /** The event is not sent to this socket, whose client has too many acknowledgements outstanding. */
  void notSent(String socket) {
    silent.add(socket);
  }

  /** No more clients will be added. */
  void seal() {
    sealed = true;
    finishIfComplete();
  }

  private void finishIfComplete() {
    if (sealed && outstanding == 0) done.tryComplete();
  }

  /** This instance's answer to another: the arguments of each acknowledgement, their sockets, and the sockets that stayed silent. */
  static JsonArray write(BroadcastAnswers own) {
    return new JsonArray().add(new JsonArray(new ArrayList<>(own.answers()))).add(new JsonArray(new ArrayList<>(own.answered())))
        .add(new JsonArray(new ArrayList<>(own.silentSockets())));
  }

  /** This instance's answers and those that the others wrote. */
  static BroadcastAnswers sum(BroadcastAnswers own, ClusterAnswers<JsonArray> others) {
    List<JsonArray> answers = new ArrayList<>(own.answers());
    List<String> answered = new ArrayList<>(own.answered());
    List<String> silent = new ArrayList<>(own.silentSockets());
    for (JsonArray other : others.results()) {
      JsonArray theirs = other.getJsonArray(0);
      for (int i = 0; i < theirs.size(); i++) answers.add(theirs.getJsonArray(i));
      other.getJsonArray(1).forEach(socket -> answered.add((String) socket));
      other.getJsonArray(2).forEach(socket -> silent.add((String) socket));
    }
    return new BroadcastAnswers(answers, silent.size(), others.missing(), answered, silent);
  }

  private final class Acknowledgement extends PendingAcks.Pending {
    private final Connection client;
    private final String socket;
    private JsonArray args;
    private MemoryBudget.Account memory;

    Acknowledgement(Connection client, String socket) {
      this.client = client;
      this.socket = socket;
    }

    @Override
    void answered(JsonArray args) {
      this.args = args;
      memory = client.newAccount(this::evict);
      outstanding--;
      if (memory.hold(ANSWER_BYTES + client.routed())) {
        answered.add(this);
      } else {
        silent.add(socket);
        client.close(CloseReason.OUT_OF_MEMORY, "memory for acknowledgements is used up");
      }
      finishIfComplete();
    }

    /** The largest while another client is refused; that one may be in the middle of a broadcast. */
    private void evict() {
      answered.remove(this);
      silent.add(socket);
      memory.hold(0);
      loop.context()
          .runOnContext(turn -> client.close(CloseReason.OUT_OF_MEMORY,
          "memory for acknowledgements is used up, and this client's takes the most"));
    }

    @Override
    void failed(AckTimeoutException why) {
      silent.add(socket);
      outstanding--;
      finishIfComplete();
    }
  }
}
