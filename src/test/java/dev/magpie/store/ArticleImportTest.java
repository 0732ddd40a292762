package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class ArticleImportTest {
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
  void oneThatIsCutShortBeforeItIsReadyChangesNothingAndTheNextTakesOver() throws Exception {
    ArticleImport cut = store.importArticles(false).begin();
    for (int i = 0; i < 600; i++) cut.add(article(i), "x");
    assertThat(await(store.client().count("article_import", new JsonObject()))).isEqualTo(500);
    assertThatThrownBy(() -> store.importArticles(false).begin()).hasMessageContaining("another import is running");
    // As a process that is gone: no process has this number.
    await(store.client().updateCollection("magpie_once", new JsonObject().put("_id", "article-import"),
        new JsonObject("{\"$set\":{\"sign\":\"2020-01-01T00:00:00Z\"}}")));
    ArticleImport next = store.importArticles(false).begin();
    next.add(article(7), "y");
    assertThat(next.commit((written, all) -> {})).isEqualTo(new ArticleImport.Outcome(1, 0, 0));
    assertThat(count()).isEqualTo(1);
    // The one that was taken for dead finds out, and does not write either.
    assertThatThrownBy(() -> cut.commit((written, all) -> {})).isInstanceOf(Exception.class);
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void oneThatIsCutShortWhileItWritesIsFinishedAtTheNextStart() throws Exception {
    ArticleImport before = store.importArticles(false).begin();
    for (int i = 0; i < 10; i++) before.add(article(i), "x" + i);
    before.commit((written, all) -> {});
    ArticleImport cut = store.importArticles(false).begin();
    for (int i = 0; i < 1200; i++) cut.add(article(i).put("body", "new"), "y" + i);
    assertThatThrownBy(() -> cut.commit((written, all) -> {
      throw new IllegalStateException("killed here");
    })).hasMessageContaining("killed here");
    assertThat(cut.fate()).contains("is written when Magpie starts");
    assertThat(count()).isBetween(500L, 1199L);
    await(store.articles().prepare());
    assertThat(count()).isEqualTo(1200);
    assertThat(await(store.client().count("article", new JsonObject().put("body", "new")))).isEqualTo(1200);
    assertThat(await(store.client().count("article_import", new JsonObject()))).isZero();
    assertThat(await(store.client().findOne("magpie_once", new JsonObject().put("_id", "article-import"), null))).isNull();
  }

  @Test
  void countersStayWhereTheFileDoesNotNameThem() throws Exception {
    ArticleImport first = store.importArticles(false).begin();
    first.add(article(1).put("hits", 5), "x");
    first.commit((written, all) -> {});
    ArticleImport second = store.importArticles(false).begin();
    second.add(article(1).put("body", "other"), "x");
    second.commit((written, all) -> {});
    Article article = await(store.articles().find("id1")).orElseThrow();
    assertThat(article.hits()).isEqualTo(5);
    assertThat(article.body()).isEqualTo("other");
    assertThat(article.updatedAt()).isAfter(Instant.now().minusSeconds(60));
  }

  private static JsonObject article(int number) {
    return new JsonObject().put("id", "id" + number).put("title", "title " + number);
  }

  private long count() throws Exception {
    return await(store.client().count("article", new JsonObject()));
  }
}
