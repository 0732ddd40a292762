package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.magpie.bus.Addresses;
import dev.magpie.bus.Feedback;
import dev.magpie.bus.Feedback.Kind;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.IndexOptions;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * What is written to articles of others finds the document that was read, whatever its id, and one that cannot be written harms no other.
 */
@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class ArticleCountersTest {
  private static final String HEX = "5d0a1b2c3d4e5f6071829304";

  @TempDir Path directory;
  private Store store;

  @BeforeEach
  void open(Vertx vertx) throws Exception {
    store = await(Store.open(vertx, options(directory)));
  }

  StoreOptions options(Path directory) throws Exception {
    return StoreOptions.embedded(directory);
  }

  @AfterEach
  void close() throws Exception {
    await(store.close());
  }

  @Test
  void aCounterThatIsATextIsLoggedOnceAndTheOthersAreCountedOnce() throws Exception {
    insert("{'_id':'bad','title':'bad','hits':'12'}", "{'_id':'good','title':'good','hits':100}");
    ListAppender<ILoggingEvent> logged = listen(WriteBehindCounter.class);
    store.articles().hit("bad");
    store.articles().hit("good");
    for (int i = 0; i < 3; i++) await(store.articles().flush());
    store.articles().hit("bad");
    await(store.articles().flush());
    assertThat(document("'good'").getInteger("hits")).isEqualTo(101);
    assertThat(document("'bad'").getString("hits")).isEqualTo("12");
    assertThat(logged.list).hasSize(1).allSatisfy(line -> assertThat(line.getFormattedMessage())
        .startsWith("hits cannot be counted id=bad reason="));
  }

  @Test
  void aLineOfTheReportWithACountThatIsATextKeepsNoOtherOut() throws Exception {
    await(store.unanswered().record("first", "en"));
    await(store.unanswered().list(10));
    await(store.client().updateCollection("unanswered", new JsonObject().put("text", "first"),
        new JsonObject("{\"$set\":{\"count\":\"x\"}}")));
    await(store.unanswered().record("first", "en"));
    await(store.unanswered().record("second", "en"));
    for (int i = 0; i < 3; i++) await(store.unanswered().list(10));
    assertThat(await(store.unanswered().list(10))).extracting(line -> line.question() + " " + line.count())
        .containsExactlyInAnyOrder("first 0", "second 1");
  }

  @Test
  void feedbackAtACounterThatIsATextIsStoredAndAcknowledged() throws Exception {
    insert("{'_id':'bad','title':'bad','helpful':'much'}");
    await(store.feedback().record(new Feedback("k", "bad", Kind.HELPFUL, "q", null)));
    assertThat(await(store.client().findOne("feedback", new JsonObject().put("_id", "k"), null)).getInteger("counted")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'" + HEX + "'", "{'$oid':'" + HEX + "'}", "7", "7000000000", "1.5", "'7'", "'how to pay/1'",
      "{'$date':'2026-01-01T00:00:00Z'}"})
  void hitsFeedbackSavingAndDeletingFindTheDocumentThatWasRead(String id) throws Exception {
    insert("{'_id':" + id + ",'title':'the one'}");
    Article read = all().get(0);
    store.articles().hit(read.id());
    await(store.articles().flush());
    await(store.feedback().record(new Feedback(UUID.randomUUID().toString(), read.id(), Kind.HELPFUL, "q", null)));
    await(store.feedback().record(new Feedback(UUID.randomUUID().toString(), ArticleId.parse(read.id()).shown(), Kind.UNHELPFUL, "q",
        null)));
    assertThat(all()).singleElement().satisfies(article -> assertThat(List.of(article.hits(), article.helpful(), article.unhelpful()))
        .containsExactly(1L, 1L, 1L));
    assertThat(await(store.articles().titlesContaining("the one", 9))).extracting(Articles.Title::id).containsExactly(read.id());
    Article found = await(store.articles().find(read.id())).orElseThrow();
    assertThat(found.id()).isEqualTo(read.id());
    await(store.articles().save(found));
    assertThat(all()).as("saved in its place").hasSize(1);
    await(store.articles().delete(read.id()));
    assertThat(all()).isEmpty();
    await(store.articles().save(found));
    assertThat(all()).as("saved anew, with the type of its id").extracting(Article::id).containsExactly(read.id());
  }

  @Test
  void idsThatLookAlikeAreToldApart() throws Exception {
    insert("{'_id':{'$oid':'" + HEX + "'},'title':'a'}", "{'_id':'" + HEX + "','title':'b'}", "{'_id':7,'title':'c'}",
        "{'_id':'7','title':'d'}");
    for (Article article : all()) for (int i = 0; i < article.title().charAt(0) - 'a' + 1; i++) store.articles().hit(article.id());
    await(store.articles().flush());
    assertThat(all()).extracting(article -> article.title() + article.hits()).containsExactlyInAnyOrder("a1", "b2", "c3", "d4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'" + HEX + "'", "{'$oid':'" + HEX + "'}", "7", "'7'"})
  void anImportChangesTheDocumentThatItSaysItChanged(String id) throws Exception {
    insert("{'_id':" + id + ",'title':'old'}");
    String key = all().get(0).id();
    for (String written : new LinkedHashSet<>(List.of(key, ArticleId.parse(key).shown()))) {
      assertThat(imported(new JsonObject().put("id", written).put("title", "new " + written)))
          .isEqualTo(new ArticleImport.Outcome(0, 1, 0));
      assertThat(all()).extracting(Article::title).containsExactly("new " + written);
      assertThat(imported(new JsonObject().put("id", written).put("title", "new " + written)))
          .isEqualTo(new ArticleImport.Outcome(0, 0, 1));
    }
  }

  @Test
  void anImportMakesIdsOfEveryType() throws Exception {
    ArticleImport articles = store.importArticles(false).begin();
    List<String> keys = List.of("\"" + HEX + "\"", HEX, "7", "\"7\"", "text");
    for (String key : keys) articles.add(new JsonObject().put("id", key).put("title", "of " + key), key);
    articles.commit((written, of) -> {});
    assertThat(all()).extracting(Article::id).containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  void anArticleThatTheDatabaseRefusesKeepsNeitherTheOthersNorTheNextStartOut() throws Exception {
    await(store.client().createIndexWithOptions("article", new JsonObject().put("title", 1), new IndexOptions().unique(true)));
    insert("{'_id':'a','title':'taken'}");
    ArticleImport articles = store.importArticles(false).begin();
    articles.add(new JsonObject().put("id", "b").put("title", "taken"), "x:1");
    articles.add(new JsonObject().put("id", "c").put("title", "free"), "x:2");
    assertThat(failure(() -> articles.commit((written, of) -> {})))
        .hasMessageStartingWith("the database refused 1 of the articles, the first: b: ");
    assertThat(articles.fate()).isEqualTo("the others are in place");
    assertThat(all()).extracting(Article::id).containsExactlyInAnyOrder("a", "c");
    assertThat(await(store.client().findOne("magpie_once", new JsonObject().put("_id", "article-import"), null))).isNull();
  }

  /** As programs laid them ready that did not check the types of ids. */
  @Test
  void anArticleThatCannotBeWrittenKeepsNeitherTheOthersNorTheNextStartOut() throws Exception {
    List<String> ids = List.of("{'$binary':{'base64':'AA==','subType':'04'}}", "{'$oid':5}", "{'$numberDouble':'x'}", "{'$date':{'a':1}}",
        "good");
    for (String id : ids) {
      await(store.client().insert("article_import", new JsonObject().put("_id", "id " + ids.indexOf(id)).put("id", id.replace('\'', '"'))
          .put("how", "insert").put("fields", new JsonObject().put("title", id))));
    }
    await(store.client().insert("magpie_once", new JsonObject().put("_id", "article-import").put("owner", "1@gone").put("state", "ready")));
    store.importArticles(false).begin().abandon();
    assertThat(all()).extracting(Article::id).containsExactly("good");
    assertThat(await(store.client().findOne("magpie_once", new JsonObject().put("_id", "article-import"), null))).isNull();
  }

  @Test
  void anAnnouncedIdIsFollowedWhateverItsType(Vertx vertx) throws Exception {
    insert("{'_id':'" + HEX + "','title':'text'}", "{'_id':7,'title':'number'}");
    Told told = new Told();
    KnowledgeFeed feed = await(store.follow(told));
    told.until("whole"::equals);
    await(store.client()
        .runCommand("update",
        new JsonObject(("{'update':'article','updates':[{'q':{'title':'text'},'u':{'$set':{'title':'text 2'}}},"
            + "{'q':{'title':'number'},'u':{'$set':{'title':'number 2'}}}]}").replace('\'', '"'))));
    vertx.eventBus().publish(Addresses.ARTICLES_CHANGED, new JsonObject().put("ids", new JsonArray().add(HEX).add("7")));
    told.until("changed text 2"::equals);
    told.until("changed number 2"::equals);
    await(feed.close());
  }

  private void insert(String... documents) throws Exception {
    JsonArray all = new JsonArray();
    for (String document : documents) all.add(new JsonObject(document.replace('\'', '"')));
    await(store.client().runCommand("insert", new JsonObject().put("insert", "article").put("documents", all)));
  }

  private JsonObject document(String id) throws Exception {
    return await(store.client().findOne("article", new JsonObject("{\"_id\":" + id.replace('\'', '"') + "}"), null));
  }

  private List<Article> all() throws Exception {
    List<Article> all = new ArrayList<>();
    store.eachArticle(all::add);
    return all;
  }

  private ArticleImport.Outcome imported(JsonObject fields) throws Exception {
    ArticleImport articles = store.importArticles(false).begin();
    articles.add(fields, "here");
    return articles.commit((written, of) -> {});
  }

  private interface Work {
    void run() throws Exception;
  }

  private static Throwable failure(Work work) {
    try {
      work.run();
      return null;
    } catch (Exception e) {
      return e;
    }
  }

  private static ListAppender<ILoggingEvent> listen(Class<?> type) {
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    Logger logger = (Logger) LoggerFactory.getLogger(type);
    logger.setLevel(Level.WARN);
    logger.addAppender(logged);
    return logged;
  }
}
