package dev.magpie.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.FakeClient;
import dev.magpie.core.Io;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The simulation itself. */
@Timeout(60)
class SimulationTest {

  @Test
  void timersFollowTheVirtualClock() throws Exception {
    try (Simulation simulation = new Simulation(1)) {
      List<Long> fired = new ArrayList<>();
      ContextInternal context = simulation.newContext();
      simulation.on(context, () -> simulation.vertx().setTimer(86_400_000, timer -> fired.add(simulation.millis())));
      simulation.settle();
      simulation.pass(86_399_999);
      assertThat(fired).isEmpty();
      simulation.pass(1);
      assertThat(fired).containsExactly(86_400_000L);
    }
  }

  @Test
  void whatALoopIsGivenFirstItRunsFirst() throws Exception {
    try (Simulation simulation = new Simulation(1)) {
      ContextInternal one = simulation.newContext();
      ContextInternal other = simulation.newContext();
      List<String> order = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        String number = String.valueOf(i);
        one.runOnContext(run -> order.add(number));
        other.runOnContext(run -> order.add("other"));
      }
      simulation.settle();
      assertThat(order).filteredOn(name -> !name.equals("other")).isEqualTo(IntStream.range(0, 50).mapToObj(String::valueOf).toList());
      // And the two are mixed.
      assertThat(order.subList(0, 50)).contains("other", "0");
    }
  }

  @Test
  void aPausedLoopRunsNothingUntilItIsResumed() throws Exception {
    try (Simulation simulation = new Simulation(1)) {
      ContextInternal context = simulation.newContext();
      List<Long> fired = new ArrayList<>();
      simulation.on(context, () -> simulation.vertx().setTimer(100, timer -> fired.add(simulation.millis())));
      simulation.settle();
      simulation.pause(context);
      simulation.pass(1_000);
      assertThat(fired).isEmpty();
      simulation.resume(context);
      simulation.settle();
      assertThat(fired).containsExactly(1_000L);
    }
  }

  @Test
  void theSameSeedGivesTheSameRun() throws Exception {
    assertThat(run(7)).isEqualTo(run(7)).isNotEqualTo(run(8));
  }

  /** Instances over the event bus, and what their clients hear from each other. */
  private static List<String> run(long seed) throws Exception {
    List<String> heard = new ArrayList<>();
    try (Simulation simulation = new Simulation(seed)) {
      List<ContextInternal> contexts = new ArrayList<>();
      List<FakeClient> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        ContextInternal context = simulation.newContext();
        contexts.add(context);
        simulation.on(context, () -> {
          Io io = Io.create(simulation.vertx());
          io.onConnection(socket -> socket.on("say", args -> io.emit("said", args.getValue(0))));
          io.ready().onSuccess(ready -> clients.add(FakeClient.joined(io, "/")));
        });
        simulation.settle();
      }
      for (int i = 0; i < 3; i++) {
        FakeClient client = clients.get(i);
        for (int n = 0; n < 5; n++) {
          String said = i + "-" + n;
          simulation.on(contexts.get(i), () -> client.say("2[\"say\",\"" + said + "\"]"));
        }
      }
      simulation.settle();
      for (FakeClient client : clients) heard.addAll(client.heard());
    }
    assertThat(heard).hasSize(45);
    return heard;
  }
}
