package dev.magpie.metrics;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Socket;
import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The meters that an application binds to its own registry. */
@Timeout(120)
class IoMetersTest {
  private static final Path PAGE = Path.of("src/site/markdown/operations.md");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicReference<IoMeters> meters = new AtomicReference<>();
  private final AtomicReference<Socket> joined = new AtomicReference<>();
  private MountedIo server;
  private Vertx clients;

  @BeforeEach
  void start() {
    clients = Vertx.vertx();
    server = MountedIo.start(new IoOptions().setSendQueueBytes(64 << 10), io -> {
      meters.set(IoMeters.bind(io, registry, "application", "test"));
      io.onConnection(joined::set);
      io.onConnection(socket -> socket.on("work", args -> {}).on("relay", String.class, name -> socket.emit(name)));
      io.of("/staff").use(context -> Future.failedFuture("no"));
      io.of(Pattern.compile("/match-\\d+"));
    });
  }

  @AfterEach
  void stop() {
    await(clients.close());
    server.close();
  }

  private TestIo connect() {
    return await(TestIo.connect(clients, server.port));
  }

  private double value(String name, String... tags) {
    return registry.get(name).tag("application", "test").tags(tags).meters().stream()
        .mapToDouble(meter -> meter.measure().iterator().next().getValue()).sum();
  }

  @Test
  void countsClientsAndSocketsByNamespace() throws Exception {
    await(connect().barrier());
    TestIo match = await(TestIo.connect(clients, new TestIoOptions(server.port).setNamespace("/match-7")));
    await(match.barrier());
    assertThat(value("magpie.connections")).isEqualTo(2);
    assertThat(value("magpie.sessions")).isEqualTo(2);
    assertThat(value("magpie.namespace.sockets", "namespace", "/")).isEqualTo(1);
    assertThat(value("magpie.namespace.sockets", "namespace", "dynamic")).isEqualTo(1);
    await(match.close());
    until("it has left", () -> value("magpie.namespace.sockets", "namespace", "dynamic") == 0);
    assertThat(value("magpie.disconnects", "namespace", "dynamic", "reason", "client namespace disconnect")).isEqualTo(1);
  }

  @Test
  void countsEventsByNameWhereTheApplicationHasChosenIt() throws Exception {
    TestIo client = connect();
    client.emit("work", 1).emit("work", 2);
    for (int i = 0; i < 300; i++) client.emit("made up " + i);
    await(client.barrier());
    assertThat(value("magpie.events.received", "namespace", "/", "event", "work")).isEqualTo(2);
    assertThat(value("magpie.events.received", "namespace", "/", "event", "other")).isEqualTo(300);
    assertThat(registry.get("magpie.events.received").meters()).hasSize(2);
    assertThat(registry.get("magpie.events.handled").tag("event", "work").timer().count()).isEqualTo(2);
    assertThat(value("magpie.bytes.received")).isPositive();
  }

  @Test
  void namesOfEventsThatAreRelayedAreBounded() throws Exception {
    TestIo client = connect();
    for (int i = 0; i < 300; i++) client.emit("relay", "made up " + i);
    await(client.barrier());
    assertThat(registry.get("magpie.events.sent").meters()).hasSize(101);
    assertThat(value("magpie.events.sent", "event", "other")).isEqualTo(200);
  }

  @Test
  void countsEachReceiverOfABroadcast() throws Exception {
    TestIo ann = connect();
    await(connect().barrier());
    server.onLoop(() -> {
      server.io.emit("news", 1);
      return null;
    });
    await(ann.barrier());
    assertThat(value("magpie.events.sent", "namespace", "/", "event", "news")).isEqualTo(2);
    assertThat(value("magpie.bytes.sent")).isPositive();
    assertThat(value("magpie.broadcasts")).isEqualTo(1);
  }

  @Test
  void showsTheQueueOfASlowClientAndWhatItLoses() throws Exception {
    joined.set(null);
    try (RawWebSocket client = RawWebSocket.tcpWithSmallWindow(server.port, 128 << 10).upgrade("/ws")) {
      until("joined", () -> joined.get() != null);
      Socket socket = joined.get();
      server.onLoop(() -> {
        for (int i = 0; i < 8_000 && !socket.writeQueueFull(); i++) socket.emit("data", "x".repeat(8 << 10));
        socket.unreliable().emit("now");
        socket.latest("price").emit("price", 1);
        socket.latest("price").emit("price", 2);
        return null;
      });
      until("the queue is shown", () -> value("magpie.queued.bytes") > 32 << 10);
      assertThat(value("magpie.events.dropped", "reason", "unreliable")).isEqualTo(1);
      assertThat(value("magpie.events.dropped", "reason", "replaced")).isEqualTo(1);
    }
  }

  @Test
  void countsRefusals() {
    Future<TestIo> refused = TestIo.connect(clients, new TestIoOptions(server.port).setNamespace("/staff"));
    until("refused", refused::isComplete);
    assertThat(value("magpie.namespace.refused", "namespace", "other")).isEqualTo(1);
    new EnginePollingClient(server.port).request("GET", "EIO=4&transport=polling&sid=gone", null, Map.of());
    until("counted", () -> registry.find("magpie.connections.refused").tag("code", "1").counter() != null);
    assertThat(value("magpie.connections.refused", "code", "1")).isEqualTo(1);
  }

  @Test
  void areNotBoundOnAnotherThread() {
    SimpleMeterRegistry other = new SimpleMeterRegistry();
    assertThatIllegalStateException().isThrownBy(() -> IoMeters.bind(server.io, other));
    assertThat(other.getMeters()).isEmpty();
  }

  @Test
  void areBoundOnceAndRemovedAtTheEnd() throws Exception {
    assertThatIllegalStateException().isThrownBy(() -> meters.get().bindTo(registry));
    assertThat(registry.getMeters()).isNotEmpty();
    meters.get().close();
    assertThat(registry.getMeters()).isEmpty();
    // Nor does a client that comes later make new ones.
    await(connect().emit("work", 1).barrier());
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void endWithTheirInstance() throws Exception {
    await(connect().barrier());
    assertThat(registry.getMeters()).isNotEmpty();
    await(server.io.close());
    assertThat(registry.getMeters()).isEmpty();
  }

  @Test
  void canBeScrapedByPrometheus() throws Exception {
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    MountedIo other = MountedIo.start(server.vertx, new IoOptions().setName("other"), io -> {
      IoMeters.bind(io, prometheus, "application", "other");
      io.onConnection(socket -> socket.on("work", args -> {}));
    });
    TestIo client = await(TestIo.connect(clients, other.port));
    await(client.emit("work", 1).barrier());
    assertThat(prometheus.scrape()).contains(
        "magpie_connections{application=\"other\"} 1.0",
        "magpie_events_received_total{application=\"other\",event=\"work\",namespace=\"/\"} 1.0",
        "magpie_events_handled_seconds_count{application=\"other\",event=\"work\",namespace=\"/\"} 1");
  }

  @Test
  void thePageListsThem() throws Exception {
    Set<String> listed = Pattern.compile("(?m)^\\| `(magpie\\.[a-z.]+)` \\|").matcher(Files.readString(PAGE)).results()
        .map(row -> row.group(1)).collect(Collectors.toCollection(TreeSet::new));
    countsRefusals();
    countsEventsByNameWhereTheApplicationHasChosenIt();
    showsTheQueueOfASlowClientAndWhatItLoses();
    until("the slow client has left", () -> registry.find("magpie.disconnects").counter() != null);
    Set<String> bound = registry.getMeters().stream().map(Meter::getId).map(Meter.Id::getName)
        .collect(Collectors.toCollection(TreeSet::new));
    // Those of the instance's counters are in the table of all metrics.
    for (Count count : Count.values()) assertThat(bound.remove("magpie." + count.text().replace('_', '.'))).as(count.text()).isTrue();
    assertThat(bound).isEqualTo(listed);
  }
}
