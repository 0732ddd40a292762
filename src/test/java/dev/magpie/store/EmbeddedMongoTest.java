package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.MagpieProcess;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.MVMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class EmbeddedMongoTest {
  @TempDir Path directory;
  private Vertx vertx;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
  }

  @Test
  void keepsDataOverARestart() throws Exception {
    try (EmbeddedMongo mongo = EmbeddedMongo.open(directory)) {
      assertThat(mongo.created()).isTrue();
      assertThat(mongo.file()).isAbsolute().exists();
      insert(mongo, new JsonObject().put("_id", "a").put("title", "套餐"));
    }
    try (EmbeddedMongo mongo = EmbeddedMongo.open(directory)) {
      assertThat(mongo.created()).isFalse();
      assertThat(find(mongo)).containsExactly(new JsonObject().put("_id", "a").put("title", "套餐"));
    }
  }

  @Test
  void listensOnLoopbackAndLeavesItsPortInTheDirectoryWhileItRuns() throws Exception {
    EmbeddedMongo mongo = EmbeddedMongo.open(directory);
    assertThat(EmbeddedMongo.portOf(directory)).isEqualTo(OptionalInt.of(mongo.port()));
    assertThat(mongo.connectionString())
        .isEqualTo("mongodb://magpie:" + Files.readString(directory.resolve("mongo.secret")).strip() + "@127.0.0.1:" + mongo.port()
        + "/?authMechanism=PLAIN");
    mongo.close();
    mongo.close();
    assertThat(directory.resolve("mongo.port")).doesNotExist();
    assertThat(EmbeddedMongo.portOf(directory)).isEmpty();
  }

  @Test
  void refusesASecondOpeningOfOneDirectoryAndNamesIt() {
    try (EmbeddedMongo first = EmbeddedMongo.open(directory)) {
      assertThatThrownBy(() -> EmbeddedMongo.open(directory))
          .isInstanceOfSatisfying(DataInUseException.class, inUse -> assertThat(inUse.path()).isEqualTo(directory.toAbsolutePath()))
          .hasMessageContaining(directory.toString());
      assertThat(EmbeddedMongo.portOf(directory)).as("the first one's port stays").isEqualTo(OptionalInt.of(first.port()));
    }
  }

  @Test
  void refusesADirectoryThatAnotherProcessHasOpen() throws Exception {
    try (Child child = new Child(directory, "run", 1, true)) {
      child.readUntil(5);
      assertThatThrownBy(() -> EmbeddedMongo.open(directory)).isInstanceOf(DataInUseException.class);
    }
  }

  @Test
  void saysWhichDirectoryCannotBeMade() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "in the way");
    assertThatThrownBy(() -> EmbeddedMongo.open(file.resolve("data"))).hasMessageContaining(file.toString());
  }

  @Test
  void readsDoNotCommit() throws Exception {
    try (EmbeddedMongo mongo = EmbeddedMongo.open(directory)) {
      insert(mongo, new JsonObject().put("_id", "a"));
      long version = mongo.mvStore().getCurrentVersion();
      for (int i = 0; i < 20; i++) find(mongo);
      assertThat(mongo.mvStore().getCurrentVersion()).isEqualTo(version);
      insert(mongo, new JsonObject().put("_id", "b"));
      assertThat(mongo.mvStore().getCurrentVersion()).isEqualTo(version + 1);
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterKillsAtRandomMoments() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Acknowledged acknowledged = new Acknowledged();
    for (int run = 0; run < 5; run++) {
      try (Child child = new Child(directory, "r" + run, 16, true)) {
        child.readUntil(50 + random.nextInt(800));
        TimeUnit.MICROSECONDS.sleep(random.nextInt(3000)); // Not a wait for anything: it moves the kill about within a commit.
        acknowledged.add(child.kill());
      }
      try (EmbeddedMongo mongo = EmbeddedMongo.open(directory)) {
        assertThat(acknowledged.missing(mongo, "r" + run)).as("lost by run %d of seed %d", run, seed).isEmpty();
        assertThat(cutInTwo(mongo)).as("changes cut in two by run %d of seed %d", run, seed).isEmpty();
      }
    }
    assertThat(acknowledged.size()).isGreaterThan(250);
  }

  /** The negative control: the same child without the wait for a commit, the same check. */
  @Test
  void withoutTheCommitAcknowledgedWritesAreLost() throws Exception {
    Acknowledged acknowledged = new Acknowledged();
    try (Child child = new Child(directory, "r", 16, false)) {
      child.readUntil(500);
      acknowledged.add(child.kill());
    }
    try (EmbeddedMongo mongo = EmbeddedMongo.open(directory)) {
      assertThat(acknowledged.missing(mongo, "r")).isNotEmpty();
    }
  }

  @Test
  void closingMakesAFileThatIsMostlyDeadSmallAndKeepsWhatIsInIt() throws Exception {
    try (EmbeddedMongo mongo = EmbeddedMongo.open(directory)) {
      insert(mongo, new JsonObject().put("_id", "a").put("title", "套餐"));
      MVMap<Integer, byte[]> map = mongo.mvStore().openMap("test.small");
      for (int i = 0; i < 2_000; i++) {
        int key = i % 100;
        mongo.change(() -> map.put(key, new byte[5_000])).toCompletableFuture().join();
      }
      assertThat(Files.size(mongo.file())).as("bytes for 500 kB of data and 2,000 commits").isBetween(8_400_000L, 300_000_000L);
    }
    assertThat(Files.size(directory.resolve(StoreFile.NAME))).as("bytes after closing").isLessThan(2_000_000);
    try (EmbeddedMongo mongo = EmbeddedMongo.open(directory)) {
      assertThat(find(mongo)).containsExactly(new JsonObject().put("_id", "a").put("title", "套餐"));
      MVMap<Integer, byte[]> map = mongo.mvStore().openMap("test.small");
      assertThat(map.keySet()).hasSize(100);
      assertThat(map.values()).allSatisfy(value -> assertThat(value).hasSize(5_000));
    }
  }

  @Test
  void aCopyThatWasCutShortIsOfNoConsequence() throws Exception {
    EmbeddedMongo.open(directory).close();
    Files.writeString(directory.resolve(StoreFile.NAME + ".copy"), "half");
    EmbeddedMongo.open(directory).close();
    assertThat(directory.resolve(StoreFile.NAME + ".copy")).doesNotExist();
  }

  @Test
  void aCommitAfterClosingFailsAndDoesNotHang() {
    EmbeddedMongo mongo = EmbeddedMongo.open(directory);
    mongo.close();
    assertThat(mongo.commit().toCompletableFuture()).isCompletedExceptionally();
  }

  private List<String> cutInTwo(EmbeddedMongo mongo) {
    MVMap<Long, String> events = mongo.mvStore().openMap(AcknowledgedWrites.LOG);
    MVMap<String, Long> dedupe = mongo.mvStore().openMap(AcknowledgedWrites.DEDUPE);
    List<String> cut = new ArrayList<>();
    events.forEach((g, event) -> {
      if (dedupe.get("cid " + g) == null) cut.add(event);
    });
    if (events.size() != dedupe.size()) cut.add(events.size() + " events, " + dedupe.size() + " keys");
    return cut;
  }

  private void insert(EmbeddedMongo mongo, JsonObject document) throws Exception {
    MongoClient client = client(mongo);
    await(client.insert("c", document));
    await(client.close());
  }

  private List<JsonObject> find(EmbeddedMongo mongo) throws Exception {
    MongoClient client = client(mongo);
    List<JsonObject> found = await(client.find("c", new JsonObject()));
    await(client.close());
    return found;
  }

  private MongoClient client(EmbeddedMongo mongo) {
    return MongoClient.create(vertx, new JsonObject().put("connection_string", mongo.connectionString()).put("db_name", "koa"));
  }

  /** What children said was acknowledged, and the check that it is there. */
  private final class Acknowledged {
    private final Map<String, Boolean> documents = new HashMap<>(); // id to whether its update was acknowledged
    private final List<Long> events = new ArrayList<>();

    void add(List<String> lines) {
      for (String line : lines) {
        String[] words = line.split(" ");
        switch (words[0]) {
          case "inserted" -> documents.putIfAbsent(words[1], false);
          case "updated" -> documents.put(words[1], true);
          case "logged" -> events.add(Long.parseLong(words[1]));
          case "failed" -> throw new AssertionError(line);
          default -> {}
        }
      }
    }

    int size() {
      return documents.size() + events.size();
    }

    List<String> missing(EmbeddedMongo mongo, String lastRun) throws Exception {
      Map<String, JsonObject> found = new HashMap<>();
      MongoClient client = client(mongo);
      for (JsonObject document : await(client.find(AcknowledgedWrites.COLLECTION, new JsonObject())))
        found.put(document.getString("_id"), document);
      List<String> missing = new ArrayList<>();
      documents.forEach((id, updated) -> {
        JsonObject document = found.get(id);
        if (document == null || (updated && !document.containsKey("again"))) missing.add(id);
      });
      // A document cut in two would be in the data and not in the index of ids, or the other way round.
      // Those of earlier runs were looked up then.
      List<String> ids = found.keySet().stream().filter(id -> id.startsWith(lastRun)).toList();
      for (int from = 0; from < ids.size(); from += 50) {
        List<Future<?>> lookups = new ArrayList<>();
        for (String id : ids.subList(from, Math.min(ids.size(), from + 50))) {
          lookups.add(client.findOne(AcknowledgedWrites.COLLECTION, new JsonObject().put("_id", id), null).onSuccess(document -> {
            if (document == null) synchronized (missing) {
              missing.add("index of " + id);
            }
          }));
        }
        await(Future.all(lookups));
      }
      await(client.close());
      MVMap<Long, String> log = mongo.mvStore().openMap(AcknowledgedWrites.LOG);
      for (long g : events) if (!log.containsKey(g)) missing.add("event " + g);
      return missing;
    }
  }

  /** A JVM that runs {@link AcknowledgedWrites}. */
  private static final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final List<String> lines = new ArrayList<>();

    Child(Path directory, String run, int writers, boolean guarding) throws IOException {
      process = MagpieProcess.of(AcknowledgedWrites.class, directory.toString(), run, "" + writers, "" + guarding).builder()
          .redirectError(ProcessBuilder.Redirect.INHERIT)
          .start();
      output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    void readUntil(int acknowledged) throws IOException {
      while (lines.size() < acknowledged) {
        String line = output.readLine();
        if (line == null) throw new AssertionError("the child ended by itself: " + lines);
        lines.add(line);
      }
    }

    /** As kill -9. @return every whole line that it wrote before */
    List<String> kill() throws Exception {
      process.toHandle().destroyForcibly(); // Process.destroyForcibly would also throw away what was not read yet.
      process.waitFor();
      StringBuilder rest = new StringBuilder();
      for (int c = output.read(); c >= 0; c = output.read()) rest.append((char) c);
      String written = rest.toString();
      // A line that the kill cut short was not said.
      int end = written.lastIndexOf('\n');
      if (end > 0) lines.addAll(List.of(written.substring(0, end).split("\n")));
      return lines;
    }

    @Override
    public void close() throws Exception {
      process.destroyForcibly().waitFor();
    }
  }
}
