package dev.magpie.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.chaos.Schedule.Store;
import dev.magpie.testing.Alone;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nothing lost, nothing doubled, in order, whatever breaks. {@code mvn verify -Pchaos} runs it for ten minutes on each store; {@code
 * -Dchaos.seconds}, {@code -Dchaos.seed}, {@code -Dchaos.store=embedded|mongo} and {@code -Dchaos.clients} change that.
 */
@Timeout(value = 90, unit = TimeUnit.MINUTES)
@Alone
class ChaosTest {
  private static final long SECONDS = Long.getLong("chaos.seconds", 25);
  private static final int CLIENTS = Integer.getInteger("chaos.clients", 50);
  private static final String STORE = System.getProperty("chaos.store", "");
  /** Another one each time, so that all builds together see more than one of them does. */
  private static final long SEED = Long.getLong("chaos.seed", System.nanoTime() & 0xffffff);

  @ParameterizedTest
  @EnumSource(Store.class)
  void losesNothingAndDoublesNothing(Store store) throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(STORE.isEmpty() || STORE.equalsIgnoreCase(store.name()), "another store was asked for");
    String replay = "mvn verify -Pchaos -Dchaos.seed=" + SEED + " -Dchaos.seconds=" + SECONDS + " -Dchaos.store="
        + store.name().toLowerCase(java.util.Locale.ROOT) + " -Dchaos.clients=" + CLIENTS;
    System.out.println("chaos " + Instant.now() + ": " + replay);
    Schedule schedule = Schedule.of(SEED, SECONDS * 1_000, store);
    Path folder = Path.of("target", "chaos",
        store.name().toLowerCase(java.util.Locale.ROOT) + "-" + SEED + "-" + System.currentTimeMillis()).toAbsolutePath();
    ChaosRun.Outcome outcome = new ChaosRun(folder, SEED, schedule, store, CLIENTS, 2_000, new JsonObject(), Optional.empty()).run();
    System.out.println("chaos " + Instant.now() + ": seed " + SEED + " on " + store + ": " + outcome);
    assertThat(outcome.violations()).as("%s; again: %s; in %s", outcome, replay, folder).isEmpty();
    // A run in which nothing was said, or nobody was cut off, would have shown nothing.
    assertThat(outcome.acknowledged()).isGreaterThan(SECONDS);
    assertThat(outcome.recoveries()).isPositive();
  }
}
