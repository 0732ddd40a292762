package dev.magpie.core;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Collects the acknowledgements of one broadcast from this instance's clients. Used on the instance's context. */
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

  long timeoutNanos() {
    return timeoutNanos;
  }

  /** One client's acknowledgement; it counts once {@link #awaited}. */
  PendingAcks.Pending acknowledgement() {
    return new Acknowledgement();
  }

  /** The event is about to be sent to one more client. */
  void awaited() {
    outstanding++;
  }

  /** The event is not sent to one of the clients, which has too many acknowledgements outstanding. */
  void notSent() {
    silent++;
  }

  /** No more clients will be added. */
  void seal() {
    sealed = true;
    finishIfComplete();
  }

  private void finishIfComplete() {
    if (sealed && outstanding == 0) done.tryComplete(new BroadcastAnswers(answers, silent, List.of()));
  }

  /** This instance's answer to another: how many clients stayed silent, then the arguments of each acknowledgement. */
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

  private final class Acknowledgement extends PendingAcks.Pending {
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
