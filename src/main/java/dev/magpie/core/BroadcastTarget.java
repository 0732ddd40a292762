package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.log.Appended;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.protocol.Arguments;
import dev.magpie.state.RetainedSpace;
import dev.magpie.state.StreamLimits;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a broadcast is addressed to: a namespace, or a family of them, as this instance has it. Used on the instance's context. */
abstract class BroadcastTarget {
  /** Contracts by event; null as long as there are none. Copied when it changes, since events are sent on any thread. */
  @Nullable Map<String, Contract> contracts;
  /** Who may do what; null as long as everybody may do everything. */
  @Nullable Access access;

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

  final void declare(String event, Contract contract) {
    loop().requireOwner("contract");
    Map<String, Contract> more = new HashMap<>(contracts == null ? Map.of() : contracts);
    more.put(event, contract);
    contracts = Map.copyOf(more);
  }

  /** Why these arguments are not those of the event's contract; null where they are, or where there is none. */
  final @Nullable InvalidPayload violation(String event, JsonArray args) {
    Contract contract = contracts == null ? null : contracts.get(event);
    Violation violation = contract == null ? null : contract.check(args);
    return violation == null ? null : new InvalidPayload(event, "args" + violation.path(), violation.expected());
  }

  /**
   * The event, which is to be sent.
   *
   * @throws IllegalArgumentException if its contract does not allow it
   */
  final JsonArray checked(JsonArray event) {
    if (contracts == null || !loop().options().checkSent()) return event;
    JsonArray sent = Arguments.frozen(event);
    InvalidPayload violation = violation(Arguments.name(sent), Arguments.tail(sent));
    if (violation != null) throw new IllegalArgumentException("event \"" + violation.event() + "\": " + violation.getMessage(), violation);
    return event;
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

  /**
   * Publishes an event of this instance; where it goes through a log, the result is what is in the log.
   *
   * @param cid by which a retry is recognised in a log; null for none
   * @return null where there is no log; fails with {@link LogUnavailableException}
   */
  Future<@Nullable Appended> append(Broadcast broadcast, @Nullable String cid) {
    publish(broadcast, false);
    return Future.succeededFuture();
  }

  /** How retained values are kept. */
  RetainedSpace.Config stateConfig() {
    return new RetainedSpace.Config(loop().options().state(), removedMillis(), null);
  }

  /**
   * How long removed keys are remembered for clients that reconnect. A client that has died is noticed a heartbeat later, and may recover
   * its session for a window from then on; one that is lost again before it was told has another window.
   */
  final long removedMillis() {
    IoOptions options = loop().options();
    return options.pingInterval() + options.pingTimeout() + 2 * options.recovery().windowMillis();
  }

  /** How streams are kept. */
  StreamLimits streamLimits() {
    return StreamLimits.of(loop().options().state(), null);
  }

  /** Number of this instance's selected sockets. */
  abstract int count(Broadcast selection);

  /** Descriptions of this instance's selected sockets, each as {@link RemoteSocket#describe} makes it. */
  abstract JsonArray describe(Broadcast selection);

  /** Sends the event with a request for acknowledgement to this instance's selected sockets. */
  abstract void request(Broadcast broadcast, AckRound round);

  /** Runs this instance's own handlers for an event that another instance has sent by {@code serverSideEmit}. */
  abstract Future<JsonArray> serverEvent(JsonArray event, boolean answer);
}
