package dev.magpie.ops;

import dev.magpie.core.Histogram;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.Vertx;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.shareddata.Shareable;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.VertxPrometheusOptions;
import io.vertx.micrometer.backends.BackendRegistries;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The numbers that {@code /metrics} shows: Vert.x's own where the program switched them on, and those that Magpie's parts add. One for
 * each Vert.x instance; meters are read on a worker thread.
 */
public final class Metrics implements Shareable {
  private static final Duration[] OBJECTIVES = Stream.of(1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000).map(Duration::ofMillis)
      .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry;
  private final MultiGauge ready;
  private final List<TimedSeries> timed = new CopyOnWriteArrayList<>();
  /** Micrometer refers to what a counter reads weakly: without this it would stand still after a garbage collection. */
  private final Map<Meter, LongSupplier> counted = new ConcurrentHashMap<>();

  private Metrics(PrometheusMeterRegistry registry) {
    this.registry = registry;
    this.ready = MultiGauge.builder("magpie.ready").description("Whether a part is ready: 1, or 0 with the reason at /ready.")
        .register(registry);
    registry.getPrometheusRegistry().register(this::histograms);
    BuildInfo build = BuildInfo.read();
    gauge("magpie.build.info", "Which build this is; always 1.", () -> 1, "version", build.version(), "commit", build.commit());
  }

  /**
   * What the program switches on in Vert.x. No label takes a value that a client chooses (methods, paths, addresses of namespaces): each
   * value is a time series that stays.
   */
  @SuppressWarnings("removal") // VERTICLES: as long as Vert.x has that category, it is to be off.
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
    return vertx.sharedData().<String, Metrics>getLocalMap("magpie.ops.metrics")
        .computeIfAbsent("metrics", name -> new Metrics(registry(vertx)));
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
    return removal(Gauge.builder(name, value, LongSupplier::getAsLong).description(help).tags(Tags.of(tags)).strongReference(true)
        .register(registry));
  }

  /** A number that only grows; otherwise as a gauge. */
  public Runnable counter(String name, String help, LongSupplier value, String... tags) {
    Meter counter = FunctionCounter.builder(name, value, LongSupplier::getAsLong).description(help).tags(Tags.of(tags)).register(registry);
    // Of those who register the same number, the first one is read.
    counted.putIfAbsent(counter, value);
    return removal(counter);
  }

  /**
   * How long something takes, as a histogram; otherwise as a gauge.
   *
   * @param name ends with {@code _seconds}
   */
  public Runnable histogram(String name, String help, Histogram value, String... tags) {
    TimedSeries added = new TimedSeries(name, help, value, Labels.of(tags));
    timed.add(added);
    return () -> timed.remove(added);
  }

  /** The same of what several threads do, and not often: the caller tells each duration in nanoseconds. */
  public LongConsumer timer(String name, String help, String... tags) {
    Timer timer = Timer.builder(name).description(help).tags(Tags.of(tags)).serviceLevelObjectives(OBJECTIVES).register(registry);
    return nanos -> timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts one more each time it is run, on any thread; parts that ask for the same one share it. */
  public Runnable tally(String name, String help, String... tags) {
    return Counter.builder(name).description(help).tags(Tags.of(tags)).register(registry)::increment;
  }

  /** Each name's histograms together, as the text format wants them. */
  private MetricSnapshots histograms() {
    Map<String, HistogramSnapshot.Builder> byName = new TreeMap<>();
    for (TimedSeries series : timed) {
      byName.computeIfAbsent(series.name, name -> HistogramSnapshot.builder().name(name).help(series.help))
          .dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
              .classicHistogramBuckets(ClassicHistogramBuckets.of(Histogram.bounds(), series.value.counts()))
              .sum(series.value.sum())
              .labels(series.labels)
              .build());
    }
    return MetricSnapshots.of(byName.values().stream().map(HistogramSnapshot.Builder::build).toArray(MetricSnapshot[]::new));
  }

  private record TimedSeries(String name, String help, Histogram value, Labels labels) {}

  /** Which parts are ready, for the next {@link #scrape}. */
  void showReadiness(Map<String, String> states) {
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    states.forEach((part, state) -> rows.add(MultiGauge.Row.of(Tags.of("part", part), state.equals(Health.Report.OK) ? 1 : 0)));
    ready.register(rows, true);
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
