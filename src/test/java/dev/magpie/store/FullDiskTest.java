package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.log.Appended;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LoggedEvent;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The embedded store while its disk takes no writes, and afterwards. */
@Timeout(60)
class FullDiskTest {
  @TempDir Path folder;
  private FullDisk disk;
  private final Vertx vertx = Vertx.vertx();
  private EmbeddedMongo mongo;
  private StoreThreads threads;
  private EmbeddedEventLog log;
  private MongoClient client;

  @BeforeEach
  void open() throws Exception {
    open(folder.resolve("data"));
  }

  private void open(Path data) throws Exception {
    disk = new FullDisk();
    mongo = EmbeddedMongo.open(data, true, disk);
    threads = new StoreThreads("test");
    log = await(EmbeddedEventLog.open(mongo, "/chat", "epoch", threads, System::currentTimeMillis));
    client = MongoClient.create(vertx, new JsonObject().put("connection_string", mongo.connectionString()).put("db_name", "koa"));
  }

  @AfterEach
  void close() throws Exception {
    closeStore();
    await(vertx.close());
  }

  private void closeStore() throws Exception {
    threads.close();
    mongo.close();
    await(client.close());
  }

  @Test
  void refusesWritesWithTheReasonAndReadsOn() throws Exception {
    append("first");
    await(client.insert("article", new JsonObject().put("_id", "a")));
    disk.full(true);
    assertThatThrownBy(() -> append("second")).hasRootCauseMessage("No space left on device").cause()
        .isInstanceOf(StoreRefusesException.class);
    assertThat(mongo.refusal()).contains("the store takes no writes: No space left on device");
    // From here on at once, before anything is changed.
    assertThatThrownBy(() -> append("third")).cause().isInstanceOf(StoreRefusesException.class);
    assertThatThrownBy(() -> await(client.insert("article", new JsonObject().put("_id", "b"))))
        .hasMessageContaining("the store takes no writes: No space left on device");
    assertThat(said()).containsExactly("first");
    assertThat(await(client.find("article", new JsonObject()))).hasSize(1);
    disk.full(false);
  }

  @Test
  void goesOnByItselfWhenThereIsSpaceAgainAndEachRetryIsThereOnce() throws Exception {
    append("first");
    disk.full(true);
    assertThatThrownBy(() -> append("second"));
    assertThatThrownBy(() -> append("third"));
    disk.full(false);
    // One whose first try was on its way when the disk filled is told to those who are here, too.
    assertThat(appendAtLast("second").duplicate()).isFalse();
    assertThat(appendAtLast("third").duplicate()).isFalse();
    assertThat(append("second").duplicate()).isTrue();
    assertThat(mongo.refusal()).isEmpty();
    assertThat(said()).containsExactly("first", "second", "third");
    closeStore();
    open(folder.resolve("data"));
    assertThat(said()).containsExactly("first", "second", "third");
  }

  @Test
  void aProgramThatIsKilledMeanwhileHasLostNothingThatItAcknowledged() throws Exception {
    for (int i = 0; i < 20; i++) append("message " + i);
    disk.full(true);
    assertThatThrownBy(() -> append("lost"));
    Path copy = Files.createDirectories(folder.resolve("copy"));
    Files.copy(mongo.file(), copy.resolve(mongo.file().getFileName()));
    disk.full(false);
    closeStore();
    open(copy);
    assertThat(said()).hasSize(20).doesNotContain("lost");
  }

  @Test
  void endsWhileTheDiskIsFullAndKeepsWhatItAcknowledged() throws Exception {
    append("first");
    disk.full(true);
    assertThatThrownBy(() -> append("second"));
    closeStore();
    open(folder.resolve("data"));
    assertThat(said()).containsExactly("first");
  }

  private Appended append(String text) throws Exception {
    return await(log.append(List.of(LogEntry.to("r").cid("cid-of-" + text.replace(' ', '-') + "................").event("message", text))))
        .get(0);
  }

  private Appended appendAtLast(String text) throws Exception {
    while (true) {
      try {
        return append(text);
      } catch (CompletionException refused) {
        assertThat(refused).cause().isInstanceOf(StoreRefusesException.class);
      }
    }
  }

  private List<String> said() throws Exception {
    List<String> said = new ArrayList<>();
    for (LoggedEvent event : await(log.read(0, Long.MAX_VALUE, 1000))) said.add((String) event.event().getValue(1));
    return said;
  }
}
