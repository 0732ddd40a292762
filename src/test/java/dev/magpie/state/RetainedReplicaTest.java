package dev.magpie.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the members of a room on one instance get of its retained values, and when. */
class RetainedReplicaTest {
  private final Room room = new Room();
  private final RetainedReplica<Member, RetainedEntry, RetainedEntry> replica = room.replica;
  private long version;

  /** A client whose connection takes what the test lets it take. */
  private static final class Member {
    private final List<String> got = new ArrayList<>();
    private int takes = Integer.MAX_VALUE;
    private final List<Runnable> writable = new ArrayList<>();

    private void takes(int more) {
      takes = more;
      List<Runnable> waiting = List.copyOf(writable);
      writable.clear();
      waiting.forEach(Runnable::run);
    }
  }

  private static final class Room implements RetainedReplica.Members<Member, RetainedEntry, RetainedEntry> {
    private final RetainedReplica<Member, RetainedEntry, RetainedEntry> replica =
        new RetainedReplica<>(2, (former, change) -> change, this);
    private final Set<Member> members = new LinkedHashSet<>();

    @Override
    public boolean isFull(Member member) {
      return member.takes <= 0;
    }

    @Override
    public void whenWritable(Member member, Runnable then) {
      member.writable.add(then);
    }

    @Override
    public void send(Member member, RetainedEntry entry) {
      member.takes--;
      member.got.add(entry.isRemoved() ? "-" + entry.key() : entry.key() + entry.version());
    }

    @Override
    public void sendToAll(RetainedEntry entry) {
      for (Member member : List.copyOf(members)) if (!replica.defers(member)) send(member, entry);
    }
  }

  private RetainedEntry set(String key) {
    return new RetainedEntry("room", key, ++version, 0, new JsonArray().add("e"), 1, 0, 0);
  }

  private RetainedEntry removed(String key) {
    return new RetainedEntry("room", key, ++version, 0, null, 0, 0, 0);
  }

  private void snapshot(RetainedEntry... entries) {
    replica.snapshot("epoch", version, Arrays.asList(entries));
  }

  private void change(RetainedEntry entry) {
    replica.changed("epoch", version, entry);
  }

  private Member join(boolean ready, boolean knew, int takes) {
    Member member = new Member();
    member.takes = takes;
    room.members.add(member);
    replica.join(member, ready, knew);
    return member;
  }

  private Member join() {
    return join(true, false, Integer.MAX_VALUE);
  }

  @Test
  void whoJoinsWhileTheStateIsKnownGetsItAtOnce() {
    snapshot(set("a"), set("b"));
    assertThat(join().got).containsExactly("a1", "b2");
  }

  @Test
  void whoJoinedBeforeGetsItWhenItComes() {
    Member member = join();
    assertThat(member.got).isEmpty();
    snapshot(set("a"));
    change(set("a"));
    assertThat(member.got).containsExactly("a1", "a2");
  }

  @Test
  void nothingIsSentBeforeTheClientKnowsThatItHasJoined() {
    snapshot(set("a"));
    Member member = join(false, false, Integer.MAX_VALUE);
    change(set("b"));
    assertThat(member.got).isEmpty();
    replica.ready(member);
    assertThat(member.got).containsExactly("a1", "b2");
    change(set("a"));
    assertThat(member.got).containsExactly("a1", "b2", "a3");
  }

  @Test
  void aClientThatReadsSlowlyGetsTheValuesInTheirOrderAndOfEachKeyTheNewest() {
    snapshot(set("a"), set("b"), set("c"));
    Member slow = join(true, false, 1);
    change(set("b"));
    change(set("a"));
    change(set("d"));
    change(set("d"));
    assertThat(slow.got).containsExactly("a1");
    slow.takes(2);
    change(removed("c"));
    slow.takes(100);
    assertThat(slow.got).containsExactly("a1", "c3", "b4", "a5", "d7", "-c");
    change(set("e"));
    assertThat(slow.got).endsWith("e9");
  }

  @Test
  void aMemberThatCannotTakeAChangeGetsTheNewestOfEachKeyInOrderOnceItCan() {
    snapshot(set("a"), set("b"));
    Member slow = join(true, false, 3);
    Member fast = join();
    change(set("a"));
    change(set("b"));
    change(set("a"));
    change(set("c"));
    change(removed("b"));
    assertThat(slow.got).containsExactly("a1", "b2", "a3");
    assertThat(fast.got).containsExactly("a1", "b2", "a3", "b4", "a5", "c6", "-b");
    slow.takes(2);
    change(set("a"));
    assertThat(slow.got).containsExactly("a1", "b2", "a3", "a5", "c6");
    slow.takes(100);
    change(set("d"));
    assertThat(slow.got).containsExactly("a1", "b2", "a3", "a5", "c6", "-b", "a8", "d9");
  }

  @Test
  void aRemovalThatIsRememberedNoLongerIsSentToAMemberThatWaitsForIt() {
    snapshot(set("a"), set("b"), set("c"));
    Member slow = join(true, false, 3);
    change(removed("a"));
    change(removed("b"));
    change(removed("c"));
    assertThat(slow.got).containsExactly("a1", "b2", "c3", "-a");
    slow.takes(100);
    assertThat(slow.got).containsExactly("a1", "b2", "c3", "-a", "-b", "-c");
  }

  @Test
  void aSlowClientDelaysNoOther() {
    snapshot(set("a"));
    Member slow = join(true, false, 0);
    Member fast = join();
    change(set("b"));
    assertThat(fast.got).containsExactly("a1", "b2");
    assertThat(slow.got).isEmpty();
  }

  @Test
  void keysThatWereRemovedBeforeAreToldOnlyToWhoMayKnowThem() {
    snapshot(set("a"), removed("b"));
    assertThat(join().got).containsExactly("a1");
    assertThat(join(true, true, 100).got).containsExactly("a1", "-b");
  }

  @Test
  void whoHasLeftGetsNothingMore() {
    snapshot(set("a"), set("b"));
    Member slow = join(true, false, 1);
    room.members.remove(slow);
    replica.leave(slow);
    slow.takes(100);
    change(set("c"));
    assertThat(slow.got).containsExactly("a1");
  }

  @Test
  void whoLeavesAndComesBackGetsTheStateAgain() {
    snapshot(set("a"), set("b"));
    Member member = join(true, false, 1);
    replica.leave(member);
    replica.join(member, true, false);
    member.takes(100);
    assertThat(member.got).containsExactly("a1", "a1", "b2");
  }
}
