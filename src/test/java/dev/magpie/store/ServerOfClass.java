package dev.magpie.store;

import dev.magpie.testing.MongoServer;
import dev.magpie.testing.TestMongo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One MongoDB for a class of tests, and a database of its own for each test. */
final class ServerOfClass implements BeforeAllCallback, AfterAllCallback {
  private final boolean typed;
  private Path data;
  private TestMongo process;
  private ReadOnlyMongo memory;

  private ServerOfClass(boolean typed) {
    this.typed = typed;
  }

  /** Out of process. */
  static ServerOfClass outOfProcess() {
    return new ServerOfClass(false);
  }

  /** Keeps the types of ids and heeds unique indexes, which the server out of process does not: in memory, unless a real one is given. */
  static ServerOfClass keepingTypes() {
    return new ServerOfClass(true);
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    if (typed && MongoServer.given().isEmpty()) {
      memory = new ReadOnlyMongo();
      return;
    }
    data = Files.createTempDirectory("magpie-server");
    process = TestMongo.start(data);
  }

  StoreOptions options(Path directory) {
    return memory != null
        ? new StoreOptions(Optional.of(memory.connectionString()), "test-" + UUID.randomUUID(), directory)
        : new StoreOptions(Optional.of(process.connectionString()), process.newDatabase(), directory);
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (memory != null) {
      memory.close();
      return;
    }
    process.close();
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(data)) {
      all.sorted(Comparator.reverseOrder()).forEach(files::add);
    }
    for (Path file : files) Files.deleteIfExists(file);
  }
}
