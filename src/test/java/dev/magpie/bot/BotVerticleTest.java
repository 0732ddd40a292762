package dev.magpie.bot;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Answer.Outcome;
import dev.magpie.bus.Question;
import dev.magpie.ops.Health;
import dev.magpie.store.EmbeddedMongo;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.Timeout;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
@Timeout(value = 60, timeUnit = TimeUnit.SECONDS)
class BotVerticleTest {
  private static final String NOT_FOUND = "没有找到您要的数据，请联系人工客服";

  @TempDir static Path directory;
  private Vertx vertx;
  private Store store;

  @BeforeEach
  void open(Vertx vertx) throws Exception {
    this.vertx = vertx;
    store = await(Store.open(vertx, StoreOptions.embedded(directory)));
  }

  @AfterEach
  void close() throws Exception {
    await(Future.all(vertx.deploymentIDs().stream().map(vertx::undeploy).toList()));
    await(store.close());
  }

  // The tutorial's string bot.

  @Test
  void theCannedBotTakesTheBareValueOfTheTutorialsClient(VertxTestContext test) {
    Checkpoint[] each = {test.checkpoint(), test.checkpoint(), test.checkpoint(), test.checkpoint(), test.checkpoint()};
    deploy(BotOptions.DEFAULT.answerers())
        .onSuccess(
            id -> {
              cannedSays(test, "1", "您当前的话费有2元", each[0]);
              cannedSays(test, 2, "您当前的流量有200M", each[1]);
              cannedSays(test, new JsonArray().add(1), "您当前的话费有2元", each[2]);
              cannedSays(test, null, "请输入正确的信息", each[3]);
              cannedSays(test, "套餐", "请输入正确的信息", each[4]);
            })
        .onFailure(test::failNow);
  }

  private void cannedSays(VertxTestContext test, Object body, String expected, Checkpoint done) {
    vertx
        .eventBus()
        .<JsonObject>request(Addresses.BOT_CANNED, body)
        .onComplete(
            test.succeeding(
                reply -> {
                  test.verify(() -> assertThat(reply.body().getString("text")).isEqualTo(expected));
                  done.flag();
                }));
  }

  @Test
  void theCannedBotTakesQuestionsToo() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    assertThat(ask(Addresses.BOT_CANNED, Question.of(true)).text()).isEqualTo("您当前的话费有2元");
    assertThat(ask(Addresses.BOT_CANNED, Question.of(" 01 ")).text()).isEqualTo("您当前的话费有2元");
    assertThat(ask(Addresses.BOT_CANNED, Question.of("")).text()).isEqualTo("请输入正确的信息");
  }

  // The tutorial's bot on the database.

  @Test
  void theArticlesAreTheTutorialsResult() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    JsonArray result = await(vertx.eventBus().<JsonObject>request(Addresses.BOT_TITLES, Question.of("套餐").toJson())).body()
        .getJsonArray("result");
    assertThat(result).hasSizeBetween(3, 20);
    for (Object each : result) {
      JsonObject hit = (JsonObject) each;
      assertThat(hit.fieldNames()).containsExactly("_id", "title");
      assertThat(hit.getString("_id")).matches("[0-9a-f]{24}");
      assertThat(hit.getString("title")).contains("套餐");
    }
  }

  @Test
  void nothingFoundIsAnEmptyResult() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    assertThat(titles(Question.of("没有这样的标题"))).isEmpty();
    assertThat(ask(Addresses.BOT_ARTICLES, Question.of("没有这样的标题"))).isEqualTo(Answer.notFound(NOT_FOUND));
  }

  @Test
  void whatIsNoTextFindsNothing() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    Object[] nothings = {
      null, "", " \n", new JsonObject(), new JsonObject("{\"$ne\":null}"), new JsonObject("{\"$regex\":\".*\"}"),
          new JsonObject("{\"$where\":\"sleep(1e4)\"}"),
      new JsonArray("[\"套餐\"]"), true, false
    };
    for (Object said : nothings) assertThat(titles(Question.of(said))).as("%s", said).isEmpty();
    // As operators in the question's own JSON.
    JsonObject forged = new JsonObject("{\"text\":{\"$ne\":null},\"said\":{\"$regex\":\".*\"}}");
    assertThat(Answer.from(await(vertx.eventBus().<JsonObject>request(Addresses.BOT_ARTICLES, forged)).body()).result()).isEmpty();
  }

  @Test
  void aNumberIsSearchedAsItsText() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    assertThat(titles(Question.of(5))).extracting(Hit::title).containsExactly("怎么办理5G套餐");
    assertThat(titles(Question.of(5.0))).extracting(Hit::title).containsExactly("怎么办理5G套餐");
  }

  @Test
  void atMostTwentyAreGiven() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    for (int i = 0; i < 25; i++) await(store.client().insert("article", new JsonObject().put("title", "many " + (char) ('a' + i))));
    assertThat(titles(Question.of("many"))).hasSize(20);
  }

  @ParameterizedTest
  @ValueSource(strings = {".*", "^", ".", "a|b", "\\", "[", "(", "*", "C++ (11)", "(a+)+$", "(h|h|ih)*", "\\E.*\\Q", "$", "?", "[\\s\\S]",
      "a\0b", "\uD83D"})
  void aPatternIsText(String pattern) throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    for (int i = 0; i < 2; i++) { // The second time with a title that holds it.
      List<Hit> found = titles(Question.of(pattern));
      assertThat(found).allSatisfy(hit -> assertThat(hit.title()).contains(pattern));
      if (i == 1 && pattern.codePoints().noneMatch(c -> c == 0 || c == 0xD83D)) assertThat(found).isNotEmpty();
      await(store.client().insert("article",
          new JsonObject().put("title", "title with " + pattern.replace('\0', ' ').replace('\uD83D', ' '))));
    }
  }

  @Test
  void aLongPatternIsAnsweredAtOnce() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    for (String pattern : List.of("(a+)+$".repeat(1000), "x".repeat(1_000_000), "(h|h|ih)*".repeat(600))) {
      assertThat(titles(Question.of(pattern))).isEmpty();
      assertThat(ask(Addresses.BOT_ASK, Question.of(pattern)).text()).isEqualTo("您的问题太长了，请用一两句话说明");
    }
  }

  @Test
  void aTitleComesBackAsItWasStored() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    String title = "<script>alert(1)</script> \u202e \u200b <img src=x onerror=y>";
    await(store.client().insert("article", new JsonObject().put("title", title)));
    assertThat(titles(Question.of("<script>"))).extracting(Hit::title).containsExactly(title);
  }

  @Test
  void fullWidthAndDecomposedCharactersFindThePlainTitle() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    await(store.client().insert("article", new JsonObject().put("title", "Café")));
    assertThat(titles(Question.of("５Ｇ"))).extracting(Hit::title).containsExactly("怎么办理5G套餐");
    assertThat(titles(Question.of("Cafe\u0301"))).extracting(Hit::title).containsExactly("Café");
  }

  @Test
  void titlesThatHoldItComeFirstThenWhatTheBotWouldAnswerAndNeverASuggestion() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    whole();
    assertThat(titles(Question.of("话费怎么充值？"))).as("to the letter there is none").extracting(Hit::title).containsExactly("话费怎么充值");
    assertThat(ask(Addresses.BOT_ASK, Question.of("套餐")).outcome()).isEqualTo(Outcome.SUGGEST);
    assertThat(titles(Question.of("套餐"))).allSatisfy(hit -> assertThat(hit.title()).contains("套餐"));
  }

  // The bot.

  @Test
  void anIdIsATextToVisitorsAndHitsAndFeedbackFindItsDocument(@TempDir Path own) throws Exception {
    String hex = "5d0a1b2c3d4e5f6071829304";
    Store articles = await(Store.open(vertx, StoreOptions.embedded(own)));
    JsonObject insert =
        new JsonObject(("{'insert':'article','documents':[{'_id':'HEX','title':'first question'},"
            + "{'_id':{'$oid':'HEX'},'title':'second question'},{'_id':7,'title':'third question'}]}")
            .replace("HEX", hex).replace('\'', '"'));
    await(articles.client().runCommand("insert", insert));
    JsonObject config = new JsonObject().put("data", new JsonObject().put("path", own.toString()))
        .put("bot", new JsonObject().put("meaning", false));
    await(vertx.deployVerticle(new BotVerticle(), new DeploymentOptions().setConfig(config)));
    whole();
    List<String> ids = new ArrayList<>();
    for (String title : List.of("first question", "second question", "third question")) {
      String id = ask(Addresses.BOT_ASK, Question.of(title)).result().get(0).id();
      ids.add(id);
      await(vertx.eventBus().request(Addresses.BOT_FEEDBACK, new JsonObject().put("kind", "helpful").put("article", id)
          .put("question", title)));
    }
    assertThat(ids).as("a type is shown where two ids would look the same").containsExactly("\"" + hex + "\"", hex, "7");
    await(articles.close());
    await(Future.all(vertx.deploymentIDs().stream().map(vertx::undeploy).toList()));
    Store again = await(Store.open(vertx, StoreOptions.embedded(own)));
    List<String> counted = new ArrayList<>();
    vertx.executeBlocking(() -> {
      again.eachArticle(article -> counted.add(article.title() + " " + article.hits() + " " + article.helpful()));
      return null;
    }).await(20, TimeUnit.SECONDS);
    await(again.close());
    assertThat(counted).containsExactlyInAnyOrder("first question 1 1", "second question 1 1", "third question 1 1");
  }

  @Test
  void aWordOfSeveralTitlesSuggestsThem() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    Answer answer = ask(Addresses.BOT_ASK, Question.of("套餐"));
    assertThat(answer.outcome()).isEqualTo(Outcome.SUGGEST);
    assertThat(answer.text()).isEqualTo("您是不是想问：");
    assertThat(answer.result()).hasSizeGreaterThanOrEqualTo(3);
  }

  @Test
  void aTitleIsAnsweredWithItsArticle() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    Answer answer = ask(Addresses.BOT_ASK, Question.of("话费怎么充值"));
    assertThat(answer.outcome()).isEqualTo(Outcome.ANSWER);
    assertThat(answer.confidence()).isEqualTo(1);
    assertThat(answer.text()).startsWith("可以用银行卡或充值卡充值");
    assertThat(answer.result()).extracting(Hit::title).containsExactly("话费怎么充值");
  }

  @Test
  void theBotKnowsTheCannedAnswersAndSaysWhenItKnowsNothing() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    assertThat(ask(Addresses.BOT_ASK, Question.of("1")).text()).isEqualTo("您当前的话费有2元");
    assertThat(ask(Addresses.BOT_ASK, Question.of("天气怎么样"))).isEqualTo(Answer.notFound(NOT_FOUND));
    assertThat(ask(Addresses.BOT_ASK, Question.of(" "))).isEqualTo(Answer.notFound("请输入正确的信息"));
  }

  @Test
  void theAnswerIsTheBestPassageAndTheTitleBringsTheWholeArticle() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    String body = "Bring your passport to the counter. ".repeat(6) + "\n\n" + "A lounge ticket is valid for three hours. ".repeat(5);
    await(store.client().insert("article", new JsonObject().put("title", "Visiting the airport lounge").put("body", body)));
    whole();
    Answer passage = ask(Addresses.BOT_ASK, Question.of("how long is an airport lounge ticket valid").lang("en"));
    assertThat(passage.text()).startsWith("A lounge ticket is valid").doesNotContain("passport")
        .endsWith("\n\nTo read the whole article, send its title: Visiting the airport lounge");
    assertThat(ask(Addresses.BOT_ASK, Question.of("visiting the airport lounge")).text()).isEqualTo(body);
  }

  @Test
  void aQuestionWithoutASubjectIsAskedTogetherWithTheOneBefore() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    whole();
    Question question = Question.of("那多少钱？");
    assertThat(ask(Addresses.BOT_ASK, question).result()).first().extracting(Hit::title).isNotEqualTo("国际漫游怎么收费");
    assertThat(ask(Addresses.BOT_ASK, question.history(List.of("怎么开通国际漫游"))).result()).extracting(Hit::title)
        .startsWith("国际漫游怎么收费");
  }

  @Test
  void aPriceThatNoArticleNamesIsNotAnsweredByTheNearestOne() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    whole();
    assertThat(ask(Addresses.BOT_ASK, Question.of("5G套餐怎么办理呢")).outcome()).isEqualTo(Outcome.ANSWER);
    Answer price = ask(Addresses.BOT_ASK, Question.of("办理5G套餐多少钱"));
    assertThat(price.outcome()).isNotEqualTo(Outcome.ANSWER);
    assertThat(price.result()).extracting(Hit::title).doesNotContain("怎么办理5G套餐");
    assertThat(ask(Addresses.BOT_ASK, Question.of("我要投诉")).outcome()).isEqualTo(Outcome.NOT_FOUND);
  }

  @Test
  void theFirstThatAnswersIsHeardAndASuggestionGivesWayToAnAnswer() throws Exception {
    List<String> asked = new ArrayList<>();
    answerer("test.pass", message -> message.reply(Answer.pass().toJson()), asked);
    answerer("test.suggest", message -> message.reply(Answer.suggest("?", List.of(new Hit("a", "b"))).toJson()), asked);
    answerer("test.answer", message -> message.reply(new JsonObject().put("text", "晴")), asked);
    answerer("test.late", message -> message.reply(Answer.of("never asked").toJson()), asked);
    await(deploy(List.of("test.pass", "test.suggest", "test.answer", "test.late")));
    assertThat(ask(Addresses.BOT_ASK, Question.of("天气"))).isEqualTo(Answer.of("晴"));
    assertThat(asked).containsExactly("test.pass", "test.suggest", "test.answer");
  }

  @Test
  void oneThatFailsOrIsNotThereOrAnswersNonsenseIsPassedOver() throws Exception {
    List<String> asked = new ArrayList<>();
    answerer("test.fails", message -> message.fail(1, "broken"), asked);
    answerer("test.nonsense", message -> message.reply(new JsonObject().put("outcome", "MAYBE")), asked);
    answerer("test.text", message -> message.reply("a bare string"), asked);
    answerer("test.null", message -> message.reply(null), asked);
    answerer("test.good", message -> message.reply(Answer.of("good").toJson()), asked);
    await(deploy(List.of("test.fails", "test.nobody", "test.nonsense", "test.text", "test.null", "test.good")));
    assertThat(ask(Addresses.BOT_ASK, Question.of("q")).text()).isEqualTo("good");
    assertThat(asked).hasSize(5);
  }

  @Test
  void oneThatTakesTooLongIsPassedOver() throws Exception {
    Promise<Message<JsonObject>> held = Promise.promise();
    vertx.eventBus().<JsonObject>consumer("test.slow", held::complete);
    vertx.eventBus().consumer("test.good", message -> message.reply(Answer.of("good").toJson()));
    Answerers answerers = new Answerers(vertx.eventBus(), new BotOptions(List.of("test.slow", "test.good"), 50, false, directory),
        (question, lang) -> Future.succeededFuture());
    Future<Answer> answer = answerers.ask(Question.of("q"));
    await(held.future());
    // The slow one holds its reply until the bot has answered without it.
    assertThat(await(answer).text()).isEqualTo("good");
    held.future().result().reply(Answer.of("too late").toJson());
  }

  @Test
  void answerersGetTheWholeQuestion() throws Exception {
    Promise<JsonObject> heard = Promise.promise();
    vertx.eventBus().<JsonObject>consumer("test.hears", message -> {
      heard.complete(message.body());
      message.reply(Answer.pass().toJson());
    });
    await(deploy(List.of("test.hears")));
    Question question = Question.of("q").lang("en").visitor("v").conversation("c").history(List.of("p"));
    assertThat(ask(Addresses.BOT_ASK, question).text()).isEqualTo("No matching answer found. Please contact customer service.");
    assertThat(Question.from(heard.future().result())).isEqualTo(question);
  }

  @Test
  void whatIsNotedForAPersonIsStoredAndReported() throws Exception {
    await(deploy(BotOptions.DEFAULT.answerers()));
    whole();
    for (String said : List.of("转接人工客服", "talk to agent")) {
      assertThat(ask(Addresses.BOT_ASK, Question.of(said).visitor("5d0a1b2c3d4e5f6071829304")).text())
          .isEqualTo("已记录您需要人工客服。这里暂时没有客服在线，请稍后再来，或通过官方客服渠道联系我们。");
    }
    ask(Addresses.BOT_ASK, Question.of("人工"));
    JsonObject report = await(vertx.eventBus().<JsonObject>request(Addresses.BOT_REPORT, new JsonObject())).body();
    assertThat(report.getJsonArray("groups")).isNotNull();
    assertThat(report.getJsonArray("persons")).extracting(each -> (JsonObject) each)
        .extracting(line -> line.getString("visitor") + " " + line.getString("question") + " " + line.getLong("count"))
        .containsExactly(" 人工 1", "5d0a1b2c3d4e5f6071829304 talk to agent 2");
  }

  @Test
  void nothingIsSaidToBeNotedWhileTheDatabaseIsAway() throws Exception {
    JsonObject config = new JsonObject().put("mongo", new JsonObject()
        .put("connection_string", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"));
    await(vertx.deployVerticle(new BotVerticle(), new DeploymentOptions().setConfig(config)));
    assertThat(ask(Addresses.BOT_ASK, Question.of("转人工")).text()).isEqualTo("这里暂时没有客服在线，请稍后再来，或通过官方客服渠道联系我们。");
  }

  @Test
  void sharesTheStoreOfItsVertxInstanceAndLeavesItOpen() throws Exception {
    String id = await(deploy(BotOptions.DEFAULT.answerers()));
    await(vertx.undeploy(id));
    await(store.ping());
  }

  @Test
  void startsWithoutItsDatabaseAndKeepsItsCannedAnswers() throws Exception {
    JsonObject config = new JsonObject().put("mongo", new JsonObject()
        .put("connection_string", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"));
    await(vertx.deployVerticle(new BotVerticle(), new DeploymentOptions().setConfig(config)));
    assertThat(ask(Addresses.BOT_ASK, Question.of("2")).text()).isEqualTo("您当前的流量有200M");
    assertThat(ask(Addresses.BOT_ASK, Question.of("套餐")).text()).isEqualTo(NOT_FOUND);
  }

  @Test
  void aloneInAnotherProcessItUsesTheProgramThatHoldsTheData(@TempDir Path held) throws Exception {
    // Opened outside any Vert.x instance, as another program would.
    try (EmbeddedMongo other = EmbeddedMongo.open(held)) {
      JsonObject config = new JsonObject().put("data", new JsonObject().put("path", held.toString()));
      String id = await(vertx.deployVerticle(new BotVerticle(), new DeploymentOptions().setConfig(config)));
      assertThat(ask(Addresses.BOT_ARTICLES, Question.of("套餐")).result()).isNotEmpty();
      await(vertx.undeploy(id));
    }
  }

  private Future<String> deploy(List<String> answerers) {
    JsonObject config =
        new JsonObject().put("data", new JsonObject().put("path", directory.toString()))
        .put("bot", new JsonObject().put("answerers", new JsonArray(answerers)).put("meaning", false));
    return vertx.deployVerticle(new BotVerticle(), new DeploymentOptions().setConfig(config));
  }

  private void answerer(String address, Handler<Message<JsonObject>> handler, List<String> asked) {
    vertx.eventBus().<JsonObject>consumer(address, message -> {
      synchronized (asked) {
        asked.add(address);
      }
      handler.handle(message);
    });
  }

  private List<Hit> titles(Question question) throws Exception {
    JsonObject reply = await(vertx.eventBus().<JsonObject>request(Addresses.BOT_TITLES, question.toJson())).body();
    return Answer.from(reply.put("outcome", "ANSWER")).result();
  }

  /** Until the index is built, and has what was written. */
  private void whole() throws Exception {
    for (int looks = 0; looks < 10; looks++) if (await(Health.of(vertx).report()).ready()) return;
    assertThat(await(Health.of(vertx).report()).states()).isEmpty();
  }

  private Answer ask(String address, Question question) throws Exception {
    return Answer.from(await(vertx.eventBus().<JsonObject>request(address, question.toJson())).body());
  }
}
