package dev.magpie.metrics;

import dev.magpie.core.ConnectionError;
import dev.magpie.core.Counters;
import dev.magpie.core.Counters.Count;
import dev.magpie.core.Histogram;
import dev.magpie.core.Io;
import dev.magpie.core.IoObserver;
import dev.magpie.core.Socket;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Binds the numbers of an {@link Io} to a registry of Micrometer: clients, sockets, events and their handlers' time, bytes, refusals, send
 * queues. Bound on the instance's context, before clients connect; meters are read on any thread.
 *
 * <p>No tag takes a value that a client chooses. {@code event} is the name where the socket has a handler for it, {@code other} for all
 * others and beyond {@value #MOST_EVENTS} names in a namespace; {@code namespace} is {@code dynamic} for those that clients name.
 *
 * <pre>{@code
 * IoMeters.bind(io, registry, "application", "shop");
 * }</pre>
 */
public final class IoMeters implements MeterBinder, AutoCloseable {
  private static final String OTHER = "other";
  private static final String DYNAMIC = "dynamic";

  /** For each namespace and direction. */
  private static final int MOST_EVENTS = 100;

  private final Io io;
  private final Tags tags;
  /** Guarded by itself, as {@link #closed}. */
  private final List<Meter> meters = new ArrayList<>();
  private @Nullable MeterRegistry registry;
  private boolean closed;

  /**
   * Meters of this instance.
   *
   * @param tags names and values in turn, for all of its meters; several instances with one registry need different ones
   */
  public IoMeters(Io io, String... tags) {
    this.io = io;
    this.tags = Tags.of(tags);
  }

  /**
   * Creates and binds meters.
   *
   * @param tags as in {@link #IoMeters}
   * @return removes them
   */
  public static IoMeters bind(Io io, MeterRegistry registry, String... tags) {
    IoMeters meters = new IoMeters(io, tags);
    meters.bindTo(registry);
    return meters;
  }

  /**
   * Registers the meters. May be called once.
   *
   * @throws IllegalStateException when they are bound already, and on a thread that is not the instance's; then nothing is registered
   */
  @Override
  public void bindTo(MeterRegistry to) {
    synchronized (meters) {
      if (registry != null) throw new IllegalStateException("these meters are bound already; new IoMeters(io) makes others");
      registry = to;
    }
    Counters counters = io.counters();
    for (Count count : Count.values()) register(count, counters);
    for (CloseReason reason : CloseReason.values()) {
      keep(FunctionCounter.builder("magpie.connections.closed", counters, read -> read.closed(reason))
          .description("Connections ended, by reason.").tags(tags.and("reason", reason.name().toLowerCase(Locale.ROOT))).register(to));
    }
    timer("magpie.handler", "How long the handlers of one event held the event loop.", counters.handlers());
    timer("magpie.delivery.delay", "From a broadcast's emit until it is written to the WebSockets of this instance.",
        counters.deliveries());
    timer("magpie.acknowledgement", "From an event that asks for an acknowledgement to the client's answer.",
        counters.acknowledgements());
    keep(Gauge.builder("magpie.sessions", io, Io::sessions).description("Engine.IO sessions, also those whose end is not told yet.")
        .tags(tags).register(to));
    AtomicLong queued = new AtomicLong();
    keep(Gauge.builder("magpie.queued.bytes", () -> queued(queued)).baseUnit("bytes")
        .description("Bytes in the send queues of all clients, when the meter was read before.").tags(tags).register(to));
    try {
      io.observe(new Observer());
    } catch (IllegalStateException notItsThread) {
      close();
      throw notItsThread;
    }
  }

  private void register(Count count, Counters counters) {
    String name = "magpie." + count.text().replace('_', '.');
    keep(count.isGauge()
        ? Gauge.builder(name, counters, read -> read.get(count)).description(count.help()).tags(tags).register(registry)
        : FunctionCounter.builder(name, counters, read -> read.get(count)).description(count.help()).tags(tags).register(registry));
  }

  private void timer(String name, String help, Histogram durations) {
    keep(FunctionTimer.builder(name, durations, IoMeters::count, Histogram::sum, TimeUnit.SECONDS).description(help).tags(tags)
        .register(registry));
  }

  private static long count(Histogram durations) {
    long count = 0;
    for (long each : durations.counts()) count += each;
    return count;
  }

  /** Asks the instance, which answers on its own thread: a reader does not wait for it. */
  private long queued(AtomicLong last) {
    io.queuedBytes().onSuccess(last::set);
    return last.get();
  }

  private <M extends Meter> M keep(M meter) {
    synchronized (meters) {
      // The instance reports on after the end.
      if (closed) registry.remove(meter);
      else meters.add(meter);
    }
    return meter;
  }

  /** Removes the meters from their registry; from any thread. */
  @Override
  public void close() {
    synchronized (meters) {
      closed = true;
      meters.forEach(registry::remove);
      meters.clear();
    }
  }

  /** Counts what the instance reports, on its context. */
  private final class Observer implements IoObserver {
    private final Map<String, NamespaceMeters> namespaces = new HashMap<>();
    private final Map<Integer, Counter> refusals = new HashMap<>();
    private final Counter received = bytes("magpie.bytes.received", "Bytes (of text: characters) of messages from clients.");
    private final Counter sent = bytes("magpie.bytes.sent", "Bytes (of text: characters) of messages to clients, before framing.");

    private Counter bytes(String name, String help) {
      return keep(Counter.builder(name).baseUnit("bytes").description(help).tags(tags).register(registry));
    }

    private NamespaceMeters of(Socket socket) {
      return named(socket.namespace().isDynamic() ? DYNAMIC : socket.namespace().name());
    }

    private NamespaceMeters named(String tag) {
      return namespaces.computeIfAbsent(tag, NamespaceMeters::new);
    }

    @Override
    public void connected(Socket socket) {
      of(socket).sockets.incrementAndGet();
    }

    @Override
    public void disconnected(Socket socket, String reason) {
      NamespaceMeters meters = of(socket);
      meters.sockets.decrementAndGet();
      meters.count("magpie.disconnects", "Sockets that left a namespace, by reason.", "reason", reason).increment();
    }

    @Override
    public void received(Socket socket, String event, JsonArray args) {
      of(socket).received(socket.handles(event) ? event : OTHER).increment();
    }

    @Override
    public void handled(Socket socket, String event, long nanos) {
      of(socket).handled(socket.handles(event) ? event : OTHER).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void sent(Socket socket, String event, JsonArray args) {
      of(socket).sent(event).increment();
    }

    @Override
    public void broadcast(String namespace, String event, JsonArray args, int receivers) {
      // It has sockets, so its first one has made its meters if it is not dynamic.
      named(namespaces.containsKey(namespace) ? namespace : DYNAMIC).sent(event).increment(receivers);
    }

    @Override
    public void replaced(Socket socket, String key) {
      of(socket).dropped("replaced").increment();
    }

    @Override
    public void dropped(Socket socket, String event, Drop why) {
      of(socket).dropped(why.name().toLowerCase(Locale.ROOT)).increment();
    }

    @Override
    public void refused(String namespace, Handshake handshake, String reason) {
      named(namespaces.containsKey(namespace) ? namespace : OTHER)
          .count("magpie.namespace.refused", "Clients that a namespace refused; other: one without sockets.").increment();
    }

    @Override
    public void connectionRefused(ConnectionError error) {
      refusals.computeIfAbsent(error.code(), code -> keep(Counter.builder("magpie.connections.refused")
          .description("Requests refused, by the code of Engine.IO; -1: the server is full or stops.")
          .tags(tags.and("code", String.valueOf(code))).register(registry))).increment();
    }

    @Override
    public void closed() {
      close();
    }

    @Override
    public void messageReceived(long size) {
      received.increment(size);
    }

    @Override
    public void messageSent(long size) {
      sent.increment(size);
    }
  }

  /** The meters of one namespace, or of several that share a tag. Used on the instance's context; made as they are first needed. */
  private final class NamespaceMeters {
    private final Tags own;
    private final AtomicLong sockets = new AtomicLong();
    private final Map<String, Counter> counters = new HashMap<>();
    private final Map<String, Counter> received = new HashMap<>();
    private final Map<String, Counter> sent = new HashMap<>();
    private final Map<String, Timer> handled = new HashMap<>();

    NamespaceMeters(String tag) {
      this.own = tags.and("namespace", tag);
      keep(Gauge.builder("magpie.namespace.sockets", sockets, AtomicLong::get).strongReference(true)
          .description("Sockets, by namespace.").tags(own).register(registry));
    }

    Counter received(String event) {
      return received.computeIfAbsent(bounded(received, event), name -> keep(Counter.builder("magpie.events.received")
          .description("Events from clients.").tags(own.and("event", name)).register(registry)));
    }

    Counter sent(String event) {
      return sent.computeIfAbsent(bounded(sent, event), name -> keep(Counter.builder("magpie.events.sent")
          .description("Events to clients, each receiver counted.").tags(own.and("event", name)).register(registry)));
    }

    Timer handled(String event) {
      return handled.computeIfAbsent(bounded(handled, event), name -> keep(Timer.builder("magpie.events.handled")
          .description("How long the handlers of an event held the event loop.").tags(own.and("event", name)).register(registry)));
    }

    Counter dropped(String reason) {
      return count("magpie.events.dropped", "Events that did not reach their client, by reason.", "reason", reason);
    }

    Counter count(String name, String help, String... more) {
      return counters.computeIfAbsent(name + String.join(" ", more),
          key -> keep(Counter.builder(name).description(help).tags(own.and(more)).register(registry)));
    }

    private String bounded(Map<String, ?> known, String event) {
      return known.containsKey(event) || known.size() < MOST_EVENTS ? event : OTHER;
    }
  }
}
