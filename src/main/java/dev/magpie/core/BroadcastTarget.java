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

  /** Own clients first, so that the events of one handler reach the clients of its loop in order. */
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

  /** Handles a broadcast of another instance or of a verticle. */
  void hear(Broadcast broadcast) {
    deliver(broadcast);
  }

  /** Appends the event to the log, which delivers it; false if there is no log. */
  boolean log(Broadcast broadcast) {
    return false;
  }

  abstract void select(Broadcast selection, Consumer<Socket> chosen);

  /** Sends the event with a request for acknowledgement to the chosen sockets of this instance. */
  abstract void request(Broadcast broadcast, AckRound round);

  /** Runs this instance's own handlers for an event of another instance. */
  abstract Future<JsonArray> serverEvent(JsonArray event, boolean answer);
}
