package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.simulation.Simulation;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What presence costs the members of a room of 10,000, of whom 100 leave and 100 come each second: counted, on a virtual clock. */
@Timeout(300)
class LargeRoomPresenceTest {
  private static final int MEMBERS = 10_000;
  private static final int SECONDS = 5;
  /** How many come, and how many leave, in a tenth of a second. */
  private static final int CHANGES = 10;

  private final List<ContextInternal> contexts = new ArrayList<>();
  private final List<Io> instances = new ArrayList<>();
  private int last;

  /**
   * Lists have some 70 characters for each of the changes of a second; counts have as many in all. What all members are is never sent to
   * all: that would be 400,000 characters.
   */
  @ParameterizedTest
  @CsvSource({"500, 100", "100000, 20000"})
  void eachMemberGetsOneEventInASecondAndBytesThatDoNotGrowWithTheRoom(int largeRoom, int mostBytesInASecond) throws Exception {
    try (Simulation simulation = new Simulation(1)) {
      for (int i = 0; i < 2; i++) start(simulation, largeRoom);
      Deque<Member> members = new ArrayDeque<>();
      for (int i = 0; i < MEMBERS; i++) members.add(new Member(simulation));
      simulation.pass(3_000);
      members.forEach(Member::reset);
      List<Member> stayed = new ArrayList<>(members).subList(SECONDS * 10 * CHANGES, MEMBERS);
      for (int tenth = 0; tenth < SECONDS * 10; tenth++) {
        for (int i = 0; i < CHANGES; i++) {
          members.remove().cut();
          members.add(new Member(simulation));
        }
        simulation.pass(100);
      }
      assertThat(stayed).allSatisfy(member -> {
        assertThat(member.events).isBetween(SECONDS - 1, SECONDS + 1);
        assertThat(member.characters).isLessThanOrEqualTo((SECONDS + 1) * mostBytesInASecond);
      });
      assertThat(simulation.await(instances.get(0).of("/").presence("arena").count())).isEqualTo(MEMBERS);
    }
  }

  private void start(Simulation simulation, int largeRoom) {
    ContextInternal context = simulation.newContext();
    contexts.add(context);
    simulation.on(context, () -> {
      Io io = Io.create(simulation.vertx());
      io.of("/").presence(new PresenceOptions().setLargeRoom(largeRoom).setGrace(0));
      io.onConnection(socket -> socket.join("arena"));
      instances.add(io);
      io.ready();
    });
    simulation.settle();
  }

  private final class Member {
    private final ContextInternal context;
    private FakeClient client;
    private int events;
    private int characters;

    Member(Simulation simulation) {
      int instance = last++ % instances.size();
      context = contexts.get(instance);
      simulation.on(context, () -> {
        client = FakeClient.socketIo(instances.get(instance), this::hear);
        client.say("0");
      });
      simulation.settle();
    }

    private void hear(String text) {
      if (!text.startsWith("2[\"presence:")) return;
      events++;
      characters += text.length();
      client.heard();
    }

    void reset() {
      events = 0;
      characters = 0;
    }

    void cut() {
      context.runOnContext(run -> client.cut());
    }
  }
}
