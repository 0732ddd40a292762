package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The format number of the data in a MongoDB. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class ServerFormatTest {
  private final ReadOnlyMongo mongo = new ReadOnlyMongo();
  private Store store;

  @BeforeEach
  void open(Vertx vertx, @TempDir Path data) throws Exception {
    store = await(Store.open(vertx, new StoreOptions(Optional.of(mongo.connectionString()), "koa", data)));
  }

  @AfterEach
  void close() throws Exception {
    await(store.close());
    mongo.close();
  }

  @Test
  void aNewDatabaseGetsTheNumberAndIsOpenedAgain() throws Exception {
    await(store.checkFormat());
    assertThat(stored()).isEqualTo(StoreFile.FORMAT);
    await(store.checkFormat());
    assertThat(stored()).isEqualTo(StoreFile.FORMAT);
  }

  @Test
  void aSmallerNumberIsRaised() throws Exception {
    store(0);
    await(store.checkFormat());
    assertThat(stored()).isEqualTo(StoreFile.FORMAT);
  }

  @Test
  void aNewerNumberIsRefusedAndKept() throws Exception {
    store(StoreFile.FORMAT + 1);
    assertThatThrownBy(() -> await(store.checkFormat())).rootCause()
        .isInstanceOf(DataRefusedException.class)
        .hasMessageEndingWith("was written by a newer Magpie: its format is " + (StoreFile.FORMAT + 1) + "; allowed: up to "
            + StoreFile.FORMAT);
    assertThat(stored()).isEqualTo(StoreFile.FORMAT + 1);
  }

  @Test
  void aDatabaseThatTakesNoWritesIsNotRefused() throws Exception {
    mongo.refuse(true);
    await(store.checkFormat());
  }

  private void store(int format) throws Exception {
    await(store.client().insert(Seeds.ONCE, ServerFormat.DOCUMENT.copy().put("format", format)));
  }

  private int stored() throws Exception {
    JsonObject found = await(store.client().findOne(Seeds.ONCE, ServerFormat.DOCUMENT, null));
    return found.getInteger("format");
  }
}
