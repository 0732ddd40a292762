package dev.magpie.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.chaos.Schedule.Fault;
import dev.magpie.chaos.Schedule.Step;
import dev.magpie.chaos.Schedule.Store;
import dev.magpie.log.RecoveryProvider;
import dev.magpie.testing.Alone;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real runs against a server that breaks one promise: a checker that found nothing here would find nothing anywhere. */
@Timeout(240)
@Alone
class NegativeControlTest {
  private static final int CLIENTS = 10;

  @TempDir
  Path folder;

  @Test
  void findsWhatIsLostWithoutTheLog() throws Exception {
    JsonObject off = new JsonObject().put("recovery", new JsonObject().put("namespaces", new JsonObject().put(ChaosRun.NAMESPACE, "none")));
    // Those who are cut off miss what the others say.
    assertThat(violations(off, Optional.empty(), new Step(500, Fault.DEAFEN, 1_500, 0.5)))
        .anyMatch(violation -> violation.matches("\\S+ was acknowledged at \\d+, and is missing at .*"));
  }

  @Test
  void findsWhatIsDoubledWithoutDedupe() throws Exception {
    // What is said by those who do not hear the acknowledgement is said again.
    assertThat(violations(new JsonObject(), Optional.of(Careless.WithoutDedupe.class), new Step(500, Fault.DEAFEN, 1_500, 1)))
        .anyMatch(violation -> violation.matches("\\S+ holds \\S+ twice"));
  }

  @Test
  void findsWhatReachesThoseWhoAreLeftOut() throws Exception {
    assertThat(violations(new JsonObject(), Optional.of(Careless.WithoutExcept.class), new Step(1_500, Fault.CUT, 0, 0.2)))
        .anyMatch(violation -> violation.matches("\\S+ heard \\S+, which left it out"));
  }

  private List<String> violations(JsonObject settings, Optional<Class<? extends RecoveryProvider>> recovery, Step step) throws Exception {
    // Magpie's own provider is on the class path beside the careless one.
    recovery.ifPresent(careless -> settings.put("recovery", new JsonObject().put("provider", careless.getName())));
    ChaosRun.Outcome outcome = new ChaosRun(folder, 1, new Schedule(List.of(step)), Store.EMBEDDED, CLIENTS, 200, settings, recovery).run();
    assertThat(outcome.acknowledged()).as(outcome.toString()).isPositive();
    return outcome.violations();
  }
}
