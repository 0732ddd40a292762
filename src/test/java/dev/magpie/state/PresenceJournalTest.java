package dev.magpie.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.LogUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The members of a durable namespace over a restart: the hub ends without a word, and another one opens the same store. */
class PresenceJournalTest {
  private static final String ROOM = "lobby";
  private static final long GRACE = 10_000;

  private final Steps steps = new Steps();
  private final Store store = new Store();

  @Test
  void whoWasThereStaysForTheGraceTimeAfterARestartAndLeavesOnce() {
    Run before = new Run();
    before.enter("s1", "ann");
    before.enter("s2", "bob");
    Run after = new Run();
    List<PresenceChange> told = after.watched();
    assertThat(after.present()).containsExactly("ann", "bob");
    after.enter("s3", "bob");
    steps.advance(GRACE - 1);
    assertThat(after.present()).containsExactly("ann", "bob");
    steps.advance(1);
    assertThat(after.present()).containsExactly("bob");
    steps.advance(10 * GRACE);
    assertThat(told).containsExactly(new PresenceChange.Went(ROOM, member("ann")));
    assertThat(new Run().present()).containsExactly("bob");
  }

  @Test
  void whoHadLeftDoesNotComeBack() {
    Run before = new Run();
    before.enter("s1", "ann");
    before.enter("s2", "bob");
    before.exit("s1");
    assertThat(new Run().present()).containsExactly("bob");
  }

  @Test
  void whoIsThereBeforeTheStoreIsReadIsNotTakenForOneOfThePast() {
    new Run().enter("s1", "ann");
    store.available = false;
    Run after = new Run();
    after.enter("s2", "ann");
    store.available = true;
    steps.advance(10 * GRACE);
    assertThat(after.present()).containsExactly("ann");
    assertThat(store.members()).containsExactly("ann");
  }

  @Test
  void theDescriptionIsKeptAsItWasLast() {
    Run before = new Run();
    before.space.hold("one", ROOM, "s1", "ann", new JsonObject().put("id", 1));
    before.space.hold("one", ROOM, "s1", "ann", new JsonObject().put("id", 2));
    steps.run();
    assertThat(new Run().space.list(ROOM, null, 1).members().get(0).description()).isEqualTo(new JsonObject().put("id", 2));
  }

  @Test
  void rowsOfThoseWhoHaveLeftAreRemovedInTheEnd() {
    Run run = new Run();
    for (int i = 0; i < 50; i++) {
      run.enter("s" + i, "u" + i);
      run.exit("s" + i);
    }
    steps.advance(200_000);
    run.enter("s", "ann");
    steps.advance(200_000);
    run.enter("t", "bob");
    assertThat(store.rows).hasSize(2);
  }

  @Test
  void rowsOfTheLastWhoHaveLeftAreRemovedThoughNothingHappensAfterwards() {
    Run run = new Run();
    run.enter("s1", "ann");
    run.exit("s1");
    steps.advance(30_000);
    run.enter("s2", "bob");
    run.exit("s2");
    steps.advance(200_000);
    assertThat(store.rows).isEmpty();
  }

  @Test
  void rowsThatAnEarlierHubHasLeftBehindAreRemoved() {
    Run before = new Run();
    before.enter("s1", "ann");
    before.exit("s1");
    new Run();
    steps.advance(200_000);
    assertThat(store.rows).isEmpty();
  }

  @Test
  void aNamespaceThatNoInstanceHasIsReleasedOnceNothingOfItIsStored() {
    Run run = new Run();
    run.enter("s1", "ann");
    run.space.leave("one");
    steps.advance(200_000);
    assertThat(store.closed).isFalse();
    run.exit("s1");
    assertThat(store.closed).isFalse();
    steps.advance(200_000);
    assertThat(store.closed).isTrue();
    run.open();
    run.enter("s2", "bob");
    assertThat(store.members()).containsExactly("bob");
  }

  @Test
  void aNamespaceThatAnInstanceHasStaysThoughNobodyIsThere() {
    Run run = new Run();
    run.enter("s1", "ann");
    run.exit("s1");
    steps.advance(200_000);
    assertThat(store.closed).isFalse();
    run.space.leave("one");
    steps.run();
    assertThat(store.closed).isTrue();
  }

  @Test
  void aHubThatEndsInGoodOrderWritesWhatWaitsAndClosesTheStore() {
    Run run = new Run();
    run.space.hold("one", ROOM, "s1", "ann", new JsonObject());
    Future<Void> closed = run.space.close();
    steps.run();
    assertThat(closed.succeeded()).isTrue();
    assertThat(store.closed).isTrue();
    assertThat(store.members()).containsExactly("ann");
  }

  /** The store fails every now and then, before or after it has done what it was asked for. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void theStoreHasInTheEndWhoIsThereWhateverFails(long seed) {
    Random random = new Random(seed);
    store.failures = random;
    Run run = new Run();
    for (int step = 0; step < 500; step++) {
      String socket = "s" + random.nextInt(20);
      if (random.nextBoolean()) run.enter(socket, "u" + random.nextInt(10));
      else run.exit(socket);
      if (random.nextInt(4) == 0) steps.advance(random.nextInt(3_000));
    }
    store.failures = null;
    steps.advance(10_000);
    assertThat(store.members()).as("seed " + seed).isEqualTo(new TreeSet<>(run.present()));
  }

  private static PresenceMember member(String key) {
    return new PresenceMember(key, new JsonObject().put("id", key));
  }

  /** A hub from its beginning to its sudden end. */
  private final class Run {
    private final HubLink link = new Hub(steps.executor(), steps).attach("one", steps.executor(), (kind, namespace) -> {});
    private PresenceSpace space;

    Run() {
      open();
    }

    void open() {
      link.tell(PresenceSpace.KIND, "/", made -> {
        space = made;
        made.open("one", new PresenceSpace.Settings(GRACE, 0, 100, 500));
        made.keep(store::open);
      });
      steps.run();
    }

    List<PresenceChange> watched() {
      List<PresenceChange> told = new ArrayList<>();
      link.subscribe(PresenceSpace.KIND, "/", PresenceSpace.HANDLERS, new Replica<PresencePage, PresenceChange>() {
        @Override
        public void snapshot(String epoch, long version, PresencePage nobody) {}

        @Override
        public void changed(String epoch, long version, PresenceChange change) {
          told.add(change);
        }
      });
      return told;
    }

    void enter(String socket, String key) {
      space.enter("one", ROOM, socket, key, member(key).description());
      steps.run();
    }

    void exit(String socket) {
      space.exit("one", ROOM, socket, false);
      steps.run();
    }

    List<String> present() {
      return space.list(ROOM, null, Integer.MAX_VALUE).members().stream().map(PresenceMember::key).toList();
    }
  }

  /** A store in memory. */
  private static final class Store implements StateStore {
    private final Map<String, Row> rows = new HashMap<>();
    private boolean available = true;
    private boolean closed;
    /** Null for none. */
    private Random failures;

    Future<StateStore> open() {
      return answer(() -> this);
    }

    Set<String> members() {
      Set<String> keys = new TreeSet<>();
      for (Row row : rows.values()) if (row.content() != null) keys.add(row.content().getString(1));
      return keys;
    }

    private <T> Future<T> answer(java.util.function.Supplier<T> done) {
      if (!available || failures != null && failures.nextInt(5) == 0) return Future.failedFuture(new LogUnavailableException("away", null));
      T result = done.get();
      if (failures != null && failures.nextInt(5) == 0) return Future.failedFuture(new LogUnavailableException("away", null));
      return Future.succeededFuture(result);
    }

    @Override
    public Future<Long> newest() {
      return answer(() -> rows.values().stream().mapToLong(Row::version).max().orElse(0));
    }

    @Override
    public Future<List<Row>> read(String room) {
      return answer(() -> rows.values().stream().filter(row -> row.room().equals(room)).toList());
    }

    @Override
    public Future<Boolean> write(List<Write> writes) {
      return answer(() -> {
        boolean all = true;
        for (Write write : writes) {
          Row there = rows.get(write.row().key());
          if ((there == null ? 0 : there.version()) == write.replaces()) rows.put(write.row().key(), write.row());
          else all = false;
        }
        return all;
      });
    }

    @Override
    public Future<Void> sweep(long millis, long keep) {
      return answer(() -> {
        rows.values().removeIf(row -> row.content() == null && row.at() < millis && row.version() < keep);
        return null;
      });
    }

    @Override
    public Future<Void> close() {
      closed = true;
      return Future.succeededFuture();
    }
  }
}
