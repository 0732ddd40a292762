package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.bus.Feedback;
import dev.magpie.bus.Feedback.Kind;
import dev.magpie.testing.TestMongo;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A MongoDB in a process of its own, killed and started again: what was acknowledged is there, and all is current again by itself. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 120, timeUnit = TimeUnit.SECONDS)
class ArticlesDatabaseAwayTest {
  @TempDir Path directory;

  @Test
  void aKilledDatabaseLosesNoAcknowledgedFeedbackAndIsFollowedAgainWithinTenSeconds(Vertx vertx) throws Exception {
    try (TestMongo mongo = TestMongo.start(directory)) {
      Store store = await(Store.open(vertx, options(mongo)));
      Told told = new Told();
      KnowledgeFeed feed = await(store.follow(told));
      told.until("whole"::equals);
      Article article = Article.of("asked about", "en", "", List.of());
      await(store.articles().save(article));
      told.until("changed asked about"::equals);

      List<Future<Void>> given = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        given.add(store.feedback().record(feedback(i, article)));
        if (i == 20) {
          await(given.get(10));
          mongo.goAway();
        }
      }
      for (Future<Void> each : given) each.otherwiseEmpty().await(20, TimeUnit.SECONDS);
      assertThat(given).as("some before the kill").anyMatch(Future::succeeded).as("none while it is away").anyMatch(Future::failed);
      // Noted while it is away, and written when it is back.
      store.articles().hit(article.id());
      await(store.unanswered().record("a question nobody answers", "en"));
      until("feed.trouble().isPresent()", () -> feed.trouble().isPresent());

      mongo.comeBack();
      long back = System.nanoTime();
      String outside = await(insertOnceItAnswers(vertx, store));
      told.until("changed from outside"::equals);
      assertThat(System.nanoTime() - back).as("current again, in nanoseconds").isLessThan(TimeUnit.SECONDS.toNanos(10));
      assertThat(outside).isNotBlank();
      until("feed.trouble().isEmpty()", () -> feed.trouble().isEmpty());
      for (int i = 0; i < given.size(); i++) {
        JsonObject kept = await(store.client().findOne("feedback", new JsonObject().put("_id", "key" + i), null));
        if (given.get(i).succeeded()) assertThat(kept).as("acknowledged %d", i).isNotNull();
      }
      // The failed ones are sent again, with the same keys; so are some that were acknowledged.
      until("!store.gate().isAway()", () -> !store.gate().isAway());
      for (int i = 0; i < given.size(); i++) await(store.feedback().record(feedback(i, article)));
      assertThat(await(store.client().count("feedback", new JsonObject().put("counted", 1)))).isEqualTo(40);
      // The one that was under way when it was killed may count twice, as its class says; none counts less than once.
      assertThat(await(store.articles().find(article.id())).orElseThrow().helpful()).isBetween(40L, 60L);
      await(store.articles().flush());
      assertThat(await(store.articles().find(article.id())).orElseThrow().hits()).isEqualTo(1);
      assertThat(await(store.unanswered().list(10))).extracting(Unanswered.Line::question).containsExactly("a question nobody answers");
      await(feed.close());
      await(store.close());
    }
  }

  @Test
  void aStoreThatWasOpenedWithoutItsDatabaseIsWholeOnceThatStarts(Vertx vertx) throws Exception {
    try (TestMongo mongo = TestMongo.start(directory)) {
      mongo.goAway();
      Store store = await(Store.open(vertx, options(mongo)));
      Told told = new Told();
      KnowledgeFeed feed = await(store.follow(told));
      told.until("canned 您当前的话费有2元"::equals);
      assertThat(feed.trouble()).isPresent();
      mongo.comeBack();
      told.until("changed 话费怎么充值"::equals);
      told.until("whole"::equals);
      assertThat(feed.trouble()).isEmpty();
      await(feed.close());
      await(store.close());
    }
  }

  @Test
  void aDatabaseThatIsAwayIsAskedOnlyByTheProbe(Vertx vertx) throws Exception {
    // Port 1 of loopback: nobody listens there.
    Store store = await(Store.open(vertx, StoreOptions.at("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100")));
    for (int i = 0; i < 3; i++) assertThatThrownBy(() -> await(store.articles().find("x"))).isNotNull();
    boolean[] asked = {false};
    Future<Object> refused = store.gate().ask(() -> {
      asked[0] = true;
      return Future.succeededFuture();
    });
    assertThat(refused.cause()).isInstanceOf(DatabaseAwayException.class).hasMessage("the database is away; try again later");
    assertThat(asked[0]).isFalse();
    await(store.close());
  }

  @Test
  void aDatabaseThatDoesNotAnswerHoldsNoMoreThanAThousandQuestions(Vertx vertx) throws Exception {
    DatabaseGate gate = new DatabaseGate(vertx, Future::succeededFuture);
    Promise<Object> never = Promise.promise();
    List<Future<Object>> held = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) held.add(gate.ask(never::future));
    assertThat(gate.ask(never::future).cause()).hasMessage("the database is too slow; try again later");
    // Nobody waits longer than the limit, though the driver may.
    assertThatThrownBy(() -> await(held.get(0))).isNotNull();
    never.complete();
    gate.close();
  }

  @Test
  void whatNobodyWaitsForIsKeptWithinBounds(Vertx vertx) throws Exception {
    List<Long> written = new ArrayList<>();
    boolean[] away = {true};
    WriteBehindCounter<String> counter = new WriteBehindCounter<>(vertx, "test", entries -> {
      if (away[0]) return Future.failedFuture("away");
      entries.values().forEach(entry -> written.add(entry.count()));
      return Future.succeededFuture();
    });
    for (int i = 0; i < 3 * WriteBehindCounter.MOST; i++) counter.add("key " + i % (2 * WriteBehindCounter.MOST), "x");
    assertThatThrownBy(() -> await(counter.flush())).hasRootCauseMessage("away");
    counter.add("key 0", "x");
    away[0] = false;
    await(counter.flush());
    assertThat(written).hasSize(WriteBehindCounter.MOST).contains(3L).contains(2L);
    assertThat(written.stream().mapToLong(Long::longValue).sum()).isEqualTo(2L * WriteBehindCounter.MOST + 1);
  }

  private StoreOptions options(TestMongo mongo) {
    return new StoreOptions(Optional.of(mongo.connectionString()), mongo.newDatabase(), directory);
  }

  private static Feedback feedback(int number, Article article) {
    return new Feedback("key" + number, article.id(), Kind.HELPFUL, "a question", "visitor");
  }

  /** By the client itself, as an editor's program would. */
  private static Future<String> insertOnceItAnswers(Vertx vertx, Store store) {
    return store.client().insert("article", new JsonObject().put("title", "from outside"))
        .recover(notYet -> vertx.timer(50).compose(waited -> insertOnceItAnswers(vertx, store)));
  }
}
