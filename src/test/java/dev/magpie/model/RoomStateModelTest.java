package dev.magpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Room state is what the reference model says, whatever happens in whatever order. Each build runs the same seeds, {@code mvn
 * verify -Pchaos} others for ten minutes; {@code -Dmodel.seed} and {@code -Dmodel.actions} repeat one, and
 * {@code -Dmodel.seconds} runs others for so long.
 */
@Timeout(value = 90, unit = TimeUnit.MINUTES)
class RoomStateModelTest {
  private static final long CHAOS_SECONDS = Long.getLong("chaos.seconds", 20);
  private static final long SECONDS = Long.getLong("model.seconds", CHAOS_SECONDS >= 60 ? CHAOS_SECONDS : 0);
  private static final int ACTIONS = Integer.getInteger("model.actions", 400);
  private static final int RUNS = 50;

  @Test
  void isWhatTheModelSays() throws Exception {
    Long asked = Long.getLong("model.seed");
    if (asked != null) run(asked);
    else if (SECONDS == 0) for (long seed = 1; seed <= RUNS; seed++) run(seed);
    else runFor(SECONDS, System.nanoTime() & 0xffffffffL);
  }

  private static void runFor(long seconds, long first) throws Exception {
    System.out.println("room state against the model, first seed " + first);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    long seed = first;
    while (System.nanoTime() < end) run(seed++);
    System.out.println("room state against the model, " + (seed - first) + " runs");
  }

  @Test
  void theSameSeedGivesTheSameRun() throws Exception {
    List<String> first = trace(7);
    assertThat(trace(7)).isEqualTo(first);
  }

  private static List<String> trace(long seed) throws Exception {
    try (ModelRun run = new ModelRun(seed, ModelRun.Setting.of(seed))) {
      run.run(ACTIONS);
      // Ids are random.
      return run.trace().stream().map(line -> line.replaceAll("~.*", "")).toList();
    }
  }

  private static void run(long seed) throws Exception {
    ModelRun.Setting setting = ModelRun.Setting.of(seed);
    try (ModelRun run = new ModelRun(seed, setting)) {
      List<String> faults = List.copyOf(run.run(ACTIONS));
      assertThat(faults).as(() -> "again: -Dmodel.seed=" + seed + " -Dmodel.actions=" + ACTIONS + ", " + setting + "\n"
          + String.join("\n", run.trace())).isEmpty();
    }
  }
}
