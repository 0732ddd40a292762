package dev.magpie.auth;

import dev.magpie.core.ClientError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authentication.Credentials;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.authorization.Authorization;
import io.vertx.ext.auth.authorization.PermissionBasedAuthorization;
import io.vertx.ext.auth.authorization.RoleBasedAuthorization;
import io.vertx.ext.auth.jwt.JWTAuth;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks JSON Web Tokens (RFC 7519, RFC 8725). vertx-auth-jwt verifies the signature; what it leaves open is checked here: the exact {@code
 * kid}, the algorithms, critical headers, other kinds of tokens, a missing expiry, several issuers' claims. A refused token's client is
 * told which of the checks failed, and nothing of the token or the settings. Owned by a gateway, used on its context.
 */
final class JwtAuthentication implements AuthenticationProvider {
  /** Of the user's authorizations. */
  static final String PROVIDER = "jwt";

  /** Characters of a subject: a user id is a part of logs and of names. */
  private static final int MOST_SUBJECT = 256;

  /** Roles, and scopes, of one token. */
  private static final int MOST_RIGHTS = 1_000;

  /** Others are no tokens for access, such as those for a log-out (RFC 8725, section 3.11). */
  private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");

  private final Vertx vertx;
  private final JwtKeys configured;
  private final List<KeySet> sets;
  private final AuthOptions.Jwt options;
  private final LongSupplier clock;

  /**
   * @param configured keys of the settings
   * @param clock milliseconds since 1970
   */
  JwtAuthentication(Vertx vertx, JwtKeys configured, List<KeySet> sets, AuthOptions.Jwt options, LongSupplier clock) {
    this.vertx = vertx;
    this.configured = configured;
    this.sets = sets;
    this.options = options;
    this.clock = clock;
  }

  /** {@code jwt:<iss>#<sub>} of a user from here; of another, which a handler in front has authenticated, the subject. */
  static @Nullable String userId(User user) {
    String subject = user.subject();
    return subject == null || !user.authorizations().contains(PROVIDER) ? subject : "jwt:" + user.<String>get("iss") + "#" + subject;
  }

  @Override
  public Future<User> authenticate(Credentials credentials) {
    if (!(credentials instanceof TokenCredentials bearer) || bearer.getToken() == null) return malformed();
    String token = bearer.getToken();
    JsonObject header = header(token);
    if (header == null) return malformed();
    if (!(header.getValue("alg") instanceof String algorithm) || !options.algorithms().contains(algorithm))
      return refused("algorithm_not_allowed", "the token is signed with an algorithm that is not allowed, or not at all");
    if (header.containsKey("crit") || !isAccess(header.getValue("typ")))
      return refused("token_unsupported", "the token is of another kind, or needs an extension");
    Object kid = header.getValue("kid");
    if (kid != null && !(kid instanceof String)) return malformed();
    return verifier(algorithm, (String) kid).compose(verifier -> verified(algorithm, verifier, token))
        .compose(this::checked);
  }

  /** The first part; null if the text is no token of three parts. */
  private static @Nullable JsonObject header(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) return null;
    try {
      return new JsonObject(Buffer.buffer(Base64.getUrlDecoder().decode(parts[0])));
    } catch (RuntimeException noJson) {
      return null;
    }
  }

  private static boolean isAccess(@Nullable Object type) {
    return type == null || type instanceof String text && TYPES.contains(text.toLowerCase(Locale.ROOT));
  }

  private Future<JWTAuth> verifier(String algorithm, @Nullable String kid) {
    JWTAuth found = configured.find(algorithm, kid);
    for (int i = 0; found == null && i < sets.size(); i++) found = sets.get(i).keys().find(algorithm, kid);
    if (found != null) return Future.succeededFuture(found);
    // Secrets are in the settings alone.
    return algorithm.startsWith("HS") ? unknownKey() : newVerifier(0, algorithm, kid);
  }

  private Future<JWTAuth> newVerifier(int from, String algorithm, @Nullable String kid) {
    if (from >= sets.size()) return unknownKey();
    return sets.get(from).newest().transform(read -> {
      if (read.failed()) return refused("keys_unavailable", "the keys that verify tokens cannot be read now; try again later");
      JWTAuth found = read.result().find(algorithm, kid);
      return found != null ? Future.succeededFuture(found) : newVerifier(from + 1, algorithm, kid);
    });
  }

  private Future<User> verified(String algorithm, JWTAuth verifier, String token) {
    return (isSlow(algorithm) ? vertx.executeBlocking(() -> asked(verifier, token), false).compose(user -> user) : asked(verifier, token))
        // vertx-auth-jwt has verified a token whose claims it then cannot read.
        .recover(failure -> failure instanceof ClassCastException || failure instanceof NullPointerException ? malformed()
            : refused("signature_invalid", "the token's signature is not that of its key"));
  }

  /** Elliptic curves: more than a millisecond in Java, which the event loop's other clients would wait for. HS and RS take microseconds. */
  private static boolean isSlow(String algorithm) {
    return algorithm.startsWith("ES") || algorithm.startsWith("Ed");
  }

  private static Future<User> asked(JWTAuth verifier, String token) {
    try {
      return verifier.authenticate(new TokenCredentials(token));
    } catch (RuntimeException wrong) {
      return Future.failedFuture(wrong);
    }
  }

  private Future<User> checked(User user) {
    JsonObject claims = user.attributes().getJsonObject("accessToken");
    Object expiry = claims.getValue("exp");
    double now = clock.getAsLong() / 1000.0;
    double leeway = options.leewayMs() / 1000.0;
    if (!(expiry instanceof Number end)) return refused("expiry_missing", "the token has no expiry");
    if (end.doubleValue() + leeway <= now) return refused("token_expired", "the token has expired");
    for (String claim : List.of("nbf", "iat")) {
      Object from = claims.getValue(claim);
      if (from == null) continue;
      if (!(from instanceof Number begin)) return malformed();
      if (begin.doubleValue() - leeway > now) return refused("token_not_yet_valid", "the token is not valid yet");
    }
    Object issuer = claims.getValue("iss");
    if (options.issuer() != null && !options.issuer().equals(issuer)) return wrongIssuer();
    if (!isForUs(claims.getValue("aud"))) return refused("audience_wrong", "the token is for another audience");
    // The sign separates the parts of a user id.
    if (issuer != null && (!isName(issuer) || issuer.toString().contains("#"))) return wrongIssuer();
    if (!isName(claims.getValue("sub"))) return refused("subject_missing", "the token names no subject");
    return Future.succeededFuture(completed(user, claims));
  }

  private boolean isForUs(@Nullable Object audience) {
    if (options.audience().isEmpty()) return true;
    return audience instanceof JsonArray several ? options.audience().stream().anyMatch(several::contains)
        : audience instanceof String one && options.audience().contains(one);
  }

  /** A part of a user id. */
  private static boolean isName(@Nullable Object claim) {
    return claim instanceof String text && !text.isEmpty() && text.length() <= MOST_SUBJECT
        && text.chars().noneMatch(Character::isISOControl);
  }

  private User completed(User user, JsonObject claims) {
    // It would be in each log line and answer that shows the user.
    user.principal().remove("access_token");
    // Vert.x would take them for the subject, and some issuers let users choose them.
    user.principal().remove("username");
    user.principal().remove("userHandle");
    if (!claims.containsKey("iss")) user.principal().put("iss", "");
    Set<Authorization> rights = new HashSet<>();
    rights(claims, options.rolesClaim(), false).forEach(role -> rights.add(RoleBasedAuthorization.create(role)));
    rights(claims, options.scopesClaim(), true).forEach(scope -> rights.add(PermissionBasedAuthorization.create(scope)));
    user.authorizations().put(PROVIDER, rights);
    return user;
  }

  /** @param spaces whether a text is a list with spaces, as OAuth 2 has scopes */
  private static List<String> rights(JsonObject claims, String claim, boolean spaces) {
    Object value = value(claims, claim);
    if (value instanceof String text) return text.isBlank() ? List.of() : spaces ? List.of(text.strip().split(" +")) : List.of(text);
    if (!(value instanceof JsonArray several)) return List.of();
    return several.stream().filter(String.class::isInstance).map(String.class::cast).filter(right -> !right.isBlank()).limit(MOST_RIGHTS)
        .toList();
  }

  /** A claim of this name, which may have dots, or at this path. */
  private static @Nullable Object value(JsonObject claims, String claim) {
    if (claims.containsKey(claim)) return claims.getValue(claim);
    Object value = claims;
    for (String name : claim.split("\\.")) value = value instanceof JsonObject object ? object.getValue(name) : null;
    return value;
  }

  private static <T> Future<T> malformed() {
    return refused("token_malformed", "the token is no JSON Web Token, or a claim is of another type");
  }

  private static <T> Future<T> wrongIssuer() {
    return refused("issuer_wrong", "the token is of another issuer");
  }

  private static Future<JWTAuth> unknownKey() {
    return refused("key_unknown", "the key that signed the token is not known");
  }

  private static <T> Future<T> refused(String code, String reason) {
    return ClientError.future("unauthorized", new JsonObject().put("code", code).put("reason", reason));
  }
}
