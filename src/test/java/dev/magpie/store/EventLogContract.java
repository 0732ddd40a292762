package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.Appended;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LoggedEvent;
import dev.magpie.log.RecoveryState;
import dev.magpie.log.RecoveryStore;
import dev.magpie.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every durable log and every store of sessions does. */
abstract class EventLogContract {
  EventLog log;
  RecoveryStore sessions;

  /** Opens the namespace's log and sessions, empty at a test's first call. */
  abstract void open() throws Exception;

  abstract void close() throws Exception;

  @BeforeEach
  void start() throws Exception {
    open();
  }

  @AfterEach
  void stop() throws Exception {
    close();
  }

  static LogEntry said(String room, String cid, Object text) {
    return LogEntry.to(room).cid("cid-" + "0".repeat(16 - cid.length()) + cid).by("ana").event("said", text);
  }

  private List<Appended> say(String room, int from, int to) {
    return await(log.append(IntStream.range(from, to).mapToObj(i -> said(room, "" + i, i)).toList()));
  }

  private static List<Object> texts(List<LoggedEvent> events) {
    return events.stream().map(event -> event.args().getValue(0)).toList();
  }

  @Test
  void numbersDenselyFromOne() {
    assertThat(await(log.extent())).isEqualTo(new EventLog.Extent(1, 0));
    assertThat(say("r", 0, 3)).extracting(Appended::seq).containsExactly(1L, 2L, 3L);
    assertThat(say("r", 3, 5)).extracting(Appended::seq).containsExactly(4L, 5L);
    assertThat(await(log.extent())).isEqualTo(new EventLog.Extent(1, 5));
  }

  @Test
  void givesBackTheOriginalOfARetry() {
    say("r", 0, 3);
    List<Appended> again = await(log.append(List.of(said("r", "1", "changed"), said("r", "9", 9), said("r", "2", "changed"))));
    assertThat(again).extracting(Appended::seq).containsExactly(2L, 4L, 3L);
    assertThat(again).extracting(Appended::duplicate).containsExactly(true, false, true);
    assertThat(again.get(0).event().args().getValue(0)).isEqualTo(1);
    assertThat(await(log.extent()).head()).isEqualTo(4);
  }

  @Test
  void keepsEveryKindOfValue() {
    JsonArray nested = new JsonArray().add(1).add(new JsonObject().put("b", Buffer.buffer("x")));
    JsonObject object = new JsonObject().put("a.b", 1).put("$set", nested).put("long", 1L << 52).put("half", 0.5).putNull("nothing")
        .put("套", "餐 😀");
    JsonObject lookalike = new JsonObject().put("$binary", "not ours");
    LogEntry entry = new LogEntry(List.of("r", "s"), List.of("x"), "cid-of-all-values", null, null,
        new JsonArray().add("e").add(object).add(Buffer.buffer(new byte[] {0, -1})).add(lookalike).addNull(), true);
    LoggedEvent written = await(log.append(List.of(entry))).get(0).event();
    LoggedEvent read = await(log.find(written.seq())).orElseThrow();
    assertThat(read.passing()).isTrue();
    assertThat(read.rooms()).containsExactly("r", "s");
    assertThat(read.except()).containsExactly("x");
    assertThat(read.event().getList().get(2)).isEqualTo(Buffer.buffer(new byte[] {0, -1}));
    assertThat(read.event().getJsonObject(1).getString("套")).isEqualTo("餐 😀");
    assertThat(read.event().getJsonObject(1).getLong("long")).isEqualTo(1L << 52);
    assertThat(read.event().getJsonObject(1).getValue("nothing")).isNull();
    assertThat(read.event().getJsonObject(1).getJsonArray("$set").getJsonObject(1).getMap().get("b")).isEqualTo(Buffer.buffer("x"));
    assertThat(read.event().getJsonObject(3)).isEqualTo(lookalike);
    assertThat(read.event().getValue(4)).isNull();
  }

  @Test
  void keepsAllDigitsOfANumber() {
    List<Object> numbers = List.of(1152921504606846976L, new BigInteger("123456789012345678901234567890"),
        new BigDecimal("12345678901234567890.12345"), 0.1);
    await(log.append(List.of(said("r", "1", new JsonArray(numbers)))));
    assertThat(await(log.find(1)).orElseThrow().args().getJsonArray(0).stream().toList()).isEqualTo(numbers);
  }

  @Test
  void readsAGapAndPagesOfIt() {
    say("r", 0, 10);
    assertThat(texts(await(log.read(2, 5, 100)))).containsExactly(2, 3, 4);
    assertThat(texts(await(log.read(0, 100, 3)))).containsExactly(0, 1, 2);
    assertThat(await(log.read(10, 20, 3))).isEmpty();
  }

  @Test
  void readsWhatSomeRoomsMissed() {
    for (int i = 0; i < 12; i++)
      await(log.append(List.of(i % 4 == 3 ? LogEntry.toAll().cid("cid-to-everybody-" + i).event("said", i)
          : said("r" + i % 4, "" + i, i))));
    Map<String, Long> rooms = Map.of("", 1L, "r0", 1L, "r1", 7L);
    assertThat(texts(await(log.read(rooms, 2, 12, 100)))).containsExactly(3, 4, 7, 8, 9, 11);
    assertThat(texts(await(log.read(rooms, 2, 9, 2)))).containsExactly(3, 4);
    assertThat(texts(await(log.read(rooms, 2, 9, 100)))).containsExactly(3, 4, 7, 8);
  }

  @Test
  void pagesARoomBothWays() {
    say("r", 0, 10);
    say("r\0other", 10, 12);
    say("rr", 12, 14);
    say("r\\0", 14, 15);
    EventLog.Page newest = await(log.pageBefore("r", Long.MAX_VALUE, 4));
    assertThat(texts(newest.events())).containsExactly(6, 7, 8, 9);
    assertThat(newest.more()).isTrue();
    EventLog.Page oldest = await(log.pageBefore("r", 3, 4));
    assertThat(texts(oldest.events())).containsExactly(0, 1);
    assertThat(oldest.more()).isFalse();
    EventLog.Page after = await(log.pageAfter("r", 8, 4));
    assertThat(texts(after.events())).containsExactly(8, 9);
    assertThat(after.more()).isFalse();
    assertThat(await(log.pageAfter("r", 0, 4)).more()).isTrue();
    assertThat(texts(await(log.pageAfter("r\\0", 0, 4)).events())).containsExactly(14);
    assertThat(await(log.pageAfter("r\0other", 0, 4)).events()).extracting(LoggedEvent::rooms).containsOnly(List.of("r\0other"));
    assertThat(await(log.pageBefore("nowhere", Long.MAX_VALUE, 4)).events()).isEmpty();
  }

  @Test
  void keepsWhatPassesOutOfTheHistoryAndReplaysIt() {
    say("r", 0, 1);
    await(log.append(List.of(LogEntry.to("r").inPassing().once("first").event("edited", "passing"), said("r", "2", 2))));
    assertThat(texts(await(log.pageAfter("r", 0, 10)).events())).containsExactly(0, 2);
    assertThat(texts(await(log.pageBefore("r", 10, 1)).events())).containsExactly(2);
    assertThat(await(log.pageBefore("r", 3, 1)).more()).isFalse();
    assertThat(texts(await(log.read(Map.of("r", 1L), 0, 10, 10)))).containsExactly(0, "passing", 2);
    assertThat(await(log.original(LogEntry.cidOf("first"))).orElseThrow().seq()).isEqualTo(2);
    assertThat(await(log.original("nobody-has-said-this"))).isEmpty();
  }

  @Test
  void erasesOnePersonAndKeepsNumbersAndCids() {
    say("r", 0, 3);
    await(log.append(List.of(LogEntry.to("r").cid("cid-of-somebody-else").by("bo").event("said", "bo's"))));
    assertThat(await(log.eraseAll("ana"))).containsExactly(1L, 2L, 3L);
    assertThat(await(log.eraseAll("ana"))).isEmpty();
    assertThat(texts(await(log.pageAfter("r", 0, 10)).events())).containsExactly("bo's");
    assertThat(await(log.read(0, 10, 10))).extracting(LoggedEvent::isErased).containsExactly(true, true, true, false);
    assertThat(await(log.append(List.of(said("r", "1", "again")))).get(0).duplicate()).isTrue();
    assertThat(await(log.extent())).isEqualTo(new EventLog.Extent(1, 4));
    assertThat(await(log.find(1))).isEmpty();
    assertThat(await(log.original(said("r", "1", "").cid())).orElseThrow().isErased()).isTrue();
  }

  @Test
  void replacesInItsPlace() {
    say("r", 0, 3);
    assertThat(await(log.replace(2, new JsonArray().add("said").add("edited")))).isTrue();
    assertThat(texts(await(log.pageAfter("r", 0, 10)).events())).containsExactly(0, "edited", 2);
    assertThat(await(log.replace(7, new JsonArray().add("said")))).isFalse();
    assertThat(await(log.erase(2))).isTrue();
    assertThat(await(log.erase(2))).isFalse();
    assertThat(await(log.replace(2, new JsonArray().add("said")))).isFalse();
  }

  @Test
  void letsGoOfTheOldestAndNeverOfTheNewest() {
    say("r", 0, 10);
    assertThat(await(log.trim(4, Long.MAX_VALUE, 0))).isFalse();
    assertThat(await(log.extent())).isEqualTo(new EventLog.Extent(7, 10));
    assertThat(texts(await(log.pageAfter("r", 0, 10)).events())).containsExactly(6, 7, 8, 9);
    await(log.trim(100, Long.MAX_VALUE, Long.MAX_VALUE));
    assertThat(await(log.extent())).isEqualTo(new EventLog.Extent(10, 10));
    assertThat(say("r", 10, 11).get(0).seq()).isEqualTo(11);
  }

  @Test
  void letsGoOfTheOldestBeyondSoManyBytes() {
    say("r", 0, 10);
    long all = await(log.usage()).bytes();
    assertThat(await(log.usage()).events()).isEqualTo(10);
    await(log.trim(Long.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE));
    assertThat(await(log.usage()).bytes()).isEqualTo(all);
    while (await(log.trim(Long.MAX_VALUE, all / 2, Long.MIN_VALUE))) {}
    assertThat(await(log.usage()).bytes()).isBetween(all / 4, all / 2);
    assertThat(await(log.extent()).head()).isEqualTo(10);
    assertThat(await(log.extent()).first()).isBetween(5L, 8L);
    while (await(log.trim(Long.MAX_VALUE, 1, Long.MIN_VALUE))) {}
    assertThat(await(log.extent())).as("the newest stays").isEqualTo(new EventLog.Extent(10, 10));
  }

  @Test
  void notesTheLatestTimeThatWasBelieved() throws Exception {
    assertThat(await(log.believed())).isZero();
    say("r", 0, 1);
    assertThat(await(log.believed())).as("when the newest was said").isEqualTo(await(log.usage()).oldest());
    await(log.believe(5_000_000_000_000L));
    assertThat(await(log.believed())).isEqualTo(5_000_000_000_000L);
  }

  @Test
  void isTheSameAfterItWasClosed() throws Exception {
    say("r", 0, 10);
    String epoch = log.epoch();
    close();
    open();
    assertThat(log.epoch()).isEqualTo(epoch).matches("[A-Za-z0-9_-]{8}");
    assertThat(texts(await(log.pageAfter("r", 0, 20)).events())).hasSize(10);
    assertThat(say("r", 9, 11)).extracting(Appended::seq).containsExactly(10L, 11L);
  }

  // Sessions.

  private static RecoveryState session(String id, long gen, String note, long expiresAt) {
    return new RecoveryState(id, "sid", null, Map.of("", 1L, "a.b$c", 1L << 40), new JsonObject().put("note", note).put("$k.x", 1), gen,
        true, 2, 77, expiresAt);
  }

  @Test
  void findsWhatWasSaved() {
    assertThat(await(sessions.find("none"))).isEmpty();
    RecoveryState session = session("a", 1, "x", 1000);
    await(sessions.save(session));
    assertThat(await(sessions.find("a"))).contains(session);
  }

  @Test
  void keepsBytesAndDigitsInASessionsData() {
    JsonObject data = new JsonObject().put("image", Buffer.buffer("bytes")).put("n", new BigDecimal("12345678901234567890.12345"));
    await(sessions.save(new RecoveryState("a", "sid", null, Map.of(), data, 1, true, 0, 0, 1000)));
    assertThat(await(sessions.find("a")).orElseThrow().data()).isEqualTo(data);
  }

  @Test
  void leavesALaterGenerationAlone() {
    await(sessions.save(session("a", 1, "x", 1000)));
    assertThat(await(sessions.claim(session("a", 2, "y", 1000)))).isTrue();
    await(sessions.save(session("a", 1, "late", 1000)));
    await(sessions.remove("a", 1));
    assertThat(await(sessions.find("a")).orElseThrow().data().getString("note")).isEqualTo("y");
  }

  @Test
  void isClaimedByOneOnly() {
    await(sessions.save(session("a", 1, "x", 1000)));
    List<Future<Boolean>> claims = new ArrayList<>();
    for (int i = 0; i < 10; i++) claims.add(sessions.claim(session("a", 2, "" + i, 1000)));
    assertThat(claims.stream().filter(Await::await)).hasSize(1);
    assertThat(await(sessions.claim(session("b", 2, "nobody's", 1000)))).isFalse();
  }

  @Test
  void sweepsWhatHasExpired() {
    await(sessions.save(session("a", 1, "x", 1000)));
    await(sessions.save(session("b", 1, "x", 1000)));
    await(sessions.save(session("c", 1, "x", 1000)));
    await(sessions.extend(List.of("b", "unknown"), 2000));
    await(sessions.remove("c", 1));
    await(sessions.sweep(1500));
    assertThat(await(sessions.find("a"))).isEmpty();
    assertThat(await(sessions.find("b")).orElseThrow().expiresAt()).isEqualTo(2000);
    assertThat(await(sessions.find("c"))).isEmpty();
    assertThat(await(sessions.find("unknown"))).isEmpty();
  }

  private static RecoveryState sessionOf(String id, String uid) {
    return new RecoveryState(id, "sid", uid, Map.of("", 1L, "\0" + uid, 1L), new JsonObject(), 1, true, 0, 0, 1000);
  }

  @Test
  void removesAllSessionsOfAUser() {
    RecoveryState others = sessionOf("c", "b\"ob");
    for (RecoveryState session : List.of(sessionOf("a", "a\0na"), sessionOf("b", "a\0na"), others, session("d", 1, "x", 1000)))
      await(sessions.save(session));
    await(sessions.removeAll("a\0na"));
    assertThat(await(sessions.find("a"))).isEmpty();
    assertThat(await(sessions.find("b"))).isEmpty();
    assertThat(await(sessions.find("c"))).contains(others);
    assertThat(await(sessions.find("d"))).isPresent();
    assertThat(await(sessions.claim(sessionOf("a", "a\0na").claimed(0, 0, 1000)))).isFalse();
  }
}
