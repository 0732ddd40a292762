package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ObjLongConsumer;

/**
 * The counters of one {@link Io}. Written on its context only, without locks; read from any thread, where a value may be a moment old.
 */
public final class Counters {

  /** The counters by name; {@link #help} describes each. A gauge also decreases, the others only grow. */
  public enum Count {
    /** Open connections: Engine.IO sessions and plain WebSockets. */
    CONNECTIONS("connections", true, "Open connections: Engine.IO sessions and plain WebSockets."),
    /** Sockets, one for each namespace that a connection has joined. */
    SOCKETS("sockets", true, "Sockets, one for each namespace that a connection has joined."),
    /** Rooms that have members. */
    ROOMS("rooms", true, "Rooms that have members."),
    /** Connections opened. */
    CONNECTIONS_OPENED("connections_opened", false, "Connections opened."),
    /** Messages received from clients. */
    MESSAGES_IN("messages_in", false, "Messages received from clients."),
    /** Messages sent to clients. */
    MESSAGES_OUT("messages_out", false, "Messages sent to clients."),
    /** Broadcasts emitted on this instance. */
    BROADCASTS("broadcasts", false, "Broadcasts emitted here."),
    /** Broadcasts received from other instances. */
    BROADCASTS_HEARD("broadcasts_heard", false, "Broadcasts heard from other gateways."),
    /** Unreliable events dropped because the client could not be written to at once. */
    UNRELIABLE_DROPPED("unreliable_dropped", false, "Unreliable events dropped because the client could not be written to."),
    /** Events that a later one of the same key has replaced in the send queue of a slow client. */
    LATEST_REPLACED("latest_replaced", false, "Events that a later one of the same key replaced in a send queue."),
    /** Acknowledgements that were not expected, or came too late. */
    ACKS_IGNORED("acks_ignored", false, "Acknowledgements that nobody waited for."),
    /** Acknowledgements that were withheld, so that the client sends the event again: see {@link RetryLater}. */
    ACKS_WITHHELD("acks_withheld", false, "Acknowledgements withheld, so that the client sends the event again."),
    /** Clients that a namespace refused. */
    CONNECTS_REFUSED("connects_refused", false, "Clients that a namespace refused."),
    /** Clients that reconnected to their session. */
    RECOVERIES("recoveries", false, "Clients that came back and got what they had missed."),
    /** Clients that reconnected too late, or had missed too much, and got a new session. */
    RECOVERIES_REFUSED("recoveries_refused", false, "Clients that came back too late, or had missed too much, and began anew."),
    /** Packets that violate the protocol. */
    PARSE_ERRORS("parse_errors", false, "Packets outside the protocol."),
    /** Clients that used half of their burst: logged as a warning. */
    RATE_WARNINGS("rate_warnings", false, "Clients warned because they send more than half of their limits."),
    /** Clients closed because they exceeded their rate limits. */
    RATE_LIMITED("rate_limited", false, "Clients closed because they sent more than their limits."),
    /** Handlers of the application that failed. */
    HANDLER_FAILURES("handler_failures", false, "Handlers of the application that failed.");

    private final String text;
    private final boolean gauge;
    private final String help;

    Count(String text, boolean gauge, String help) {
      this.text = text;
      this.gauge = gauge;
      this.help = help;
    }

    /** The name in metrics: lower case, words joined by underscores. */
    public String text() {
      return text;
    }

    /** Whether the value also decreases. */
    public boolean isGauge() {
      return gauge;
    }

    /** A description for operators, one sentence. */
    public String help() {
      return help;
    }
  }

  private final AtomicLongArray values = new AtomicLongArray(Count.values().length);
  private final AtomicLongArray closed = new AtomicLongArray(CloseReason.values().length);
  private final Histogram handlers = new Histogram();
  private final Histogram deliveries = new Histogram();
  private final Histogram acknowledgements = new Histogram();

  Counters() {}

  /** The value of a counter. */
  public long get(Count count) {
    return values.get(count.ordinal());
  }

  /** Passes each counter and its value. */
  public void forEach(ObjLongConsumer<Count> each) {
    for (Count count : Count.values()) each.accept(count, get(count));
  }

  /** Number of connections that ended for this reason. */
  public long closed(CloseReason reason) {
    return closed.get(reason.ordinal());
  }

  /** Time that the handlers of one event held the event loop. */
  public Histogram handlers() {
    return handlers;
  }

  /** Time from the emit of a broadcast until this instance has written it to its WebSockets. */
  public Histogram deliveries() {
    return deliveries;
  }

  /** Time from an event that asks for an acknowledgement to the client's acknowledgement. */
  public Histogram acknowledgements() {
    return acknowledgements;
  }

  void add(Count count, long amount) {
    add(values, count.ordinal(), amount);
  }

  void countClosed(CloseReason reason) {
    add(closed, reason.ordinal(), 1);
  }

  private static void add(AtomicLongArray numbers, int index, long amount) {
    // One writer: no atomic addition is needed, and readers may see it late.
    numbers.lazySet(index, numbers.getPlain(index) + amount);
  }

  void increment(Count count) {
    add(count, 1);
  }
}
