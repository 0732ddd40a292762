package dev.magpie.ask;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bot.BotVerticle;
import dev.magpie.bus.Addresses;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.store.Article;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Visitors at the bot over real sockets, with two instances of the bot. Words only: models are {@code EvaluationTest}'s. */
@Timeout(120)
class AskBotTest {
  @TempDir static Path data;
  private static Vertx vertx;
  private static Store store;
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    store = await(Store.open(vertx, StoreOptions.embedded(data)));
    JsonObject bot = new JsonObject().put("meaning", false);
    JsonObject http = new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", 0).put("applications", new JsonArray().add("bot"))));
    JsonObject config = new JsonObject().put("bot", bot).put("http", http).put("data", new JsonObject().put("path", data.toString()));
    await(vertx.deployVerticle(BotVerticle::new, new DeploymentOptions().setConfig(config).setInstances(2)));
    GatewayVerticle gateway = new GatewayVerticle();
    await(vertx.deployVerticle(gateway, new DeploymentOptions().setConfig(config)));
    port = URI.create(gateway.urls().get(0)).getPort();
    TestIo first = visitor();
    await(30_000, () -> "ANSWER".equals(ask(first, "怎么查询话费余额").getString("outcome")));
  }

  @AfterAll
  static void end() throws Exception {
    await(vertx.close());
  }

  @Test
  void aTitleIsAnsweredWithItsArticle() throws Exception {
    String title = titled("套餐").getString("title");
    JsonObject answer = ask(visitor(), title);
    assertThat(answer.getString("outcome")).isEqualTo("ANSWER");
    assertThat(answer.getDouble("confidence")).isEqualTo(1.0);
    assertThat(answer.getJsonArray("result").getJsonObject(0).getString("title")).isEqualTo(title);
    assertThat(answer.getString("text")).isNotBlank();
  }

  @Test
  void whatNobodyWroteAboutIsNotFoundAndStandsInTheReportWithItsCount() throws Exception {
    TestIo visitor = visitor();
    for (int i = 0; i < 3; i++) assertThat(ask(visitor(), "qzxv plmk wrtb").getString("outcome")).isEqualTo("NOT_FOUND");
    assertThat(ask(visitor, "龘靐齉爩").getString("text")).isEqualTo("没有找到您要的数据，请联系人工客服");
    await(20_000, () -> {
      for (Object each : report()) {
        JsonObject group = (JsonObject) each;
        if (group.getJsonArray("questions").contains("qzxv plmk wrtb")) return group.getInteger("count") == 3 && group.getString("lastAsked") != null;
      }
      return false;
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"helpful", "unhelpful", "chosen"})
  void feedbackIsAcknowledgedOnceItIsStoredAndCountsOnce(String kind) throws Exception {
    Article article = Article.of("feedback of the kind " + kind, "en", "A body.", List.of());
    await(store.articles().save(article));
    TestIo visitor = visitor();
    JsonObject feedback = new JsonObject().put("kind", kind).put("article", article.id()).put("question", "was it good").put("key", "key-of-" + kind);
    for (int i = 0; i < 3; i++) assertThat(emit(visitor, "feedback", feedback).encode()).isEqualTo("{\"ok\":true}");
    Article counted = await(store.articles().find(article.id())).orElseThrow();
    assertThat(counted.helpful() + counted.unhelpful()).isEqualTo(1);
    assertThat(counted.unhelpful()).isEqualTo(kind.equals("unhelpful") ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource({"你好,您好", "thanks,You are welcome", "转人工,''", "agent,''"})
  void smallTalkAndTheWishForAPersonAreAnswered(String said, String begins) throws Exception {
    JsonObject answer = ask(visitor(), said);
    assertThat(answer.getString("outcome")).isEqualTo("ANSWER");
    assertThat(answer.getString("text")).startsWith(begins).isNotBlank();
  }

  @Test
  void anEmptyQuestionIsAskedForInformation() throws Exception {
    assertThat(ask(visitor(), "  ").getString("text")).isEqualTo("请输入正确的信息");
  }

  @Test
  void tenThousandCharactersAreNoQuestion() throws Exception {
    assertThat(ask(visitor(), "话费".repeat(5_000)).getString("outcome")).isEqualTo("NOT_FOUND");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", ".*", "^", "a|b", "\\", "[", "C++ (11)", "\\E", "<script>alert(1)</script>"})
  void aQuestionIsNeverAPattern(String text) throws Exception {
    JsonObject answer = ask(visitor(), text);
    assertThat(answer.getBoolean("ok")).isTrue();
    assertThat(answer.getJsonArray("result").size()).isLessThanOrEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"text\":null}", "{\"text\":{\"$ne\":null}}", "{\"text\":[\"a\"]}", "{\"text\":true}"})
  void whatIsNoTextIsRefused(String request) throws Exception {
    TestIo visitor = visitor();
    for (int i = 0; i < 12; i++) assertThat(emit(visitor, "ask", new JsonObject(request)).getString("code")).isEqualTo("INVALID");
    assertThat(ask(visitor, "你好").getBoolean("ok")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"kind\":{\"$gt\":\"\"},\"article\":\"a\"}", "{\"kind\":\"loved\",\"article\":\"a\"}", "{\"kind\":\"helpful\",\"article\":{\"$ne\":null}}"})
  void feedbackOfAnotherShapeIsRefused(String request) throws Exception {
    JsonObject answer = emit(visitor(), "feedback", new JsonObject(request));
    assertThat(answer.getBoolean("ok")).isFalse();
    assertThat(answer.getString("code")).isEqualTo("INVALID");
  }

  @Test
  void whatAnEditorSavesAndDeletesIsKnownToEveryBotAMomentLater() throws Exception {
    Article article = Article.of("How do I register a ferret", "en", "At the ferret desk.", List.of());
    await(store.articles().save(article));
    // Two instances take turns.
    await(10_000, () -> answersWith("How do I register a ferret", "At the ferret desk.") && answersWith("How do I register a ferret", "At the ferret desk."));
    await(store.articles().delete(article.id()));
    await(10_000, () -> !answersWith("How do I register a ferret", "At the ferret desk.") && !answersWith("How do I register a ferret", "At the ferret desk."));
  }

  private static boolean answersWith(String question, String text) throws Exception {
    JsonObject answer = ask(visitor(), question);
    return answer.getString("outcome").equals("ANSWER") && answer.getString("text").contains(text);
  }

  private static JsonObject titled(String text) throws Exception {
    return await(vertx.eventBus().<JsonObject>request(Addresses.BOT_TITLES, new JsonObject().put("text", text))).body().getJsonArray("result").getJsonObject(0);
  }

  private static JsonArray report() throws Exception {
    return await(vertx.eventBus().<JsonObject>request(Addresses.BOT_UNANSWERED, new JsonObject())).body().getJsonArray("groups");
  }

  private static JsonObject ask(TestIo visitor, String text) throws Exception {
    return emit(visitor, "ask", new JsonObject().put("text", text));
  }

  private static JsonObject emit(TestIo visitor, String event, JsonObject request) throws Exception {
    return await(visitor.emitWithAck(event, request)).getJsonObject(0);
  }

  private static TestIo visitor() throws Exception {
    return await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace("/bot")));
  }

  private interface Fact {
    boolean holds() throws Exception;
  }

  private static void await(long withinMillis, Fact fact) throws Exception {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(withinMillis);
    while (!fact.holds()) {
      assertThat(System.nanoTime()).as("holds within " + withinMillis + " ms").isLessThan(until);
      Thread.sleep(50);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
