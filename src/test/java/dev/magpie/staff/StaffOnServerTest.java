package dev.magpie.staff;

import dev.magpie.store.StoreOptions;
import dev.magpie.testing.TestMongo;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The same in a MongoDB server. */
class StaffOnServerTest extends StaffStoreTest {
  @TempDir static Path server;
  private static TestMongo mongo;

  @BeforeAll
  static void begin() throws Exception {
    mongo = TestMongo.start(server);
  }

  @AfterAll
  static void end() throws Exception {
    mongo.close();
  }

  @Override
  StoreOptions options() {
    return new StoreOptions(Optional.of(mongo.connectionString()), mongo.newDatabase(), folder.resolve("data"));
  }
}
