package dev.magpie.store;

import java.nio.file.Path;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same on a MongoDB that is reached by its address. */
class ArticleCountersOnServerTest extends ArticleCountersTest {
  @RegisterExtension static final ServerOfClass SERVER = ServerOfClass.keepingTypes();

  @Override
  StoreOptions options(Path directory) {
    return SERVER.options(directory);
  }
}
