package dev.magpie.auth;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who may join which namespace: the settings {@code auth}.
 *
 * @param namespaces by name; others are open, or checked by their application
 * @param cookie name of the cookie that holds a token; null for none
 * @param query whether a token may be in the query, as {@value #QUERY}
 * @param noticeMs how long before the expiry of its token a client is told, in milliseconds
 */
public record AuthOptions(Map<String, Rule> namespaces, @Nullable String cookie, boolean query, long noticeMs, Jwt jwt) {
  /** The query parameter of a token. */
  static final String QUERY = "token";

  public static final AuthOptions DEFAULT = new AuthOptions(Map.of(), null, false, 30_000, Jwt.DEFAULT);

  public static AuthOptions from(JsonObject auth) {
    Map<String, Rule> rules = new LinkedHashMap<>();
    JsonObject namespaces = auth.getJsonObject("namespaces", new JsonObject());
    namespaces.fieldNames().forEach(name -> rules.put(name, Rule.from(namespaces.getJsonObject(name))));
    return new AuthOptions(rules, auth.getString("cookie"), auth.getBoolean("query", DEFAULT.query),
        auth.getLong("notice_ms", DEFAULT.noticeMs), Jwt.from(auth.getJsonObject("jwt", new JsonObject())));
  }

  /**
   * What one namespace needs.
   *
   * @param require whether a client without a token is refused
   * @param roles of which the user has at least one; empty: none is needed
   * @param scopes all of which the user has; empty: none is needed
   */
  public record Rule(boolean require, List<String> roles, List<String> scopes) {
    public static final Rule DEFAULT = new Rule(true, List.of(), List.of());

    static Rule from(JsonObject rule) {
      return new Rule(rule.getBoolean("require", DEFAULT.require), texts(rule, "roles", DEFAULT.roles),
          texts(rule, "scopes", DEFAULT.scopes));
    }
  }

  /**
   * How tokens are verified.
   *
   * @param keys of the settings, besides those of the JWKS
   * @param jwksFile file with a JSON Web Key Set; null for none
   * @param jwksUrl address of one; null for none
   * @param jwksRefreshMs age, in milliseconds, from which the set is read anew
   * @param algorithms that are allowed; never {@code none}
   * @param issuer the claim {@code iss}; null: any
   * @param audience of which the claim {@code aud} has at least one; empty: any
   * @param leewayMs tolerated difference of clocks, in milliseconds
   * @param rolesClaim name of the claim, or path with dots, that lists roles
   * @param scopesClaim the same of scopes, which may be one text with spaces
   */
  public record Jwt(
      List<Key> keys,
      @Nullable String jwksFile,
      @Nullable String jwksUrl,
      long jwksRefreshMs,
      Set<String> algorithms,
      @Nullable String issuer,
      List<String> audience,
      long leewayMs,
      String rolesClaim,
      String scopesClaim) {
    public static final Jwt DEFAULT = new Jwt(List.of(), null, null, 300_000, Set.of("HS256", "RS256", "PS256", "ES256", "EdDSA"), null,
        List.of(), 5_000, "roles", "scope");

    static Jwt from(JsonObject jwt) {
      JsonArray keys = jwt.getJsonArray("keys", new JsonArray());
      return new Jwt(
          keys.stream().map(key -> Key.from(key instanceof JsonObject json ? json : new JsonObject(asMap(key)))).toList(),
          jwt.getString("jwks_file"),
          jwt.getString("jwks_url"),
          jwt.getLong("jwks_refresh_ms", DEFAULT.jwksRefreshMs),
          texts(jwt, "algorithms", List.copyOf(DEFAULT.algorithms)).stream().collect(Collectors.toUnmodifiableSet()),
          jwt.getString("issuer"),
          texts(jwt, "audience", DEFAULT.audience),
          jwt.getLong("leeway_ms", DEFAULT.leewayMs),
          jwt.getString("roles_claim", DEFAULT.rolesClaim),
          jwt.getString("scopes_claim", DEFAULT.scopesClaim));
    }

    /** Whether there is anything that could verify a token. */
    public boolean isOn() {
      return !keys.isEmpty() || jwksFile != null || jwksUrl != null;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(Object key) {
      return (Map<String, Object>) key;
    }
  }

  /**
   * One key.
   *
   * @param algorithm such as {@code HS256}
   * @param kid by which tokens name it; null for a key of tokens that name none
   * @param secret of an HS algorithm, as text; null where it is in the file
   * @param file with the secret, or with a public key or certificate in PEM; null for none
   */
  public record Key(String algorithm, @Nullable String kid, @Nullable String secret, @Nullable String file) {
    static Key from(JsonObject key) {
      return new Key(key.getString("algorithm"), key.getString("kid"), key.getString("secret"), key.getString("file"));
    }

    /** Without the secret. */
    @Override
    public String toString() {
      return "Key[" + algorithm + ", kid=" + kid + ", file=" + file + "]";
    }
  }

  private static List<String> texts(JsonObject part, String key, List<String> otherwise) {
    JsonArray values = part.getJsonArray(key);
    return values == null ? otherwise : values.stream().map(String.class::cast).toList();
  }
}
