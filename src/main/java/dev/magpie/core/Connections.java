package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.transport.CloseReason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All open connections of one {@link Io}, as an intrusive linked list. Used on its context only. */
final class Connections {

  /** A connection, as an element of the list. */
  abstract static class Element {
    private @Nullable Element previous;
    private @Nullable Element next;

    abstract void close(CloseReason reason);

    abstract long queuedBytes();
  }

  private final Counters counters;
  private @Nullable Element first;
  private int size;

  Connections(Counters counters) {
    this.counters = counters;
  }

  void add(Element connection) {
    connection.next = first;
    if (first != null) first.previous = connection;
    first = connection;
    size++;
    counters.increment(Count.CONNECTIONS);
    counters.increment(Count.CONNECTIONS_OPENED);
  }

  /** @return false if it was not in the list */
  boolean remove(Element connection) {
    if (connection.previous == null && first != connection) return false;
    if (connection.previous == null) first = connection.next;
    else connection.previous.next = connection.next;
    if (connection.next != null) connection.next.previous = connection.previous;
    connection.previous = null;
    connection.next = null;
    size--;
    counters.add(Count.CONNECTIONS, -1);
    return true;
  }

  /** Bytes in all send queues. */
  long queuedBytes() {
    long bytes = 0;
    for (Element connection = first; connection != null; connection = connection.next) bytes += connection.queuedBytes();
    return bytes;
  }

  /** A copy of the list. */
  List<Element> all() {
    List<Element> all = new ArrayList<>(size);
    for (Element connection = first; connection != null; connection = connection.next) all.add(connection);
    return all;
  }
}
