package dev.magpie.ask;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bot.BotVerticle;
import dev.magpie.bus.Addresses;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.store.Article;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import dev.magpie.testing.TestMongo;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What visitors and operators see of a bot whose MongoDB, out of process, is killed and started again. */
@Timeout(120)
class AskBotDatabaseAwayTest {
  private static final String TITLE = "How do I register a ferret";

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private int port;
  private int managementPort;

  @Test
  void answersWithoutItsDatabaseSaysSoLosesNoAcknowledgedFeedbackAndIsCurrentAfterItsReturn() throws Exception {
    try (TestMongo mongo = TestMongo.start(folder.resolve("mongo"))) {
      Store store = start(mongo);
      Article article = Article.of(TITLE, "en", "At the ferret desk.", List.of());
      await(store.articles().save(article));
      TestIo visitor = visitor();
      until("the bot knows it", () -> answers(visitor, TITLE) && ready().statusCode() == 200);
      assertThat(feedback(visitor, article, "first").getBoolean("ok")).isTrue();

      Asking asking = new Asking();
      mongo.goAway();
      until("it says that the database is away", () -> ready().statusCode() == 503);
      assertThat(ready().body()).contains("bot-1").contains("answers from its index");
      assertThat(ask(visitor, "qzxv plmk wrtb").getString("outcome")).isEqualTo("NOT_FOUND");
      until("what cannot be stored is refused at once", () -> {
        long asked = System.nanoTime();
        assertThat(feedback(visitor, article, "second").encode())
            .isEqualTo("{\"ok\":false,\"code\":\"UNAVAILABLE\",\"message\":\"the bot does not answer now; try again\"}");
        return millisSince(asked) < 500;
      });

      mongo.comeBack();
      until("an editor's program can write again",
          () -> written(store, new JsonObject().put("title", "How do I feed a heron").put("body", "With fish.")));
      until("what was written outside is known", () -> answers(visitor, "How do I feed a heron"));
      until("it says that all is well", () -> ready().statusCode() == 200);
      until("feedback is taken again", () -> feedback(visitor, article, "second").getBoolean("ok"));
      // Both once more: they are known.
      for (String key : List.of("first", "second")) assertThat(feedback(visitor, article, key).getBoolean("ok")).isTrue();
      assertThat(await(store.articles().find(article.id())).orElseThrow().helpful()).isEqualTo(2);
      until("what was missed meanwhile is in the report",
          () -> await(vertx.eventBus().<JsonObject>request(Addresses.BOT_UNANSWERED, new JsonObject())).body().encode()
          .contains("qzxv plmk wrtb"));
      asking.end();
      await(vertx.close());
    }
  }

  /** One more visitor, who never stops asking, and is answered every time. */
  private final class Asking {
    private final List<String> others = new CopyOnWriteArrayList<>();
    private final Thread thread = new Thread(this::run, "asking");
    private volatile boolean ended;
    private int asked;

    private Asking() {
      thread.start();
    }

    private void run() {
      try {
        TestIo visitor = visitor();
        for (; !ended; asked++) {
          long begun = System.nanoTime();
          if (!answers(visitor, TITLE)) others.add("question " + asked + " was not answered");
          if (millisSince(begun) > 10_000) others.add("question " + asked + " took " + millisSince(begun) + " ms");
          Thread.sleep(50);
        }
      } catch (Exception failure) {
        others.add(failure.toString());
      }
    }

    private void end() throws InterruptedException {
      ended = true;
      thread.join(30_000);
      assertThat(others).isEmpty();
      assertThat(asked).isGreaterThan(10);
    }
  }

  private Store start(TestMongo mongo) throws Exception {
    String database = mongo.newDatabase();
    JsonObject http = new JsonObject()
        .put("listeners", new JsonArray().add(new JsonObject().put("port", 0).put("applications", new JsonArray().add("bot"))));
    JsonObject config = new JsonObject()
        .put("bot", new JsonObject().put("meaning", false))
        .put("mongo", new JsonObject().put("connection_string", mongo.connectionString()).put("database", database))
        .put("http", http)
        .put("data", new JsonObject().put("path", folder.resolve("data").toString()));
    await(vertx.deployVerticle(new BotVerticle(), new DeploymentOptions().setConfig(config)));
    GatewayVerticle gateway = new GatewayVerticle();
    await(vertx.deployVerticle(gateway, new DeploymentOptions().setConfig(config)));
    port = URI.create(gateway.urls().get(0)).getPort();
    managementPort = URI.create(gateway.managementUrls().get(0)).getPort();
    return await(Store.open(vertx, new StoreOptions(Optional.of(mongo.connectionString()), database, folder.resolve("data"))));
  }

  private static boolean answers(TestIo visitor, String question) throws Exception {
    return ask(visitor, question).getString("outcome").equals("ANSWER");
  }

  private static JsonObject ask(TestIo visitor, String text) throws Exception {
    return await(visitor.emitWithAck("ask", new JsonObject().put("text", text))).getJsonObject(0);
  }

  private static JsonObject feedback(TestIo visitor, Article article, String key) throws Exception {
    return await(visitor.emitWithAck("feedback",
        new JsonObject().put("kind", "helpful").put("article", article.id()).put("question", TITLE).put("key", key))).getJsonObject(0);
  }

  /** By the driver, past Magpie. */
  private static boolean written(Store store, JsonObject document) throws Exception {
    return await(store.client().insert("article", document).map(true).otherwise(false));
  }

  private HttpResponse<String> ready() throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/ready")).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private TestIo visitor() throws Exception {
    return await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace("/bot")));
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }
}
