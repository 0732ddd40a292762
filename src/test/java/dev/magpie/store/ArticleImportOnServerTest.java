package dev.magpie.store;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Imports on a MongoDB out of process. */
class ArticleImportOnServerTest extends ArticleImportTest {
  @RegisterExtension static final ServerOfClass SERVER = ServerOfClass.outOfProcess();

  @Override
  StoreOptions options(Path directory) {
    return SERVER.options(directory);
  }
}
