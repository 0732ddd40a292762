package dev.magpie.tutorial;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bot.BotVerticle;
import dev.magpie.bus.Addresses;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What stands in the tutorial's contract, to the byte, through real sockets: all programs on one port, and on two as the tutorial has them.
 */
class TutorialTest {
  private static final String NEWS = "42[\"news\",{\"hello\":\"world\"}]";
  private static final String BALANCE = "42[\"servermessage\",\"您当前的话费有2元\"]";
  private static final String DATA = "42[\"servermessage\",\"您当前的流量有200M\"]";
  private static final String BAD = "42[\"servermessage\",\"请输入正确的信息\"]";
  private static final String NONE = "42[\"servermessage\",{\"result\":[]}]";
  private static final String CART = "42[\"addCart\",\"Server AddCart Ok\"]";
  private static final String KOA = "42[\"serverEmit\",\"我接收到增加购物车的事件了\"]";
  private static final String NODE = "42[\"to-client\",\"我是服务器返回的数据\"]";

  @TempDir
  static Path data;

  private static Vertx vertx;
  private String deployment;

  @BeforeAll
  static void bot() throws Exception {
    vertx = Vertx.vertx();
    await(vertx.deployVerticle(new BotVerticle(),
        new DeploymentOptions().setConfig(new JsonObject().put("data", new JsonObject().put("path", data.toString())))));
  }

  @AfterAll
  static void end() throws Exception {
    await(vertx.close());
  }

  @AfterEach
  void undeploy() throws Exception {
    if (deployment != null) await(vertx.undeploy(deployment));
  }

  // --- Node

  @Test
  void nodeAnswersTheSenderAlone() throws Exception {
    int port = apart(new JsonObject())[1];
    try (Page one = Page.open(port, ""); Page two = Page.open(port, "")) {
      one.say("42[\"to-server\",\"我是客户端的数据\"]");
      assertThat(one.hear()).isEqualTo(NODE);
      one.hearsNothing();
      two.hearsNothing();
    }
  }

  @Test
  void nodeAnswersAllWhereTheSettingSaysSo() throws Exception {
    int port = apart(new JsonObject().put("tutorial", new JsonObject().put("node", "all")))[1];
    try (Page one = Page.open(port, ""); Page two = Page.open(port, "")) {
      one.say("42[\"to-server\",\"我是客户端的数据\"]");
      assertThat(one.hear()).isEqualTo(NODE);
      assertThat(two.hear()).isEqualTo(NODE);
      one.hearsNothing();
    }
  }

  // --- Express

  @Test
  void expressGreetsEachSocketIoClientAndHearsItsAnswer() throws Exception {
    int port = together(1, new JsonObject());
    try (Page page = Page.open(port, "")) {
      assertThat(page.hear()).isEqualTo(NEWS);
      page.say("42[\"my other event\",{\"my\":\"data\"}]").hearsNothing();
    }
  }

  @Test
  void expressDoesNotGreetPlainClients() throws Exception {
    int port = together(1, new JsonObject());
    try (RawWebSocket plain = RawWebSocket.connect(port, "/ws")) {
      plain.sendText("ping");
      assertThat(plain.readFrame().text()).isEqualTo("pong");
    }
  }

  @Test
  void thePageAtNewsSaysNews() throws Exception {
    int port = together(1, new JsonObject());
    // A client of Vert.x that nobody refers to is closed by the garbage collector, also within a request.
    io.vertx.core.http.HttpClient client = vertx.createHttpClient();
    try {
      assertThat(await(client.request(io.vertx.core.http.HttpMethod.GET, port, "127.0.0.1", "/news")
          .compose(request -> request.send()).compose(answer -> answer.body())).toString())
          .isEqualTo("news");
    } finally {
      await(client.close());
    }
  }

  // --- The bot with a menu

  @ParameterizedTest
  @ValueSource(strings = {"\"1\"", "1", "\" 1 \"", "\"1.0\"", "\"01\"", "true", "[1]", "1.0", "[\"1\"]"})
  void theMenuHasTheBalanceUnderWhatJavaScriptFindsEqualToOne(String said) throws Exception {
    assertThat(saidTogether(said)).isEqualTo(BALANCE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"2\"", "2", "\" 2\\n\"", "[2]"})
  void theMenuHasTheDataUnderTwo(String said) throws Exception {
    assertThat(saidTogether(said)).isEqualTo(DATA);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"\"", "null", "false", "\"3\"", "\"你好\"", "[]", "[1,2]", "0", "\"一\""})
  void theMenuRefusesEverythingElse(String said) throws Exception {
    assertThat(saidTogether(said)).isEqualTo(BAD);
  }

  @Test
  void theMenuAnswersTheSenderAlone() throws Exception {
    int port = together(4, new JsonObject());
    try (Page one = greeted(port, ""); Page two = greeted(port, "")) {
      one.say("42[\"message\",\"1\"]");
      assertThat(one.hear()).isEqualTo(BALANCE);
      two.hearsNothing();
    }
  }

  @Test
  void theGroupChatTellsAllWhatWasSaid() throws Exception {
    int port = together(4, new JsonObject().put("tutorial", new JsonObject().put("bot", "broadcast")));
    try (Page one = greeted(port, ""); Page two = greeted(port, "")) {
      one.say("42[\"message\",\"<b>大家好\"]");
      for (Page page : List.of(one, two)) assertThat(page.hear()).isEqualTo("42[\"servermessage\",\"<b>大家好\"]");
    }
  }

  @Test
  void theMenuAnswersPlainClientsToo() throws Exception {
    int port = together(1, new JsonObject());
    try (RawWebSocket plain = RawWebSocket.connect(port, "/ws")) {
      plain.sendText("我发送消息给服务端");
      assertThat(plain.readFrame().text()).isEqualTo("[\"servermessage\",\"请输入正确的信息\"]");
      plain.sendBinary(new byte[] {1});
      assertThat(plain.readFrame().text()).isEqualTo("[\"servermessage\",\"请输入正确的信息\"]");
    }
  }

  @Test
  void anUndefinedMessageDisturbsNobody() throws Exception {
    int port = together(1, new JsonObject());
    try (Page page = greeted(port, "")) {
      page.say("42[\"message\",null]").say("42[\"message\"]");
      assertThat(page.hear()).isEqualTo(BAD);
      assertThat(page.hear()).isEqualTo(BAD);
    }
  }

  // --- The bot with a database

  @Test
  void theDatabaseBotFindsTitlesWithTheirIds() throws Exception {
    String heard = saidTogether("{\"username\":\"zhangsan7\",\"msg\":\"家庭套餐\"}");
    assertThat(heard).isEqualTo("42[\"servermessage\",{\"result\":[{\"_id\":\"5d0a7c3e8f1b2a3c4d5e0003\",\"title\":\"家庭套餐有哪些\"}]}]");
    JsonArray all = new JsonArray(saidTogether("{\"username\":\"zhangsan7\",\"msg\":\"套餐\"}").substring(2)).getJsonObject(1)
        .getJsonArray("result");
    assertThat(all).hasSize(4).allSatisfy(article -> {
      assertThat(((JsonObject) article).fieldNames()).containsExactly("_id", "title");
      assertThat(((JsonObject) article).getString("_id")).matches("[0-9a-f]{24}");
    });
  }

  @Test
  void theDatabaseBotSearchesANumberAsItsText() throws Exception {
    assertThat(saidTogether("{\"msg\":5}")).contains("怎么办理5G套餐");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "{\"msg\":\"\"}", "{\"msg\":\"   \"}", "{\"msg\":null}", "{}", "{\"msg\":{\"$ne\":null}}", "{\"msg\":{\"$regex\":\".*\"}}",
        "{\"msg\":[\"套餐\"]}", "{\"msg\":true}",
    "{\"msg\":\"((\"}", "{\"msg\":\"[\"}", "{\"msg\":\"*\"}", "{\"msg\":\"\\\\\"}", "{\"msg\":\".*\"}", "{\"msg\":\"^\"}",
    "{\"msg\":\"套餐|话费\"}", "{\"msg\":\"(a+)+$\"}", "{\"msg\":\"\\\\Q套餐\\\\E\"}",
    "{\"msg\":\"没有这样的文章xyz\"}", "{\"msg\":\"套.\"}", "{\"text\":\"套餐\"}"
  })
  void theDatabaseBotAnswersAnEmptyListWhereNothingIsFoundLiterally(String said) throws Exception {
    assertThat(saidTogether(said)).isEqualTo(NONE);
  }

  @Test
  void theDatabaseBotFindsCharactersThatPatternsAreMadeOf() throws Exception {
    await(insert("C++ (11) 是什么"));
    await(insert("<script>alert(1)</script>"));
    assertThat(saidTogether("{\"msg\":\"C++ (11)\"}")).contains("C++ (11) 是什么");
    // A title is data: it arrives as it was stored, and is the page's to show as text.
    assertThat(saidTogether("{\"msg\":\"<script>\"}")).contains("\"title\":\"<script>alert(1)</script>\"");
  }

  @Test
  void titlesAndTheGroupChatAreEscapedWhereTheSettingSaysSo() throws Exception {
    await(insert("<img src=x onerror='alert(2)'> & more"));
    int port = together(1, new JsonObject().put("tutorial", new JsonObject().put("escape", true).put("bot", "broadcast")));
    try (Page page = greeted(port, "")) {
      page.say("42[\"message\",{\"msg\":\"<img src=x\"}]");
      assertThat(page.hear()).contains("\"title\":\"&lt;img src=x onerror=&#39;alert(2)&#39;&gt; &amp; more\"");
      page.say("42[\"message\",[\"<b>\",1]]");
      assertThat(page.hear()).isEqualTo("42[\"servermessage\",[\"&lt;b&gt;\",1]]");
    }
  }

  @Test
  void theDatabaseBotFindsNoMoreThanTwenty() throws Exception {
    for (int i = 0; i < 25; i++) await(insert("many of them " + i));
    JsonArray found = new JsonArray(saidTogether("{\"msg\":\"many of them\"}").substring(2)).getJsonObject(1).getJsonArray("result");
    assertThat(found).hasSize(20);
  }

  @Test
  void theDatabaseBotAloneAnswersWhateverComes() throws Exception {
    int port = apart(new JsonObject())[1];
    try (Page page = Page.open(port, "")) {
      for (String said : List.of("null", "\"1\"", "1", "{}", "[]")) {
        page.say("42[\"message\"," + said + "]");
        assertThat(page.hear()).isEqualTo(NONE);
      }
      page.say("42[\"message\",{\"msg\":\"家庭\"}]");
      assertThat(page.hear()).contains("家庭套餐有哪些");
    }
  }

  @Test
  void theDatabaseBotAnswersAnEmptyListWhenTheDatabaseDoesNot() throws Exception {
    Vertx other = Vertx.vertx();
    try {
      int port = ports(deploy(other, 1, new JsonObject(), new JsonArray().add(new JsonObject().put("port", 0))))[0];
      try (Page page = greeted(port, "")) {
        page.say("42[\"message\",{\"msg\":\"套餐\"}]");
        assertThat(page.hear()).isEqualTo(NONE);
        other.eventBus().consumer(Addresses.BOT_TITLES, message -> message.fail(500, "the database is away"));
        page.say("42[\"message\",{\"msg\":\"套餐\"}]");
        assertThat(page.hear()).isEqualTo(NONE);
      }
    } finally {
      await(other.close());
    }
  }

  @Test
  void theDatabaseBotShowsWhatTheBotFoundAndNoMoreOfIt() throws Exception {
    Vertx other = Vertx.vertx();
    try {
      JsonArray hits = new JsonArray().add(hit("5d0a7c3e8f1b2a3c4d5e0001", "换套餐"))
          .add(hit("5d0a7c3e8f1b2a3c4d5e0002", "套餐").put("confidence", 0.9));
      other.eventBus().consumer(Addresses.BOT_TITLES, message -> message.reply(new JsonObject().put("result", hits)));
      int port = ports(deploy(other, 1, new JsonObject(), new JsonArray().add(new JsonObject().put("port", 0))))[0];
      try (Page page = greeted(port, "")) {
        page.say("42[\"message\",{\"msg\":\"套餐\"}]");
        assertThat(page.hear())
            .isEqualTo("42[\"servermessage\",{\"result\":[{\"_id\":\"5d0a7c3e8f1b2a3c4d5e0001\",\"title\":\"换套餐\"},"
            + "{\"_id\":\"5d0a7c3e8f1b2a3c4d5e0002\",\"title\":\"套餐\"}]}]");
      }
    } finally {
      await(other.close());
    }
  }

  // --- Rooms

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void roomsTellTheOthersInTheRoom(int instances) throws Exception {
    int port = ports(deploy(vertx, instances, new JsonObject(), listeners("tutorial-rooms")))[0];
    try (Page sender = Page.open(port, "roomid=1"); Page neighbour = Page.open(port, "roomid=1"); Page stranger = Page.open(port,
        "roomid=2"); Page nowhere = Page.open(port, "");
        Page empty = Page.open(port, "roomid=")) {
      sender.say("42[\"addCart\",\"addCart\"]");
      assertThat(neighbour.hear()).isEqualTo(CART);
      for (Page page : List.of(sender, neighbour, stranger, nowhere, empty)) page.hearsNothing();
      nowhere.say("42[\"addCart\",\"addCart\"]").say("42[\"message\",null]").hearsNothing();
      empty.say("42[\"addCart\",\"addCart\"]").hearsNothing();
      for (Page page : List.of(sender, neighbour, stranger, nowhere, empty)) page.hearsNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void koaTellsTheOthersInTheRoomByAnotherEvent(int instances) throws Exception {
    int port = ports(deploy(vertx, instances, new JsonObject(), listeners("tutorial-koa")))[0];
    try (Page one = Page.open(port, "roomid=1"); Page two = Page.open(port, "roomid=2"); Page three = Page.open(port,
        "roomid=1"); Page none = Page.open(port, "")) {
      none.say("42[\"addCart\",\"我是客户端的数据\"]").hearsNothing();
      two.say("42[\"addCart\",\"我是客户端的数据\"]").hearsNothing();
      one.say("42[\"addCart\",\"addCart\"]");
      assertThat(three.hear()).isEqualTo(KOA);
      for (Page page : List.of(one, two, three, none)) page.hearsNothing();
    }
  }

  @Test
  void bothProgramsWithRoomsTellByTheirOwnEventWhereBothAreMounted() throws Exception {
    int port = together(4, new JsonObject());
    try (Page sender = greeted(port, "roomid=1"); Page neighbour = greeted(port, "roomid=1")) {
      sender.say("42[\"addCart\",\"addCart\"]");
      assertThat(List.of(neighbour.hear(), neighbour.hear())).containsExactlyInAnyOrder(CART, KOA);
      sender.hearsNothing();
      neighbour.hearsNothing();
    }
  }

  @Test
  void plainClientsAreInTheSameRooms() throws Exception {
    int port = ports(deploy(vertx, 1, new JsonObject(), listeners("tutorial-rooms")))[0];
    try (Page page = Page.open(port, "roomid=1"); RawWebSocket plain = RawWebSocket.connect(port, "/ws?roomid=1")) {
      page.say("42[\"addCart\",\"addCart\"]");
      assertThat(plain.readFrame().text()).isEqualTo("[\"addCart\",\"Server AddCart Ok\"]");
      plain.sendText("[\"addCart\",\"addCart\"]");
      assertThat(page.hear()).isEqualTo(CART);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tutorial-rooms", "tutorial-koa"})
  void aRoomThatIsAnotherSocketsIdIsNotJoined(String application) throws Exception {
    int port = ports(deploy(vertx, 1, new JsonObject(), listeners(application)))[0];
    String id = "roomid=~" + "a".repeat(20);
    try (Page page = Page.open(port, id); Page other = Page.open(port, id)) {
      page.say("42[\"addCart\",\"addCart\"]");
      page.hearsNothing();
      other.hearsNothing();
    }
  }

  // --- The two ports of conf/tutorial.json

  @Test
  void theTwoPortsOfTheTutorialHaveEachItsOwnPrograms() throws Exception {
    int[] ports = apart(new JsonObject());
    try (Page first = greeted(ports[0], "roomid=1"); Page neighbour = greeted(ports[0], "roomid=1"); Page other = Page.open(ports[1],
        "roomid=1"); Page third = Page.open(ports[1], "roomid=1")) {
      first.say("42[\"addCart\",\"addCart\"]").say("42[\"to-server\",\"x\"]");
      assertThat(neighbour.hear()).isEqualTo(CART);
      other.say("42[\"addCart\",\"addCart\"]").say("42[\"to-server\",\"x\"]");
      assertThat(third.hear()).isEqualTo(KOA);
      assertThat(other.hear()).isEqualTo(NODE);
      for (Page page : List.of(first, neighbour, other, third)) page.hearsNothing();
      for (Page page : List.of(first, other)) {
        page.say("42[\"message\",{\"msg\":\"家庭\"}]");
        assertThat(page.hear()).contains("家庭套餐有哪些");
      }
      first.say("42[\"message\",\"2\"]");
      assertThat(first.hear()).isEqualTo(DATA);
    }
  }

  @ParameterizedTest
  @CsvSource({"tutorial-node", "tutorial-express", "tutorial-bot", "tutorial-mongo-bot", "tutorial-rooms", "tutorial-koa"})
  void eachProgramIsFoundByItsName(String name) {
    assertThat(dev.magpie.gateway.Applications.chosen(List.of(name))).hasSize(1);
  }

  // --- Set-up

  /** What comes back for one payload of {@code message} where all programs are mounted; nothing else does. */
  private String saidTogether(String payload) throws Exception {
    if (deployment != null) await(vertx.undeploy(deployment));
    int port = together(1, new JsonObject());
    try (Page page = greeted(port, "")) {
      page.say("42[\"message\"," + payload + "]");
      String heard = page.hear();
      page.hearsNothing();
      return heard;
    }
  }

  private static Page greeted(int port, String query) throws Exception {
    Page page = Page.open(port, query);
    assertThat(page.hear()).isEqualTo(NEWS);
    return page;
  }

  /** As conf/magpie.json has it: every application on one port. */
  private int together(int instances, JsonObject settings) throws Exception {
    return ports(deploy(vertx, instances, settings, new JsonArray().add(new JsonObject().put("port", 0))))[0];
  }

  /** The listeners of conf/tutorial.json, on free ports. */
  private int[] apart(JsonObject settings) throws Exception {
    JsonArray listeners = new JsonObject(Files.readString(Path.of("conf/tutorial.json"))).getJsonObject("http").getJsonArray("listeners");
    listeners.forEach(listener -> ((JsonObject) listener).put("port", 0));
    return ports(deploy(vertx, 1, settings, listeners));
  }

  private static JsonArray listeners(String application) {
    return new JsonArray().add(new JsonObject().put("port", 0).put("applications", new JsonArray().add(application)));
  }

  private List<String> deploy(Vertx on, int instances, JsonObject settings, JsonArray listeners) throws Exception {
    List<GatewayVerticle> gateways = new CopyOnWriteArrayList<>();
    JsonObject config = settings.copy().put("http", new JsonObject().put("listeners", listeners))
        .put("shutdown", new JsonObject().put("drain_ms", 1000));
    String id = await(on.deployVerticle(() -> {
      GatewayVerticle gateway = new GatewayVerticle();
      gateways.add(gateway);
      return gateway;
    }, new DeploymentOptions().setInstances(instances).setConfig(config)));
    if (on == vertx) deployment = id;
    return gateways.get(0).urls();
  }

  private static int[] ports(List<String> urls) {
    return urls.stream().mapToInt(url -> URI.create(url).getPort()).toArray();
  }

  private static Future<?> insert(String title) {
    return dev.magpie.store.Store.openOrJoin(vertx, dev.magpie.store.StoreOptions.embedded(data))
        .compose(store -> store.client().insert("article", new JsonObject().put("title", title)).eventually(store::close));
  }

  private static JsonObject hit(String id, String title) {
    return new JsonObject().put("_id", id).put("title", title);
  }
}
