package dev.magpie.ops;

import dev.magpie.logging.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks that make a process ready. One for each Vert.x instance; parts register from their own threads when they start, gateways ask.
 */
public final class Health implements Shareable {
  /** A part that does not answer within this is not ready. */
  static final long PATIENCE_MS = 2000;

  /** Between two warnings: who asks may do so several times a second. */
  private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final Logger log = LoggerFactory.getLogger(Health.class);

  private final Map<String, Supplier<? extends Future<?>>> checks = new ConcurrentHashMap<>();

  private final LongSupplier nanoTime;

  // What the log was told last, guarded by this.
  private Map<String, String> saidTrouble = Map.of();
  private long saidAt;

  private Health() {
    this(System::nanoTime);
  }

  Health(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.saidAt = nanoTime.getAsLong() - QUIET_NANOS;
  }

  /** The one of this Vert.x instance. */
  public static Health of(Vertx vertx) {
    return vertx.sharedData().<String, Health>getLocalMap("magpie.ops.health").computeIfAbsent("health", name -> new Health());
  }

  /**
   * Adds a check, or takes the place of the one of that name.
   *
   * @param check succeeds when the part is ready; a failure's message says to the operator what is missing
   */
  public void register(String name, Supplier<? extends Future<?>> check) {
    checks.put(name, check);
  }

  /** Adds a check of a part of which there are several; returns the name it was given, for {@link #unregister}. */
  public String registerNext(String kind, Supplier<? extends Future<?>> check) {
    for (int number = 1; ; number++) if (checks.putIfAbsent(kind + "-" + number, check) == null) return kind + "-" + number;
  }

  public void unregister(String name) {
    checks.remove(name);
  }

  /** Asks every part at once. */
  public Future<Report> report() {
    Map<String, String> states = new TreeMap<>();
    List<Future<?>> asked = new ArrayList<>();
    new TreeMap<>(checks).forEach((name, check) -> asked.add(ask(check).onSuccess(state -> put(states, name, state))));
    return Future.join(asked).map(all -> {
      Report report = new Report(states);
      note(report.trouble());
      return report;
    });
  }

  /** A warning when what is wrong has changed, once a minute at most; a line when all is well again. */
  private synchronized void note(Map<String, String> trouble) {
    if (trouble.equals(saidTrouble)) return;
    if (trouble.isEmpty()) {
      log.info("ready again");
    } else {
      if (nanoTime.getAsLong() - saidAt < QUIET_NANOS) return;
      saidAt = nanoTime.getAsLong();
      log.warn("not ready: {}", trouble);
    }
    saidTrouble = trouble;
  }

  private static Future<String> ask(Supplier<? extends Future<?>> check) {
    Future<?> asked;
    try {
      asked = Objects.requireNonNull(check.get(), "its check gives no future");
    } catch (RuntimeException e) {
      asked = Future.failedFuture(e);
    }
    return asked.timeout(PATIENCE_MS, TimeUnit.MILLISECONDS).map(Report.OK).otherwise(Health::reason);
  }

  private static String reason(Throwable failure) {
    if (failure instanceof java.util.concurrent.TimeoutException) return "did not answer within " + PATIENCE_MS + " ms";
    return Reason.of(failure);
  }

  private static void put(Map<String, String> states, String name, String state) {
    // Checks end on the threads of those they ask.
    synchronized (states) {
      states.put(name, state);
    }
  }

  /** What each part said, by name. */
  public record Report(Map<String, String> states) {
    static final String OK = "ok";

    public boolean ready() {
      return trouble().isEmpty();
    }

    /** The parts that are not ready, and why. */
    Map<String, String> trouble() {
      Map<String, String> trouble = new TreeMap<>(states);
      trouble.values().removeIf(OK::equals);
      return trouble;
    }
  }
}
