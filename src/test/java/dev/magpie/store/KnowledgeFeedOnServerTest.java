package dev.magpie.store;

import static dev.magpie.testing.Await.await;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The feed on a MongoDB out of process. */
class KnowledgeFeedOnServerTest extends KnowledgeFeedTest {
  @RegisterExtension static final ServerOfClass SERVER = ServerOfClass.outOfProcess();

  @TempDir Path data;

  @Test
  void whatCameLatelyIsToldLongBeforeTheNextFullLook(Vertx vertx) throws Exception {
    Store store = await(Store.open(vertx, options(data)));
    Told heard = new Told();
    KnowledgeFeed feed = await(new KnowledgeFeed(vertx, store.client(), store.articles(), Optional.empty(), heard,
        TimeUnit.HOURS.toMillis(1)).start());
    heard.until("whole"::equals);
    Article article = Article.of("edited before", "en", "", List.of());
    String id = await(store.client().insert("article", new JsonObject().put("title", "from outside")));
    heard.until("changed from outside"::equals);
    await(store.client().insert("article", article.toDocument().put("_id", "own id")));
    heard.until("changed edited before"::equals);
    await(store.client().replaceDocuments("article", new JsonObject().put("_id", "own id"), later(article).put("title", "edited after")));
    heard.until("changed edited after"::equals);
    await(store.client().replaceDocuments("article", new JsonObject().put("_id", "own id"), later(article).put("status", "draft")));
    heard.until("gone own id"::equals);
    await(store.client().removeDocument("article", new JsonObject().put("_id", id)));
    heard.until(("gone " + id)::equals);
    List<BulkOperation> many = IntStream.range(0, 1_000)
        .mapToObj(i -> BulkOperation.createInsert(new JsonObject().put("title", "one of many " + i))).toList();
    await(store.client().bulkWrite("article", many));
    for (int i = 0; i < 1_000; i++) heard.until(said -> said.startsWith("changed one of many"));
    await(feed.close());
    await(store.close());
  }

  private static JsonObject later(Article article) {
    return article.toDocument()
        .put("updatedAt", new JsonObject().put("$date", Instant.now().plusMillis(5).truncatedTo(ChronoUnit.MILLIS).toString()));
  }

  @Override
  StoreOptions options(Path directory) {
    return SERVER.options(directory);
  }
}
