package dev.magpie.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.LogUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Streams at the hub, step by step. */
class StreamSpaceTest {
  private static final long IDLE = 60_000;
  private static final long KEEP = 30_000;

  private final Steps steps = new Steps();
  private MemoryStore store = new MemoryStore();
  private StreamLimits limits = new StreamLimits(3, 100, IDLE, KEEP, null);
  private Hub hub = new Hub(steps.executor(), steps);
  private HubLink a = attach("a");
  private HubLink b = attach("b");

  private HubLink attach(String instance) {
    return hub.attach(instance, steps.executor(), (kind, namespace) -> {});
  }

  private Future<Void> append(HubLink by, String id, String text) {
    return by.ask(StreamSpace.KIND, "/", (space, done) -> {
      space.configure(limits);
      space.append(by.instance(), "room", id, "stream", text, done);
    });
  }

  private Future<Void> end(HubLink by, String id) {
    return by.ask(StreamSpace.KIND, "/", (space, done) -> {
      space.configure(limits);
      space.end(by.instance(), "room", id, "stream", done);
    });
  }

  /** What a replica hears: the chunks of the snapshot in brackets, then each further chunk. */
  private final class Heard implements Replica<List<StreamText>, StreamChunk> {
    private final List<String> texts = new ArrayList<>();

    @Override
    public void snapshot(String epoch, long version, List<StreamText> state) {
      state.forEach(text -> texts.add("[" + described(text.event()) + "]"));
    }

    @Override
    public void changed(String epoch, long version, StreamChunk change) {
      texts.add(change.isRemoved() ? change.key() + " forgotten" : described(change.event()));
    }

    private String described(JsonArray event) {
      var chunk = event.getJsonObject(1);
      return chunk.getString("id") + "@" + chunk.getInteger("at") + " " + chunk.getString("text") + (chunk.getBoolean("done") ? "." : "")
          + (chunk.getBoolean("aborted", false) ? " aborted" : "");
    }

    List<String> texts() {
      steps.run();
      List<String> heard = List.copyOf(texts);
      texts.clear();
      return heard;
    }
  }

  private Heard subscribe(HubLink by) {
    Heard heard = new Heard();
    by.tell(StreamSpace.KIND, "/", space -> space.configure(limits));
    by.subscribe(StreamSpace.KIND, "/", "room", heard);
    return heard;
  }

  @Test
  void whatIsAppendedInOneTurnIsOneChunk() {
    Heard heard = subscribe(b);
    append(a, "x", "Hel");
    append(a, "x", "lo");
    assertThat(heard.texts()).containsExactly("x@0 Hello");
    append(a, "x", " world");
    end(a, "x");
    assertThat(heard.texts()).containsExactly("x@5  world.");
  }

  @Test
  void whoSubscribesLaterGetsTheTextSoFarAndThenTheChunks() {
    append(a, "x", "Hello");
    append(a, "y", "other");
    steps.run();
    append(a, "x", " world");
    steps.run();
    Heard heard = subscribe(b);
    append(a, "x", "!");
    assertThat(heard.texts()).containsExactly("[y@0 other]", "[x@0 Hello world]", "x@11 !");
  }

  @Test
  void aSnapshotEndsWhereTheNextChunkBegins() {
    append(a, "x", "Hello");
    steps.run();
    append(a, "x", " world");
    // Subscribed before the hub has published that.
    Heard heard = subscribe(b);
    assertThat(heard.texts()).containsExactly("[x@0 Hello]", "x@5  world");
  }

  @Test
  void theSecondHalfOfACharacterIsWaitedFor() {
    Heard heard = subscribe(b);
    String smile = "😀";
    append(a, "x", "a" + smile.charAt(0));
    assertThat(heard.texts()).containsExactly("x@0 a");
    append(a, "x", smile.charAt(1) + "b");
    assertThat(heard.texts()).containsExactly("x@1 " + smile + "b");
  }

  @Test
  void aStreamToWhichNobodyAppendsIsAbortedAndLaterForgotten() {
    Heard heard = subscribe(b);
    append(a, "x", "Hel");
    steps.advance(IDLE - 1);
    append(a, "x", "lo");
    heard.texts();
    steps.advance(IDLE - 1);
    assertThat(heard.texts()).isEmpty();
    steps.advance(1);
    assertThat(heard.texts()).containsExactly("x@5 . aborted");
    steps.advance(KEEP - 1);
    assertThat(subscribe(attach("c")).texts()).containsExactly("[x@0 Hello. aborted]");
    steps.advance(1);
    assertThat(heard.texts()).containsExactly("x forgotten");
    assertThat(subscribe(attach("d")).texts()).isEmpty();
  }

  @Test
  void theStreamsOfAnInstanceThatEndsAreAborted() {
    Heard heard = subscribe(b);
    append(a, "x", "of a");
    append(b, "y", "of b");
    append(a, "z", "ended");
    end(a, "z");
    heard.texts();
    a.close();
    assertThat(heard.texts()).containsExactly("x@4 . aborted");
  }

  @Test
  void nothingIsAppendedToAStreamThatHasEnded() {
    append(a, "x", "all");
    end(a, "x");
    Future<Void> late = append(b, "x", "more");
    Future<Void> again = end(b, "x");
    steps.run();
    assertThat(late.cause()).isInstanceOf(IllegalStateException.class)
        .hasMessage("stream \"x\" has ended: a text of its own needs an id of its own");
    assertThat(again.succeeded()).isTrue();
  }

  @Test
  void anEmptyTextMayBeCompletedToo() {
    Heard heard = subscribe(b);
    end(a, "x");
    assertThat(heard.texts()).containsExactly("x@0 .");
  }

  @Test
  void aRoomHasNotMoreStreamsAndNotMoreTextThanAllowed() {
    for (String id : List.of("x", "y", "z")) append(a, id, "ö".repeat(10));
    Future<Void> fourth = append(a, "w", "");
    Future<Void> ended = end(a, "v");
    Future<Void> longer = append(a, "x", "ö".repeat(19));
    Future<Void> fits = append(a, "x", "ö".repeat(18));
    steps.run();
    assertThat(fourth.cause()).isInstanceOf(StateLimitException.class)
        .hasMessage("stream \"w\" is one more than a room may have; allowed: 3");
    assertThat(ended.cause()).isInstanceOf(StateLimitException.class);
    assertThat(longer.cause()).isInstanceOf(StateLimitException.class)
        .hasMessage("with this text the streams of its room have 101 bytes; allowed: 100");
    assertThat(fits.succeeded()).isTrue();
    for (String id : List.of("x", "y", "z")) end(a, id);
    steps.run();
    steps.advance(KEEP);
    Future<Void> later = append(a, "w", "ö".repeat(49));
    steps.run();
    assertThat(later.succeeded()).isTrue();
  }

  // --- Durable

  /** A store that answers when the test says so. */
  private final class MemoryStore implements StateStore {
    private boolean closed;
    private final Map<String, Row> rows = new LinkedHashMap<>();
    private final List<Runnable> held = new ArrayList<>();
    private boolean holds;
    private boolean away;
    private int writes;
    private int conflicts;

    @Override
    public Future<Long> newest() {
      return Future.succeededFuture(rows.values().stream().mapToLong(Row::version).max().orElse(0));
    }

    @Override
    public Future<List<Row>> read(String room) {
      if (away) return Future.failedFuture(new LogUnavailableException("away", null));
      return Future.succeededFuture(rows.values().stream().filter(row -> row.room().equals(room)).toList());
    }

    @Override
    public Future<Boolean> write(List<Write> all) {
      if (away) return Future.failedFuture(new LogUnavailableException("away", null));
      Promise<Boolean> done = Promise.promise();
      Runnable write = () -> {
        int before = conflicts;
        writes++;
        for (Write one : all) {
          Row former = rows.get(one.row().key());
          if (one.replaces() != (former == null ? 0 : former.version())) conflicts++;
          else rows.put(one.row().key(), one.row());
        }
        done.complete(conflicts == before);
      };
      if (holds) held.add(write);
      else write.run();
      return done.future();
    }

    @Override
    public Future<Void> sweep(long millis, long keep) {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> close() {
      closed = true;
      return Future.succeededFuture();
    }
  }

  private void durable() {
    limits = new StreamLimits(3, 10_000, IDLE, KEEP, () -> Future.succeededFuture(store));
  }

  /** The process is killed: a hub of another incarnation takes over. */
  private void restart() {
    steps.run();
    MemoryStore former = store;
    store = new MemoryStore();
    store.rows.putAll(former.rows);
    hub = new Hub(steps.executor(), steps);
    a = attach("a2");
    b = attach("b2");
  }

  @Test
  void aTextIsStoredFromTimeToTimeAndOnceMoreWhenItEnds() {
    durable();
    for (int i = 0; i < 100; i++) {
      append(a, "x", "word ");
      steps.advance(20);
    }
    assertThat(store.writes).isBetween(3, 5);
    Future<Void> ended = end(a, "x");
    steps.run();
    assertThat(ended.succeeded()).isTrue();
    assertThat(store.rows.get("x").content().getString(1)).hasSize(500);
  }

  @Test
  void theEndSucceedsOnceTheWholeTextIsStored() {
    durable();
    append(a, "x", "all");
    steps.advance(1_000);
    store.holds = true;
    append(a, "x", " of it");
    steps.advance(1_000);
    Heard heard = subscribe(b);
    Future<Void> ended = end(a, "x");
    assertThat(heard.texts()).containsExactly("[x@0 all of it]", "x@9 .");
    for (int i = 0; i < 2; i++) {
      assertThat(ended.isComplete()).isFalse();
      store.held.remove(0).run();
      steps.run();
    }
    assertThat(ended.succeeded()).isTrue();
  }

  @Test
  void afterARestartATextThatHadEndedIsToldAndOneThatHadNotIsAborted() {
    durable();
    append(a, "x", "ended");
    end(a, "x");
    append(a, "y", "cut");
    steps.advance(1_000);
    restart();
    Heard heard = subscribe(b);
    assertThat(heard.texts()).containsExactly("[x@0 ended.]", "[y@0 cut]");
    steps.advance(KEEP);
    assertThat(heard.texts()).containsExactly("x forgotten");
    steps.advance(IDLE);
    assertThat(heard.texts()).startsWith("y@3 . aborted");
  }

  @Test
  void theTextsOfTheLastInstanceThatEndsAreStoredAsAborted() {
    durable();
    append(a, "x", "cut");
    steps.run();
    b.close();
    Future<Void> closed = a.close();
    steps.run();
    assertThat(closed.succeeded()).isTrue();
    assertThat(store.rows.get("x").content()).isEqualTo(new JsonArray().add("stream").add("cut").add("ABORTED"));
  }

  @Test
  void membersGetTheTextAlthoughTheStoreIsAway() {
    durable();
    store.away = true;
    Heard heard = subscribe(b);
    Future<Void> appended = append(a, "x", "live");
    Future<Void> ended = end(a, "x");
    assertThat(heard.texts()).containsExactly("[x@0 live.]");
    assertThat(appended.succeeded()).isTrue();
    assertThat(ended.cause()).isInstanceOf(LogUnavailableException.class);
    store.away = false;
    steps.advance(2_000);
    assertThat(store.rows.get("x").content().getString(1)).isEqualTo("live");
    assertThat(store.conflicts).isZero();
  }

  @Test
  void anIdMayBeUsedAgainOnceItsTextIsForgottenThoughTheStoreStillHasThat() {
    durable();
    append(a, "x", "first");
    end(a, "x");
    steps.advance(KEEP);
    append(a, "x", "second");
    Future<Void> ended = end(a, "x");
    steps.run();
    assertThat(ended.succeeded()).isTrue();
    assertThat(store.rows.get("x").content().getString(1)).isEqualTo("second");
    restart();
    steps.advance(10 * KEEP);
    append(a, "x", "third");
    Future<Void> endedLater = end(a, "x");
    steps.run();
    assertThat(endedLater.succeeded()).isTrue();
    assertThat(store.rows.get("x").content().getString(1)).isEqualTo("third");
  }

  @Test
  void aStreamThatIsForgottenBeforeItCouldBeStoredIsNotTriedForever() {
    durable();
    append(a, "x", "first");
    steps.advance(1_000);
    store.away = true;
    end(a, "x");
    steps.advance(2 * KEEP);
    store.away = false;
    steps.advance(5_000);
    int writes = store.writes;
    steps.advance(60_000);
    assertThat(store.writes).isEqualTo(writes);
  }

  @Test
  void aDurableNamespaceThatNoInstanceHasIsReleasedOnceItHasNoStream() {
    durable();
    a.tell(StreamSpace.KIND, "/", space -> space.use("a"));
    append(a, "x", "first");
    end(a, "x");
    steps.advance(2 * KEEP + 120_000);
    assertThat(store.closed).isFalse();
    a.tell(StreamSpace.KIND, "/", space -> space.leave("a"));
    append(a, "y", "second");
    steps.advance(IDLE - 1);
    assertThat(store.closed).isFalse();
    end(a, "y");
    steps.advance(KEEP + 120_000);
    assertThat(store.closed).isTrue();
    append(a, "y", "third");
    end(a, "y");
    steps.advance(1_000);
    assertThat(store.rows.get("y").content().getString(1)).isEqualTo("third");
  }

  @Test
  void theEndFailsWhereTheStoreCanNeverBeOpened() {
    limits = new StreamLimits(3, 10_000, IDLE, KEEP, () -> Future.failedFuture(new IllegalArgumentException("no such store")));
    append(a, "x", "live");
    Future<Void> first = end(a, "x");
    steps.run();
    Future<Void> second = end(a, "y");
    steps.run();
    assertThat(first.cause()).isInstanceOf(LogUnavailableException.class);
    assertThat(second.cause()).isInstanceOf(LogUnavailableException.class);
  }

  @Test
  void aTimeWithoutEndDoesNotOverflow() {
    limits = new StreamLimits(3, 100, Long.MAX_VALUE, Long.MAX_VALUE, null);
    Heard heard = subscribe(b);
    append(a, "x", "Hello");
    steps.advance(1_000_000);
    end(a, "x");
    steps.advance(1_000_000);
    assertThat(heard.texts()).containsExactly("x@0 Hello", "x@5 .");
  }

  @Test
  void theIdsCountTowardsTheBytesOfARoom() {
    Future<Void> appended = append(a, "x".repeat(101), "");
    steps.run();
    assertThat(appended.cause()).isInstanceOf(StateLimitException.class);
  }
}
