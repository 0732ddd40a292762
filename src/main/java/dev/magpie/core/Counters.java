package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ObjLongConsumer;

/**
 * What one {@link Io} has counted. Written on its context only, without locks; read from any thread, where a number may be a moment old.
 */
public final class Counters {

  /** What is counted. A gauge goes down again; the others only grow. */
  public enum Count {
    CONNECTIONS("connections", true, "Open connections: Engine.IO sessions and plain WebSockets."),
    SOCKETS("sockets", true, "Sockets, one for each namespace that a connection has joined."),
    ROOMS("rooms", true, "Rooms that have members."),
    CONNECTIONS_OPENED("connections_opened", false, "Connections opened."),
    MESSAGES_IN("messages_in", false, "Messages received from clients."),
    MESSAGES_OUT("messages_out", false, "Messages sent to clients."),
    BROADCASTS("broadcasts", false, "Broadcasts emitted here."),
    BROADCASTS_HEARD("broadcasts_heard", false, "Broadcasts heard from other gateways."),
    UNRELIABLE_DROPPED("unreliable_dropped", false, "Unreliable events dropped because the client could not be written to."),
    ACKS_IGNORED("acks_ignored", false, "Acknowledgements that nobody waited for."),
    CONNECTS_REFUSED("connects_refused", false, "Clients that a namespace refused."),
    RECOVERIES("recoveries", false, "Clients that came back and got what they had missed."),
    RECOVERIES_REFUSED("recoveries_refused", false, "Clients that came back too late, or had missed too much, and began anew."),
    PARSE_ERRORS("parse_errors", false, "Packets outside the protocol."),
    RATE_WARNINGS("rate_warnings", false, "Clients warned because they send more than half of their limits."),
    RATE_LIMITED("rate_limited", false, "Clients closed because they sent more than their limits."),
    HANDLER_FAILURES("handler_failures", false, "Handlers of the application that failed.");

    private final String text;
    private final boolean gauge;
    private final String help;

    Count(String text, boolean gauge, String help) {
      this.text = text;
      this.gauge = gauge;
      this.help = help;
    }

    /** Lower case, words joined by underscores. */
    public String text() {
      return text;
    }

    public boolean isGauge() {
      return gauge;
    }

    /** A sentence for operators. */
    public String help() {
      return help;
    }
  }

  private final AtomicLongArray values = new AtomicLongArray(Count.values().length);
  private final AtomicLongArray closed = new AtomicLongArray(CloseReason.values().length);
  private final Histogram handlers = new Histogram();
  private final Histogram deliveries = new Histogram();
  private final Histogram acknowledgements = new Histogram();

  public long get(Count count) {
    return values.get(count.ordinal());
  }

  public void forEach(ObjLongConsumer<Count> each) {
    for (Count count : Count.values()) each.accept(count, get(count));
  }

  /** How many connections have ended for this reason. */
  public long closed(CloseReason reason) {
    return closed.get(reason.ordinal());
  }

  /** How long the handlers of an event held the event loop. */
  public Histogram handlers() {
    return handlers;
  }

  /** From a broadcast's emit until this instance has written it to its WebSockets. */
  public Histogram deliveries() {
    return deliveries;
  }

  /** From an event that asks for an acknowledgement to the client's answer. */
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
