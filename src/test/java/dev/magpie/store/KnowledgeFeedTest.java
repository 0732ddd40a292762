package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class KnowledgeFeedTest {
  @TempDir Path directory;
  private Vertx vertx;
  private Store store;
  private KnowledgeFeed feed;
  private final Told heard = new Told();

  @BeforeEach
  void open(Vertx vertx) throws Exception {
    this.vertx = vertx;
    store = await(Store.open(vertx, options(directory)));
  }

  StoreOptions options(Path directory) throws Exception {
    return StoreOptions.embedded(directory);
  }

  @AfterEach
  void close() throws Exception {
    if (feed != null) await(feed.close());
    await(store.close());
  }

  @Test
  void tellsAllThatIsThereAndThenThatItWasAll() throws Exception {
    for (int i = 0; i < 600; i++) await(store.articles().save(Article.of("title " + i, "en", "", List.of())));
    feed = await(store.follow(heard));
    heard.until("whole"::equals);
    assertThat(heard.all).filteredOn(said -> said.startsWith("changed")).hasSize(600);
    assertThat(feed.trouble()).isEmpty();
  }

  @Test
  void tellsWhatWasWrittenThroughMagpieWithinASecond() throws Exception {
    feed = await(store.follow(heard));
    heard.until("whole"::equals);
    Article article = Article.of("fresh", "en", "", List.of());
    long begun = System.nanoTime();
    await(store.articles().save(article));
    heard.until("changed fresh"::equals);
    // A busy machine has room; a look at everything, which would find it as well, comes later.
    assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(3));
    await(store.articles().delete(article.id()));
    heard.until(("gone " + article.id())::equals);
  }

  @Test
  void tellsWhatOthersWroteChangedAndDeletedWithinTenSeconds() throws Exception {
    feed = await(store.follow(heard));
    heard.until("whole"::equals);
    String id = await(store.client().insert("article", new JsonObject().put("title", "from outside")));
    heard.until("changed from outside"::equals);
    await(store.client().updateCollection("article", new JsonObject().put("_id", id), new JsonObject("{\"$set\":{\"title\":\"edited\"}}")));
    heard.until("changed edited"::equals);
    await(store.client().removeDocument("article", new JsonObject().put("_id", id)));
    heard.until(("gone " + id)::equals);
  }

  @Test
  void servesWhatIsReadableAndPassesOverTheRest() throws Exception {
    for (String document : List.of("{\"title\":5}", "{\"title\":\" \"}", "{\"text\":\"no title\"}",
        "{\"_id\":{\"a\":1},\"title\":\"odd id\"}", "{\"title\":\"draft\",\"status\":\"draft\"}",
        "{\"title\":\"just a title\"}", "{\"_id\":7,\"title\":\"a number as its id\"}",
        "{\"title\":\"odd fields\",\"phrasings\":5,\"body\":[],\"hits\":\"x\",\"updatedAt\":\"soon\",\"lang\":null}")) {
      await(store.client().insert("article", new JsonObject(document)));
    }
    feed = await(store.follow(heard));
    heard.until("whole"::equals);
    assertThat(heard.all).filteredOn(said -> said.startsWith("changed"))
        .containsExactlyInAnyOrder("changed just a title", "changed a number as its id", "changed odd fields");
  }

  @Test
  void tellsOfAnImportByAnotherProgram() throws Exception {
    feed = await(store.follow(heard));
    heard.until("whole"::equals);
    ArticleImport imported = store.importArticles(false).begin();
    imported.add(new JsonObject().put("title", "imported"), "x");
    imported.commit((written, all) -> {});
    heard.until("changed imported"::equals);
  }

  @Test
  void tellsTheWordsToo() throws Exception {
    await(store.client().insert("synonyms", new JsonObject().put("words", new JsonArray().add("话费").add("余额"))));
    feed = await(store.follow(heard));
    heard.until("synonyms [话费, 余额]"::equals);
  }
}
