package dev.magpie.core;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ObjLongConsumer;

/**
 * What one {@link Io} has counted. Written on its context only, without locks; read from any thread, where a number may be a moment old.
 */
public final class Counters {

  /** What is counted. A gauge goes down again; the others only grow. */
  public enum Count {
    CONNECTIONS("connections", true),
    SOCKETS("sockets", true),
    ROOMS("rooms", true),
    CONNECTIONS_OPENED("connections_opened", false),
    MESSAGES_IN("messages_in", false),
    MESSAGES_OUT("messages_out", false),
    BROADCASTS("broadcasts", false),
    BROADCASTS_HEARD("broadcasts_heard", false),
    UNRELIABLE_DROPPED("unreliable_dropped", false),
    ACKS_IGNORED("acks_ignored", false),
    CONNECTS_REFUSED("connects_refused", false),
    RECOVERIES("recoveries", false),
    RECOVERIES_REFUSED("recoveries_refused", false),
    PARSE_ERRORS("parse_errors", false),
    RATE_WARNINGS("rate_warnings", false),
    RATE_LIMITED("rate_limited", false),
    HANDLER_FAILURES("handler_failures", false);

    private final String text;
    private final boolean gauge;

    Count(String text, boolean gauge) {
      this.text = text;
      this.gauge = gauge;
    }

    /** Lower case, words joined by underscores. */
    public String text() {
      return text;
    }

    public boolean isGauge() {
      return gauge;
    }
  }

  private final AtomicLongArray values = new AtomicLongArray(Count.values().length);

  public long get(Count count) {
    return values.get(count.ordinal());
  }

  public void forEach(ObjLongConsumer<Count> each) {
    for (Count count : Count.values()) each.accept(count, get(count));
  }

  void add(Count count, long amount) {
    // One writer: no atomic addition is needed, and readers may see it late.
    values.lazySet(count.ordinal(), values.getPlain(count.ordinal()) + amount);
  }

  void increment(Count count) {
    add(count, 1);
  }
}
