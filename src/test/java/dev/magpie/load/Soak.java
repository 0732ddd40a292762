package dev.magpie.load;

import dev.magpie.testing.Await;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a server that clients come to and go from stays as it was: looked at again and again while nobody is there, each of its
 * registries has to be what it was before the first client came, its heap and its descriptors what they were after the first round.
 */
final class Soak {
  /** Every number that must be exactly what it was. */
  static final List<String> REGISTRIES = List.of(
      "magpie_connections", "magpie_sockets", "magpie_rooms", "magpie_sessions", "magpie_clients", "magpie_open_connections",
      "magpie_deadlines", "vertx_http_server_active_requests");

  /** Bytes of heap that come and go: classes that are loaded late, caches that fill up to their bounds. */
  private static final long HEAP_SLACK = 6 << 20;

  private static final int DESCRIPTOR_SLACK = 8;

  private final ServerProcess server;
  private final List<Map<String, Long>> looks = new ArrayList<>();

  Soak(ServerProcess server) {
    this.server = server;
  }

  /** One look, while nobody is there, the first before anybody was. Waits for the last to be missed, at most so long. */
  Map<String, Long> look(java.time.Duration patience) throws Exception {
    if (!looks.isEmpty()) Await.holdsWithin(patience, () -> registries().equals(registriesOf(looks.get(0))));
    Map<String, Long> look = registries();
    look.put("heap", server.control("gc").getLong(0));
    look.put("descriptors", (long) server.descriptors());
    looks.add(look);
    Load.report("soak " + looks.size() + " " + look);
    return look;
  }

  private Map<String, Long> registries() throws Exception {
    Map<String, Long> numbers = new LinkedHashMap<>();
    for (String name : REGISTRIES) numbers.put(name, (long) server.metric(name));
    return numbers;
  }

  private static Map<String, Long> registriesOf(Map<String, Long> look) {
    Map<String, Long> registries = new LinkedHashMap<>(look);
    registries.keySet().retainAll(REGISTRIES);
    return registries;
  }

  /** What has grown; empty where nothing has. */
  List<String> grown() {
    return grown(looks);
  }

  static List<String> grown(List<Map<String, Long>> looks) {
    List<String> grown = new ArrayList<>();
    Map<String, Long> last = looks.get(looks.size() - 1);
    last.forEach((name, is) -> {
      // Classes that are loaded, and what else is made once, are no leak.
      Map<String, Long> first = looks.get(REGISTRIES.contains(name) ? 0 : Math.min(1, looks.size() - 1));
      long slack = switch (name) {
        case "heap" -> HEAP_SLACK;
        case "descriptors" -> DESCRIPTOR_SLACK;
        default -> 0;
      };
      long was = first.get(name);
      if (is > was + slack) grown.add(name + ": " + was + " became " + is);
    });
    return grown;
  }
}
