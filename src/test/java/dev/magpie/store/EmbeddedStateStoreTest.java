package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.state.StateStore.Row;
import dev.magpie.state.StateStore.Write;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStateStoreTest extends StateStoreContract {
  @TempDir Path directory;
  private EmbeddedMongo mongo;
  private StoreThreads threads;

  @Override
  void open() {
    mongo = EmbeddedMongo.open(directory);
    threads = new StoreThreads("test");
    store = await(EmbeddedStateStore.open(mongo, "/x", threads, Future::succeededFuture));
  }

  @Override
  void close() {
    threads.close();
    mongo.close();
  }

  @Test
  void whatWasWrittenIsThereWhenTheFileIsOpenedAgain() {
    await(store.write(List.of(new Write(row("r", "k", 7, "kept"), 0))));
    close();
    open();
    assertThat(await(store.newest())).isEqualTo(7);
    assertThat(await(store.read("r"))).extracting(Row::version).containsExactly(7L);
  }
}
