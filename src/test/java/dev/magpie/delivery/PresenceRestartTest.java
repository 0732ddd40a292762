package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.core.PresenceOptions;
import dev.magpie.log.Recovery;
import dev.magpie.state.PresenceMember;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The members of a durable namespace over restarts of the server, on the embedded store. */
class PresenceRestartTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String ROOM = "lobby";
  private static final long FOREVER = 3_600_000;

  @TempDir Path data;

  private final List<String> told = new CopyOnWriteArrayList<>();

  @Test
  void whoWasThereStaysForTheGraceTimeAndLeavesOnce() {
    try (MountedIo first = start(FOREVER)) {
      enter(first, "ann");
      enter(first, "bob");
      TestIo cy = enter(first, "cy");
      await(cy.emitWithAck("quit", ROOM));
      until("two are there", () -> members(first).equals(Set.of("ann", "bob")));
    }
    told.clear();
    try (MountedIo second = start(FOREVER)) {
      until("they are still there", () -> members(second).equals(Set.of("ann", "bob")));
      TestIo ann = enter(second, "ann");
      assertThat(await(ann.next("presence:state")).getJsonObject(0).getInteger("count")).isEqualTo(2);
      assertThat(told).isEmpty();
    }
    told.clear();
    try (MountedIo third = start(1)) {
      until("they have left", () -> told.size() == 2 && members(third).isEmpty());
      assertThat(told).containsExactlyInAnyOrder("left ann", "left bob");
    }
    try (MountedIo fourth = start(FOREVER)) {
      TestIo dan = enter(fourth, "dan");
      await(dan.next("presence:state"));
      assertThat(members(fourth)).containsExactly("dan");
    }
  }

  private MountedIo start(long grace) {
    return MountedIo.start(new IoOptions().setRecovery(Lab.embedded(data)), io -> {
      Namespace namespace = io.of("/").recoverable(Recovery.DURABLE).presence(new PresenceOptions().setGrace(grace).setInterval(0)
          .onJoin((room, member) -> told.add("joined " + member.key()))
          .onLeave((room, member) -> told.add("left " + member.key())));
      namespace.use(context -> {
        context.identify(context.auth().getString("name"));
        return Future.succeededFuture();
      });
      namespace.onConnection(socket -> {
        socket.onAck("enter", String.class, room -> socket.join(room).map("ok"));
        socket.onAck("quit", String.class, room -> socket.leave(room).map("ok"));
      });
    });
  }

  private static TestIo enter(MountedIo server, String name) {
    TestIo client = await(TestIo.connect(server.vertx,
        new TestIoOptions(server.port).setTimeout(PATIENCE).setAuth(new JsonObject().put("name", name))));
    await(client.emitWithAck("enter", ROOM));
    return client;
  }

  private static Set<String> members(MountedIo server) {
    Set<String> keys = new TreeSet<>();
    Io io = server.io;
    for (PresenceMember member : await(io.of("/").presence(ROOM).list())) keys.add(member.key());
    return keys;
  }
}
