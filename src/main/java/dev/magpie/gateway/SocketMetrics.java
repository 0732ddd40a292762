package dev.magpie.gateway;

import dev.magpie.core.Counters;
import dev.magpie.core.Counters.Count;
import dev.magpie.core.Io;
import dev.magpie.ops.Metrics;
import java.util.ArrayList;
import java.util.List;

/** The numbers of an {@link Io} under the names that operators see: {@code magpie_connections}, {@code magpie_messages_in_total}, … */
final class SocketMetrics {
  private SocketMetrics() {}

  /** @return what takes each of them away again */
  static List<Runnable> register(Metrics metrics, Io io, String listener, String gateway) {
    Counters counters = io.counters();
    List<Runnable> registered = new ArrayList<>();
    for (Count count : Count.values()) {
      String name = "magpie_" + count.text();
      String help = "Socket.IO and plain WebSocket: " + count.text().replace('_', ' ');
      registered.add(count.isGauge()
          ? metrics.gauge(name, help, () -> counters.get(count), "listener", listener, "gateway", gateway)
          : metrics.counter(name, help, () -> counters.get(count), "listener", listener, "gateway", gateway));
    }
    registered.add(metrics.gauge("magpie_sessions", "Engine.IO sessions", io::sessions, "listener", listener, "gateway", gateway));
    return registered;
  }
}
