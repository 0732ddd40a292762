package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedEventLogTest extends EventLogContract {
  @TempDir Path directory;
  private EmbeddedMongo mongo;
  private StoreThreads threads;

  @Override
  void open() {
    mongo = EmbeddedMongo.open(directory);
    threads = new StoreThreads("test");
    log = await(EmbeddedEventLog.open(mongo, "/chat", StoredRecovery.newEpoch(), threads, System::currentTimeMillis));
    sessions = await(EmbeddedRecoveryStore.open(mongo, "/chat", threads));
  }

  @Override
  void close() {
    threads.close();
    mongo.close();
  }

  private List<LogEntry> many(int from) {
    return IntStream.range(from, from + 500).mapToObj(i -> said("r", "" + i, i)).toList();
  }

  @Test
  void letsGoPieceByPieceUntilItIsDone() {
    for (int i = 0; i < 10; i++) await(log.append(many(i * 500)));
    assertThat(await(log.trim(10, Long.MAX_VALUE, 0))).isTrue();
    assertThat(await(log.append(many(5_000)))).hasSize(500);
    while (await(log.trim(10, Long.MAX_VALUE, 0))) {}
    assertThat(await(log.extent())).isEqualTo(new EventLog.Extent(5_491, 5_500));
    // What is gone is gone with its cid and its places: said again, it is new.
    assertThat(await(log.append(List.of(said("r", "7", 7)))).get(0).duplicate()).isFalse();
    assertThat(await(log.pageBefore("r", 5_400, 10)).events()).isEmpty();
  }

  @Test
  @Timeout(120)
  void theFileOfALogThatLetsGoBecomesSmallWhileItIsOpen() throws Exception {
    Random random = new Random(7);
    for (int i = 0; i < 600; i++) {
      int from = i * 50;
      // Cids in no order, so that each commit leaves pieces of the index all over the file.
      await(log.append(IntStream.range(from, from + 50).mapToObj(n -> said("r" + n % 50, Long.toHexString(random.nextLong()), n))
          .toList()));
      if (i % 20 == 0) while (await(log.trim(5_000, Long.MAX_VALUE, Long.MIN_VALUE))) {}
    }
    while (mongo.bytes() > 10 << 20) Thread.sleep(20);
    assertThat(await(log.usage()).events()).isBetween(5_000L, 6_000L);
  }

  @Test
  void erasesMoreThanItDoesAtOnce() {
    for (int i = 0; i < 3; i++) await(log.append(many(i * 500)));
    assertThat(await(log.eraseAll("ana"))).hasSize(1_500);
    assertThat(await(log.pageBefore("r", Long.MAX_VALUE, 10)).events()).isEmpty();
  }
}
