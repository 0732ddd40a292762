package dev.magpie.abuse;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.magpie.gateway.GatewayOptions;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.ops.Metrics;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.LoggerFactory;

/**
 * A server on one event loop that is ill-treated, and what it is watched by: counts of what it holds, its log, and a bystander on the same
 * loop.
 */
final class Subject implements AutoCloseable {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("dev.magpie");

  /** Without a database; a row that handshakes as fast as it can is about something else than the rate of handshakes (AdmissionTest). */
  private static final JsonObject IN_MEMORY = new JsonObject()
      .put("recovery", new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory")))
      .put("limits", new JsonObject().put("handshakes_per_second", 1_000_000));

  private final Vertx vertx;
  private final int port;
  private final Supplier<Map<String, Long>> counts;
  private final Bystander bystander;
  private final Lines lines = new Lines();
  private final Level level = LOGGER.getLevel();
  private Map<String, Long> lastMemory;

  Subject(Vertx vertx, int port, Supplier<Map<String, Long>> counts) throws Exception {
    this.vertx = vertx;
    this.port = port;
    this.counts = counts;
    LOGGER.setLevel(Level.DEBUG);
    LOGGER.setAdditive(false);
    lines.start();
    LOGGER.addAppender(lines);
    this.bystander = new Bystander(port);
  }

  /** A gateway with default settings, but for these. */
  static Subject gateway(JsonObject settings) throws Exception {
    Vertx vertx = vertx();
    JsonObject http = settings.getJsonObject("http", new JsonObject()).copy();
    http.put("listeners", new JsonArray().add(new JsonObject().put("port", 0)));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(IN_MEMORY.copy().mergeIn(settings, true).put("http", http)));
    done(vertx.deployVerticle(gateway));
    Metrics metrics = Metrics.of(vertx);
    return new Subject(vertx, URI.create(gateway.urls().get(0)).getPort(), () -> gauges(metrics.scrape()));
  }

  static Vertx vertx() {
    return Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
  }

  static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static Map<String, Long> gauges(String scraped) {
    Map<String, Long> gauges = new TreeMap<>();
    for (String held : List.of("connections", "sockets", "rooms", "sessions", "deadlines")) {
      String prefix = "magpie_" + held + "{";
      scraped.lines()
          .filter(line -> line.startsWith(prefix))
          .forEach(line -> gauges.merge(held, (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)), Long::sum));
    }
    if (gauges.size() != 5) throw new AssertionError("not all gauges are there: " + gauges);
    return gauges;
  }

  int port() {
    return port;
  }

  Bystander bystander() {
    return bystander;
  }

  /** What it holds now. */
  Map<String, Long> held() {
    Map<String, Long> held = new TreeMap<>(counts.get());
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system)
      held.put("descriptors", system.getOpenFileDescriptorCount());
    return held;
  }

  /** What this process holds for it, once all that is garbage is gone. */
  Map<String, Long> memory() {
    System.gc();
    long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    lastMemory = Map.of("heap bytes", heap, "direct bytes", PlatformDependent.usedDirectMemory() + pooled());
    return lastMemory;
  }

  /** What it held when it was last asked: a collection for each row more would be half the time of the catalogue. */
  Map<String, Long> lastMemory() {
    return lastMemory == null ? memory() : lastMemory;
  }

  /** What is allocated past Netty's own count. */
  private static long pooled() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream().mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
  }

  /** What operators are shown. */
  String metrics() {
    return Metrics.of(vertx).scrape();
  }

  /** One of the counters that only grow. */
  long counted(String name) {
    return metrics().lines()
        .filter(line -> line.startsWith("magpie_" + name + "_total{"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** What operators see of the log since {@link #forget}: whatever is more than debugging. */
  List<ILoggingEvent> log() {
    return lines.events.stream().filter(line -> line.getLevel().isGreaterOrEqual(isOfOthers(line) ? Level.ERROR : Level.INFO)).toList();
  }

  /** An application that misses its bot says so; an error is always ours. */
  private static boolean isOfOthers(ILoggingEvent line) {
    return line.getLoggerName().startsWith("dev.magpie.tutorial");
  }

  void forget() {
    lines.events.clear();
  }

  @Override
  public void close() throws Exception {
    bystander.close();
    done(vertx.close());
    LOGGER.detachAppender(lines);
    LOGGER.setLevel(level);
    LOGGER.setAdditive(true);
  }

  private static final class Lines extends AppenderBase<ILoggingEvent> {
    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();

    @Override
    protected void append(ILoggingEvent event) {
      event.getFormattedMessage();
      if (events.size() < 10_000) events.add(event);
    }
  }
}
