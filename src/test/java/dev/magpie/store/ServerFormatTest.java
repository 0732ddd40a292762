package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.TestMongo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
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

/** The format number of the data in a MongoDB, which is looked at by each opening. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class ServerFormatTest {
  private static final int NEWER = StoreFile.FORMAT + 1;

  @TempDir Path data;
  private final ReadOnlyMongo mongo = new ReadOnlyMongo();
  private MongoClient client;

  @BeforeEach
  void connect(Vertx vertx) {
    client = MongoClient.create(vertx, new JsonObject().put("connection_string", mongo.connectionString()).put("db_name", "koa"));
  }

  @AfterEach
  void close() throws Exception {
    await(client.close());
    mongo.close();
  }

  @Test
  void aNewDatabaseGetsTheNumberAndIsOpenedAgain(Vertx vertx) throws Exception {
    openAndClose(vertx);
    assertThat(stored()).isEqualTo(StoreFile.FORMAT);
    openAndClose(vertx);
    assertThat(stored()).isEqualTo(StoreFile.FORMAT);
  }

  @Test
  void aSmallerNumberIsRaised(Vertx vertx) throws Exception {
    store(0);
    openAndClose(vertx);
    assertThat(stored()).isEqualTo(StoreFile.FORMAT);
  }

  @Test
  void aNewerNumberIsRefusedBeforeAnythingElseIsReadOrWritten(Vertx vertx) throws Exception {
    store(NEWER);
    assertThatThrownBy(() -> await(open(vertx))).cause()
        .isInstanceOf(DataRefusedException.class)
        .hasMessageEndingWith("was written by a newer Magpie: its format is " + NEWER + "; allowed: up to " + StoreFile.FORMAT);
    assertThat(mongo.commands()).containsExactly("insert magpie_once", "find magpie_once");
    assertThat(stored()).isEqualTo(NEWER);
  }

  @Test
  void aDatabaseThatTakesNoWritesIsNotRefused(Vertx vertx) throws Exception {
    mongo.refuse(true);
    openAndClose(vertx);
  }

  @Test
  void aDatabaseThatWasAwayIsNotUsedOnceItShowsNewerData(Vertx vertx, @TempDir Path server) throws Exception {
    try (TestMongo later = TestMongo.start(server)) {
      String database = later.newDatabase();
      MongoClient other = MongoClient.create(vertx, new JsonObject().put("connection_string", later.connectionString())
          .put("db_name", database));
      await(store(other, NEWER));
      later.goAway();
      Store store = await(Store.open(vertx, new StoreOptions(Optional.of(later.connectionString()), database, data)));
      later.comeBack();
      assertThatThrownBy(() -> await(onceItAnswers(vertx, store))).cause().isInstanceOf(DataRefusedException.class);
      assertThat(await(store.articles().find("x").otherwise(refused -> Optional.empty()))).isEmpty();
      assertThat(store.gate().isAway()).isTrue();
      assertThatThrownBy(() -> await(store.articles().prepare())).cause().isInstanceOf(DataRefusedException.class);
      assertThat(await(other.getCollections())).containsExactly(Seeds.ONCE);
      await(store.close());
      await(other.close());
    }
  }

  /** @return what {@code /ready} has to say, other than that nobody answers */
  private static Future<Void> onceItAnswers(Vertx vertx, Store store) {
    return store.ready().recover(failure -> failure instanceof DataRefusedException ? Future.failedFuture(failure)
        : vertx.timer(50).compose(waited -> onceItAnswers(vertx, store)));
  }

  private Future<Store> open(Vertx vertx) {
    return Store.open(vertx, new StoreOptions(Optional.of(mongo.connectionString()), "koa", data));
  }

  private void openAndClose(Vertx vertx) {
    await(await(open(vertx)).close());
  }

  private void store(int format) {
    await(store(client, format));
  }

  private static Future<String> store(MongoClient client, int format) {
    return client.insert(Seeds.ONCE, ServerFormat.DOCUMENT.copy().put("format", format));
  }

  private int stored() {
    JsonObject found = await(client.findOne(Seeds.ONCE, ServerFormat.DOCUMENT, null));
    return found.getInteger("format");
  }
}
