package dev.magpie.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.ConnectionString;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class StoreTest {
  @TempDir Path directory;

  @Test
  void isOneForAllPartsOfAVertxInstanceAndGoesWithTheLast(Vertx vertx, VertxTestContext test) {
    StoreOptions options = StoreOptions.embedded(directory);
    Future<Store> first = Store.open(vertx, options);
    Future<Store> second = Store.open(vertx, options);
    first
        .compose(opened -> second)
        .compose(
            store -> {
              test.verify(() -> assertThat(store).isSameAs(first.result()));
              test.verify(() -> assertThat(store.description()).startsWith("embedded=" + directory).endsWith(" new"));
              return store.close().compose(closed -> store.ping()).compose(still -> store.close()).map(store);
            })
        .compose(
            closed -> {
              test.verify(() -> assertThat(EmbeddedMongo.portOf(directory)).isEmpty());
              return Store.open(vertx, options);
            })
        .compose(
            again -> {
              test.verify(() -> assertThat(again.description()).endsWith(" opened"));
              return again.close();
            })
        .onComplete(test.succeedingThenComplete());
  }

  @Test
  void failsWhenAnotherProgramHasTheDataAndCanBeOpenedLater(Vertx vertx, VertxTestContext test) {
    EmbeddedMongo other = EmbeddedMongo.open(directory);
    Store.open(vertx, StoreOptions.embedded(directory))
        .onComplete(
            test.failing(
                failure -> {
                  test.verify(() -> assertThat(failure).isInstanceOf(DataInUseException.class));
                  other.close();
                  Store.open(vertx, StoreOptions.embedded(directory)).compose(Store::close).onComplete(test.succeedingThenComplete());
                }));
  }

  @Test
  void joinsTheProgramThatHasTheDataOpen(Vertx vertx, VertxTestContext test) {
    EmbeddedMongo other = EmbeddedMongo.open(directory);
    Store.openOrJoin(vertx, StoreOptions.embedded(directory))
        .compose(
            store -> {
              test.verify(() -> assertThat(store.embedded()).isEmpty());
              test.verify(() -> assertThat(store.description()).contains("port=" + other.port()));
              return store.ping().eventually(store::close);
            })
        .onComplete(
            test.succeeding(
                done -> {
                  other.close();
                  test.completeNow();
                }));
  }

  @Test
  void aDatabaseThatIsAwayFailsAQuestionWithinSecondsAndDoesNotHang(Vertx vertx, VertxTestContext test) {
    // Port 1 of loopback: nobody listens there.
    Store.open(vertx, StoreOptions.at("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"))
        .compose(store -> store.ping().eventually(store::close))
        .onComplete(test.failingThenComplete());
  }

  @Test
  void closesItsFileThoughItsClientWasClosedBeforeTheLastCountsWereWritten(Vertx vertx, VertxTestContext test) {
    Store.open(vertx, StoreOptions.embedded(directory))
        .compose(
            store -> {
              store.articles().hit("counted at the last moment");
              return store.client().close().compose(closed -> store.close());
            })
        .compose(closed -> Store.open(vertx, StoreOptions.embedded(directory)))
        .compose(Store::close)
        .onComplete(test.succeedingThenComplete());
  }

  @Test
  void seedsAHundredArticlesOnceAndNotAgainWhatTheEditorDeleted(Vertx vertx, VertxTestContext test) {
    Store.open(vertx, StoreOptions.embedded(directory))
        .compose(
            store ->
                Future.all(store.articles().prepare(), store.articles().prepare())
                    .compose(seeded -> store.client().count("article", new JsonObject()))
                    .compose(
                        count -> {
                          test.verify(() -> assertThat(count).isEqualTo(100L));
                          return store.client().removeDocuments("article", new JsonObject());
                        })
                    .compose(removed -> store.articles().prepare())
                    .compose(seeded -> store.client().count("article", new JsonObject()))
                    .eventually(store::close))
        .onComplete(
            test.succeeding(
                left -> {
                  test.verify(() -> assertThat(left).isZero());
                  test.completeNow();
                }));
  }

  @Test
  void leavesACollectionThatHasArticlesAlone(Vertx vertx, VertxTestContext test) {
    Store.open(vertx, StoreOptions.embedded(directory))
        .compose(
            store ->
                store
                    .client()
                    .insert("article", new JsonObject().put("title", "own"))
                    .compose(id -> store.articles().prepare())
                    .compose(seeded -> store.articles().titlesContaining("own", 20))
                    .compose(titles -> store.articles().find(titles.get(0).id()))
                    .compose(
                        article -> {
                          test.verify(() -> assertThat(article.orElseThrow().body()).as("a title is enough").isEmpty());
                          return store.client().count("article", new JsonObject());
                        })
                    .eventually(store::close))
        .onComplete(
            test.succeeding(
                count -> {
                  test.verify(() -> assertThat(count).isEqualTo(1));
                  test.completeNow();
                }));
  }

  @Test
  void articlesComeBackAsTheyWereStored(Vertx vertx, VertxTestContext test) {
    Store.open(vertx, StoreOptions.embedded(directory))
        .compose(
            store ->
                store
                    .articles()
                    .prepare()
                    .compose(seeded -> store.articles().titlesContaining("家庭套餐", 20))
                    .compose(titles -> store.articles().find(titles.get(0).id()))
                    .eventually(store::close))
        .onComplete(
            test.succeeding(
                found -> {
                  test.verify(
                      () -> {
                        Article article = found.orElseThrow();
                        assertThat(article.id()).matches("[0-9a-f]{24}");
                        assertThat(article.lang()).isEqualTo("zh-CN");
                        assertThat(article.phrasings()).contains("全家一起用的套餐");
                        assertThat(article.keywords()).contains("套餐");
                        assertThat(article.status()).isEqualTo(Article.PUBLISHED);
                        assertThat(article.body()).isNotBlank();
                        assertThat(article.updatedAt()).isAfter(Instant.parse("2020-01-01T00:00:00Z"));
                      });
                  test.completeNow();
                }));
  }

  @Test
  void addsToAnAddressWhatTheOperatorHasNotSaid() {
    String added = "serverSelectionTimeoutMS=3000&connectTimeoutMS=3000&w=majority&journal=true";
    assertThat(Store.withDefaults("mongodb://h")).isEqualTo("mongodb://h/?" + added);
    assertThat(Store.withDefaults("mongodb://h/koa")).isEqualTo("mongodb://h/koa?" + added);
    assertThat(Store.withDefaults("mongodb://h/koa?ServerSelectionTimeoutMs=1&journal=false"))
        .isEqualTo("mongodb://h/koa?ServerSelectionTimeoutMs=1&journal=false&connectTimeoutMS=3000&w=majority");
    // wtimeoutMS is not w.
    assertThat(Store.withDefaults("mongodb://h/koa?wtimeoutMS=5")).contains("&w=majority");
  }

  /** A server that inflates what a client sends may be made to show its memory. */
  @Test
  void asksForNoCompressionThatTheOperatorHasNotNamed() {
    assertThat(new ConnectionString(Store.withDefaults("mongodb://h/koa")).getCompressorList()).isEmpty();
    assertThat(new ConnectionString(Store.withDefaults("mongodb://h/koa?compressors=zstd")).getCompressorList()).hasSize(1);
  }

  @Test
  void readsByMajorityWhereTheAddressIsOfAReplicaSet() {
    for (String set : List.of("mongodb://h/?replicaSet=rs", "mongodb://a,b/koa", "mongodb+srv://h/koa")) {
      assertThat(Store.withDefaults(set)).endsWith("&w=majority&journal=true&readConcernLevel=majority");
    }
    assertThat(Store.withDefaults("mongodb://a,b/koa?readConcernLevel=local")).doesNotContain("majority&readConcern")
        .contains("readConcernLevel=local");
    assertThat(Store.withDefaults("mongodb://h/koa?tags=a,b")).doesNotContain("readConcernLevel");
  }

  @Test
  void namesADatabaseWithoutItsCredentials() {
    assertThat(Store.withoutCredentials("mongodb://user:p@ss@h1,h2/koa?authSource=admin")).isEqualTo("mongodb://h1,h2/koa");
    assertThat(Store.withoutCredentials("mongodb://user:12/34@h1/koa")).isEqualTo("mongodb://h1/koa");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mongodb://me:hunter2/x@db", "mongodb://me:hunter2", "mongodb://me:x%hunter2@db",
      "mongodb://me:p@db/?maxPoolSize=hunter2", "mongodb://db/?authMechanism=hunter2"})
  void refusesAMalformedConnectionStringWithoutRepeatingIt(String address, Vertx vertx) {
    assertThatThrownBy(() -> Store.open(vertx, StoreOptions.at(address)).await(10, TimeUnit.SECONDS))
        .hasMessageStartingWith("mongo.connection_string: ").hasNoCause().hasMessageNotContaining("hunter2");
  }

  @Test
  void seedsHaveTitlesOfBothLanguagesAndIdsOfTheirOwn() {
    List<JsonObject> seeds = Seeds.articles();
    assertThat(seeds).extracting(seed -> seed.getString("_id")).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9a-f]{24}"));
    assertThat(seeds).filteredOn(seed -> seed.getString("title").contains("套餐")).hasSizeGreaterThanOrEqualTo(3);
    assertThat(seeds).filteredOn(seed -> seed.getString("lang").equals("zh-CN")).hasSize(60);
    assertThat(seeds).filteredOn(seed -> seed.getString("lang").equals("en")).hasSize(40);
    assertThat(seeds).allSatisfy(seed -> {
      assertThat(seed.getJsonArray("phrasings")).hasSize(4);
      assertThat(seed.getString("body")).hasSizeGreaterThan(40);
    });
    assertThat(seeds.stream().flatMap(seed -> Stream.concat(Stream.of(seed.getString("title")), seed.getJsonArray("phrasings").stream())))
        .doesNotHaveDuplicates();
  }

  @Test
  void theTutorialsAnswersAreSeededToTheByte() {
    assertThat(Seeds.canned()).containsExactly(
        new CannedAnswer("balance", List.of("1"), "您当前的话费有2元"),
        new CannedAnswer("data", List.of("2"), "您当前的流量有200M"),
        new CannedAnswer("otherwise", List.of(), "请输入正确的信息"));
    assertThat(Seeds.canned().get(2).isForEverythingElse()).isTrue();
    assertThat(Seeds.synonyms()).allSatisfy(group -> assertThat(group.words()).hasSizeGreaterThan(1));
  }
}
