package dev.magpie.store;

import java.nio.file.Path;
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
}
