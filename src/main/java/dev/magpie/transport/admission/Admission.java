package dev.magpie.transport.admission;

import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.shareddata.Shareable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Whether the process takes another client. Counted for all endpoints and loops of a Vert.x instance together, which makes it one of the
 * few things that threads share; each endpoint asks with {@link AdmissionLimits limits} of its own. Who is here already is never asked.
 */
public final class Admission implements Shareable {
  private final LongSupplier nanoTime;
  private final HeapWatch heap;
  private final long descriptors;

  private final LongAdder connections = new LongAdder();
  private final LongAdder clients = new LongAdder();
  private final Runnable leave = clients::decrement;
  private final LongAdder refused = new LongAdder();
  /** The second that is counted, and the handshakes in it; two loops that turn to the next one at once may lose a few. */
  private final AtomicLong second = new AtomicLong();
  private final LongAdder handshakes = new LongAdder();

  Admission(LongSupplier nanoTime, HeapWatch heap, long descriptors) {
    this.nanoTime = nanoTime;
    this.heap = heap;
    this.descriptors = descriptors;
  }

  /** The one of this Vert.x instance. */
  public static Admission of(Vertx vertx) {
    return vertx.sharedData().<String, Admission>getLocalMap("magpie.admission")
        .computeIfAbsent("admission", name -> new Admission(System::nanoTime, HeapWatch.ofThisProcess(), Descriptors.forConnections()));
  }

  // Connections: whatever holds a file descriptor.

  /**
   * Counts a connection until its channel ends, as whatever protocol. One too many is closed at once: as long as descriptors are left for
   * that, the operating system's refusal, after which nothing is accepted for a second, is not met.
   */
  public void connected(HttpConnection connection) {
    Channel channel = ((ConnectionBase) connection).channel();
    connections.increment();
    channel.closeFuture().addListener(ended -> connections.decrement());
    if (connections.sum() <= descriptors) return;
    refused.increment();
    channel.close();
  }

  // Clients: sessions and plain WebSockets.

  /** A handshake asks for a place; whoever gets the token closes it. */
  public AdmissionToken ask(AdmissionLimits limits) {
    AdmissionDenied refusal = judge(limits);
    if (refusal != null) {
      refused.increment();
      return AdmissionToken.refused(refusal);
    }
    clients.increment();
    return AdmissionToken.granted(leave);
  }

  private AdmissionDenied judge(AdmissionLimits limits) {
    // A client that comes over WebSocket has its connection already; one that polls needs some more.
    if (clients.sum() >= limits.maxClients() || !hasRoom()) return AdmissionDenied.full();
    if (heap.isNearlyFull()) return AdmissionDenied.memory();
    return countHandshake() > limits.handshakesPerSecond() ? AdmissionDenied.tooMany() : null;
  }

  /** Whether a connection may stay for a while that is of no more use: a descriptor for it is not missed. */
  public boolean hasRoom() {
    return connections.sum() <= descriptors - spare();
  }

  /** A few connections stay for those who ask for the server's health, and for polling clients that are here already. */
  private long spare() {
    return Math.min(64, descriptors / 16);
  }

  private long countHandshake() {
    long now = TimeUnit.NANOSECONDS.toSeconds(nanoTime.getAsLong());
    long counted = second.get();
    if (now != counted && second.compareAndSet(counted, now)) handshakes.reset();
    handshakes.increment();
    return handshakes.sum();
  }

  // For operators.

  /** Whether the heap is nearly full of what is in use, so that nobody new is let in. */
  public boolean isShortOfMemory() {
    return heap.isNearlyFull();
  }

  public long connections() {
    return connections.sum();
  }

  public long clients() {
    return clients.sum();
  }

  public long refused() {
    return refused.sum();
  }
}
