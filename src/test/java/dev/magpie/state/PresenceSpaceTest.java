package dev.magpie.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.state.PresenceChange.Came;
import dev.magpie.state.PresenceChange.Counted;
import dev.magpie.state.PresenceChange.Joined;
import dev.magpie.state.PresenceChange.Left;
import dev.magpie.state.PresenceChange.Relisted;
import dev.magpie.state.PresenceChange.Went;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Presence at the hub alone: its executor, its timers and its clock are simulated. */
class PresenceSpaceTest {
  private static final String ROOM = "lobby";
  private static final long GRACE = 10_000;
  private static final long INTERVAL = 1_000;

  private final Steps steps = new Steps();
  private final Hub hub = new Hub(steps.executor(), steps);
  private PresenceSpace space;

  private final Instance one = new Instance("one");
  private final Instance two = new Instance("two");

  PresenceSpaceTest() {
    one.link.tell(PresenceSpace.KIND, "/", made -> space = made);
    steps.run();
    configure(100, 500);
  }

  private void configure(int pageSize, int largeRoom) {
    space.open("one", new PresenceSpace.Settings(GRACE, INTERVAL, pageSize, largeRoom));
  }

  @Test
  void aMemberWithTwoSocketsHasComeOnceAndLeavesWithTheLast() {
    one.enter("s1", "ann");
    two.enter("s2", "ann");
    one.exit("s1", false);
    pass(INTERVAL);
    assertThat(present()).containsExactly("ann");
    assertThat(one.heard).containsExactly("joined ann 1");
    two.exit("s2", false);
    pass(INTERVAL);
    assertThat(present()).isEmpty();
    assertThat(one.heard).containsExactly("joined ann 1", "left ann 0");
    assertThat(two.heard).isEqualTo(one.heard);
  }

  @Test
  void aSocketThatEntersTwiceHoldsOnce() {
    one.enter("s1", "ann");
    one.enter("s1", "ann");
    one.exit("s1", false);
    assertThat(present()).isEmpty();
  }

  @Test
  void whoReturnsWithinTheGraceTimeWasNeverAway() {
    one.enter("s1", "ann");
    one.exit("s1", true);
    pass(GRACE - 1);
    assertThat(present()).containsExactly("ann");
    two.enter("s2", "ann");
    pass(10 * GRACE);
    assertThat(present()).containsExactly("ann");
    assertThat(one.heard).containsExactly("joined ann 1");
  }

  @Test
  void whoDoesNotReturnLeavesOnceAfterTheGraceTime() {
    one.enter("s0", "bob");
    one.enter("s1", "ann");
    one.exit("s1", true);
    two.enter("s2", "ann");
    pass(GRACE / 2);
    two.exit("s2", true);
    pass(GRACE - 1);
    assertThat(present()).containsExactly("bob", "ann");
    pass(1);
    assertThat(present()).containsExactly("bob");
    pass(10 * GRACE);
    assertThat(one.heard).containsExactly("joined bob 1", "joined ann 2", "left ann 1");
  }

  @Test
  void whoLeavesTheRoomHasLeftAtOnce() {
    one.enter("s1", "ann");
    pass(INTERVAL);
    one.exit("s1", false);
    assertThat(one.heard).containsExactly("joined ann 1", "left ann 0");
  }

  @Test
  void anInstanceThatEndsTakesItsSocketsWithItAfterTheGraceTime() {
    one.enter("s1", "ann");
    two.enter("s2", "bob");
    two.enter("s3", "ann");
    pass(INTERVAL);
    two.link.close();
    pass(GRACE - 1);
    assertThat(present()).containsExactly("ann", "bob");
    pass(1);
    assertThat(present()).containsExactly("ann");
  }

  @Test
  void aSocketThatChangesItsKeyIsAnotherMemberAtOnce() {
    one.enter("s1", "ann");
    two.enter("s2", "bob");
    pass(INTERVAL);
    one.hold("s1", "anna");
    pass(2 * INTERVAL);
    assertThat(present()).containsExactly("bob", "anna");
    assertThat(two.heard).containsExactly("joined ann 1", "joined bob 2", "joined anna 3", "left ann 2");
  }

  @Test
  void aNewDescriptionIsSentAsAJoin() {
    one.enter("s1", "ann");
    pass(INTERVAL);
    space.hold("one", ROOM, "s1", "ann", new JsonObject().put("id", "ann").put("mood", "good"));
    steps.run();
    assertThat(one.changes).last().isEqualTo(
        new Joined(List.of(new PresenceMember("ann", new JsonObject().put("id", "ann").put("mood", "good"))), 1));
  }

  @Test
  void aSocketWithoutAKeyIsNotShownAndHearsTheOthers() {
    one.enter("s1", null);
    two.enter("s2", "bob");
    assertThat(present()).containsExactly("bob");
    assertThat(one.heard).containsExactly("joined bob 1");
    one.exit("s1", true);
    assertThat(present()).containsExactly("bob");
  }

  @Test
  void whatHappensInAnIntervalIsSentAsOneList() {
    one.enter("s0", "zoe");
    for (int i = 0; i < 50; i++) one.enter("s" + i + 1, "u" + i);
    pass(INTERVAL - 1);
    assertThat(one.heard).containsExactly("joined zoe 1");
    pass(1);
    assertThat(one.changes).hasSize(2).last().isInstanceOfSatisfying(Joined.class, joined -> {
      assertThat(joined.members()).hasSize(50);
      assertThat(joined.count()).isEqualTo(51);
    });
  }

  @Test
  void joinsAndLeavesTakeTurnsSoThatAnIntervalHasOneMessage() {
    one.enter("s1", "ann");
    pass(INTERVAL);
    one.enter("s2", "bob");
    one.exit("s1", false);
    one.enter("s3", "cy");
    assertThat(one.heard).containsExactly("joined ann 1", "joined bob 2");
    pass(INTERVAL);
    assertThat(one.heard).containsExactly("joined ann 1", "joined bob 2", "left ann 1");
    pass(INTERVAL);
    assertThat(one.heard).containsExactly("joined ann 1", "joined bob 2", "left ann 1", "joined cy 2");
  }

  @Test
  void whoComesAndGoesWithinAnIntervalIsNotSent() {
    one.enter("s1", "ann");
    two.enter("s2", "bob");
    two.exit("s2", false);
    pass(10 * INTERVAL);
    assertThat(one.heard).containsExactly("joined ann 1");
  }

  @Test
  void theFirstPageShowsTheSocketsOwnMemberBeforeTheOthersHearOfIt() {
    one.enter("s1", "ann");
    assertThat(ids(two.enter("s2", "bob").page())).containsExactly("ann", "bob");
    assertThat(one.heard).containsExactly("joined ann 1");
  }

  @Test
  void whatOnlyItsOwnSocketWasShownIsTakenBack() {
    one.enter("s1", "ann");
    two.enter("s2", "bob");
    two.hold("s2", "bill");
    pass(3 * INTERVAL);
    assertThat(two.heard).contains("left bob 1");
    assertThat(present()).containsExactly("ann", "bill");
  }

  @Test
  void pagesHaveEveryMemberOnce() {
    configure(10, 1_000);
    for (int i = 0; i < 95; i++) one.enter("s" + i, "u" + i);
    pass(INTERVAL);
    Set<String> seen = new LinkedHashSet<>();
    int pages = 0;
    String after = null;
    do {
      PresencePage page = space.shown(ROOM, after);
      assertThat(page.count()).isEqualTo(95);
      assertThat(seen).doesNotContainAnyElementsOf(ids(page));
      seen.addAll(ids(page));
      after = page.next();
      pages++;
    } while (after != null);
    assertThat(seen).hasSize(95);
    assertThat(pages).isEqualTo(10);
    assertThat(space.list(ROOM, null, Integer.MAX_VALUE).members()).hasSize(95);
  }

  @Test
  void aPageThatNobodyWasGivenIsRefused() {
    for (String wrong : List.of("x", "-1", "1.5", ""))
      assertThatThrownBy(() -> space.list(ROOM, wrong, 10)).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith("after: ");
  }

  @Test
  void aRoomThatNobodyIsInIsDropped() {
    one.enter("s1", "ann");
    one.exit("s1", true);
    for (Instance each : List.of(one, two)) each.link.unsubscribe(PresenceSpace.KIND, "/", ROOM);
    steps.run();
    assertThat(space.find(ROOM)).isNotNull();
    pass(GRACE + INTERVAL);
    assertThat(space.find(ROOM)).isNull();
  }

  @Test
  void aNamespaceThatNoInstanceHasAndNobodyIsInIsDropped() {
    one.enter("s1", "ann");
    one.exit("s1", true);
    for (Instance each : List.of(one, two)) each.link.unsubscribe(PresenceSpace.KIND, "/", ROOM);
    space.leave("one");
    steps.run();
    PresenceSpace before = space;
    two.link.tell(PresenceSpace.KIND, "/", there -> space = there);
    pass(GRACE);
    assertThat(space).isSameAs(before);
    two.link.tell(PresenceSpace.KIND, "/", there -> space = there);
    steps.run();
    assertThat(space).isNotSameAs(before);
  }

  @Test
  void handlersAreToldOfEachMemberOnceAndWithoutTheInterval() {
    List<PresenceChange> told = new ArrayList<>();
    two.link.subscribe(PresenceSpace.KIND, "/", PresenceSpace.HANDLERS, new Replica<PresencePage, PresenceChange>() {
      @Override
      public void snapshot(String epoch, long version, PresencePage nobody) {}

      @Override
      public void changed(String epoch, long version, PresenceChange change) {
        told.add(change);
      }
    });
    steps.run();
    one.enter("s1", "ann");
    one.enter("s2", "ann");
    one.enter("s3", "bob");
    one.exit("s1", false);
    one.exit("s2", true);
    assertThat(told).containsExactly(new Came(ROOM, member("ann")), new Came(ROOM, member("bob")));
    pass(GRACE);
    assertThat(told).last().isEqualTo(new Went(ROOM, member("ann")));
  }

  // --- Large rooms

  @Test
  void inALargeRoomOnlyTheCountIsSent() {
    configure(10, 100);
    for (int i = 0; i < 101; i++) one.enter("s" + i, "u" + i);
    pass(INTERVAL);
    assertThat(one.changes).last().isEqualTo(new Counted(101));
    PresenceSpace.Entered entered = one.enter("s200", "u200");
    assertThat(entered.large()).isTrue();
    assertThat(entered.page().members()).hasSize(11);
    pass(INTERVAL);
    assertThat(one.changes).last().isEqualTo(new Counted(102));
  }

  @Test
  void aRoomThatIsNoLongerLargeSendsItsListAgain() {
    configure(100, 100);
    for (int i = 0; i < 101; i++) one.enter("s" + i, "u" + i);
    pass(INTERVAL);
    for (int i = 0; i < 50; i++) one.exit("s" + i, false);
    pass(INTERVAL);
    assertThat(one.changes).last().isEqualTo(new Counted(51));
    one.exit("s50", false);
    pass(INTERVAL);
    assertThat(one.changes).last().isInstanceOfSatisfying(Relisted.class, relisted -> assertThat(relisted.page().members()).hasSize(50));
    one.exit("s51", false);
    pass(INTERVAL);
    assertThat(one.heard).last().isEqualTo("left u51 49");
  }

  /** 10,000 members, of whom 100 leave and 100 come in each second. */
  @ParameterizedTest
  @ValueSource(ints = {500, 100_000})
  void eachMemberOfAnyRoomGetsOneMessageInAnIntervalWhoseBytesFollowTheChanges(int largeRoom) {
    configure(100, largeRoom);
    int members = 10_000;
    for (int i = 0; i < members; i++) (i % 2 == 0 ? one : two).enter("s" + i, "u" + i);
    pass(2 * INTERVAL);
    one.changes.clear();
    int seconds = 20;
    for (int step = 0; step < 10 * seconds; step++) {
      for (int i = 0; i < 10; i++) {
        int leaving = 10 * step + i;
        (leaving % 2 == 0 ? one : two).exit("s" + leaving, i % 2 == 0);
        one.enter("new" + leaving, "v" + leaving);
      }
      pass(INTERVAL / 10);
    }
    assertThat(one.changes).hasSizeBetween(seconds - 1, seconds + 1);
    long bytes = one.changes.stream().mapToLong(change -> text(change).length()).sum();
    // 200 changes in each second, of some 20 bytes; a list of all would have 200,000 bytes.
    assertThat(bytes).isLessThan(seconds * (largeRoom < members ? 20 : 200 * 30));
    pass(2 * GRACE);
    assertThat(space.count(ROOM)).isEqualTo(members);
  }

  /** Every client's list is the same at any time, and in the end it is who is there. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void allListsAreEqualAndInTheEndRight(long seed) {
    Random random = new Random(seed);
    configure(3, 1 + random.nextInt(12));
    List<Instance> instances = new ArrayList<>(List.of(one, two, new Instance("three")));
    Map<String, Client> clients = new TreeMap<>();
    int ids = 0;
    for (int step = 0; step < 600; step++) {
      Instance instance = instances.get(random.nextInt(instances.size()));
      List<Client> here = clients.values().stream().filter(client -> client.instance == instance).toList();
      Client some = here.isEmpty() ? null : here.get(random.nextInt(here.size()));
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          Client client = new Client(instance, "c" + ids++, "u" + random.nextInt(10));
          clients.put(client.id, client);
          client.enter();
        }
        case 3, 4 -> {
          if (some == null) break;
          clients.remove(some.id);
          some.exit(random.nextBoolean());
        }
        case 5 -> {
          if (some == null) break;
          some.key = "u" + random.nextInt(10);
          instance.hold(some.id, some.key);
        }
        case 6 -> pass(random.nextInt((int) INTERVAL));
        case 7 -> {
          if (random.nextInt(20) > 0) break;
          here.forEach(client -> clients.remove(client.id));
          instance.link.close();
          instances.set(instances.indexOf(instance), new Instance("instance" + ids++));
        }
        default -> throw new AssertionError();
      }
      steps.run();
    }
    pass(GRACE + 3 * INTERVAL);
    Set<String> right = new TreeSet<>();
    clients.values().forEach(client -> right.add(client.key));
    assertThat(new TreeSet<>(present())).as("seed " + seed).isEqualTo(right);
    for (Client client : clients.values())
      assertThat(client.isCounting() || client.list().equals(right)).as("seed " + seed + " " + client.id + " " + client.list() + right)
          .isTrue();
  }

  // --- Those who take part

  private static JsonObject description(String key) {
    return new JsonObject().put("id", key);
  }

  private static PresenceMember member(String key) {
    return new PresenceMember(key, description(key));
  }

  private List<String> present() {
    return space.list(ROOM, null, Integer.MAX_VALUE).members().stream().map(PresenceMember::key).toList();
  }

  private static List<String> ids(PresencePage page) {
    return ids(page.members());
  }

  private static List<String> ids(List<PresenceMember> members) {
    return members.stream().map(member -> member.description().getString("id")).toList();
  }

  private static String text(PresenceChange change) {
    if (change instanceof Counted counted) return "{\"count\":" + counted.count() + "}";
    List<PresenceMember> members = change instanceof Joined joined ? joined.members() : ((Left) change).members();
    return new JsonArray(members.stream().map(PresenceMember::description).toList()).encode();
  }

  private void pass(long millis) {
    steps.advance(millis);
  }

  /** An instance with sockets in the room, which hears what the hub publishes. */
  private final class Instance implements Replica<PresencePage, PresenceChange> {
    final HubLink link;
    final List<PresenceChange> changes = new ArrayList<>();
    final List<String> heard = new ArrayList<>();
    final Map<String, Client> clients = new LinkedHashMap<>();
    private long last;

    Instance(String id) {
      link = hub.attach(id, steps.executor(), (kind, namespace) -> {});
      link.subscribe(PresenceSpace.KIND, "/", ROOM, this);
      steps.run();
    }

    PresenceSpace.Entered enter(String socket, String key) {
      PresenceSpace.Entered entered = space.enter(link.instance(), ROOM, socket, key, key == null ? null : description(key));
      steps.run();
      return entered;
    }

    void hold(String socket, String key) {
      space.hold(link.instance(), ROOM, socket, key, description(key));
      steps.run();
    }

    void exit(String socket, boolean lost) {
      space.exit(link.instance(), ROOM, socket, lost);
      steps.run();
    }

    @Override
    public void snapshot(String epoch, long version, PresencePage state) {
      last = version;
    }

    @Override
    public void changed(String epoch, long version, PresenceChange change) {
      assertThat(version).isEqualTo(++last);
      changes.add(change);
      if (change instanceof Joined joined) heard.add("joined " + String.join(" ", ids(joined.members())) + " " + joined.count());
      else if (change instanceof Left left) heard.add("left " + String.join(" ", ids(left.members())) + " " + left.count());
      clients.values().forEach(client -> client.changed(change));
    }
  }

  /** A client's list, kept by the events alone. */
  private final class Client {
    final Instance instance;
    final String id;
    String key;
    private final Map<String, JsonObject> list = new HashMap<>();
    private boolean counting;

    Client(Instance instance, String id, String key) {
      this.instance = instance;
      this.id = id;
      this.key = key;
    }

    void enter() {
      PresenceSpace.Entered entered = instance.enter(id, key);
      counting = entered.large();
      begin(entered.page());
      instance.clients.put(id, this);
    }

    void exit(boolean lost) {
      instance.clients.remove(id);
      instance.exit(id, lost);
    }

    private void begin(PresencePage first) {
      list.clear();
      add(first.members());
      for (String next = first.next(); next != null; ) {
        PresencePage page = space.shown(ROOM, next);
        add(page.members());
        next = page.next();
      }
    }

    private void add(List<PresenceMember> members) {
      members.forEach(member -> list.put(member.description().getString("id"), member.description()));
    }

    void changed(PresenceChange change) {
      if (change instanceof Joined joined) {
        add(joined.members());
      } else if (change instanceof Left left) {
        left.members().forEach(member -> list.remove(member.description().getString("id")));
      } else if (change instanceof Relisted relisted) {
        counting = false;
        begin(relisted.page());
      } else counting = true;
      if (!counting && change instanceof Joined joined) assertThat(list).hasSize(joined.count());
    }

    boolean isCounting() {
      return counting;
    }

    Set<String> list() {
      return new TreeSet<>(list.keySet());
    }
  }
}
