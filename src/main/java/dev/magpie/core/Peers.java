package dev.magpie.core;

import java.util.ArrayList;
import java.util.List;

/** All open links of one {@link Io}, as a list linked through them. Used on its context only. */
final class Peers {
  private Peer first;
  private int size;

  int size() {
    return size;
  }

  void add(Peer peer) {
    peer.next = first;
    if (first != null) first.previous = peer;
    first = peer;
    size++;
    peer.loop.counters().increment(Counters.Count.CONNECTIONS);
    peer.loop.counters().increment(Counters.Count.CONNECTIONS_OPENED);
  }

  /** @return false when it was not in the list */
  boolean remove(Peer peer) {
    if (peer.previous == null && first != peer) return false;
    if (peer.previous == null) first = peer.next;
    else peer.previous.next = peer.next;
    if (peer.next != null) peer.next.previous = peer.previous;
    peer.previous = null;
    peer.next = null;
    size--;
    peer.loop.counters().add(Counters.Count.CONNECTIONS, -1);
    return true;
  }

  List<Peer> all() {
    List<Peer> all = new ArrayList<>(size);
    for (Peer peer = first; peer != null; peer = peer.next) all.add(peer);
    return all;
  }
}
