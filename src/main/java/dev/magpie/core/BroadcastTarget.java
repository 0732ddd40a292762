package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.function.Consumer;

/** What a broadcast is addressed to on this instance: a namespace, or a family of them. Used on the instance's context. */
abstract class BroadcastTarget {

  /** By which the other instances know it. */
  public abstract String name();

  abstract Loop loop();

  /** Own clients first: what one handler does reaches its loop's clients in its order. */
  final void publish(Broadcast broadcast, boolean local) {
    loop().counters().increment(Count.BROADCASTS);
    if (!local && log(broadcast)) return;
    deliver(broadcast);
    if (!local) loop().cluster().broadcaster().publish(broadcast);
  }

  /** By which sockets of this namespace, one of those that it stands for, are addressed, be they here or not. */
  abstract Audience reach(String namespace);

  /** To this instance's own sockets. */
  abstract void deliver(Broadcast broadcast);

  /** What another instance, or another verticle, has said. */
  void hear(Broadcast broadcast) {
    deliver(broadcast);
  }

  /** Takes the event into a log, from which it is delivered; false where there is none. */
  boolean log(Broadcast broadcast) {
    return false;
  }

  abstract void select(Broadcast selection, Consumer<Socket> chosen);

  /** Sends the event with a request for acknowledgement to the chosen sockets of this instance. */
  abstract void request(Broadcast broadcast, AckRound round);

  /** Runs this instance's own handlers for an event of another instance. */
  abstract Future<JsonArray> serverEvent(JsonArray event, boolean answer);
}
