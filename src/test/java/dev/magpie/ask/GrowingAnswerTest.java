package dev.magpie.ask;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bot.BotVerticle;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An answerer that makes its text piece by piece, and a visitor that reads it meanwhile. */
@Timeout(120)
class GrowingAnswerTest {
  private static final String WEATHER = "test.weather";

  @TempDir static Path data;
  private static final LinkedBlockingQueue<Message<JsonObject>> asked = new LinkedBlockingQueue<>();
  private static Vertx vertx;
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    JsonObject bot = new JsonObject().put("meaning", false).put("answerers", new JsonArray().add(WEATHER));
    JsonArray listeners = new JsonArray().add(new JsonObject().put("port", 0).put("applications", new JsonArray().add("bot")));
    JsonObject config = new JsonObject().put("bot", bot).put("http", new JsonObject().put("listeners", listeners))
        .put("data", new JsonObject().put("path", data.toString()));
    vertx.eventBus().<JsonObject>consumer(WEATHER, asked::add);
    await(vertx.deployVerticle(new BotVerticle(), new DeploymentOptions().setConfig(config)));
    GatewayVerticle gateway = new GatewayVerticle();
    await(vertx.deployVerticle(gateway, new DeploymentOptions().setConfig(config)));
    port = URI.create(gateway.urls().get(0)).getPort();
  }

  @AfterAll
  static void end() throws Exception {
    await(vertx.close());
  }

  @Test
  void isReadWhileItIsMade() throws Exception {
    TestIo visitor = visitor();
    Future<JsonArray> acknowledged = visitor.emitWithAck("ask", question().put("stream", "a-1"));
    Message<JsonObject> question = next();
    question.reply(Answer.of("今天").beginning().toJson());
    JsonObject answer = await(acknowledged).getJsonObject(0);
    assertThat(answer.getBoolean("ok")).isTrue();
    assertThat(answer.getString("outcome")).isEqualTo("ANSWER");
    assertThat(answer.getString("text")).isEqualTo("今天");
    assertThat(answer.getString("stream")).isEqualTo("a-1");
    assertThat(chunk(visitor)).isEqualTo("a-1 0 今天 false");
    piece(question, new JsonObject().put("text", "晴"));
    assertThat(chunk(visitor)).isEqualTo("a-1 2 晴 false");
    piece(question, new JsonObject().put("text", "。").put("done", true));
    String last = chunk(visitor);
    if (last.endsWith("false")) assertThat(last + chunk(visitor)).isEqualTo("a-1 3 。 falsea-1 4  true");
    else assertThat(last).isEqualTo("a-1 3 。 true");
    isNotHeard(question);
  }

  @Test
  void keepsItsOrderIfPiecesOvertakeTheBeginning() throws Exception {
    TestIo visitor = visitor();
    Future<JsonArray> acknowledged = visitor.emitWithAck("ask", question().put("stream", "a-2"));
    Message<JsonObject> question = next();
    piece(question, new JsonObject().put("text", "b"));
    piece(question, new JsonObject().put("text", "c").put("done", true));
    question.reply(Answer.of("a").beginning().toJson());
    await(acknowledged);
    StringBuilder text = new StringBuilder();
    for (JsonObject chunk = null; chunk == null || !chunk.getBoolean("done"); ) {
      chunk = await(visitor.next("stream")).getJsonObject(0);
      assertThat(chunk.getInteger("at")).isEqualTo(text.length());
      text.append(chunk.getString("text"));
    }
    assertThat(text).hasToString("abc");
  }

  @Test
  void isNotMadeForAClientThatTakesNone() throws Exception {
    TestIo visitor = visitor();
    Future<JsonArray> acknowledged = visitor.emitWithAck("ask", question());
    Message<JsonObject> question = next();
    assertThat(Question.from(question.body()).stream()).isNull();
    question.reply(Answer.of("晴").toJson());
    assertThat(await(acknowledged).getJsonObject(0).containsKey("stream")).isFalse();
  }

  @Test
  void mayComeInOnePieceAllTheSame() throws Exception {
    TestIo visitor = visitor();
    Future<JsonArray> acknowledged = visitor.emitWithAck("ask", question().put("stream", "a-3"));
    Message<JsonObject> question = next();
    question.reply(Answer.of("晴").toJson());
    assertThat(await(acknowledged).getJsonObject(0).containsKey("stream")).isFalse();
    isNotHeard(question);
  }

  @Test
  void isAbandonedWithTheConnection() throws Exception {
    TestIo visitor = visitor();
    Future<JsonArray> acknowledged = visitor.emitWithAck("ask", question().put("stream", "a-4"));
    Message<JsonObject> question = next();
    question.reply(Answer.of("今天").beginning().toJson());
    await(acknowledged);
    await(visitor.close());
    isNotHeard(question);
  }

  @Test
  void hasAShortPlainId() throws Exception {
    JsonObject refused = await(visitor().emitWithAck("ask", question().put("stream", "a b"))).getJsonObject(0);
    assertThat(refused.getString("code")).isEqualTo("INVALID");
    assertThat(refused.getString("message")).startsWith("stream: 1 to 64");
  }

  private static JsonObject question() {
    return new JsonObject().put("text", "how will the weather be");
  }

  private static TestIo visitor() throws Exception {
    return await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace("/bot")));
  }

  private static Message<JsonObject> next() throws InterruptedException {
    Message<JsonObject> question = asked.poll(30, TimeUnit.SECONDS);
    assertThat(question).isNotNull();
    return question;
  }

  private static void piece(Message<JsonObject> question, JsonObject piece) {
    vertx.eventBus().publish(Question.from(question.body()).stream(), piece);
  }

  private static String chunk(TestIo visitor) throws Exception {
    JsonObject chunk = await(visitor.next("stream")).getJsonObject(0);
    return chunk.getString("id") + " " + chunk.getInteger("at") + " " + chunk.getString("text") + " " + chunk.getBoolean("done");
  }

  /** Nobody listens at the address of the pieces any more. */
  private static void isNotHeard(Message<JsonObject> question) throws Exception {
    String address = Question.from(question.body()).stream();
    DeliveryOptions soon = new DeliveryOptions().setSendTimeout(1_000);
    until("no listener", () -> await(vertx.eventBus().request(address, new JsonObject(), soon)
        .transform(done -> Future.succeededFuture(done.cause() instanceof ReplyException reply ? reply.failureType() : null)))
        == ReplyFailure.NO_HANDLERS);
  }
}
