package dev.magpie.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.LogUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The hub's part of retained state, step by step: in memory, and over a store that answers when the test says so. */
class RetainedSpaceTest {
  private static final long WINDOW = 120_000;

  private final Steps steps = new Steps();
  private Hub hub = new Hub(steps.executor(), steps);
  private HubLink link = attach();
  private final Store store = new Store();
  private RetainedSpace.Config config = new RetainedSpace.Config(new StateOptions(2, 100, 1_000), WINDOW, null);

  private HubLink attach() {
    return hub.attach("one", steps.executor(), (kind, namespace) -> {});
  }

  private void durable() {
    config = new RetainedSpace.Config(config.options(), WINDOW, () -> Future.succeededFuture(store));
  }

  /** As a process that starts again over what is stored. */
  private void restart() {
    steps.run();
    hub = new Hub(steps.executor(), steps);
    link = attach();
  }

  private Future<Long> put(String key, String value) {
    return put(key, value, 0, RetainedSpace.ANY);
  }

  private Future<Long> put(String key, String value, long ttl, long ifVersion) {
    return link.ask(RetainedSpace.KIND, "/", (space, done) -> {
      space.configure(config);
      space.put("room", key, new JsonArray().add(value), ttl, ifVersion, done);
    });
  }

  private Future<Long> remove(String key) {
    return link.ask(RetainedSpace.KIND, "/", (space, done) -> {
      space.configure(config);
      space.remove("room", key, RetainedSpace.ANY, done);
    });
  }

  private String get(String key) {
    Future<Optional<RetainedValue>> found = link.ask(RetainedSpace.KIND, "/", (space, done) -> {
      space.configure(config);
      space.get("room", key, done);
    });
    steps.run();
    return found.result().map(value -> value.event() + " " + value.version()).orElse("none");
  }

  private Heard subscribe() {
    Heard replica = new Heard();
    link.tell(RetainedSpace.KIND, "/", space -> space.configure(config));
    link.subscribe(RetainedSpace.KIND, "/", "room", replica);
    return replica;
  }

  private int rooms() {
    Future<Integer> rooms = link.ask(RetainedSpace.KIND, "/", (space, done) -> done.complete(space.rooms().size()));
    steps.run();
    return rooms.result();
  }

  // --- In memory

  @Test
  void versionsOfANamespaceAreNeverRepeatedAlsoForAKeyThatWasRemoved() {
    Future<Long> first = put("a", "one");
    Future<Long> removed = remove("a");
    Future<Long> second = put("a", "two");
    steps.run();
    assertThat(List.of(first.result(), removed.result(), second.result())).containsExactly(1L, 2L, 3L);
    Future<Long> stale = put("a", "lost", 0, 1);
    steps.run();
    assertThat(stale.cause()).isInstanceOf(VersionConflict.class);
    assertThat(get("a")).isEqualTo("two 3");
  }

  @Test
  void aValueExpiresAtItsTimeAndNotBefore() {
    Heard replica = subscribe();
    put("a", "one", 1_000, RetainedSpace.ANY);
    steps.advance(999);
    assertThat(replica.heard).containsExactly("[]", "a=one");
    steps.advance(1);
    assertThat(replica.heard).containsExactly("[]", "a=one", "a removed");
    assertThat(get("a")).isEqualTo("none");
  }

  @Test
  void aTimeToLiveWithoutEndDoesNotOverflow() {
    put("a", "one", Long.MAX_VALUE, RetainedSpace.ANY);
    steps.advance(1_000_000);
    assertThat(get("a")).isEqualTo("one 1");
  }

  @Test
  void theKeyCountsTowardsTheBytesOfAValue() {
    Future<Long> put = put("k".repeat(100), "");
    steps.run();
    assertThat(put.cause()).isInstanceOf(StateLimitException.class);
  }

  @Test
  void aValueThatIsSetAgainLivesFromThenOn() {
    put("a", "one", 1_000, RetainedSpace.ANY);
    steps.advance(600);
    put("a", "two", 1_000, RetainedSpace.ANY);
    steps.advance(999);
    assertThat(get("a")).isEqualTo("two 2");
    steps.advance(1);
    assertThat(get("a")).isEqualTo("none");
  }

  @Test
  void anExpiredKeyCountsNoMoreTowardsTheLimit() {
    put("a", "one", 1_000, RetainedSpace.ANY);
    put("b", "one");
    Future<Long> tooMany = put("c", "one");
    steps.advance(1_000);
    Future<Long> fits = put("c", "one");
    steps.run();
    assertThat(tooMany.cause()).isInstanceOf(StateLimitException.class);
    assertThat(fits.succeeded()).isTrue();
  }

  @Test
  void aRemovedKeyIsRememberedForTheWindowAndThenTheRoomIsDropped() {
    put("a", "one");
    remove("a");
    steps.run();
    assertThat(subscribeNow().heard).containsExactly("[a removed]");
    link.unsubscribe(RetainedSpace.KIND, "/", "room");
    steps.advance(WINDOW - 1);
    assertThat(rooms()).isEqualTo(1);
    steps.advance(1);
    assertThat(rooms()).isZero();
  }

  @Test
  void aNamespaceWithoutValuesIsForgottenAndItsVersionsGoOn() {
    List<String> switches = new ArrayList<>();
    hub.attach("two", steps.executor(), new HubLink.Listener() {
      @Override
      public void switchedOn(Kind<?> kind, String namespace) {
        switches.add("on " + namespace);
      }

      @Override
      public void switchedOff(Kind<?> kind, String namespace) {
        switches.add("off " + namespace);
      }
    });
    put("a", "one");
    remove("a");
    steps.run();
    assertThat(switches).containsExactly("on /");
    steps.advance(WINDOW);
    assertThat(switches).containsExactly("on /", "off /");
    List<String> later = new ArrayList<>();
    hub.attach("three", steps.executor(), (kind, namespace) -> later.add(namespace));
    steps.run();
    assertThat(later).isEmpty();
    Future<Long> second = put("a", "two");
    steps.run();
    assertThat(second.result()).isEqualTo(3);
    assertThat(switches).containsExactly("on /", "off /", "on /");
    assertThat(later).containsExactly("/");
  }

  private Heard subscribeNow() {
    Heard replica = subscribe();
    steps.run();
    return replica;
  }

  @Test
  void ofManyRemovedKeysTheNewestAreRemembered() {
    for (int i = 0; i < 5; i++) {
      put("k" + i, "one");
      remove("k" + i);
    }
    steps.run();
    assertThat(subscribeNow().heard).containsExactly("[k3 removed, k4 removed]");
  }

  // --- Durable

  @Test
  void aValueIsStoredBeforeAnybodyHearsOfIt() {
    durable();
    Heard replica = subscribe();
    steps.run();
    store.hold = true;
    Future<Long> set = put("a", "one");
    steps.run();
    assertThat(replica.heard).containsExactly("[]");
    assertThat(get("a")).isEqualTo("none");
    assertThat(set.isComplete()).isFalse();
    store.release();
    steps.run();
    assertThat(replica.heard).containsExactly("[]", "a=one");
    assertThat(set.result()).isEqualTo(1);
  }

  @Test
  void changesThatComeDuringAWriteAreWrittenTogetherAndOfAKeyTheLast() {
    durable();
    Heard replica = subscribe();
    steps.run();
    store.hold = true;
    put("a", "one");
    steps.run();
    put("a", "two");
    put("b", "one");
    Future<Long> last = put("a", "three", 0, 2);
    steps.run();
    assertThat(store.batches).containsExactly("a1");
    store.release();
    steps.run();
    store.release();
    steps.run();
    assertThat(store.batches).containsExactly("a1", "a4 b3");
    assertThat(last.result()).isEqualTo(4);
    assertThat(replica.heard).containsExactly("[]", "a=one", "a=two", "b=one", "a=three");
  }

  @Test
  void aNewHubHasTheValuesAndGoesOnWithTheirVersions() {
    durable();
    put("a", "one");
    put("b", "one");
    remove("b");
    restart();
    assertThat(subscribeNow().heard).containsExactly("[a=one, b removed]");
    Future<Long> next = put("a", "two", 0, 1);
    steps.run();
    assertThat(next.result()).isEqualTo(4);
  }

  @Test
  void aNewHubDoesNotShowWhatHasExpiredMeanwhile() {
    durable();
    put("a", "one", 1_000, RetainedSpace.ANY);
    restart();
    steps.advance(1_000);
    assertThat(subscribeNow().heard).containsExactly("[a removed]");
    Future<Long> none = put("a", "two", 0, 0);
    steps.run();
    assertThat(none.succeeded()).isTrue();
    assertThat(get("a")).isEqualTo("two 2");
  }

  @Test
  void whatWasSetBeforeTheNamespaceWasKnownToBeDurableIsStored() {
    durable();
    put("a", "stored");
    restart();
    RetainedSpace.Config durable = config;
    config = new RetainedSpace.Config(config.options(), WINDOW, null);
    put("a", "early");
    put("b", "early", 10_000, RetainedSpace.ANY);
    Heard replica = subscribeNow();
    config = durable;
    assertThat(get("a")).startsWith("early");
    assertThat(replica.heard).endsWith("a=early", "b=early");
    restart();
    assertThat(subscribeNow().heard).containsExactly("[a=early, b=early]");
    steps.advance(10_000);
    assertThat(get("b")).isEqualTo("none");
  }

  @Test
  void anInstanceIsToldOfTheStateThatAStoreHolds() {
    durable();
    put("a", "one");
    steps.run();
    hub = new Hub(steps.executor(), steps);
    List<String> told = new ArrayList<>();
    link = hub.attach("one", steps.executor(), (kind, namespace) -> told.add(kind + " " + namespace));
    link.tell(RetainedSpace.KIND, "/", space -> space.configure(config));
    steps.run();
    assertThat(told).containsExactly("retained /");
  }

  @Test
  void aChangeFailsWhileTheStoreIsAwayAndNobodyHearsOfIt() {
    durable();
    put("a", "one");
    steps.run();
    Heard replica = subscribeNow();
    store.away = true;
    Future<Long> lost = put("a", "two");
    steps.run();
    assertThat(lost.cause()).isInstanceOf(LogUnavailableException.class);
    assertThat(replica.heard).containsExactly("[a=one]");
    store.away = false;
    Future<Long> next = put("a", "three", 0, 1);
    steps.run();
    assertThat(next.succeeded()).isTrue();
    assertThat(replica.heard).containsExactly("[a=one]", "a=three");
  }

  @Test
  void aChangeThatWasStoredThoughItFailedIsHeardOfWithTheNextOne() {
    durable();
    put("a", "one");
    steps.run();
    Heard replica = subscribeNow();
    store.forgetsToAnswer = true;
    Future<Long> unknown = put("a", "two");
    steps.run();
    assertThat(unknown.cause()).isInstanceOf(LogUnavailableException.class);
    store.forgetsToAnswer = false;
    Future<Long> stale = put("a", "lost", 0, 1);
    steps.run();
    assertThat(stale.cause()).isInstanceOf(VersionConflict.class).hasMessage("key \"a\" has version 2, not version 1");
    assertThat(replica.heard).containsExactly("[a=one]", "a=two");
  }

  @Test
  void anotherProcessThatWasFirstIsSeenAndTheChangeIsDecidedAgain() {
    durable();
    put("a", "one");
    steps.run();
    Heard replica = subscribeNow();
    store.rows.put("a", new StateStore.Row("room", "a", 7, "other", new JsonArray().add("other"), 0, 0));
    Future<Long> compared = put("a", "mine", 0, 1);
    steps.run();
    assertThat(compared.cause()).isInstanceOf(VersionConflict.class).hasMessage("key \"a\" has version 7, not version 1");
    store.rows.put("b", new StateStore.Row("room", "b", 9, "other", new JsonArray().add("other"), 0, 0));
    Future<Long> whatever = put("b", "mine");
    steps.run();
    assertThat(whatever.result()).isGreaterThan(9);
    assertThat(replica.heard).containsExactly("[a=one]", "a=other", "b=other", "b=mine");
  }

  @Test
  void aRoomIsReadOnceTheStoreIsThere() {
    durable();
    put("a", "one");
    restart();
    store.away = true;
    Heard replica = subscribe();
    Future<Long> waits = put("b", "one");
    steps.advance(3_000);
    assertThat(replica.heard).isEmpty();
    store.away = false;
    steps.advance(3_000);
    assertThat(waits.result()).isEqualTo(2);
    assertThat(replica.heard).containsExactly("[a=one]", "b=one");
  }

  @Test
  void rowsOfOldTimesAreSwept() {
    durable();
    put("a", "one");
    remove("a");
    put("b", "one");
    steps.advance(WINDOW + 120_000);
    assertThat(store.rows.keySet()).containsExactly("b");
  }

  @Test
  void theStoreIsClosedBehindTheWritesThatWereBegun() {
    durable();
    store.hold = true;
    put("a", "one");
    steps.run();
    Future<Void> ended = link.close();
    steps.run();
    assertThat(ended.isComplete()).isFalse();
    assertThat(store.closed).isFalse();
    store.release();
    steps.run();
    assertThat(ended.succeeded()).isTrue();
    assertThat(store.closed).isTrue();
    assertThat(store.rows.keySet()).containsExactly("a");
  }

  private void leave(String instance) {
    link.tell(RetainedSpace.KIND, "/", space -> space.leave(instance));
  }

  @Test
  void aDurableNamespaceThatNoInstanceHasIsReleasedAndItsVersionsGoOn() {
    durable();
    for (String instance : List.of("one", "two")) link.tell(RetainedSpace.KIND, "/", space -> space.use(instance));
    put("a", "one");
    put("b", "one");
    remove("b");
    leave("one");
    steps.advance(300_000);
    assertThat(store.closed).isFalse();
    leave("two");
    steps.advance(60_000);
    assertThat(store.rows.keySet()).containsExactly("a", "b");
    assertThat(store.closed).isTrue();
    Future<Long> next = put("a", "two", 0, 1);
    steps.run();
    assertThat(next.result()).isEqualTo(4);
  }

  @Test
  void aDurableNamespaceStaysWhileARoomHasSubscribers() {
    durable();
    Heard replica = subscribe();
    steps.advance(300_000);
    put("a", "one");
    steps.run();
    assertThat(store.closed).isFalse();
    assertThat(replica.heard).containsExactly("[]", "a=one");
  }

  @Test
  void theEndOfTheLastInstanceWaitsForAStoreThatIsClosing() {
    durable();
    put("a", "one");
    Promise<Void> closing = Promise.promise();
    store.end = closing.future();
    steps.advance(60_000);
    assertThat(store.closed).isTrue();
    Future<Void> ended = link.close();
    steps.run();
    assertThat(ended.isComplete()).isFalse();
    closing.complete();
    steps.run();
    assertThat(ended.succeeded()).isTrue();
  }

  private static final class Heard implements Replica<List<RetainedEntry>, RetainedEntry> {
    private final List<String> heard = new ArrayList<>();

    @Override
    public void snapshot(String epoch, long version, List<RetainedEntry> state) {
      heard.add(state.stream().map(Heard::text).toList().toString());
    }

    @Override
    public void changed(String epoch, long version, RetainedEntry change) {
      heard.add(text(change));
    }

    private static String text(RetainedEntry entry) {
      return entry.isRemoved() ? entry.key() + " removed" : entry.key() + "=" + entry.event().getString(0);
    }
  }

  /** A store in memory that answers late, fails, or has changed rows though it failed. */
  private static final class Store implements StateStore {
    private final Map<String, Row> rows = new HashMap<>();
    private final List<String> batches = new ArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private boolean hold;
    private boolean away;
    private boolean forgetsToAnswer;
    private boolean closed;
    private Future<Void> end = Future.succeededFuture();

    private void release() {
      List<Runnable> now = List.copyOf(held);
      held.clear();
      now.forEach(Runnable::run);
    }

    private static <T> Future<T> gone() {
      return Future.failedFuture(new LogUnavailableException("away", null));
    }

    @Override
    public Future<Long> newest() {
      return away ? gone() : Future.succeededFuture(rows.values().stream().mapToLong(Row::version).max().orElse(0));
    }

    @Override
    public Future<List<Row>> read(String room) {
      return away ? gone() : Future.succeededFuture(List.copyOf(rows.values()));
    }

    @Override
    public Future<Boolean> write(List<Write> writes) {
      if (away) return gone();
      batches.add(String.join(" ", writes.stream().map(write -> write.row().key() + write.row().version()).sorted().toList()));
      Promise<Boolean> done = Promise.promise();
      Runnable answer = () -> {
        boolean all = true;
        for (Write write : writes) {
          Row there = rows.get(write.row().key());
          if ((there == null ? 0 : there.version()) == write.replaces()) rows.put(write.row().key(), write.row());
          else all = false;
        }
        if (forgetsToAnswer) done.fail(new LogUnavailableException("no answer", null));
        else done.complete(all);
      };
      if (hold) held.add(answer);
      else answer.run();
      return done.future();
    }

    @Override
    public Future<Void> sweep(long millis, long keep) {
      rows.values().removeIf(row -> row.content() == null && row.at() < millis && row.version() < keep);
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
      closed = true;
      return end;
    }
  }
}
