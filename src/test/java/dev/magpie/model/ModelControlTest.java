package dev.magpie.model;

import static org.assertj.core.api.Assertions.fail;

import dev.magpie.simulation.Simulation.Fate;
import java.util.Random;
import java.util.Set;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs in which one thing is broken: a model that found nothing here would find nothing anywhere. */
@Timeout(120)
class ModelControlTest {
  private static final StackWalker STACK = StackWalker.getInstance();
  private static final int SEEDS = 100;
  private static final int ACTIONS = 400;

  @Test
  void findsALeaveThatIsDropped() throws Exception {
    assertFinds("lists in", "RoomHere", "exit", "", Fate.LOSE);
  }

  @Test
  void findsAJoinThatIsDoubled() throws Exception {
    assertFinds("was told of the joining of somebody who was there", "HubLink", "changed", "PresenceRoom", Fate.DOUBLE);
  }

  @Test
  void findsAChangeThatAnInstanceIsNotTold() throws Exception {
    assertFinds("shows in", "HubLink", "changed", "PresenceRoom", Fate.LOSE);
  }

  @Test
  void findsAValueThatAnInstanceIsNotTold() throws Exception {
    assertFinds("without", "HubLink", "changed", "RetainedRoom", Fate.LOSE);
  }

  @Test
  void findsAValueThatIsOvertaken() throws Exception {
    assertFinds("behind version", "HubLink", "changed", "RetainedRoom", Fate.OVERTAKEN_BY_THE_NEXT);
  }

  @Test
  void findsASnapshotThatOvertakesAChange() throws Exception {
    assertFinds("has in", "HubLink", "snapshot", "", Fate.OVERTAKEN_BY_THE_NEXT);
  }

  @Test
  void findsAChunkThatIsLost() throws Exception {
    assertFinds("leaves a gap", "HubLink", "changed", "StreamRoom", Fate.LOSE);
  }

  @Test
  void findsACompareAndSetThatIsLost() throws Exception {
    assertFinds("was written on condition of version", seed -> {
      ModelRun run = new ModelRun(seed, ModelRun.Setting.of(seed));
      run.hub().ignoreConditions();
      return run;
    });
  }

  /**
   * Every third message that this method sends, called by that class, has that fate.
   *
   * @param fault a part of what has to be found
   * @param caller the name of a class on the stack; empty for any
   */
  private static void assertFinds(String fault, String type, String method, String caller, Fate fate) throws Exception {
    assertFinds(fault, seed -> {
      Random random = new Random(seed);
      ModelRun run = new ModelRun(seed, ModelRun.Setting.of(seed));
      run.simulation().decide(() -> isOnStack(type, method) && isOnStack(caller, "") && random.nextInt(3) == 0 ? fate : Fate.RUN);
      return run;
    });
  }

  private static void assertFinds(String fault, LongFunction<ModelRun> broken) throws Exception {
    Set<String> found = Set.of();
    for (long seed = 1; seed <= SEEDS; seed++) {
      try (ModelRun run = broken.apply(seed)) {
        found = run.run(ACTIONS);
        if (found.stream().anyMatch(each -> each.contains(fault))) return;
      }
    }
    fail("no run found \"" + fault + "\", the last one " + found);
  }

  private static boolean isOnStack(String type, String method) {
    return STACK.walk(frames -> frames.anyMatch(frame -> frame.getClassName().contains(type) && frame.getMethodName().contains(method)));
  }
}
