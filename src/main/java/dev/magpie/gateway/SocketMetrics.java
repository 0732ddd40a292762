package dev.magpie.gateway;

import dev.magpie.core.Counters;
import dev.magpie.core.Counters.Count;
import dev.magpie.core.Io;
import dev.magpie.log.EventLog;
import dev.magpie.ops.Metrics;
import dev.magpie.transport.CloseReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** Registers the counters of an {@link Io} as metrics: {@code magpie_connections}, {@code magpie_messages_in_total}, … */
final class SocketMetrics {
  private SocketMetrics() {}

  /** @return an action that removes them */
  static List<Runnable> register(Metrics metrics, Io io, String listener, String gateway) {
    Counters counters = io.counters();
    List<Runnable> registered = new ArrayList<>();
    for (Count count : Count.values()) {
      String name = "magpie_" + count.text();
      registered.add(count.isGauge()
          ? metrics.gauge(name, count.help(), () -> counters.get(count), "listener", listener, "gateway", gateway)
          : metrics.counter(name, count.help(), () -> counters.get(count), "listener", listener, "gateway", gateway));
    }
    registered.add(metrics.gauge("magpie_sessions", "Engine.IO sessions, those included whose client was not told yet that they ended.",
        io::sessions, "listener", listener, "gateway", gateway));
    for (CloseReason reason : CloseReason.values()) {
      String text = reason.name().toLowerCase(Locale.ROOT);
      registered.add(metrics.counter("magpie_connections_closed",
          "Connections ended, by reason; slow_consumer: the client read too slowly.", () -> counters.closed(reason),
          "listener", listener, "gateway", gateway, "reason", text));
    }
    registered.add(metrics.histogram("magpie_handler_seconds", "How long the handlers of one event held the event loop.",
        counters.handlers(),
        "listener", listener, "gateway", gateway));
    registered.add(metrics.histogram("magpie_delivery_delay_seconds",
        "From a broadcast's emit until a gateway has written it to its WebSockets.", counters.deliveries(),
        "listener", listener, "gateway", gateway));
    registered.add(metrics.histogram("magpie_acknowledgement_seconds",
        "From an event that asks for an acknowledgement to the client's answer.",
        counters.acknowledgements(), "listener", listener, "gateway", gateway));
    io.logs().forEach((namespace, usage) -> log(metrics, usage, registered, "namespace", namespace, "listener", listener));
    return registered;
  }

  /** Shared by the gateways of a listener. */
  private static void log(Metrics metrics, Supplier<EventLog.Usage> usage, List<Runnable> registered, String... tags) {
    registered.add(metrics.gauge("magpie_log_events", "Events in a namespace's log.", () -> usage.get().events(), tags));
    registered.add(metrics.gauge("magpie_log_bytes", "Bytes of the events in a namespace's log.", () -> usage.get().bytes(), tags));
    registered.add(metrics.gauge("magpie_log_age_seconds", "Age of the oldest event in a namespace's log.", () -> age(usage.get().oldest()),
        tags));
  }

  private static long age(long oldest) {
    return oldest == 0 ? 0 : Math.max(0, (System.currentTimeMillis() - oldest) / 1000);
  }
}
