package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A MongoDB that answers pings and takes no writes, as a member of a set that is not its primary. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class DatabaseGateTest {
  private final ReadOnlyMongo mongo = new ReadOnlyMongo();
  private Store store;

  @BeforeEach
  void open(Vertx vertx, @TempDir Path data) {
    store = await(Store.open(vertx, new StoreOptions(Optional.of(mongo.connectionString()), "koa", data)));
  }

  @AfterEach
  void close() {
    await(store.close());
    mongo.close();
  }

  @Test
  void staysAwayUntilTheDatabaseTakesWritesAgainAndSaysWhyItIsNotReady() {
    mongo.refuse(true);
    while (!store.gate().isAway()) assertThatThrownBy(() -> await(store.articles().save(article()))).isNotNull();
    int probed = probes();
    // One that is answered by a ping would end it.
    until("two more probes", () -> probes() >= probed + 2);
    assertThat(store.gate().isAway()).isTrue();
    assertThatThrownBy(() -> await(store.ready())).hasMessageContaining("the database takes no writes: not primary (NotWritablePrimary)");
    mongo.refuse(false);
    until("the database is back", () -> !store.gate().isAway());
    await(store.articles().save(article()));
    await(store.ready());
  }

  private int probes() {
    return (int) mongo.commands().stream().filter(("update " + WriteProbe.COLLECTION)::equals).count();
  }

  private static Article article() {
    return Article.of("title", "en", "", List.of());
  }
}
