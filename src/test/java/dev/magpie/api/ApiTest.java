package dev.magpie.api;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.api.ApiServer.Answer;
import dev.magpie.core.Io;
import dev.magpie.core.PresenceOptions;
import dev.magpie.log.Recovery;
import dev.magpie.testing.TestIo;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each operation does, for clients of both gateway instances; requests go to the first. */
class ApiTest {
  private static final String CLOUD_EVENT = "application/cloudevents+json";

  private static ApiServer server;

  /** Rooms and users of this test alone. */
  private final String own = UUID.randomUUID().toString();

  @BeforeAll
  static void start(@TempDir Path data) {
    server = new ApiServer(data, ApiTest::setUp);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void setUp(Io io) {
    io.of("/log").recoverable(Recovery.DURABLE);
    io.of("/lobby").presence(new PresenceOptions().setGrace(0));
    io.of(Pattern.compile("/match-.*"));
    for (String name : List.of("/", "/log", "/lobby")) {
      io.of(name).use(context -> {
        if (context.auth().containsKey("user")) context.identify(context.auth().getString("user"));
        return Future.succeededFuture();
      });
      io.of(name).onConnection(socket -> socket.onAck("join", String.class, socket::join));
    }
  }

  // --- emit

  @Test
  void emitsToTheClientsOfAllInstances() throws Exception {
    List<TestIo> clients = List.of(member(0, own), member(1, own));
    List<Future<JsonArray>> heard = clients.stream().map(client -> client.next("news")).toList();
    assertThat(emit("{'rooms':['R'],'event':'news','args':['hello',1]}").body()).isEqualTo(results("{'namespace':'/'}"));
    for (Future<JsonArray> news : heard) assertThat(await(news)).isEqualTo(new JsonArray().add("hello").add(1));
  }

  @Test
  void keepsBinaryDataAndEveryDigit() throws Exception {
    Future<JsonArray> heard = member(1, own).next("values");
    emit("{'rooms':['R'],'event':'values','args':[12345678901234567890,0.12345678901234567890,{'data':{'$binary':'AQL/'}}]}");
    JsonArray args = await(heard);
    assertThat(args.getValue(0).toString()).isEqualTo("12345678901234567890");
    assertThat(args.getValue(1).toString()).isEqualTo("0.12345678901234567890");
    assertThat(args.getJsonObject(2).getValue("data")).isEqualTo(Buffer.buffer(new byte[] {1, 2, -1}));
  }

  @Test
  void selectsByRoomsAndUsersAndLeavesOut() throws Exception {
    TestIo inRoom = member(0, own);
    TestIo user = server.client(1, "/", user(own));
    TestIo leftOut = member(1, own);
    await(leftOut.emitWithAck("join", own + "-out"));
    Future<JsonArray> never = leftOut.next("x");
    Future<JsonArray> first = inRoom.next("x");
    Future<JsonArray> second = user.next("x");
    emit("{'rooms':['R'],'users':['R'],'except':['R-out'],'event':'x'}");
    await(first);
    await(second);
    await(leftOut.barrier());
    assertThat(never.isComplete()).isFalse();
  }

  @Test
  void emitsABatchInItsOrderWhateverGoesThroughALog() throws Exception {
    TestIo client = member(1, own);
    Future<JsonArray> first = client.next("n");
    Answer answer = emit("[{'namespace':'/log','event':'n'},{'rooms':['R'],'event':'n','args':[1]},{'rooms':['R'],'event':'n'}]");
    assertThat(answer.body().getJsonArray("events")).hasSize(3);
    assertThat(await(first)).isEqualTo(new JsonArray().add(1));
  }

  @Test
  void emitsNothingOfABatchOfWhichOneIsWrong() throws Exception {
    TestIo client = member(0, own);
    Future<JsonArray> heard = client.next("n");
    Answer answer = emit("[{'rooms':['R'],'event':'n'},{'namespace':'/nowhere','event':'n'}]");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.error(0).getString("pointer")).isEqualTo("/1/namespace");
    await(client.barrier());
    assertThat(heard.isComplete()).isFalse();
  }

  @Test
  void answersWithThePlaceInTheLog() throws Exception {
    JsonObject emitted = emitted(emit("{'namespace':'/log','rooms':['R'],'users':['u'],'except':['e'],'event':'logged','args':[1]}"));
    assertThat(emitted.getBoolean("duplicate")).isFalse();
    JsonObject found = server.get("/history?namespace=/log&room=" + own).body();
    JsonObject event = found.getJsonArray("events").getJsonObject(0);
    assertThat(event.getString("offset")).isEqualTo(emitted.getString("offset"));
    assertThat(event.getLong("seq")).isEqualTo(emitted.getLong("seq"));
    assertThat(event.getJsonArray("rooms")).containsExactly(own);
    assertThat(event.getJsonArray("users")).containsExactly("u");
    assertThat(event.getJsonArray("except")).containsExactly("e");
    assertThat(event.getString("event")).isEqualTo("logged");
    assertThat(event.getJsonArray("args")).containsExactly(1);
  }

  @Test
  void retainsAValueForWhoeverJoinsLater() throws Exception {
    assertThat(emitted(emit("{'rooms':['R'],'event':'score','args':[2,1],'retain':'score'}")).getLong("version")).isPositive();
    TestIo late = server.client(1, "/");
    Future<JsonArray> score = late.next("score");
    await(late.emitWithAck("join", own));
    assertThat(await(score)).isEqualTo(new JsonArray().add(2).add(1));
  }

  @Test
  void takesACloudEvent() throws Exception {
    Future<JsonArray> heard = member(1, own).next("com.example.sold");
    String event = json("{'specversion':'1.0','id':'1','source':'/shop','type':'com.example.sold','subject':'R',"
        + "'time':'2026-11-27T00:00:00Z','traceparent':'00-1','data':{'sku':7}}");
    assertThat(cloudEvent(event).body()).isEqualTo(results("{'namespace':'/'}"));
    assertThat(await(heard)).isEqualTo(new JsonArray().add(new JsonObject().put("sku", 7)));
  }

  @Test
  void aCloudEventIsAppendedOnce() throws Exception {
    String event = json("{'specversion':'1.0','id':'R','source':'/shop','type':'sold','namespace':'/log','data_base64':'AQI='}");
    JsonObject first = emitted(cloudEvent(event));
    JsonObject again = emitted(server.call("POST", "/emit", "[" + event + "]",
        Map.of("Content-Type", "application/cloudevents-batch+json; charset=utf-8")));
    assertThat(again.getString("offset")).isEqualTo(first.getString("offset"));
    assertThat(again.getBoolean("duplicate")).isTrue();
  }

  @Test
  void aRepeatedIdempotencyKeyGetsTheFirstAnswerAndEmitsNothing() throws Exception {
    TestIo client = member(0, own);
    Future<JsonArray> first = client.next("once");
    Answer answer = keyed("{'rooms':['R'],'event':'once'}");
    await(first);
    Future<JsonArray> never = client.next("once");
    Answer again = keyed("{'rooms':['R'],'event':'once'}");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.body()).isEqualTo(answer.body());
    await(client.barrier());
    assertThat(never.isComplete()).isFalse();
  }

  @Test
  void anIdempotencyKeyWithAnotherBodyIsRefused() throws Exception {
    assertThat(keyed("{'rooms':['R'],'event':'one'}").status()).isEqualTo(200);
    Answer other = keyed("{'rooms':['R'],'event':'two'}");
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.body().getString("type")).isEqualTo("urn:magpie:problem:idempotency-key-reused");
  }

  @Test
  void aRefusedRequestDoesNotUseItsIdempotencyKeyUp() throws Exception {
    assertThat(keyed("{'namespace':'/nowhere','event':'x'}").status()).isEqualTo(404);
    assertThat(keyed("{'event':'x','rooms':['R']}").status()).isEqualTo(200);
  }

  @Test
  void reachesADynamicNamespaceOfAnotherInstanceAndCreatesNone() throws Exception {
    String name = "/match-" + own;
    assertThat(emit("{'namespace':'" + name + "','event':'x'}").status()).isEqualTo(404);
    Future<JsonArray> heard = server.client(1, name).next("x");
    assertThat(emit("{'namespace':'" + name + "','event':'x'}").status()).isEqualTo(200);
    await(heard);
    assertThat(server.get("/sockets?namespace=" + name).body().getJsonArray("sockets")).hasSize(1);
    JsonArray names = server.get("/namespaces").body().getJsonArray("namespaces");
    assertThat(names).contains(new JsonObject(json("{'name':'" + name + "','dynamic':true,'log':false,'presence':false,'sockets':1}")));
    assertThat(names.encode()).doesNotContain("/nowhere");
  }

  @Test
  void collectsAcknowledgementsAndNamesWhoIsSilent() throws Exception {
    TestIo answers = member(0, own);
    answers.onAck("ready?", args -> new JsonArray().add("yes"));
    TestIo silent = member(1, own);
    Answer answer = server.post("/broadcast-ack", json("{'rooms':['R'],'event':'ready?','timeout':3000}"));
    assertThat(answer.body().getJsonArray("answers")).hasSize(1);
    assertThat(answer.body().getJsonArray("answers").getJsonObject(0).getString("socket")).isEqualTo(answers.id());
    assertThat(answer.body().getJsonArray("silent")).containsExactly(silent.id());
    assertThat(answer.body().getJsonArray("missing")).isEmpty();
    assertThat(answer.body().getBoolean("complete")).isFalse();
  }

  // --- manage

  @Test
  void disconnectsSocketsOfAllInstances() throws Exception {
    TestIo byRoom = member(0, own);
    TestIo byUser = server.client(1, "/", user(own));
    TestIo byId = server.client(1, "/");
    Answer answer = server.post("/disconnect", json("{'rooms':['R'],'users':['R'],'sockets':['" + byId.id() + "']}"));
    assertThat(answer.body()).isEqualTo(new JsonObject(json("{'sockets':3,'missing':[]}")));
    for (TestIo client : List.of(byRoom, byUser, byId)) assertThat(await(client.disconnected())).isEqualTo("io server disconnect");
  }

  @Test
  void joinsAndLeavesRooms() throws Exception {
    TestIo client = server.client(1, "/", user(own));
    assertThat(server.post("/rooms/join", json("{'users':['R'],'join':['a-R','b-R']}")).body().getInteger("sockets")).isEqualTo(1);
    await(client.barrier());
    assertThat(roomsOf(client)).containsExactlyInAnyOrder("a-" + own, "b-" + own);
    server.post("/rooms/leave", json("{'rooms':['a-R'],'leave':['b-R']}"));
    await(client.barrier());
    assertThat(roomsOf(client)).containsExactly("a-" + own);
  }

  @Test
  void endsTheSessionsOfAUserEverywhere() throws Exception {
    List<TestIo> devices = List.of(server.client(0, "/", user(own)), server.client(1, "/log", user(own)));
    assertThat(server.call("DELETE", "/users/" + own + "/sessions", null, Map.of()).status()).isEqualTo(204);
    for (TestIo device : devices) await(device.disconnected());
    assertThat(server.get("/users/" + own).body().getBoolean("online")).isFalse();
  }

  // --- read

  @Test
  void listsTheSocketsOfAUserInAllNamespaces() throws Exception {
    String id = "jwt:https://issuer/#" + own;
    TestIo main = server.client(0, "/", user(id));
    TestIo log = server.client(1, "/log", user(id));
    JsonObject found = server.get("/users/jwt:https:%2F%2Fissuer%2F%23" + own).body();
    assertThat(found.getString("user")).isEqualTo(id);
    assertThat(ids(found)).containsExactly(main.id(), log.id());
    assertThat(found.getJsonArray("sockets").getJsonObject(0).fieldNames()).containsExactly("id", "namespace", "user", "rooms", "since");
  }

  @Test
  void pagesTheSocketsOfARoom() throws Exception {
    List<String> ids = List.of(member(0, own), member(1, own), member(1, own)).stream().map(TestIo::id).sorted().toList();
    JsonObject page = server.get("/sockets?limit=2&room=" + own).body();
    assertThat(ids(page)).isEqualTo(ids.subList(0, 2));
    JsonObject last = server.get("/sockets?limit=2&room=" + own + "&after=" + page.getString("next")).body();
    assertThat(ids(last)).isEqualTo(ids.subList(2, 3));
    assertThat(last.getValue("next")).isNull();
  }

  @Test
  void filtersTheSocketsOfARoomByUser() throws Exception {
    TestIo both = server.client(1, "/", user(own));
    await(both.emitWithAck("join", own));
    server.client(0, "/", user(own));
    member(0, own);
    assertThat(ids(server.get("/sockets?room=" + own + "&user=" + own).body())).containsExactly(both.id());
    assertThat(ids(server.get("/sockets?user=" + own).body())).hasSize(2);
  }

  @Test
  void pagesTheRoomsOfANamespaceWithTheirSockets() throws Exception {
    for (String room : List.of("1-", "2-", "3-")) member(0, "~" + room + own);
    member(1, "~2-" + own);
    JsonObject page = server.get("/rooms?limit=2&after=~0-" + own).body();
    assertThat(page.getJsonArray("rooms").getJsonObject(1)).isEqualTo(new JsonObject().put("name", "~2-" + own).put("sockets", 2));
    assertThat(server.get("/rooms?limit=2&after=" + page.getString("next")).body().getJsonArray("rooms").getJsonObject(0).getString("name"))
        .isEqualTo("~3-" + own);
  }

  @Test
  void pagesWhoIsPresent() throws Exception {
    for (String user : List.of("a-", "b-")) await(server.client(1, "/lobby", user(user + own)).emitWithAck("join", own));
    JsonObject page = server.get("/presence?namespace=/lobby&limit=1&room=" + own).body();
    assertThat(page.getJsonArray("members").getJsonObject(0).getString("key")).isEqualTo("a-" + own);
    assertThat(page.getInteger("count")).isEqualTo(2);
    JsonObject last = server.get("/presence?namespace=/lobby&limit=1&room=" + own + "&after=" + page.getString("next")).body();
    assertThat(last.getJsonArray("members").getJsonObject(0).getString("key")).isEqualTo("b-" + own);
    assertThat(last.getValue("next")).isNull();
  }

  @Test
  void showsTheStateOfARoomAndOfOneKey() throws Exception {
    emit("[{'rooms':['R'],'event':'score','args':[1],'retain':'a'},{'rooms':['R'],'event':'news','retain':'b'}]");
    JsonArray state = server.get("/state?room=" + own).body().getJsonArray("state");
    assertThat(state.stream().map(value -> ((JsonObject) value).getString("key"))).containsExactly("a", "b");
    assertThat(server.get("/state?room=" + own + "&key=b").body().getJsonArray("state")).containsExactly(state.getJsonObject(1));
    assertThat(server.get("/state?room=" + own + "&key=c").body().getJsonArray("state")).isEmpty();
  }

  @Test
  void pagesTheHistoryFromAnOffset() throws Exception {
    for (int i = 0; i < 3; i++) emit("{'namespace':'/log','rooms':['R'],'event':'n','args':[" + i + "]}");
    JsonObject page = server.get("/history?namespace=/log&limit=2&room=" + own).body();
    assertThat(args(page)).containsExactly(0, 1);
    JsonObject last = server.get("/history?namespace=/log&limit=2&room=" + own + "&after=" + page.getString("next")).body();
    assertThat(args(last)).containsExactly(2);
    assertThat(last.getValue("next")).isNull();
    assertThat(last.getJsonObject("kept").getLong("last")).isGreaterThanOrEqualTo(3);
  }

  @Test
  void anOffsetOfAnotherLogIsGone() throws Exception {
    assertThat(server.get("/history?namespace=/log&after=other.1").status()).isEqualTo(410);
  }

  @Test
  void sumsTheNumbersOfAllInstances() throws Exception {
    member(0, own);
    member(1, own);
    JsonObject stats = server.get("/stats").body();
    assertThat(stats.getInteger("instances")).isEqualTo(2);
    assertThat(stats.getJsonObject("counters").getLong("sockets")).isGreaterThanOrEqualTo(2);
    assertThat(stats.getJsonObject("logs").fieldNames()).containsExactly("/log");
  }

  // --- refusals

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
      "/emit | {'event':'connect'} | /event | other than connect, connect_error",
      "/emit | {'event':''} | /event | a name of 1 to 256 characters",
      "/emit | {'args':[]} | /event | required",
      "/emit | {'event':'x','rooms':['\\u0000u']} | /rooms/0 | does not start with U+0000",
      "/emit | {'event':'x','users':['']} | /users/0 | a string of 1 to 1024 characters",
      "/emit | {'event':'x','users':[]} | /users | an array of 1 to 1000 elements",
      "/emit | {'event':'x','except':'a'} | /except | an array of 0 to 1000 elements",
      "/emit | {'event':'x','room':'a'} | /room | unknown field; allowed: args, event, except, latest",
      "/emit | {'event':'x','namespace':'chat'} | /namespace | starts with /",
      "/emit | [{'event':'x'},{'event':1}] | /1/event | a name of 1 to 256 characters",
      "/emit | [] | \"\" | an array of 1 to 1000 elements",
      "/emit | 3 | \"\" | an object with args, event",
      "/emit | {'event': | \"\" | invalid JSON at character",
      "/emit | {'event':'x','args':[1e999]} | \"\" | at most 1.8e308",
      "/disconnect | {} | \"\" | at least one of sockets, rooms, users",
      "/disconnect | {'sockets':['x']} | /sockets/0 | the id of a socket",
      "/disconnect | {'users':['u'],'close':1} | /close | true or false",
      "/rooms/join | {'users':['u']} | /join | required",
      "/rooms/join | {'users':['u'],'join':['~aaaaaaaaaaaaaaaaaaaa']} | /join/0 | does not start with U+0000, ~ or /",
      "/broadcast-ack | {'event':'x','timeout':0} | /timeout | an integer from 1 to 60000"})
  void namesTheFieldThatIsWrongAndWhatIsAllowed(String path, String body, String pointer, String detail) throws Exception {
    Answer answer = server.post(path, json(body));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.body().getString("type")).isEqualTo("urn:magpie:problem:invalid-request");
    assertThat(answer.body().getString("instance")).isEqualTo("/api/v1" + path);
    assertThat(answer.body().getJsonArray("errors")).hasSize(1);
    assertThat(answer.error(0).getString("pointer")).isEqualTo(pointer);
    assertThat(answer.error(0).getString("detail")).contains(detail);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "application/json | {'event':'x','retain':'k'} | /retain | one room or one user",
      "application/json | [{'event':'x','rooms':['a'],'latest':'k','retain':'k'}] | /0/retain | not together with except or latest",
      "application/json | {'event':'x','rooms':['~aaaaaaaaaaaaaaaaaaaa'],'retain':'k'} | /retain | allowed: a room",
      CLOUD_EVENT + " | {'specversion':'1.0','id':'1','source':'s','type':'x','data':1,'data_base64':''} | /data_base64 | together",
      CLOUD_EVENT + " | {'specversion':'1.0','id':'1','source':'s','type':'x','data_base64':'%'} | /data_base64 | base64"})
  void namesTheFieldThatDoesNotFitTheOthers(String type, String body, String pointer, String detail) throws Exception {
    Answer answer = server.call("POST", "/emit", json(body), Map.of("Content-Type", type));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.error(0).getString("pointer")).isEqualTo(pointer);
    assertThat(answer.error(0).getString("detail")).contains(detail);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "/rooms?rooom=a | /rooom | unknown parameter; allowed: after, limit, namespace",
      "/sockets?limit=0 | /limit | 0 is less than 1",
      "/sockets?limit=many | /limit | Expected integer",
      "/sockets?room=a&room=b | /room | given 2 times",
      "/sockets?room=%00a | /room | pattern",
      "/presence?namespace=/lobby | /room | required",
      "/history?namespace=/log&after=5 | /after | pattern"})
  void namesTheParameterThatIsWrong(String path, String pointer, String detail) throws Exception {
    Answer answer = server.get(path);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error(0).getString("in")).isEqualTo("query");
    assertThat(answer.error(0).getString("pointer")).isEqualTo(pointer);
    assertThat(answer.error(0).getString("detail")).contains(detail);
  }

  @ParameterizedTest
  @CsvSource({"/rooms?namespace=/nowhere,404,no-namespace", "/sockets?namespace=/_0,404,no-namespace", "/nothing,404,not-found",
      "/presence?namespace=/log&room=a,409,no-presence", "/history?namespace=/,409,no-log"})
  void refusesWhatIsNotThere(String path, int status, String kind) throws Exception {
    Answer answer = server.get(path);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body().getString("type")).isEqualTo("urn:magpie:problem:" + kind);
  }

  @Test
  void refusesACursorThatNoPageHad() throws Exception {
    Answer answer = server.get("/presence?namespace=/lobby&room=a&after=x");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.error(0).getString("pointer")).isEqualTo("/after");
  }

  @Test
  void refusesAnotherMethodAndNamesThoseAllowed() throws Exception {
    for (String method : List.of("GET", "PUT", "OPTIONS", "HEAD")) {
      Answer answer = server.call(method, "/emit", null, Map.of());
      assertThat(answer.status()).as(method).isEqualTo(405);
      assertThat(answer.header("Allow")).isEqualTo("POST");
      assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }
  }

  @ParameterizedTest
  @CsvSource({"text/plain,", "application/x-www-form-urlencoded,", "application/jsonx,", "application/json,gzip"})
  void refusesBodiesOfOtherTypes(String type, String encoding) throws Exception {
    Answer answer = server.call("POST", "/emit", json("{'event':'x'}"),
        encoding == null ? Map.of("Content-Type", type) : Map.of("Content-Type", type, "Content-Encoding", encoding));
    assertThat(answer.status()).isEqualTo(415);
    assertThat(answer.header("Accept")).contains("application/json", CLOUD_EVENT);
  }

  @Test
  void refusesABodyOfMoreThanAMebibyte() throws Exception {
    String most = json("{'event':'x','rooms':['R'],'args':['") + "x".repeat((1 << 20) - own.length() - 38) + "\"]}";
    assertThat(most).hasSize(1 << 20);
    assertThat(server.post("/emit", most).status()).isEqualTo(200);
    Answer answer = server.post("/emit", most + " ");
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.body().getString("detail")).contains("1048576");
  }

  // --- Means

  private TestIo member(int instance, String room) {
    TestIo client = server.client(instance, "/");
    await(client.emitWithAck("join", room));
    return client;
  }

  private Answer emit(String body) throws Exception {
    return server.post("/emit", json(body));
  }

  private Answer keyed(String body) throws Exception {
    return server.call("POST", "/emit", json(body), Map.of("Content-Type", "application/json", "Idempotency-Key", own));
  }

  private Answer cloudEvent(String body) throws Exception {
    return server.call("POST", "/emit", body, Map.of("Content-Type", CLOUD_EVENT));
  }

  /** With double quotes, and this test's own name for R. */
  private String json(String text) {
    return text.replace('\'', '"').replaceAll("\\bR\\b", own);
  }

  private JsonObject results(String one) {
    return new JsonObject().put("events", new JsonArray().add(new JsonObject(json(one))));
  }

  private static JsonObject emitted(Answer answer) {
    assertThat(answer.status()).isEqualTo(200);
    return answer.body().getJsonArray("events").getJsonObject(0);
  }

  private static JsonObject user(String id) {
    return new JsonObject().put("user", id);
  }

  private List<String> roomsOf(TestIo client) throws Exception {
    JsonArray sockets = server.get("/sockets?user=" + own).body().getJsonArray("sockets");
    assertThat(sockets.getJsonObject(0).getString("id")).isEqualTo(client.id());
    return sockets.getJsonObject(0).getJsonArray("rooms").stream().map(String.class::cast).toList();
  }

  private static List<String> ids(JsonObject page) {
    return page.getJsonArray("sockets").stream().map(socket -> ((JsonObject) socket).getString("id")).toList();
  }

  private static List<Integer> args(JsonObject page) {
    return page.getJsonArray("events").stream().map(event -> ((JsonObject) event).getJsonArray("args").getInteger(0)).toList();
  }
}
