package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;

/** What a broadcast is addressed to: a namespace, or a family of them, as this instance has it. Used on the instance's context. */
abstract class BroadcastTarget {

  /** The same on all instances. */
  public abstract String name();

  abstract Loop loop();

  /** Own clients first, so that the events of one handler reach the clients of its loop in order. */
  final void publish(Broadcast broadcast, boolean local) {
    loop().counters().increment(Count.BROADCASTS);
    if (!local && log(broadcast)) return;
    deliver(broadcast);
    if (!local) loop().cluster().broadcaster().publish(broadcast);
  }

  /** The namespace of this name, which is this one or a member of this family; on other instances only, it may be. */
  abstract BroadcastTarget member(String namespace);

  /** Delivers a broadcast to this instance's sockets. */
  abstract void deliver(Broadcast broadcast);

  /** Handles a broadcast of another instance, or of a verticle that has no connections. */
  void receive(Broadcast broadcast) {
    deliver(broadcast);
  }

  /** Appends the event to the log, which delivers it; false if there is no log. */
  boolean log(Broadcast broadcast) {
    return false;
  }

  /** Descriptions of this instance's selected sockets, each as {@link RemoteSocket#describe} makes it. */
  abstract JsonArray describe(Broadcast selection);

  /** Sends the event with a request for acknowledgement to this instance's selected sockets. */
  abstract void request(Broadcast broadcast, AckRound round);

  /** Runs this instance's own handlers for an event that another instance has sent by {@code serverSideEmit}. */
  abstract Future<JsonArray> serverEvent(JsonArray event, boolean answer);
}
