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
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
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
  private static final JsonObject HTTP =
      new JsonObject().put("listeners",
      new JsonArray().add(new JsonObject().put("port", 0).put("applications", new JsonArray().add("bot"))));

  @TempDir static Path data;
  private static Vertx vertx;
  private static Store store;
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    store = await(Store.open(vertx, StoreOptions.embedded(data)));
    JsonObject bot = new JsonObject().put("meaning", false);
    JsonObject config = new JsonObject().put("bot", bot).put("http", HTTP).put("data", new JsonObject().put("path", data.toString()));
    await(vertx.deployVerticle(BotVerticle::new, new DeploymentOptions().setConfig(config).setInstances(2)));
    GatewayVerticle gateway = new GatewayVerticle();
    await(vertx.deployVerticle(gateway, new DeploymentOptions().setConfig(config)));
    port = URI.create(gateway.urls().get(0)).getPort();
    TestIo first = visitor();
    until("the bot answers", () -> "ANSWER".equals(ask(first, "怎么查询话费余额").getString("outcome")));
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
    until("the three that are alike are one group", () -> {
      for (Object each : report()) {
        JsonObject group = (JsonObject) each;
        if (group.getJsonArray("questions").contains("qzxv plmk wrtb"))
          return group.getInteger("count") == 3 && group.getString("lastAsked") != null;
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
    JsonObject feedback = new JsonObject().put("kind", kind).put("article", article.id()).put("question", "was it good")
        .put("key", "key-of-" + kind);
    for (int i = 0; i < 3; i++) assertThat(emit(visitor, "feedback", feedback).encode()).isEqualTo("{\"ok\":true}");
    Article counted = await(store.articles().find(article.id())).orElseThrow();
    assertThat(List.of(counted.helpful(), counted.unhelpful(), counted.chosen()))
        .containsExactly(kind.equals("helpful") ? 1L : 0, kind.equals("unhelpful") ? 1L : 0, kind.equals("chosen") ? 1L : 0);
    JsonObject stored = await(store.client().findOne("feedback", new JsonObject().put("_id", "key-of-" + kind), null));
    assertThat(stored.getString("kind")).isEqualTo(kind.toUpperCase(Locale.ROOT));
    assertThat(stored.getString("article")).isEqualTo(article.id());
    assertThat(stored.getString("question")).isEqualTo("was it good");
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
  @ValueSource(strings = {"{}", "{\"kind\":{\"$gt\":\"\"},\"article\":\"a\"}", "{\"kind\":\"loved\",\"article\":\"a\"}",
      "{\"kind\":\"helpful\",\"article\":{\"$ne\":null}}"})
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
    until("both bots", () -> answersWith("How do I register a ferret", "At the ferret desk.") && answersWith("How do I register a ferret",
        "At the ferret desk."));
    await(store.articles().delete(article.id()));
    until("both bots", () -> !answersWith("How do I register a ferret", "At the ferret desk.") && !answersWith("How do I register a ferret",
        "At the ferret desk."));
  }

  @Test
  void aPlainClientAsksAndIsAnsweredToo() throws Exception {
    // Closed by the garbage collector where nobody refers to it.
    WebSocketClient client = vertx.createWebSocketClient();
    WebSocket socket = await(client.connect(new WebSocketConnectOptions().setHost("127.0.0.1").setPort(port).setURI("/ws?ns=/bot")));
    LinkedBlockingQueue<JsonObject> heard = new LinkedBlockingQueue<>();
    socket.textMessageHandler(text -> heard.add(new JsonObject(text)));
    await(socket.writeTextMessage("{\"event\":\"ask\",\"args\":[{\"text\":\"怎么查询话费余额\"}],\"ack\":7}"));
    JsonObject answer = heard.poll(20, TimeUnit.SECONDS);
    assertThat(answer.getInteger("ack")).isEqualTo(7);
    assertThat(answer.getJsonArray("args").getJsonObject(0).getString("outcome")).isEqualTo("ANSWER");
    String article = answer.getJsonArray("args").getJsonObject(0).getJsonArray("result").getJsonObject(0).getString("_id");
    JsonObject feedback = new JsonObject().put("kind", "helpful").put("article", article).put("question", "怎么查询话费余额");
    await(socket.writeTextMessage(new JsonObject().put("event", "feedback").put("args", new JsonArray().add(feedback)).put("ack", 8)
        .encode()));
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo(new JsonObject("{\"ack\":8,\"args\":[{\"ok\":true}]}"));
    await(client.close());
  }

  @ParameterizedTest
  @CsvSource({"400,INVALID,the bot does not take this", "500,UNAVAILABLE,the bot does not answer now; try again",
      "-1,UNAVAILABLE,the bot does not answer now; try again"})
  void whyAnotherBotFailedIsForTheLogAndNotForVisitors(int failure, String code, String message) throws Exception {
    Vertx other = Vertx.vertx();
    for (String address : List.of(Addresses.BOT_ASK, Addresses.BOT_FEEDBACK)) {
      other.eventBus().consumer(address,
          asked -> asked.fail(failure, "java.lang.NullPointerException: Cannot invoke\n\tat some.where.Inside.of(it.java:1)"));
    }
    GatewayVerticle gateway = new GatewayVerticle();
    await(other.deployVerticle(gateway,
        new DeploymentOptions().setConfig(new JsonObject().put("http", HTTP)
        .put("data", new JsonObject().put("path", data.resolve("other").toString())))));
    TestIo visitor = await(TestIo.connect(other, new TestIoOptions(URI.create(gateway.urls().get(0)).getPort()).setNamespace("/bot")));
    JsonObject refusal = new JsonObject().put("ok", false).put("code", code).put("message", message);
    assertThat(ask(visitor, "q")).isEqualTo(refusal);
    assertThat(emit(visitor, "feedback", new JsonObject().put("kind", "helpful").put("article", "a").put("question", "q")))
        .isEqualTo(refusal);
    await(other.close());
  }

  private static boolean answersWith(String question, String text) throws Exception {
    JsonObject answer = ask(visitor(), question);
    return answer.getString("outcome").equals("ANSWER") && answer.getString("text").contains(text);
  }

  private static JsonObject titled(String text) throws Exception {
    return await(vertx.eventBus().<JsonObject>request(Addresses.BOT_TITLES, new JsonObject().put("text", text))).body()
        .getJsonArray("result").getJsonObject(0);
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
}
