package dev.magpie.auth;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys that verify tokens, each for one algorithm and one {@code kid}. One {@link JWTAuth} for each key, since one with several tries a
 * key without a {@code kid} for every token, and all keys for a token without one. Immutable, safe for all threads.
 */
final class JwtKeys {
  static final JwtKeys NONE = new JwtKeys(Map.of());

  /** Of one JWKS; identity providers have a handful. */
  private static final int MOST = 100;

  /** A token's algorithm and {@code kid}, null where it has none. */
  private record Name(String algorithm, @Nullable String kid) {}

  private final Map<Name, JWTAuth> verifiers;

  private JwtKeys(Map<Name, JWTAuth> verifiers) {
    this.verifiers = verifiers;
  }

  /** The verifier of tokens with this header; null for none. */
  @Nullable JWTAuth find(String algorithm, @Nullable String kid) {
    return verifiers.get(new Name(algorithm, kid));
  }

  int size() {
    return verifiers.size();
  }

  /** With one more key. */
  JwtKeys with(Vertx vertx, String algorithm, @Nullable String kid, PubSecKeyOptions key) {
    Map<Name, JWTAuth> more = new HashMap<>(verifiers);
    if (more.put(new Name(algorithm, kid), verifier(vertx, new JWTAuthOptions().addPubSecKey(key))) != null)
      throw new IllegalArgumentException("a second key of " + algorithm + (kid == null ? " without a kid" : " with the kid " + kid));
    return new JwtKeys(more);
  }

  /**
   * The keys of a JSON Web Key Set; those that verify no signatures of the allowed algorithms are left out.
   *
   * @throws IllegalArgumentException for what is no such set
   */
  static JwtKeys ofJwks(Vertx vertx, Buffer text, Set<String> allowed) {
    Map<Name, JWTAuth> verifiers = new HashMap<>();
    for (Object each : keys(text)) {
      if (!(each instanceof JsonObject jwk) || verifiers.size() >= MOST) continue;
      String kid = jwk.getValue("kid") instanceof String named ? named : null;
      for (JsonObject key : PublicKeys.jwks(jwk, allowed))
        verifiers.putIfAbsent(new Name(key.getString("alg"), kid), verifier(vertx, new JWTAuthOptions().addJwk(key)));
    }
    return new JwtKeys(verifiers);
  }

  private static JsonArray keys(Buffer text) {
    try {
      if (new JsonObject(text).getValue("keys") instanceof JsonArray keys) return keys;
    } catch (RuntimeException noJson) {
      // Refused below: what the parser says may quote the text.
    }
    throw new IllegalArgumentException("not a JSON Web Key Set: {\"keys\": [...]}");
  }

  /** It verifies the signature alone. */
  private static JWTAuth verifier(Vertx vertx, JWTAuthOptions options) {
    return JWTAuth.create(vertx, options.setJWTOptions(new JWTOptions().setIgnoreExpiration(true)));
  }
}
