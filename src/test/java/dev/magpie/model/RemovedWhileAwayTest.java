package dev.magpie.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.FakeClient;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.log.Recovery;
import dev.magpie.simulation.Simulation;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A key that was removed while a client was away, on a virtual clock. */
@Timeout(60)
class RemovedWhileAwayTest {
  private static final long MINUTE = 60_000;

  private final List<Heard> heard = new ArrayList<>();
  private Io io;
  private Namespace namespace;

  @Test
  void isToldToAClientWhoseDeathWasNoticedLate() throws Exception {
    try (Simulation simulation = new Simulation(1)) {
      StateHub hub = new StateHub(simulation);
      ContextInternal context = simulation.newContext();
      simulation.on(context, () -> {
        io = Io.create(simulation.vertx(), FakeClient.clockedBy(hub::now), new TimerWheel(simulation::nanoTime));
        namespace = io.of("/x").recoverable(Recovery.MEMORY);
        namespace.onConnection(socket -> socket.join("room"));
      });
      simulation.settle();
      simulation.on(context, () -> namespace.to("room").retain("key").emit("set", "value"));
      simulation.settle();

      FakeClient client = connect(simulation, context, new JsonObject());
      JsonObject session = new JsonObject().put("pid", heard.get(0).object().getString("pid"))
          .put("offset", heard.get(heard.size() - 1).offset());
      assertThat(events()).containsExactly("set");

      // It has died, and what it is sent is lost; the server notices it a heartbeat later.
      simulation.on(context, () -> namespace.to("room").retain("key").remove());
      simulation.pass(45_000);
      simulation.on(context, client::cut);
      simulation.settle();
      heard.clear();
      simulation.pass(2 * MINUTE - 1_000);
      connect(simulation, context, session);
      assertThat(heard.get(0).object().getString("pid")).isEqualTo(session.getString("pid"));
      assertThat(events()).containsExactly("state:removed");
    }
  }

  private FakeClient connect(Simulation simulation, ContextInternal context, JsonObject auth) {
    FakeClient[] client = new FakeClient[1];
    simulation.on(context, () -> {
      client[0] = FakeClient.socketIo(io, text -> heard.add(Heard.socketIo(text, true, false)));
      client[0].say("0/x," + auth.encode());
    });
    simulation.settle();
    return client[0];
  }

  private List<String> events() {
    return heard.stream().filter(each -> each.kind() == Heard.Kind.EVENT && !each.event().startsWith("sys:")).map(Heard::event).toList();
  }
}
