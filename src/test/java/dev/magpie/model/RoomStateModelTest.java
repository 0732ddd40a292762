package dev.magpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Room state is what the reference model says, whatever happens in whatever order. Each build runs other seeds; {@code -Dmodel.seed} and
 * {@code -Dmodel.actions} repeat one, {@code -Dmodel.seconds} runs for longer.
 */
@Timeout(600)
class RoomStateModelTest {
  private static final long SECONDS = Long.getLong("model.seconds", 5);
  private static final int ACTIONS = Integer.getInteger("model.actions", 400);

  @Test
  void isWhatTheModelSays() throws Exception {
    Long asked = Long.getLong("model.seed");
    long first = asked == null ? System.nanoTime() & 0xffffffffL : asked;
    long end = System.nanoTime() + SECONDS * 1_000_000_000;
    int runs = 0;
    for (long seed = first; runs == 0 || asked == null && System.nanoTime() < end; seed++, runs++) run(seed);
    System.out.println("room state: " + runs + " runs from seed " + first);
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
