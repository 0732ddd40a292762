package dev.magpie.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.h2.mvstore.MVMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What keeps the open file long: each in its pure form, at rest. */
@Timeout(120)
class CompactionTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private final Random random = new Random(7);
  private EmbeddedMongo mongo;

  @BeforeEach
  void open() {
    mongo = EmbeddedMongo.open(directory);
  }

  @AfterEach
  void close() {
    mongo.close();
  }

  private void change(Runnable change) throws Exception {
    mongo.change(change).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private byte[] kibibytes(int count) {
    byte[] bytes = new byte[count << 10];
    random.nextBytes(bytes);
    return bytes;
  }

  private void awaitFileOf(long bytes) throws InterruptedException {
    while (mongo.bytes() > bytes) Thread.sleep(20);
  }

  @Test
  void oneCommitWithMoreAliveThanAStepWritesIsRewritten() throws Exception {
    MVMap<Integer, byte[]> map = mongo.mvStore().openMap("map");
    change(() -> {
      for (int i = 0; i < 1_500; i++) map.put(i, kibibytes(16));
    });
    // Of every page a part stays: about 5 MiB of one chunk.
    change(() -> {
      for (int i = 0; i < 1_500; i++) if (i % 5 != 0) map.remove(i);
    });
    assertThat(mongo.bytes()).isGreaterThan(23 * MIB);
    awaitFileOf(10 * MIB);
    assertThat(map.size()).isEqualTo(300);
    assertThat(map.get(295)).hasSize(16 << 10);
  }

  @Test
  void fullChunksWithHolesBetweenThemAreMoved() throws Exception {
    MVMap<Integer, byte[]> stays = mongo.mvStore().openMap("stays");
    MVMap<Integer, byte[]> goes = mongo.mvStore().openMap("goes");
    for (int i = 0; i < 60; i++) {
      int at = i * 16;
      for (MVMap<Integer, byte[]> map : List.of(stays, goes, goes, goes)) {
        change(() -> {
          for (int k = at; k < at + 16; k++) map.put(map.size(), kibibytes(8));
        });
      }
    }
    change(goes::clear);
    assertThat(mongo.bytes()).isGreaterThan(25 * MIB);
    awaitFileOf(11 * MIB);
    for (int i = 0; i < stays.size(); i++) assertThat(stays.get(i)).hasSize(8 << 10);
  }
}
