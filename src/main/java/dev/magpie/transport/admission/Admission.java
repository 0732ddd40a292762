package dev.magpie.transport.admission;

import dev.magpie.Internal;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.shareddata.Shareable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Whether the process takes another client. One counter for all endpoints and loops of a Vert.x instance, so it is shared by threads; each
 * endpoint passes its own {@link AdmissionLimits limits}. Applies to new clients only.
 */
@Internal
public final class Admission implements Shareable {
  private static final AttributeKey<Descriptor> DESCRIPTOR = AttributeKey.valueOf("magpie.admission.descriptor");

  private final LongSupplier nanoTime;
  private final HeapWatch heap;
  private final long descriptors;

  private final LongAdder connections = new LongAdder();
  /** Connections that have sent a request and are not being closed by a last answer: they keep their descriptors. */
  private final LongAdder kept = new LongAdder();
  private final LongAdder clients = new LongAdder();
  private final Runnable leave = clients::decrement;
  private final LongAdder refused = new LongAdder();
  /** The current second and its number of handshakes; a race at the change of the second may lose a few. */
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
   * Counts a connection once, until its channel closes, whatever its protocol. One above the limit is closed at once, so that file
   * descriptors never run out: after that error nothing would be accepted for a second.
   */
  public void connected(HttpConnection connection) {
    connected(channel(connection));
  }

  /** The same of a connection that is not yet one of HTTP. On its event loop. */
  public void connected(Channel channel) {
    if (channel.attr(DESCRIPTOR).get() != null) return;
    connections.increment();
    Descriptor descriptor = new Descriptor();
    channel.attr(DESCRIPTOR).set(descriptor);
    channel.closeFuture().addListener(ended -> descriptor.closed());
    if (connections.sum() <= descriptors) return;
    refused.increment();
    channel.close();
  }

  /**
   * The connection's first request has come. Only from now on it counts as a client's: otherwise many that connect at once would be
   * refused because of each other. On its channel's event loop, before {@link #ask}.
   */
  public void asks(HttpConnection connection) {
    asks(channel(connection));
  }

  void asks(Channel channel) {
    Descriptor descriptor = channel.attr(DESCRIPTOR).get();
    if (descriptor != null) descriptor.keep();
  }

  /** The connection closes after its present answer. Does nothing for one that is not counted. On its channel's event loop. */
  public void leaves(HttpConnection connection) {
    leaves(channel(connection));
  }

  void leaves(Channel channel) {
    Descriptor descriptor = channel.attr(DESCRIPTOR).get();
    if (descriptor != null) descriptor.leave();
  }

  private static Channel channel(HttpConnection connection) {
    return ((ConnectionBase) connection).channel();
  }

  /** One connection in the counters. Owned by its channel's event loop. */
  private final class Descriptor {
    private boolean keeps;
    private boolean leaving;

    void keep() {
      if (keeps || leaving) return;
      keeps = true;
      kept.increment();
    }

    void leave() {
      leaving = true;
      if (keeps) kept.decrement();
      keeps = false;
    }

    void closed() {
      leave();
      connections.decrement();
    }
  }

  // Clients: sessions and plain WebSockets.

  /** Admits a handshake of a client that counts on no address; the caller must close the token. */
  public AdmissionToken ask(AdmissionLimits limits) {
    return ask(limits, null);
  }

  /** @param shares what its connection counts on, null for nothing: closed with the token, or now if it is refused */
  AdmissionToken ask(AdmissionLimits limits, ClientShares shares) {
    AdmissionDenied refusal = judge(limits);
    if (refusal != null) {
      refused.increment();
      if (shares != null) shares.close();
      return AdmissionToken.refused(refusal);
    }
    clients.increment();
    if (shares == null) return AdmissionToken.granted(leave, null);
    return AdmissionToken.granted(() -> {
      leave.run();
      shares.close();
    }, shares);
  }

  private AdmissionDenied judge(AdmissionLimits limits) {
    if (clients.sum() >= limits.maxClients() || !hasPlace()) return AdmissionDenied.full(limits.maxClients());
    if (heap.isNearlyFull()) return AdmissionDenied.memory();
    return countHandshake() > limits.handshakesPerSecond() ? AdmissionDenied.tooMany(limits.handshakesPerSecond()) : null;
  }

  /** With the connection that asks: a WebSocket client has its own already; a polling client needs further ones. */
  private boolean hasPlace() {
    return kept.sum() <= descriptors - spare();
  }

  /** Whether enough descriptors are free to keep a useless connection open for a while. */
  public boolean hasRoom() {
    return connections.sum() <= descriptors - spare();
  }

  /** Connections reserved for health checks and for admitted polling clients. */
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

  /** Whether the heap is nearly full after collection, so that new clients are refused. */
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
