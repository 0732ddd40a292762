package dev.magpie.store;

import dev.magpie.testing.TestMongo;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The same on a MongoDB out of process. */
class ArticleCountersOnServerTest extends ArticleCountersTest {
  @TempDir static Path data;
  private static TestMongo mongo;

  @BeforeAll
  static void startServer() throws Exception {
    mongo = TestMongo.start(data);
  }

  @AfterAll
  static void endServer() throws Exception {
    mongo.close();
  }

  @Override
  StoreOptions options(Path directory) {
    return new StoreOptions(Optional.of(mongo.connectionString()), mongo.newDatabase(), directory);
  }
}
