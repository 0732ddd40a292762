package dev.magpie.auth;

import dev.magpie.core.AuthenticationOptions;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.logging.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authorization.AndAuthorization;
import io.vertx.ext.auth.authorization.Authorization;
import io.vertx.ext.auth.authorization.OrAuthorization;
import io.vertx.ext.auth.authorization.PermissionBasedAuthorization;
import io.vertx.ext.auth.authorization.RoleBasedAuthorization;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authentication that the settings ask for: reads the keys, and makes namespaces check their clients. Owned by a gateway, used on its
 * context.
 */
public final class Authentication {
  private static final Logger log = LoggerFactory.getLogger(Authentication.class);

  /** Bytes of a secret by algorithm, at least: RFC 7518, section 3.2. */
  private static int leastBytes(String algorithm) {
    return Integer.parseInt(algorithm.substring(2)) / 8;
  }

  private final AuthOptions options;
  private final JwtAuthentication provider;

  private Authentication(AuthOptions options, JwtAuthentication provider) {
    this.options = options;
    this.provider = provider;
  }

  /**
   * Reads the keys. A set of keys at an address is waited for by the first tokens, not by this.
   *
   * @return fails with an {@link IllegalStateException} that names the setting and what is wrong
   */
  public static Future<Authentication> open(Vertx vertx, AuthOptions options) {
    AuthOptions.Jwt jwt = options.jwt();
    if (!options.namespaces().isEmpty() && !jwt.isOn())
      return Future.failedFuture(wrong("auth.namespaces", "needs auth.jwt.keys, auth.jwt.jwks_file or auth.jwt.jwks_url"));
    for (String name : options.namespaces().keySet())
      if (!name.startsWith("/")) return Future.failedFuture(wrong("auth.namespaces." + name, "a namespace's name starts with a slash"));
    Future<JwtKeys> keys = Future.succeededFuture(JwtKeys.NONE);
    for (int i = 0; i < jwt.keys().size(); i++) {
      AuthOptions.Key key = jwt.keys().get(i);
      String place = "auth.jwt.keys[" + i + "]";
      keys = keys.compose(before -> text(vertx, key, place).map(text -> with(vertx, before, jwt, key, text, place)));
    }
    return keys.compose(configured -> sets(vertx, jwt)
        .map(sets -> new Authentication(options, new JwtAuthentication(vertx, configured, sets, jwt, System::currentTimeMillis))));
  }

  private static Future<String> text(Vertx vertx, AuthOptions.Key key, String place) {
    if ((key.secret() == null) == (key.file() == null)) return Future.failedFuture(wrong(place, "needs either secret or file"));
    if (key.secret() != null) return Future.succeededFuture(key.secret());
    return read(vertx, key.file()).map(text -> text.toString(StandardCharsets.UTF_8).strip())
        .recover(failure -> Future.failedFuture(wrong(place + ".file", "cannot be read: " + Reason.of(failure))));
  }

  /** Not by Vert.x' file system, whose failures do not say why. */
  private static Future<Buffer> read(Vertx vertx, String file) {
    return vertx.executeBlocking(() -> Buffer.buffer(Files.readAllBytes(Path.of(file))), false);
  }

  private static JwtKeys with(Vertx vertx, JwtKeys keys, AuthOptions.Jwt jwt, AuthOptions.Key key, String text, String place) {
    String algorithm = key.algorithm();
    if (!jwt.algorithms().contains(algorithm)) throw wrong(place, "its algorithm " + algorithm + " is not among auth.jwt.algorithms");
    PubSecKeyOptions made = new PubSecKeyOptions().setAlgorithm(algorithm);
    try {
      return keys.with(vertx, algorithm, key.kid(), made.setBuffer(algorithm.startsWith("HS") ? secret(text, algorithm)
          : PublicKeys.pem(text, algorithm)));
    } catch (IllegalArgumentException unfit) {
      throw wrong(place, unfit.getMessage());
    }
  }

  private static String secret(String text, String algorithm) {
    // A public key is known to everybody, who could sign with it then.
    if (text.contains("-----BEGIN")) throw new IllegalArgumentException(algorithm + " needs a secret, and this is a PEM text");
    int least = leastBytes(algorithm);
    if (text.getBytes(StandardCharsets.UTF_8).length < least)
      throw new IllegalArgumentException("a secret of " + algorithm + " has at least " + least + " bytes");
    return text;
  }

  private static Future<List<KeySet>> sets(Vertx vertx, AuthOptions.Jwt jwt) {
    List<KeySet> sets = new ArrayList<>();
    if (jwt.jwksFile() == null) return Future.succeededFuture(withAddress(vertx, jwt, sets));
    KeySet file = set(vertx, () -> read(vertx, jwt.jwksFile()), "auth.jwt.jwks_file", jwt);
    sets.add(file);
    return file.read().map(read -> withAddress(vertx, jwt, sets))
        .recover(failure -> Future.failedFuture(wrong("auth.jwt.jwks_file", "cannot be read: " + Reason.of(failure))));
  }

  private static List<KeySet> withAddress(Vertx vertx, AuthOptions.Jwt jwt, List<KeySet> sets) {
    if (jwt.jwksUrl() == null) return sets;
    KeySet address = set(vertx, new KeyAddress(vertx, jwt.jwksUrl())::read, "auth.jwt.jwks_url", jwt);
    address.read();
    sets.add(address);
    if (jwt.audience().isEmpty() || jwt.issuer() == null)
      log.warn("tokens that the issuer made for others are accepted: auth.jwt.audience or auth.jwt.issuer is not set");
    return sets;
  }

  private static KeySet set(Vertx vertx, Supplier<Future<Buffer>> source, String name, AuthOptions.Jwt jwt) {
    return new KeySet(vertx, source, name, jwt, System::nanoTime);
  }

  private static IllegalStateException wrong(String setting, String what) {
    return new IllegalStateException(setting + ": " + what);
  }

  /** Makes the namespaces of this instance that the settings name check their clients. Before its applications are mounted. */
  public void guard(Io io) {
    if (options.namespaces().isEmpty()) return;
    guard(io.of("/"));
    io.onNewNamespace(this::guard);
  }

  private void guard(Namespace namespace) {
    AuthOptions.Rule rule = options.namespaces().get(namespace.name());
    if (rule == null) return;
    namespace.authenticate(provider, new AuthenticationOptions()
        .setRequired(rule.require())
        .setCookie(options.cookie())
        .setQuery(options.query() ? AuthOptions.QUERY : null)
        .setNotice(options.noticeMs())
        .setLeeway(options.jwt().leewayMs())
        .setUserId(JwtAuthentication::userId)
        .setAuthorization(needed(rule)));
  }

  /** One of the roles, and all of the scopes; null for none. */
  static @Nullable Authorization needed(AuthOptions.Rule rule) {
    if (rule.roles().isEmpty() && rule.scopes().isEmpty()) return null;
    AndAuthorization all = AndAuthorization.create();
    if (!rule.roles().isEmpty()) {
      OrAuthorization any = OrAuthorization.create();
      rule.roles().forEach(role -> any.addAuthorization(RoleBasedAuthorization.create(role)));
      all.addAuthorization(any);
    }
    rule.scopes().forEach(scope -> all.addAuthorization(PermissionBasedAuthorization.create(scope)));
    return all;
  }
}
