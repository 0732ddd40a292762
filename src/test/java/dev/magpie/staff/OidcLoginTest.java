package dev.magpie.staff;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Single sign-on at a provider of the test, with a browser that follows each redirect by itself. */
class OidcLoginTest {
  @TempDir static Path folder;
  private static Vertx vertx;
  private static TestProvider provider;
  private static StaffServer server;

  private final HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
  private final Map<String, String> cookies = new HashMap<>();

  @BeforeAll
  static void begin() throws Exception {
    vertx = Vertx.vertx();
    provider = new TestProvider(vertx);
    server = StaffServer.start(folder, new JsonObject().put("oidc", settings(provider)).put("attempts_per_minute", 100_000));
  }

  private static JsonObject settings(TestProvider of) {
    return new JsonObject().put("issuer", of.issuer()).put("client_id", TestProvider.CLIENT).put("client_secret", TestProvider.SECRET)
        .put("roles", new JsonObject().put("support", "agent").put("editors", "editor"));
  }

  @AfterAll
  static void end() throws Exception {
    server.close();
    provider.close();
    await(vertx.close());
  }

  @BeforeEach
  void clear() throws Exception {
    server.clear();
    provider.claims = token -> token;
  }

  @Test
  void signsInWithTheRolesOfItsGroupsAndGoesWhereItWanted() throws Exception {
    assertThat(signIn("/rooms?x=1")).isEqualTo("/rooms?x=1");
    JsonObject me = me();
    assertThat(me.getString("name")).isEqualTo("Anna Li");
    assertThat(me.getString("login")).matches("sso-[0-9a-f]{24}");
    assertThat(me.getJsonArray("roles")).containsExactly("agent");
    assertThat(me.getBoolean("sso")).isTrue();
    assertThat(server.lines("login").get(0).getJsonObject("details").getString("by")).isEqualTo("sso");
  }

  @Test
  void theAccountIsThatOfIssuerAndSubjectWhateverItsName() throws Exception {
    server.create("anna", StaffRole.ADMIN);
    provider.claims = token -> token.put("preferred_username", "anna").put("email", "anna@example.com").put("name", "anna");
    signIn("");
    String first = me().getString("login");
    assertThat(first).isNotEqualTo("anna");
    provider.claims = token -> token.put("name", "Anna Wang").put("groups", new JsonArray().add("editors"));
    signIn("");
    assertThat(me().getString("login")).isEqualTo(first);
    assertThat(me().getString("name")).isEqualTo("Anna Wang");
    assertThat(await(server.accounts.find(first)).orElseThrow().roles()).isEqualTo(Set.of(StaffRole.EDITOR));
    provider.claims = token -> token.put("sub", "4712");
    signIn("");
    assertThat(me().getString("login")).isNotEqualTo(first);
  }

  @Test
  void otherRolesEndTheSessionsOfBefore() throws Exception {
    signIn("");
    Map<String, String> elsewhere = new HashMap<>(cookies);
    cookies.clear();
    signIn("");
    Map<String, String> here = new HashMap<>(cookies);
    cookies.clear();
    provider.claims = token -> token.put("groups", new JsonArray().add("editors"));
    signIn("");
    assertThat(me().getJsonArray("roles")).containsExactly("editor");
    for (Map<String, String> before : List.of(elsewhere, here)) {
      cookies.clear();
      cookies.putAll(before);
      assertThat(me().getBoolean("ok")).isFalse();
    }
  }

  @Test
  void whoIsInNoGroupWithARoleDoesNotGetIn() throws Exception {
    provider.claims = token -> token.put("groups", new JsonArray().add("all"));
    assertThat(signIn("")).isEqualTo("../login?error=SSO_NO_ROLE");
    provider.claims = token -> {
      token.remove("groups");
      return token;
    };
    assertThat(signIn("")).isEqualTo("../login?error=SSO_NO_ROLE");
    assertThat(me().getBoolean("ok")).isFalse();
    assertThat(await(server.accounts.count())).isZero();
  }

  @Test
  void aDisabledAccountDoesNotGetIn() throws Exception {
    signIn("");
    await(server.accounts.setDisabled(me().getString("login"), true));
    cookies.clear();
    assertThat(signIn("")).isEqualTo("../login?error=SSO_DISABLED");
    assertThat(cookies).doesNotContainKey("magpie_staff");
  }

  @ParameterizedTest
  @CsvSource({"iss, https://evil.example", "aud, another", "nonce, of-another-login", "sub, ''", "exp, 1", "iat, 99999999999"})
  void anIdTokenWithAWrongClaimIsRefused(String claim, String value) throws Exception {
    provider.claims = token -> token.put(claim, value.matches("\\d+") ? (Object) Long.valueOf(value) : value);
    assertThat(signIn("")).isIn("../login?error=SSO_TOKEN", "../login?error=SSO_DENIED");
    assertThat(cookies).doesNotContainKey("magpie_staff");
  }

  @Test
  void anIdTokenForAnotherPartyIsRefused() throws Exception {
    provider.claims = token -> token.put("aud", new JsonArray().add(TestProvider.CLIENT).add("another")).put("azp", "another");
    assertThat(signIn("")).isEqualTo("../login?error=SSO_TOKEN");
  }

  @Test
  void anIdTokenThatAnotherKeySignedIsRefused() throws Exception {
    try (TestProvider forger = new TestProvider(vertx)) {
      forger.signer = TestProvider.newKey();
      assertRefused(forger);
      forger.signer = null;
      assertRefused(forger);
    }
  }

  private void assertRefused(TestProvider forger) throws Exception {
    JsonObject staff = new JsonObject().put("oidc", settings(forger));
    StaffOptions.Oidc options = StaffOptions.from(new JsonObject().put("staff", staff)).oidc();
    OidcLogin login = new OidcLogin(vertx, options);
    String redirectUri = server.origin() + "/staff/oidc/callback";
    String token = Secrets.newToken();
    URI back = URI.create(get(await(login.begin(token, redirectUri))).headers().firstValue("location").orElseThrow());
    assertThat(login.end(token, query(back).get("state"), query(back).get("code"), redirectUri).transform(ended ->
        Future.succeededFuture(String.valueOf(ended.cause()))).await()).contains("signature is not by a key of the provider");
  }

  @Test
  void aCallbackOfAnotherBrowserIsRefused() throws Exception {
    String back = toProviderAndBack("");
    cookies.clear();
    assertThat(location(get(back))).isEqualTo("../login?error=SSO_STATE");
    toProviderAndBack("");
    assertThat(location(get(back))).as("begun anew in the meantime").isEqualTo("../login?error=SSO_STATE");
    assertThat(cookies).doesNotContainKey("magpie_staff");
  }

  @Test
  void aCallbackIsForOneUse() throws Exception {
    String back = toProviderAndBack("");
    Map<String, String> before = new HashMap<>(cookies);
    assertThat(location(get(back))).isEqualTo("../login");
    cookies.clear();
    cookies.putAll(before);
    assertThat(location(get(back))).isEqualTo("../login?error=SSO_DENIED");
  }

  @Test
  void aRefusalOfTheProviderIsShown() throws Exception {
    String back = toProviderAndBack("").replaceFirst("code=[^&]*", "error=access_denied");
    assertThat(location(get(back))).isEqualTo("../login?error=SSO_DENIED");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://evil.example/", "//evil.example", "/%5Cevil.example/..//", "javascript:alert(1)"})
  void theLoginLeadsToNoOtherServer(String to) throws Exception {
    assertThat(signIn(to)).matches("\\.\\./login|/%5Cevil.*");
    // The cookie of the login may be written by another program of this host.
    String back = toProviderAndBack("");
    cookies.computeIfPresent(OidcLogin.COOKIE, (name, value) -> value.split("\\.")[0] + "." + OidcLogin.encoded("https://evil.example/"));
    assertThat(location(get(back))).isEqualTo("../login");
  }

  @Test
  void theLoginAsksWithPkceStateAndNonceAndShowsNoneOfTheirSecrets() throws Exception {
    HttpResponse<String> begun = get(server.origin() + "/staff/oidc/start");
    Map<String, String> asked = query(URI.create(location(begun)));
    assertThat(asked).containsEntry("response_type", "code").containsEntry("code_challenge_method", "S256")
        .containsEntry("scope", "openid profile").containsEntry("client_id", TestProvider.CLIENT)
        .containsEntry("redirect_uri", server.origin() + "/staff/oidc/callback");
    assertThat(List.of(asked.get("state"), asked.get("nonce"), asked.get("code_challenge"))).allMatch(text -> text.length() == 43);
    String cookie = begun.headers().firstValue("set-cookie").orElseThrow();
    assertThat(cookie).contains("HTTPOnly", "SameSite=Lax", "Max-Age=600").doesNotContain(asked.get("state"), asked.get("nonce"));
  }

  @Test
  void anAddressMayFailSoOftenInAMinute(@TempDir Path other) throws Exception {
    JsonObject staff = new JsonObject().put("oidc", settings(provider)).put("attempts_per_minute", 2);
    try (StaffServer strict = StaffServer.start(other, staff)) {
      String callback = strict.origin() + "/staff/oidc/callback?code=x&state=y";
      for (int i = 0; i < 2; i++) assertThat(location(get(callback))).isEqualTo("../login?error=SSO_STATE");
      assertThat(location(get(callback))).startsWith("../login?error=LIMITED&wait=");
    }
  }

  // --- The browser

  /** @return where the browser is sent at the end */
  private String signIn(String to) throws Exception {
    return location(get(toProviderAndBack(to)));
  }

  private String toProviderAndBack(String to) throws Exception {
    String start = "/staff/oidc/start?to=" + URLEncoder.encode(to, StandardCharsets.UTF_8);
    return location(get(location(get(server.origin() + start))));
  }

  private JsonObject me() throws Exception {
    return new JsonObject(get(server.origin() + "/staff/me").body());
  }

  private HttpResponse<String> get(String address) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address));
    if (!cookies.isEmpty())
      request.header("Cookie", cookies.entrySet().stream().map(one -> one.getKey() + "=" + one.getValue())
          .collect(Collectors.joining("; ")));
    HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
    for (String set : response.headers().allValues("set-cookie")) {
      String[] pair = set.split(";")[0].split("=", 2);
      if (pair[1].isEmpty()) cookies.remove(pair[0]);
      else cookies.put(pair[0], pair[1]);
    }
    return response;
  }

  private static String location(HttpResponse<String> response) {
    return response.headers().firstValue("location").orElseThrow(() -> new AssertionError(response.statusCode() + " " + response.body()));
  }

  private static Map<String, String> query(URI address) {
    Map<String, String> query = new HashMap<>();
    for (String pair : address.getRawQuery().split("&")) {
      String[] parts = pair.split("=", 2);
      query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return query;
  }
}
