package dev.magpie.staff;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.staff.StaffServer.Answer;
import dev.magpie.staff.StaffServer.Browser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The login over HTTP, as its page uses it. */
class StaffRoutesTest {
  /** Of the tests that need no other settings. */
  @TempDir static Path sharedFolder;
  private static StaffServer shared;

  @TempDir Path folder;
  private StaffServer server;

  @BeforeAll
  static void begin() throws Exception {
    shared = StaffServer.start(sharedFolder, new JsonObject().put("attempts_per_minute", 100_000).put("lockout_failures", 100_000));
  }

  @AfterAll
  static void endShared() throws Exception {
    shared.close();
  }

  @AfterEach
  void end() throws Exception {
    if (server != null && server != shared) server.close();
  }

  private void start() throws Exception {
    server = shared;
    server.clear();
    server.create("anna", StaffRole.AGENT, StaffRole.EDITOR);
  }

  private void start(JsonObject staff) throws Exception {
    server = StaffServer.start(folder, new JsonObject().put("attempts_per_minute", 1000).mergeIn(staff));
    server.create("anna", StaffRole.AGENT, StaffRole.EDITOR);
  }

  // --- Login and logout

  @Test
  void signsInWithARoleAndOutAgain() throws Exception {
    start();
    Browser browser = server.browser();
    assertThat(browser.me()).isEqualTo(new JsonObject().put("ok", false).put("code", "SIGNED_OUT").put("message", "sign in first")
        .put("sso", false));
    Answer answer = browser.signIn(" Anna ", StaffServer.PASSWORD);
    assertThat(answer.body()).isEqualTo(new JsonObject().put("ok", true).put("to", ""));
    JsonObject me = browser.me();
    assertThat(me.remove("csrf")).asString().hasSize(43);
    assertThat(me).isEqualTo(new JsonObject().put("ok", true).put("login", "anna").put("name", "anna")
        .put("roles", new JsonArray().add("editor").add("agent")).put("mustChange", false).put("totp", false).put("recovery", 0)
        .put("sso", false));
    String token = browser.cookie;
    assertThat(browser.post("/staff/logout", new JsonObject()).body()).isEqualTo(new JsonObject().put("ok", true));
    assertThat(browser.cookie).isNull();
    browser.cookie = token;
    assertThat(browser.isSignedIn()).isFalse();
    assertThat(server.lines("login").get(0)).contains(Map.entry("actor", "staff:anna"), Map.entry("result", "ok"),
        Map.entry("address", "127.0.0.1"));
    assertThat(server.lines("logout")).hasSize(1);
  }

  @Test
  void theCookieIsForThisServerAloneAndForNoScript() throws Exception {
    start();
    String set = server.browser().signIn("anna", StaffServer.PASSWORD).header("set-cookie");
    assertThat(set).matches("magpie_staff=[A-Za-z0-9_-]{43}; Path=/; HTTPOnly; SameSite=Lax");
  }

  @Test
  void theCookieIsSecureBehindAProxyWithTlsAndOfThePathBelowWhichTheServerIs() throws Exception {
    JsonObject http = new JsonObject().put("trusted_proxies", new JsonArray().add("127.0.0.1")).put("base_path", "/rt");
    server = StaffServer.start(folder, new JsonObject().put("http", http), 1);
    server.create("anna", StaffRole.AGENT);
    String body = new JsonObject().put("name", "anna").put("password", StaffServer.PASSWORD).encode();
    Answer answer = server.browser().post("/rt/staff/login", body, "Origin", "https://chat.example", "X-Forwarded-Proto", "https",
        "X-Forwarded-Host", "chat.example", "Content-Type", "application/json");
    assertThat(answer.header("set-cookie")).matches("magpie_staff=[A-Za-z0-9_-]{43}; Path=/rt/; Secure; HTTPOnly; SameSite=Lax");
  }

  @Test
  void aLoginHasANewSessionAndEndsTheOneOfBefore() throws Exception {
    start();
    Browser browser = server.signedIn("anna");
    String before = browser.cookie;
    browser.signIn("anna", StaffServer.PASSWORD);
    assertThat(browser.cookie).isNotEqualTo(before);
    Browser old = server.browser();
    old.cookie = before;
    assertThat(server.everything()).doesNotContain(Secrets.digest(before)).contains(Secrets.digest(browser.cookie));
  }

  @Test
  void aWrongPasswordAnUnknownNameAndADisabledAccountHaveTheSameAnswer() throws Exception {
    start();
    server.create("bob", StaffRole.ADMIN);
    await(server.accounts.setDisabled("bob", true));
    List<String> answers = new ArrayList<>();
    for (String name : List.of("anna", "nobody", "bob", "not a name of an account", "")) {
      String password = name.equals("anna") ? "another password" : StaffServer.PASSWORD;
      Answer answer = server.browser().signIn(name, password);
      answers.add(answer.status() + " " + answer.body().encode() + answer.header("set-cookie"));
    }
    assertThat(answers).hasSize(5).containsOnly("401 {\"ok\":false,\"code\":\"WRONG\",\"message\":\"the name, the password or the code is "
        + "wrong\"}");
    assertThat(server.lines("login")).extracting(line -> line.getString("actor") + " " + line.getString("target") + " "
        + line.getString("result")).containsExactlyInAnyOrder("anonymous staff:anna wrong", "anonymous staff:bob wrong",
        "anonymous  wrong", "anonymous  wrong", "anonymous  wrong");
  }

  @Test
  void whatWasTypedAsANameThatDoesNotExistIsNotWrittenDown() throws Exception {
    start();
    server.browser().signIn("my-secret-password", "anna");
    assertThat(server.lines("login")).hasSize(1);
    assertThat(server.everything()).doesNotContain("my-secret-password");
  }

  @Test
  void nothingThatIsStoredIsASecret() throws Exception {
    start();
    Browser browser = server.signedIn("anna");
    assertThat(server.everything()).contains("$argon2id$").doesNotContain(StaffServer.PASSWORD, browser.cookie, browser.csrf);
  }

  // --- Limits

  @ParameterizedTest
  @ValueSource(strings = {"anna", "nobody"})
  void anAccountIsLockedAfterTooManyWrongPasswordsWhetherItExistsOrNot(String name) throws Exception {
    start(new JsonObject().put("lockout_failures", 3));
    for (int i = 0; i < 3; i++) assertThat(server.browser().signIn(name, "another password").status()).isEqualTo(401);
    Answer locked = server.browser().signIn(name, StaffServer.PASSWORD);
    assertThat(locked.status()).isEqualTo(429);
    assertThat(locked.code()).isEqualTo("LIMITED");
    assertThat(Long.parseLong(locked.header("retry-after"))).isBetween(800L, 901L).isEqualTo(locked.body().getLong("wait"));
  }

  @Test
  void aRightPasswordForgetsTheWrongOnes() throws Exception {
    start(new JsonObject().put("lockout_failures", 3));
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 2; i++) assertThat(server.browser().signIn("anna", "another password").status()).isEqualTo(401);
      server.signedIn("anna");
    }
  }

  @Test
  void anAddressMayFailSoOftenInAMinute() throws Exception {
    start(new JsonObject().put("attempts_per_minute", 2));
    // Many honest people may share an address.
    for (int i = 0; i < 3; i++) server.signedIn("anna");
    for (int i = 0; i < 2; i++) assertThat(server.browser().signIn("anna", "another password").status()).isEqualTo(401);
    Answer limited = server.browser().signIn("anna", StaffServer.PASSWORD);
    assertThat(limited.status()).isEqualTo(429);
    assertThat(Long.parseLong(limited.header("retry-after"))).isBetween(1L, 61L);
  }

  @Test
  void wrongPasswordsAtASessionCountToo() throws Exception {
    start(new JsonObject().put("lockout_failures", 2));
    Browser browser = server.signedIn("anna");
    JsonObject change = new JsonObject().put("password", "another password").put("next", "a new password of hers");
    assertThat(browser.post("/staff/password", change).status()).isEqualTo(401);
    assertThat(browser.post("/staff/password", change).status()).isEqualTo(401);
    assertThat(browser.post("/staff/password", change).status()).isEqualTo(429);
  }

  // --- Sessions

  @Test
  void aDisabledAccountIsSignedOutWithinFiveSeconds() throws Exception {
    start();
    Browser browser = server.signedIn("anna");
    await(server.accounts.setDisabled("anna", true));
    long disabled = System.nanoTime();
    awaitSignedOut(browser);
    assertThat(Duration.ofNanos(System.nanoTime() - disabled)).isLessThan(Duration.ofSeconds(15));
  }

  private static void awaitSignedOut(Browser browser) throws Exception {
    long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (System.nanoTime() < until) if (!browser.isSignedIn()) return;
    throw new AssertionError("still signed in");
  }

  // --- Password

  @Test
  void aNewPasswordEndsAllOtherSessions() throws Exception {
    start();
    Browser here = server.signedIn("anna");
    Browser elsewhere = server.signedIn("anna");
    String before = here.cookie;
    JsonObject change = new JsonObject().put("password", StaffServer.PASSWORD).put("next", "a new password of hers");
    assertThat(here.post("/staff/password", change).body()).isEqualTo(new JsonObject().put("ok", true));
    assertThat(here.cookie).isNotEqualTo(before);
    assertThat(here.isSignedIn()).isTrue();
    awaitSignedOut(elsewhere);
    assertThat(server.browser().signIn("anna", StaffServer.PASSWORD).status()).isEqualTo(401);
    assertThat(server.browser().signIn("anna", "a new password of hers").status()).isEqualTo(200);
    assertThat(server.lines("password")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"short, 5 characters", "aaaaaaaaaaaaaaaa, different", StaffServer.PASSWORD + ", the old one"})
  void aPasswordThatIsNotAllowedIsRefusedWithTheReason(String next, String reason) throws Exception {
    start();
    Answer refused = server.signedIn("anna").post("/staff/password",
        new JsonObject().put("password", StaffServer.PASSWORD).put("next", next));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.code()).isEqualTo("PASSWORD");
    assertThat(refused.body().getString("message")).contains(reason);
  }

  // --- Guards

  @ParameterizedTest
  @ValueSource(strings = {"login", "logout", "password", "totp"})
  void noOtherOriginMayPost(String path) throws Exception {
    start();
    Browser browser = server.signedIn("anna");
    String body = new JsonObject().put("name", "anna").put("password", StaffServer.PASSWORD).put("next", "a new password of hers")
        .put("action", "begin").encode();
    // Loopback pages may open sockets, but are another origin.
    for (String origin : List.of("https://evil.example", "http://127.0.0.1:1", "http://localhost:" + server.port, "null")) {
      Answer refused = browser.post("/staff/" + path, body, "Origin", origin, "Content-Type", "application/json", "X-CSRF-Token",
          browser.csrf);
      assertThat(refused.status()).as(origin).isEqualTo(403);
      assertThat(refused.code()).as(origin).isEqualTo("ORIGIN");
    }
    assertThat(browser.post("/staff/" + path, body, "Content-Type", "application/json", "X-CSRF-Token", browser.csrf).code())
        .as("no origin").isEqualTo("ORIGIN");
    assertThat(browser.isSignedIn()).isTrue();
    assertThat(server.lines("password")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"logout", "password", "totp"})
  void aSessionNeedsItsTokenAgainstForgedRequests(String path) throws Exception {
    start();
    Browser browser = server.signedIn("anna");
    String csrf = browser.csrf;
    Browser other = server.signedIn("anna");
    String body =
        new JsonObject().put("password", StaffServer.PASSWORD).put("next", "a new password of hers").put("action", "begin").encode();
    String[] own = {"Origin", server.origin(), "Content-Type", "application/json"};
    assertThat(browser.post("/staff/" + path, body, own).code()).as("none").isEqualTo("CSRF");
    browser.csrf = other.csrf;
    assertThat(browser.post("/staff/" + path, new JsonObject(body)).code()).as("of another session").isEqualTo("CSRF");
    browser.csrf = csrf;
    assertThat(browser.post("/staff/" + path, new JsonObject(body)).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"})
  void whatAFormSendsIsRefused(String type) throws Exception {
    start();
    Answer refused = server.browser().post("/staff/login", "{\"name\":\"anna\",\"password\":\"" + StaffServer.PASSWORD + "\"}", "Origin",
        server.origin(), "Content-Type", type);
    assertThat(refused.status()).isEqualTo(415);
    assertThat(refused.header("set-cookie")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "7", "{\"name\":7,\"password\":\"x\"}", "{\"name\":\"anna\"}",
      "{\"name\":{\"$ne\":null},\"password\":{\"$ne\":null}}"})
  void aBodyOfAnotherFormIsRefused(String body) throws Exception {
    start();
    Answer refused = server.browser().post("/staff/login", body, "Origin", server.origin(), "Content-Type", "application/json");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.code()).isEqualTo("INVALID");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() throws Exception {
    start();
    Answer refused = server.browser().post("/staff/login", "x".repeat(20_000), "Origin", server.origin(), "Content-Type",
        "application/json");
    assertThat(refused.status()).isEqualTo(413);
  }

  @ParameterizedTest
  @CsvSource({
      "/, /", "/rooms?x=1#a, /rooms?x=1#a", "'', ''", "https://evil.example/, ''", "//evil.example, ''", "/\\evil.example, ''",
      "\\\\evil.example, ''", "javascript:alert(1), ''", "/%0d%0aSet-Cookie:x, /%0d%0aSet-Cookie:x", "'/a\tb', ''", "/./\u2028, ''"})
  void aLoginLeadsToNoOtherServer(String to, String allowed) throws Exception {
    start();
    Answer answer = server.browser().signIn(new JsonObject().put("name", "anna").put("password", StaffServer.PASSWORD).put("to", to));
    assertThat(answer.body().getString("to")).isEqualTo(allowed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/staff/login", "/staff/login.html", "/staff/me", "/staff/nothing", "/staff", "/staff/"})
  void nobodyMayFrameOrCacheWhatIsOfStaff(String path) throws Exception {
    start();
    Answer answer = server.browser().get(path);
    assertThat(answer.header("content-security-policy")).isEqualTo(StaffRoutes.POLICY).contains("frame-ancestors 'none'");
    assertThat(answer.header("x-frame-options")).isEqualTo("DENY");
    assertThat(answer.header("cache-control")).isEqualTo("no-store");
    assertThat(answer.header("access-control-allow-origin")).isEmpty();
    assertThat(answer.header("x-content-type-options")).isEqualTo("nosniff");
  }

  @Test
  void thePageIsServedAndTheShortAddressesLeadToIt() throws Exception {
    start();
    assertThat(server.browser().get("/staff/login").response().body()).contains("<form class=\"card\" id=\"login\"");
    assertThat(server.browser().get("/staff").header("location")).isEqualTo("staff/login");
    assertThat(server.browser().get("/staff/").header("location")).isEqualTo("login");
  }

  @Test
  void aFloodOfLoginsIsRefusedAndDoesNotWait() throws Exception {
    start();
    PasswordWorkers workers = PasswordWorkers.of(server.vertx);
    CountDownLatch release = new CountDownLatch(1);
    for (int i = 0; i < PasswordWorkers.MOST_PENDING; i++) workers.run(() -> release.await(30, TimeUnit.SECONDS));
    try {
      Answer busy = server.browser().signIn("anna", StaffServer.PASSWORD);
      assertThat(busy.status()).isEqualTo(503);
      assertThat(busy.code()).isEqualTo("BUSY");
      assertThat(busy.header("retry-after")).isEqualTo("5");
    } finally {
      release.countDown();
    }
  }
}
