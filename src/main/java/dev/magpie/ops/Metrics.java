package dev.magpie.ops;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.shareddata.Shareable;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.VertxPrometheusOptions;
import io.vertx.micrometer.backends.BackendRegistries;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The numbers that {@code /metrics} shows: Vert.x's own where the program switched them on, and those that Magpie's parts add. One for
 * each Vert.x instance; meters are read on the thread of the gateway that was asked.
 */
public final class Metrics implements Shareable {
  private final PrometheusMeterRegistry registry;
  /** Micrometer refers to what a counter reads weakly: without this it would stand still after a garbage collection. */
  private final Map<Meter, LongSupplier> counted = new ConcurrentHashMap<>();

  private Metrics(PrometheusMeterRegistry registry) {
    this.registry = registry;
    BuildInfo build = BuildInfo.read();
    gauge("magpie.build.info", "Which build this is; always 1.", () -> 1, "version", build.version(), "commit", build.commit());
  }

  /**
   * What the program switches on in Vert.x. No label takes a value that a client chooses (methods, paths, addresses of namespaces): each
   * value is a time series that stays.
   */
  public static MetricsOptions options() {
    return new MicrometerMetricsOptions()
        .setEnabled(true)
        .setJvmMetricsEnabled(true)
        .setLabels(EnumSet.of(Label.LOCAL, Label.HTTP_CODE, Label.POOL_NAME, Label.POOL_TYPE))
        .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS)
        .addDisabledMetricsCategory(MetricsDomain.DATAGRAM_SOCKET)
        .addDisabledMetricsCategory(MetricsDomain.VERTICLES)
        .setPrometheusOptions(new VertxPrometheusOptions().setEnabled(true));
  }

  /** The one of this Vert.x instance. */
  public static Metrics of(Vertx vertx) {
    return vertx.sharedData().<String, Metrics>getLocalMap("magpie.ops.metrics").computeIfAbsent("metrics", name -> new Metrics(registry(vertx)));
  }

  private static PrometheusMeterRegistry registry(Vertx vertx) {
    // Inside an application that measures nothing, or by other means, Magpie's own numbers are still shown.
    if (vertx.isMetricsEnabled() && BackendRegistries.getDefaultNow() instanceof PrometheusMeterRegistry shared) return shared;
    return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  }

  /**
   * A number that goes up and down.
   *
   * @param tags names and values in turn; parts of which there are several tell themselves apart by one
   * @return takes it away again
   */
  public Runnable gauge(String name, String help, LongSupplier value, String... tags) {
    return removal(Gauge.builder(name, value, LongSupplier::getAsLong).description(help).tags(Tags.of(tags)).strongReference(true).register(registry));
  }

  /** A number that only grows; otherwise as a gauge. */
  public Runnable counter(String name, String help, LongSupplier value, String... tags) {
    Meter counter = FunctionCounter.builder(name, value, LongSupplier::getAsLong).description(help).tags(Tags.of(tags)).register(registry);
    // Of those who register the same number, the first one is read.
    counted.putIfAbsent(counter, value);
    return removal(counter);
  }

  private Runnable removal(Meter meter) {
    return () -> {
      registry.remove(meter);
      counted.remove(meter);
    };
  }

  /** Prometheus' text format. */
  public String scrape() {
    return registry.scrape();
  }
}
