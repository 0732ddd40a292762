package dev.magpie.store;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bus.Feedback;
import io.vertx.core.Vertx;
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

/** The embedded database counts what may have changed an answer, so that nobody looks at everything for less. */
@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class EmbeddedChangesTest {
  @TempDir Path directory;
  private Store store;

  @BeforeEach
  void open(Vertx vertx) throws Exception {
    store = await(Store.open(vertx, StoreOptions.embedded(directory)));
  }

  @AfterEach
  void close() throws Exception {
    await(store.close());
  }

  @Test
  void whatVisitorsDoAsksForNoLook() throws Exception {
    EmbeddedMongo mongo = store.embedded().orElseThrow();
    await(store.articles().prepare());
    Article article = Article.of("asked about", "en", "", List.of());
    long before = mongo.changes();
    await(store.articles().save(article));
    long saved = mongo.changes();
    assertThat(saved).isGreaterThan(before);
    store.articles().hit(article.id());
    await(store.articles().flush());
    for (Feedback.Kind kind : Feedback.Kind.values())
      await(store.feedback().record(new Feedback("key " + kind, article.id(), kind, "q", null)));
    await(store.unanswered().record("a question", "en"));
    await(store.unanswered().flush());
    assertThat(await(store.articles().find(article.id())).orElseThrow().hits()).isEqualTo(1);
    assertThat(mongo.changes()).isEqualTo(saved);
    await(store.articles().delete(article.id()));
    assertThat(mongo.changes()).isGreaterThan(saved);
  }
}
