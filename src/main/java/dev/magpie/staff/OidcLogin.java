package dev.magpie.staff;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.oauth2.OAuth2Auth;
import io.vertx.ext.auth.oauth2.OAuth2AuthorizationURL;
import io.vertx.ext.auth.oauth2.OAuth2FlowType;
import io.vertx.ext.auth.oauth2.OAuth2Options;
import io.vertx.ext.auth.oauth2.Oauth2Credentials;
import io.vertx.ext.auth.oauth2.providers.OpenIDConnectAuth;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Single sign-on by OpenID Connect: authorization code with PKCE. State, nonce and the code's verifier follow from a random token in a
 * cookie of the browser that begins the login, so that no server stores it, and a link that another browser made is refused. The issuer,
 * the audience, the nonce and the time of the id token are checked here, its signature by Vert.x with the provider's keys. Owned by one
 * gateway, used on its context.
 */
final class OidcLogin {
  static final String COOKIE = "magpie_staff_oidc";

  /** How long a user may take at the provider. */
  static final long SECONDS = 600;

  /** By which the clocks of the provider and of this server may differ. */
  private static final int LEEWAY_SECONDS = 60;

  /** The provider's addresses and keys are read anew after this. */
  private static final long FRESH_NANOS = TimeUnit.MINUTES.toNanos(10);

  private static final int TIMEOUT_MS = 5_000;

  private final Vertx vertx;
  private final StaffOptions.Oidc options;
  private @Nullable Future<OAuth2Auth> provider;
  private long providerAt;

  /** A login that was refused, with the code that its page shows. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    Refused(String code, String message) {
      super(message, null, false, false);
      this.code = code;
    }

    String code() {
      return code;
    }
  }

  /**
   * What a valid id token says.
   *
   * @param subject unique at the issuer, and never reused
   */
  record Claims(String issuer, String subject, String name, Set<StaffRole> roles) {}

  OidcLogin(Vertx vertx, StaffOptions.Oidc options) {
    this.vertx = vertx;
    this.options = options;
  }

  /** @return the provider's address to which the browser goes */
  Future<String> begin(String token, String redirectUri) {
    return provider().map(found -> found.authorizeURL(new OAuth2AuthorizationURL()
        .setRedirectUri(redirectUri)
        .setScopes(options.scopes())
        .setState(Secrets.derived("state", token))
        .setCodeChallenge(challenge(token))
        .setCodeChallengeMethod("S256")
        .putAdditionalParameter("nonce", Secrets.derived("nonce", token))));
  }

  private static String verifier(String token) {
    return Secrets.derived("verifier", token);
  }

  private static String challenge(String token) {
    return Secrets.base64Sha256(verifier(token));
  }

  /** Fails with {@link Refused} for an answer that is not of this login. */
  Future<Claims> end(String token, @Nullable String state, @Nullable String code, String redirectUri) {
    if (token.isEmpty() || state == null || !Secrets.equal(Secrets.derived("state", token), state))
      return Future.failedFuture(new Refused("SSO_STATE", "the state is not that of this browser's login"));
    if (code == null) return Future.failedFuture(new Refused("SSO_DENIED", "the provider gave no code"));
    Oauth2Credentials credentials = new Oauth2Credentials().setFlow(OAuth2FlowType.AUTH_CODE).setCode(code).setRedirectUri(redirectUri)
        .setCodeVerifier(verifier(token));
    return provider()
        .compose(found -> found.authenticate(credentials)
        .recover(failure -> Future.failedFuture(new Refused("SSO_DENIED", "the provider refused the code: " + failure.getMessage()))))
        .map(user -> claims(user, Secrets.derived("nonce", token)));
  }

  private Claims claims(User user, String nonce) {
    JsonObject token = user.attributes().getJsonObject("idToken");
    if (token == null) {
      // Perhaps by a key that is newer than ours.
      forget();
      throw new Refused("SSO_TOKEN", "the id token is missing, or its signature is not by a key of the provider");
    }
    require(options.issuer().equals(token.getValue("iss")), "issuer");
    require(audience(token).contains(options.clientId()), "audience");
    require(audience(token).size() == 1 || options.clientId().equals(token.getValue("azp")), "authorized party");
    require(token.getValue("nonce") instanceof String sent && Secrets.equal(nonce, sent), "nonce");
    long now = TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
    require(token.getValue("exp") instanceof Number exp && now < exp.longValue() + LEEWAY_SECONDS, "expiry");
    require(token.getValue("iat") instanceof Number iat && iat.longValue() <= now + LEEWAY_SECONDS, "time of issue");
    require(token.getValue("sub") instanceof String sub && !sub.isEmpty() && sub.length() <= 255, "subject");
    return new Claims(options.issuer(), token.getString("sub"), name(token), options.rolesOf(texts(token.getValue(options.groupsClaim()))));
  }

  private static void require(boolean valid, String what) {
    if (!valid) throw new Refused("SSO_TOKEN", "the id token's " + what + " is wrong");
  }

  private static List<String> audience(JsonObject token) {
    return texts(token.getValue("aud"));
  }

  private static List<String> texts(@Nullable Object value) {
    List<String> texts = new ArrayList<>();
    if (value instanceof String text) texts.add(text);
    if (value instanceof JsonArray array) for (Object item : array) if (item instanceof String text) texts.add(text);
    return texts;
  }

  /** As pages show it; nothing is decided by it. */
  private static String name(JsonObject token) {
    for (String claim : List.of("name", "preferred_username", "email"))
      if (token.getValue(claim) instanceof String text && !text.isBlank()) return text.length() <= 100 ? text : text.substring(0, 100);
    return token.getString("sub");
  }

  // --- The provider

  private Future<OAuth2Auth> provider() {
    long now = System.nanoTime();
    if (provider == null || provider.failed() || now - providerAt > FRESH_NANOS) {
      forget();
      provider = secret().compose(this::discover);
      providerAt = now;
    }
    return Objects.requireNonNull(provider);
  }

  private void forget() {
    Future<OAuth2Auth> before = provider;
    provider = null;
    // Not at once: logins may still be under way with it.
    if (before != null) before.onSuccess(old -> vertx.setTimer(2L * TIMEOUT_MS, late -> old.close()));
  }

  private Future<@Nullable String> secret() {
    String file = options.clientSecretFile();
    if (file == null) return Future.succeededFuture(options.clientSecret());
    return vertx.executeBlocking(() -> PasswordInput.ofFile(Path.of(file), "staff.oidc.client_secret_file"), false);
  }

  private Future<OAuth2Auth> discover(@Nullable String secret) {
    HttpClientOptions client = new HttpClientOptions().setConnectTimeout(TIMEOUT_MS).setReadIdleTimeout(TIMEOUT_MS / 1000);
    OAuth2Options oauth2 = new OAuth2Options().setSite(options.issuer().replaceAll("/$", "")).setClientId(options.clientId())
        .setClientSecret(secret).setHttpClientOptions(client);
    oauth2.getJWTOptions().setLeeway(LEEWAY_SECONDS);
    return OpenIDConnectAuth.discover(vertx, oauth2).timeout(2L * TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  // --- The cookie

  static String encoded(String to) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(to.getBytes(StandardCharsets.UTF_8));
  }

  /** The path in the cookie; the page of the account where it is none. */
  static String decoded(String text) {
    try {
      String to = LocalTarget.of(new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8));
      return to.isEmpty() ? "../login" : to;
    } catch (IllegalArgumentException notBase64) {
      return "../login";
    }
  }
}
