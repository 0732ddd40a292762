package dev.magpie.core;

import java.util.ArrayList;
import java.util.List;

/** All open connections of one {@link Io}, as an intrusive linked list. Used on its context only. */
final class Connections {
  private Connection first;
  private int size;

  int size() {
    return size;
  }

  void add(Connection connection) {
    connection.next = first;
    if (first != null) first.previous = connection;
    first = connection;
    size++;
    connection.loop.counters().increment(Counters.Count.CONNECTIONS);
    connection.loop.counters().increment(Counters.Count.CONNECTIONS_OPENED);
  }

  /** @return false when it was not in the list */
  boolean remove(Connection connection) {
    if (connection.previous == null && first != connection) return false;
    if (connection.previous == null) first = connection.next;
    else connection.previous.next = connection.next;
    if (connection.next != null) connection.next.previous = connection.previous;
    connection.previous = null;
    connection.next = null;
    size--;
    connection.loop.counters().add(Counters.Count.CONNECTIONS, -1);
    return true;
  }

  List<Connection> all() {
    List<Connection> all = new ArrayList<>(size);
    for (Connection connection = first; connection != null; connection = connection.next) all.add(connection);
    return all;
  }
}
