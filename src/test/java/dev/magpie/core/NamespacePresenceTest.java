package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.simulation.Simulation;
import dev.magpie.state.PresenceMember;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The presence of one instance, without a network and on a virtual clock. */
@Timeout(300)
class NamespacePresenceTest {
  private final Simulation simulation = new Simulation(1);
  private final ContextInternal context = simulation.newContext();
  private Io io;

  @BeforeEach
  void start() {
    simulation.on(context, () -> io = Io.create(simulation.vertx()));
    simulation.settle();
  }

  @AfterEach
  void stop() throws Exception {
    simulation.close();
  }

  @Test
  void theKeyOfAMemberIsTheUserOrElseTheSocket() {
    simulation.on(context, () -> {
      io.of("/").presence(new PresenceOptions());
      io.use(check -> {
        if (check.auth().getString("user") != null) check.identify(check.auth().getString("user"));
        return context.succeededFuture();
      });
      io.onConnection(socket -> socket.join("room"));
    });
    join("0{\"user\":\"ann\"}");
    join("0{\"user\":\"ann\"}");
    join("0");
    List<PresenceMember> members = simulation.await(io.of("/").presence("room").list());
    assertThat(members).hasSize(2);
    assertThat(members.get(0)).isEqualTo(new PresenceMember("ann", new JsonObject().put("id", "ann")));
    assertThat(Namespace.isSocketId(members.get(1).key())).isTrue();
  }

  @Test
  void socketsThatWereInTheirRoomsBeforeItIsSwitchedOnAreThere() {
    simulation.on(context, () -> io.onConnection(socket -> socket.join("room")));
    Client client = join("0");
    client.heard.clear();
    simulation.on(context, () -> io.of("/").presence(new PresenceOptions()));
    simulation.settle();
    assertThat(client.heard).singleElement().asString().startsWith("2[\"presence:state\",{\"room\":\"room\",");
    client.heard.clear();
    simulation.on(context, () -> client.fake.say("21[\"presence:list\",{\"room\":\"room\"}]"));
    simulation.settle();
    assertThat(client.heard).singleElement().asString().startsWith("31[{\"room\":\"room\",");
  }

  @Test
  void whatTheApplicationThrowsLeavesTheSocketOutAndOthersIn() {
    simulation.on(context, () -> {
      io.of("/").presence(new PresenceOptions().setKey(socket -> {
        if (socket.auth().getBoolean("bad", false)) throw new IllegalStateException("bad");
        return socket.auth().getString("name");
      }));
      io.onConnection(socket -> socket.join("room"));
    });
    Client bad = join("0{\"bad\":true}");
    join("0{}");
    join("0{\"name\":\"ann\"}");
    assertThat(simulation.await(io.of("/").presence("room").list())).extracting(PresenceMember::key).containsExactly("ann");
    assertThat(bad.heard.toString()).contains("presence:state", "presence:join");
    assertThat(bad.fake.isOpen()).isTrue();
  }

  @Test
  void aDynamicNamespaceHasItEachTimeThatItIsMade() {
    List<String> told = new ArrayList<>();
    simulation.on(context, () -> {
      io.of(Pattern.compile("/match-\\d+")).onConnection(socket -> socket.join("room"));
      io.onNewNamespace(made -> made.presence(new PresenceOptions().setGrace(0).setInterval(0)
          .onJoin((room, member) -> told.add("joined")).onLeave((room, member) -> told.add("left"))));
    });
    for (int i = 0; i < 3; i++) {
      Client client = join("0/match-1,");
      assertThat(client.heard.toString()).contains("presence:state", "\"count\":1");
      simulation.on(context, client.fake::cut);
      simulation.settle();
    }
    // The handlers go with the namespace, which ends with its last client.
    assertThat(told).contains("joined").hasSizeLessThanOrEqualTo(6);
  }

  @Test
  void theMembersOfAnInstanceThatClosesLeaveAfterTheGraceTimeUnlessTheyAreElsewhere() {
    ContextInternal second = simulation.newContext();
    Io[] other = new Io[1];
    simulation.on(context, () -> present(io));
    simulation.on(second, () -> {
      other[0] = Io.create(simulation.vertx());
      present(other[0]);
    });
    simulation.settle();
    Client watcher = join("0{\"name\":\"ann\"}");
    List<String> heard = new ArrayList<>();
    simulation.on(second, () -> {
      for (String name : List.of("ann", "bob")) FakeClient.socketIo(other[0], heard::add).say("0{\"name\":\"" + name + "\"}");
    });
    simulation.settle();
    assertThat(heard.toString()).contains("\"count\":2");
    simulation.await(other[0].close());
    simulation.pass(9_999);
    assertThat(watcher.heard.toString()).contains("presence:join").doesNotContain("presence:leave");
    simulation.pass(1);
    assertThat(watcher.heard).last().isEqualTo("2[\"presence:leave\",{\"room\":\"room\",\"members\":[{\"id\":\"bob\"}],\"count\":1}]");
  }

  private static void present(Io io) {
    io.of("/").presence(new PresenceOptions().setKey(socket -> socket.auth().getString("name")).setInterval(0));
    io.onConnection(socket -> socket.join("room"));
    io.ready();
  }

  @Test
  void itIsSwitchedOnOnceAndBeforeItIsUsed() {
    simulation.on(context, () -> {
      Namespace namespace = io.of("/");
      assertThatThrownBy(() -> namespace.presence("room")).isInstanceOf(IllegalStateException.class)
          .hasMessage("namespace / has no presence: presence(options) switches it on");
      namespace.presence(new PresenceOptions());
      assertThatThrownBy(() -> namespace.presence(new PresenceOptions())).isInstanceOf(IllegalStateException.class)
          .hasMessage("namespace /: presence(options) is called once");
      assertThatThrownBy(() -> namespace.presence("\0ann")).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> namespace.presence("room").list(null, 0)).hasMessage("limit: at least 1, not 0");
      io = null;
    });
    Io before = io;
    simulation.settle();
    assertThat(io).as("all of it was run").isNull();
    io = before;
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    PresenceOptions options = new PresenceOptions();
    assertThatThrownBy(() -> options.setGrace(-1)).hasMessage("grace: at least 0, not -1");
    assertThatThrownBy(() -> options.setInterval(-1)).hasMessage("interval: at least 0, not -1");
    assertThatThrownBy(() -> options.setPageSize(0)).hasMessage("page size: at least 1, not 0");
    assertThatThrownBy(() -> options.setLargeRoom(0)).hasMessage("large room: at least 1, not 0");
    assertThatThrownBy(() -> options.setEvents(new PresenceEvents("connect", "a", "b", "c", "d"))).hasMessageContaining("reserved");
  }

  private Client join(String connect) {
    Client client = new Client();
    simulation.on(context, () -> {
      client.fake = FakeClient.socketIo(io, client.heard::add);
      client.fake.say(connect);
    });
    simulation.settle();
    return client;
  }

  private static final class Client {
    private final List<String> heard = new ArrayList<>();
    private FakeClient fake;
  }
}
