package dev.magpie.staff;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.staff.StaffServer.Answer;
import dev.magpie.staff.StaffServer.Browser;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is signed in moderates the chat, from the server's own pages only; two gateways. */
class StaffSocketsTest {
  /** What a moderator hears who mutes nobody; others hear FORBIDDEN. */
  private static final String MODERATOR = "NOT_FOUND";
  private static final String VISITOR = "FORBIDDEN";

  @TempDir static Path folder;
  private static StaffServer server;

  @BeforeAll
  static void begin() throws Exception {
    JsonObject staff = new JsonObject().put("attempts_per_minute", 100_000).put("lockout_failures", 100_000);
    server = StaffServer.start(folder, new JsonObject().put("staff", staff), 2);
  }

  @AfterAll
  static void end() throws Exception {
    server.close();
  }

  @BeforeEach
  void clear() throws Exception {
    server.clear();
  }

  @ParameterizedTest
  @CsvSource({"AGENT, " + MODERATOR, "OPERATOR, " + MODERATOR, "ADMIN, " + MODERATOR, "EDITOR, " + VISITOR})
  void agentsOperatorsAndAdministratorsModerateWithoutASecret(StaffRole role, String answer) throws Exception {
    server.create("anna", role);
    assertThat(muteNobody(connect(server.signedIn("anna"), server.origin()))).isEqualTo(answer);
  }

  @Test
  void whoIsNotSignedInIsAVisitor() throws Exception {
    assertThat(muteNobody(connect(server.browser(), server.origin()))).isEqualTo(VISITOR);
    Browser forged = server.browser();
    forged.cookie = Secrets.newToken();
    assertThat(muteNobody(connect(forged, server.origin()))).isEqualTo(VISITOR);
  }

  /** Pages of loopback hosts may connect; the browser sends the cookie of this host to every port of it. */
  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:1", "http://localhost"})
  void aPageOfAnotherOriginThatOpensAWebSocketWithTheCookieIsAVisitor(String origin) throws Exception {
    server.create("anna", StaffRole.ADMIN);
    assertThat(muteNobody(connect(server.signedIn("anna"), origin))).isEqualTo(VISITOR);
  }

  @ParameterizedTest
  @CsvSource({"own, '', " + MODERATOR, "'', same-origin, " + MODERATOR, "'', '', " + VISITOR, "'', same-site, " + VISITOR,
      "'', cross-site, " + VISITOR, "http://127.0.0.1:1, same-site, " + VISITOR, "http://127.0.0.1:1, same-origin, " + VISITOR})
  void theCookieCountsForPollingOnlyFromAPageOfTheServer(String origin, String site, String answer) throws Exception {
    server.create("anna", StaffRole.ADMIN);
    Browser browser = server.signedIn("anna");
    String[] headers = headers(origin.equals("own") ? server.origin() : origin, site);
    String endpoint = "/socket.io/?EIO=4&transport=polling";
    String open = browser.get(endpoint, headers).response().body();
    String session = endpoint + "&sid=" + new JsonObject(open.substring(1)).getString("sid");
    browser.post(session, "40/chat,", headers);
    browser.get(session, headers);
    browser.post(session, "42/chat,0[\"mute\",{\"room\":\"tea\",\"name\":\"nobody\"}]", headers);
    assertThat(browser.get(session, headers).response().body()).startsWith("43/chat,0[").contains("\"code\":\"" + answer + "\"");
  }

  private static String[] headers(String origin, String site) {
    if (origin.isEmpty()) return site.isEmpty() ? new String[0] : new String[] {"Sec-Fetch-Site", site};
    return site.isEmpty() ? new String[] {"Origin", origin} : new String[] {"Origin", origin, "Sec-Fetch-Site", site};
  }

  @Test
  void whoHasToChangeThePasswordIsAVisitor() throws Exception {
    server.create("anna", StaffRole.ADMIN);
    await(server.accounts.resetPassword("anna", PasswordHash.of(StaffServer.PASSWORD), true));
    assertThat(muteNobody(connect(server.signedIn("anna"), server.origin()))).isEqualTo(VISITOR);
  }

  @Test
  void whatAModeratorDoesIsWrittenDownWithItsName() throws Exception {
    server.create("anna", StaffRole.AGENT);
    TestIo bob = connect(server.browser(), server.origin());
    await(bob.emitWithAck("join", new JsonObject().put("room", "tea").put("name", "Bob")));
    TestIo anna = connect(server.signedIn("anna"), server.origin());
    JsonObject request = new JsonObject().put("room", "tea").put("name", "Bob");
    assertThat(await(anna.emitWithAck("mute", request)).getJsonObject(0).getBoolean("ok")).isTrue();
    JsonObject line = awaitLine("chat.mute");
    assertThat(line.getString("actor")).isEqualTo("staff:anna");
    assertThat(line.getString("target")).isEqualTo("tea Bob");
    assertThat(await(bob.next("muted")).getJsonObject(0).getString("name")).isEqualTo("Bob");
  }

  private static JsonObject awaitLine(String action) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() < until) {
      List<JsonObject> lines = server.lines(action);
      if (!lines.isEmpty()) return lines.get(0);
      Thread.sleep(20);
    }
    throw new AssertionError("no line " + action);
  }

  // --- The end of a session

  @Test
  void aLogoutClosesTheSocketsOfTheUserOnAllGateways() throws Exception {
    server.create("anna", StaffRole.AGENT);
    server.create("bob", StaffRole.AGENT);
    Browser browser = server.signedIn("anna");
    TestIo other = connect(server.signedIn("bob"), server.origin());
    List<TestIo> all = List.of(connect(browser, server.origin()), connect(browser, server.origin()), connect(browser, server.origin()));
    browser.post("/staff/logout", new JsonObject());
    for (TestIo one : all) disconnected(one);
    assertThat(other.disconnected().isComplete()).isFalse();
    assertThat(muteNobody(connect(browser, server.origin()))).isEqualTo(VISITOR);
  }

  @Test
  void aNewPasswordClosesTheSocketsOfTheUser() throws Exception {
    server.create("anna", StaffRole.AGENT);
    TestIo socket = connect(server.signedIn("anna"), server.origin());
    Answer changed = server.signedIn("anna").post("/staff/password",
        new JsonObject().put("password", StaffServer.PASSWORD).put("next", "a new password of hers"));
    assertThat(changed.status()).isEqualTo(200);
    disconnected(socket);
  }

  /** As the command line of another process does. */
  @ParameterizedTest
  @ValueSource(strings = {"disabled", "roles", "password", "removed"})
  void whatEndsASessionElsewhereClosesItsSockets(String how) throws Exception {
    server.create("anna", StaffRole.AGENT);
    TestIo socket = connect(server.signedIn("anna"), server.origin());
    assertThat(muteNobody(socket)).isEqualTo(MODERATOR);
    switch (how) {
      case "disabled" -> await(server.accounts.setDisabled("anna", true));
      case "roles" -> await(server.accounts.setRoles("anna", java.util.Set.of(StaffRole.EDITOR)));
      case "password" -> await(server.accounts.resetPassword("anna", PasswordHash.of("another password"), true));
      default -> await(server.store.client().removeDocuments(StaffSessions.COLLECTION, new JsonObject()));
    }
    disconnected(socket);
  }

  private static void disconnected(TestIo socket) throws Exception {
    assertThat(socket.disconnected().await(20, TimeUnit.SECONDS)).isEqualTo("io server disconnect");
  }

  private static TestIo connect(Browser browser, String origin) throws Exception {
    TestIoOptions options = new TestIoOptions(server.port).setNamespace("/chat");
    if (browser.cookie != null) options.addHeader("Cookie", "theme=dark; magpie_staff=" + browser.cookie);
    if (!origin.isEmpty()) options.addHeader("Origin", origin);
    return await(TestIo.connect(server.vertx, options));
  }

  private static String muteNobody(TestIo client) throws Exception {
    return await(client.emitWithAck("mute", new JsonObject().put("room", "tea").put("name", "nobody"))).getJsonObject(0).getString("code");
  }
}
