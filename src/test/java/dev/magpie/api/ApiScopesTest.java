package dev.magpie.api;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.api.ApiServer.Answer;
import dev.magpie.core.PresenceOptions;
import dev.magpie.log.Recovery;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.Operation;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Each operation of the document, with real keys: with its scope, with all others, with none. */
class ApiScopesTest {
  private static final List<ApiScope> SCOPES = List.of(ApiScope.EMIT, ApiScope.READ, ApiScope.MANAGE);

  /** A request of each operation that succeeds, by its id: the path, then its body. */
  private static final Map<String, String> REQUESTS = Map.ofEntries(
      Map.entry("emit", "/emit {\"event\":\"x\"}"),
      Map.entry("broadcastAck", "/broadcast-ack {\"event\":\"x\"}"),
      Map.entry("disconnect", "/disconnect {\"users\":[\"u\"]}"),
      Map.entry("joinRooms", "/rooms/join {\"users\":[\"u\"],\"join\":[\"r\"]}"),
      Map.entry("leaveRooms", "/rooms/leave {\"users\":[\"u\"],\"leave\":[\"r\"]}"),
      Map.entry("listNamespaces", "/namespaces"),
      Map.entry("listRooms", "/rooms"),
      Map.entry("listSockets", "/sockets"),
      Map.entry("getUser", "/users/u"),
      Map.entry("revokeSessions", "/users/u/sessions"),
      Map.entry("getPresence", "/presence?room=r"),
      Map.entry("getState", "/state?room=r"),
      Map.entry("getHistory", "/history"),
      Map.entry("getStats", "/stats"));

  private static final Map<String, Operation> OPERATIONS = new TreeMap<>();

  private static ApiServer server;
  private static Map<ApiScope, String> keys;

  @BeforeAll
  static void start(@TempDir Path data) {
    server = new ApiServer(data, io -> {
      io.of("/").recoverable(Recovery.DURABLE);
      io.of("/").presence(new PresenceOptions());
    });
    keys = new TreeMap<>();
    for (ApiScope scope : SCOPES) keys.put(scope, server.newKey(scope));
    Vertx vertx = Vertx.vertx();
    await(ApiDocument.contract(vertx)).operations().forEach(operation -> OPERATIONS.put(operation.getOperationId(), operation));
    await(vertx.close());
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void everyOperationHasARequestHere() {
    assertThat(REQUESTS.keySet()).isEqualTo(OPERATIONS.keySet());
  }

  @TestFactory
  Stream<DynamicTest> isAnsweredByAKeyWithItsScopeAlone() {
    return OPERATIONS.values().stream().map(operation -> DynamicTest.dynamicTest(operation.getOperationId(), () -> {
      String needed = ApiDocument.scope(operation);
      for (ApiScope scope : SCOPES) {
        Answer answer = call(operation, Map.of("Authorization", "Bearer " + keys.get(scope)));
        if (scope.text().equals(needed)) assertThat(answer.status()).as(scope.text()).isBetween(200, 204);
        else {
          assertThat(answer.status()).as(scope.text()).isEqualTo(403);
          assertThat(answer.body().getString("detail")).contains("scope " + needed);
        }
      }
      assertThat(call(operation, Map.of("X-API-Key", keys.get(ApiScope.of(needed).orElseThrow()))).status()).isBetween(200, 204);
    }));
  }

  @TestFactory
  Stream<DynamicTest> isRefusedWithoutAKey() {
    return OPERATIONS.values().stream().map(operation -> DynamicTest.dynamicTest(operation.getOperationId(), () -> {
      Answer answer = call(operation, Map.of("Authorization", ""));
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
      assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }));
  }

  @Test
  void doesNotTellWithoutAKeyWhatIsThere() throws Exception {
    assertThat(server.call("GET", "/nothing", null, Map.of("Authorization", "")).status()).isEqualTo(401);
    assertThat(server.call("PUT", "/emit", "{}", Map.of("Authorization", "")).status()).isEqualTo(401);
  }

  @Test
  void writesWhatWasManagedIntoTheAudit() throws Exception {
    String key = server.newKey(ApiScope.MANAGE);
    for (String id : List.of("joinRooms", "leaveRooms", "disconnect", "revokeSessions"))
      call(OPERATIONS.get(id), Map.of("Authorization", "Bearer " + key));
    String actor = "key:" + key.split("_")[1];
    List<JsonObject> lines = await(server.database().find("audit", new JsonObject().put("actor", actor)));
    assertThat(lines.stream().map(line -> line.getString("action")))
        .containsExactlyInAnyOrder("rooms.join", "rooms.leave", "sockets.disconnect", "sessions.revoke");
    JsonObject joined = lines.stream().filter(line -> line.getString("action").equals("rooms.join")).findFirst().orElseThrow();
    assertThat(joined.getString("target")).isEqualTo("/");
    assertThat(joined.getJsonObject("details").getJsonArray("users")).containsExactly("u");
    assertThat(joined.getJsonObject("details").getJsonArray("join")).containsExactly("r");
    assertThat(lines.toString()).doesNotContain(key.split("_")[2]);
  }

  @Test
  void anAuditLineNamesTheFirstOfMany() throws Exception {
    String key = server.newKey(ApiScope.MANAGE);
    JsonArray users = new JsonArray();
    for (int i = 0; i < 25; i++) users.add("u" + i);
    Answer answer = server.call("POST", "/disconnect", new JsonObject().put("users", users).encode(),
        Map.of("Authorization", "Bearer " + key, "Content-Type", "application/json"));
    assertThat(answer.status()).isEqualTo(200);
    List<JsonObject> lines = await(server.database().find("audit", new JsonObject().put("actor", "key:" + key.split("_")[1])));
    assertThat(lines.get(0).getJsonObject("details").getJsonArray("users")).hasSize(21).contains("u19", "and 5 more");
  }

  private static Answer call(Operation operation, Map<String, String> headers) throws Exception {
    String[] request = REQUESTS.get(operation.getOperationId()).split(" ", 2);
    Map<String, String> all = new TreeMap<>(headers);
    if (request.length > 1) all.put("Content-Type", "application/json");
    return server.call(operation.getHttpMethod().name(), request[0], request.length > 1 ? request[1] : null, all);
  }
}
