package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LoggedEvent;
import dev.magpie.log.RecoveryState;
import dev.magpie.state.StateStore;
import dev.magpie.testing.TestMongo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Damaged files at the start, and the commands that look after the data. */
@Timeout(120)
class DataCommandTest {
  private static final int EVENTS = 600;

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path data;
  private Path file;

  @BeforeEach
  void fill() throws Exception {
    data = folder.resolve("data");
    file = data.resolve("magpie.mv.db");
    using(mongo -> {
      try (StoreThreads threads = new StoreThreads("test")) {
        EventLog log = await(EmbeddedEventLog.open(mongo, "/chat", "first", threads, System::currentTimeMillis));
        // Random letters: what is alike would be stored as one.
        for (int i = 0; i < EVENTS; i += 20) await(log.append(said(i, 20)));
        await(EmbeddedRecoveryStore.open(mongo, "/chat", threads));
      }
      MongoClient client = client(mongo.connectionString());
      for (int i = 0; i < 50; i++) await(client.insert("article", new JsonObject().put("_id", "article-" + i).put("title", "title " + i)));
      await(client.close());
    });
  }

  private static List<LogEntry> said(int from, int count) {
    List<LogEntry> entries = new ArrayList<>();
    for (int i = from; i < from + count; i++)
      entries.add(LogEntry.to("r").cid("cid-of-the-event-" + i).by("ana").event("message", "message " + i + " " + letters(i)));
    return entries;
  }

  private static String letters(int seed) {
    byte[] bytes = new byte[3_000];
    new Random(seed).nextBytes(bytes);
    return java.util.Base64.getEncoder().encodeToString(bytes);
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  @Test
  void aWholeFileIsToldWithItsEntriesAndFormat() throws Exception {
    assertThat(run("check")).isZero();
    assertThat(out.toString()).contains("magpie.log./chat.events: 600\n").contains("databases.koa.article: 50\n")
        .containsPattern("whole: \\d+ maps, \\d+ entries, format 1");
  }

  @Test
  void garbageInTheMiddleRefusesTheStartWithOneLineAndIsRepaired() throws Exception {
    damage(file, 0.4, 256 << 10);
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> EmbeddedMongo.open(data)).isInstanceOf(DataRefusedException.class).hasMessageContaining("is damaged")
        .hasMessageContaining("data repair").hasMessageNotContaining("Exception");
    assertThat(run("check")).isEqualTo(1);
    assertThat(Files.readAllBytes(file)).as("the damaged file is left as it is").isEqualTo(before);
    assertThat(run("repair")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("the damaged file is kept as");
    using(mongo -> {
      try (StoreThreads threads = new StoreThreads("test")) {
        EmbeddedEventLog log = await(EmbeddedEventLog.open(mongo, "/chat", "second", threads, System::currentTimeMillis));
        assertThat(log.epoch()).isNotEqualTo("first");
        List<LoggedEvent> kept = await(log.read(0, Long.MAX_VALUE, EVENTS));
        assertThat(kept.size()).isBetween(EVENTS / 2, EVENTS);
        assertThat(kept).allSatisfy(event -> assertThat((String) event.event().getValue(1))
            .isEqualTo("message " + (event.seq() - 1) + " " + letters((int) event.seq() - 1)));
        assertThat(await(log.pageBefore("r", Long.MAX_VALUE, EVENTS)).events()).isEqualTo(kept);
        assertThat(await(log.append(said(EVENTS, 1))).get(0).event().seq()).isEqualTo(kept.get(kept.size() - 1).seq() + 1);
      }
    });
  }

  @Test
  void aFileWhoseEndWasCutIsRepairedWithItsEventsAndRoomsInStep() throws Exception {
    appendCommits();
    try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
      cut.setLength(cut.length() - (512 << 10));
    }
    assertThat(run("check")).isEqualTo(1);
    assertThat(run("repair")).as(err.toString()).isZero();
    using(mongo -> {
      try (StoreThreads threads = new StoreThreads("test")) {
        EmbeddedEventLog log = await(EmbeddedEventLog.open(mongo, "/chat", "second", threads, System::currentTimeMillis));
        assertThat(log.epoch()).isNotEqualTo("first");
        List<LoggedEvent> kept = await(log.read(0, Long.MAX_VALUE, 2 * EVENTS));
        assertThat(kept.size()).isBetween(EVENTS, 2 * EVENTS - 1);
        assertThat(kept).isEqualTo(await(log.pageBefore("r", Long.MAX_VALUE, 2 * EVENTS)).events());
      }
    });
  }

  @Test
  void aFileThatWasCopiedByItsClosingIsNotTakenForAnEmptyOneWithoutItsEnd() throws Exception {
    Path copied = folder.resolve("copied");
    Path copy = copied.resolve(file.getFileName());
    try (EmbeddedMongo mongo = EmbeddedMongo.open(copied)) {
      MVMap<Integer, byte[]> map = mongo.mvStore().openMap("test.small");
      for (int i = 0; i < 2_000; i++) {
        int key = i % 100;
        mongo.change(() -> map.put(key, new byte[5_000])).toCompletableFuture().join();
      }
    }
    assertThat(Files.size(copy)).as("500 kB of data and 2,000 commits").isLessThan(2_000_000);
    try (RandomAccessFile cut = new RandomAccessFile(copy.toFile(), "rw")) {
      cut.setLength(cut.length() - cut.length() / 10);
    }
    assertThatThrownBy(() -> EmbeddedMongo.open(copied)).isInstanceOf(DataRefusedException.class)
        .hasMessageContaining("the file cannot be opened: it was closed, and its end is missing since");
    assertThat(run(StoreOptions.embedded(copied), "check")).isEqualTo(1);
    assertThat(run(StoreOptions.embedded(copied), "repair")).as(err.toString()).isZero();
    try (EmbeddedMongo mongo = EmbeddedMongo.open(copied)) {
      MVMap<Integer, byte[]> map = mongo.mvStore().openMap("test.small");
      assertThat(map.size()).isBetween(70, 100);
      assertThat(map.values()).allSatisfy(value -> assertThat(value).hasSize(5_000));
    }
  }

  /** As many events again, a commit for every twenty, none of which takes the place of an older one. */
  private void appendCommits() {
    MVStore store = new MVStore.Builder().fileName(file.toString()).autoCommitDisabled().open();
    store.setRetentionTime(Integer.MAX_VALUE);
    EmbeddedEventLog.Maps log = EmbeddedEventLog.Maps.open(store, "/chat");
    List<LogEntry> entries = said(EVENTS, EVENTS);
    for (int i = 0; i < EVENTS; i++) {
      log.put(entries.get(i).at(EVENTS + i + 1, 1));
      if (i % 20 == 19) store.commit();
    }
    store.close(0);
  }

  @Test
  void newerDataIsRefused() throws Exception {
    try (MVStore store = new MVStore.Builder().fileName(file.toString()).open()) {
      store.setStoreVersion(2);
    }
    assertThatThrownBy(() -> EmbeddedMongo.open(data)).isInstanceOf(DataRefusedException.class)
        .hasMessageEndingWith("was written by a newer Magpie: its format is 2; allowed: up to 1");
    assertThat(run("repair")).isEqualTo(1);
  }

  @Test
  void dataOfBeforeItHadAFormatIsOpened() throws Exception {
    try (MVStore store = new MVStore.Builder().fileName(file.toString()).open()) {
      store.setStoreVersion(0);
    }
    using(mongo -> assertThat(mongo.created()).isFalse());
    assertThat(StoreCheck.of(file).format()).isEqualTo(1);
  }

  @Test
  void aBackupIsMadeBesideTheRunningProgramAndRestoredWhenItHasEnded() throws Exception {
    Path backup = folder.resolve("backup.mv.db");
    using(mongo -> {
      assertThat(run("backup", backup.toString())).as(err.toString()).isZero();
      assertThat(run("check")).as(out + err.toString()).isZero();
      assertThat(run("repair")).isEqualTo(2);
      assertThat(run("restore", backup.toString())).isEqualTo(2);
      assertThat(err.toString()).contains("is in use by another running program");
      MongoClient client = client(mongo.connectionString());
      await(client.removeDocuments("article", new JsonObject()));
      await(client.close());
    });
    assertThat(run("restore", backup.toString())).as(err.toString()).isZero();
    using(mongo -> {
      MongoClient client = client(mongo.connectionString());
      assertThat(await(client.count("article", new JsonObject()))).isEqualTo(50);
      await(client.close());
      try (StoreThreads threads = new StoreThreads("test")) {
        EmbeddedEventLog log = await(EmbeddedEventLog.open(mongo, "/chat", "second", threads, System::currentTimeMillis));
        assertThat(await(log.extent()).head()).isEqualTo(EVENTS);
        assertThat(log.epoch()).as("clients start anew").isNotEqualTo("first");
      }
    });
  }

  @Test
  void everythingIsCopiedToAnotherMongoWithItsNumbers() throws Exception {
    try (TestMongo target = TestMongo.start(folder.resolve("target"))) {
      assertThat(run(StoreOptions.embedded(data), "migrate")).isEqualTo(1);
      StoreOptions options = new StoreOptions(Optional.of(target.connectionString()), "koa", data);
      for (int i = 0; i < 2; i++) assertThat(run(options, "migrate")).as(err.toString()).isZero();
      assertThat(out.toString()).contains("koa.article: 50 documents").contains("log of /chat: 600 events, 0 sessions");
      MongoClient client = client(target.connectionString());
      assertThat(await(client.count("article", new JsonObject()))).isEqualTo(50);
      DatabaseGate gate = new DatabaseGate(vertx, new WriteProbe(client)::write);
      MongoEventLog log = await(MongoEventLog.open(client, gate, "/chat", "other", System::currentTimeMillis));
      assertThat(log.epoch()).isEqualTo("first");
      assertThat(await(log.extent())).isEqualTo(new EventLog.Extent(1, EVENTS));
      assertThat(await(log.read(Map.of("r", 1L), 0, 10, 10))).hasSize(10);
      assertThat(await(log.original("cid-of-the-event-7")).orElseThrow().seq()).isEqualTo(8);
      await(client.close());
    }
  }

  @Test
  void aCopiedSessionIsStillThatOfItsUser() throws Exception {
    using(mongo -> {
      try (StoreThreads threads = new StoreThreads("test")) {
        EmbeddedRecoveryStore sessions = await(EmbeddedRecoveryStore.open(mongo, "/chat", threads));
        await(sessions.save(new RecoveryState("id", "sid", "ana", Map.of("", 1L), new JsonObject(), 1, false, 0, 0, Long.MAX_VALUE)));
      }
    });
    try (TestMongo target = TestMongo.start(folder.resolve("target"))) {
      assertThat(run(new StoreOptions(Optional.of(target.connectionString()), "koa", data), "migrate")).as(err.toString()).isZero();
      MongoClient client = client(target.connectionString());
      MongoRecoveryStore sessions = new MongoRecoveryStore(client, new DatabaseGate(vertx, new WriteProbe(client)::write), "/chat");
      assertThat(await(sessions.find("id"))).isPresent();
      await(sessions.removeAll("ana"));
      assertThat(await(sessions.find("id"))).isEmpty();
      await(client.close());
    }
  }

  @Test
  void roomStateIsCopiedWithItsVersions() throws Exception {
    StateStore.Row row = new StateStore.Row("room", "key", 7, "writer", new JsonArray().add("event").add(1), 0, 1_000);
    using(mongo -> {
      try (StoreThreads threads = new StoreThreads("test")) {
        StateStore state = await(EmbeddedStateStore.open(mongo, "/chat", threads, Future::succeededFuture));
        assertThat(await(state.write(List.of(new StateStore.Write(row, 0))))).isTrue();
      }
    });
    try (TestMongo target = TestMongo.start(folder.resolve("target"))) {
      StoreOptions options = new StoreOptions(Optional.of(target.connectionString()), target.newDatabase(), data);
      assertThat(run(options, "migrate")).as(err.toString()).isZero();
      MongoClient client = MongoClient.create(vertx,
          new JsonObject().put("connection_string", target.connectionString()).put("db_name", options.database()));
      DatabaseGate gate = new DatabaseGate(vertx, new WriteProbe(client)::write);
      StateStore state = await(MongoStateStore.open(client, gate, "/chat", Future::succeededFuture));
      assertThat(await(state.read("room"))).containsExactly(row);
      assertThat(await(state.newest())).isEqualTo(7);
      gate.close();
      await(client.close());
    }
  }

  @Test
  void aWrongCommandIsOneLine() {
    assertThatThrownBy(() -> run("chek")).hasMessage("data: what? " + DataCommand.USAGE);
    assertThatThrownBy(() -> run("backup")).hasMessage("data backup: one file is allowed: " + DataCommand.USAGE);
  }

  private static void damage(Path file, double where, int bytes) throws Exception {
    byte[] garbage = new byte[bytes];
    new Random(1).nextBytes(garbage);
    try (RandomAccessFile damaged = new RandomAccessFile(file.toFile(), "rw")) {
      damaged.seek((long) (damaged.length() * where));
      damaged.write(garbage);
    }
  }

  private int run(String... words) {
    return run(StoreOptions.embedded(data), words);
  }

  private int run(StoreOptions options, String... words) {
    return new DataCommand(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8), options)
        .run(List.of(words));
  }

  private interface Use {
    void of(EmbeddedMongo mongo) throws Exception;
  }

  private void using(Use use) throws Exception {
    try (EmbeddedMongo mongo = EmbeddedMongo.open(data)) {
      use.of(mongo);
    }
  }

  private MongoClient client(String address) {
    return MongoClient.create(vertx, new JsonObject().put("connection_string", address).put("db_name", "koa"));
  }
}
