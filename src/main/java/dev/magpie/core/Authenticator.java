package dev.magpie.core;

import dev.magpie.transport.Handshake;
import io.vertx.core.Future;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.authorization.Authorization;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authentication of one namespace or family: finds a client's token, has the application's provider check it, and says who the client
 * is. Owned by that, used on the instance's context. A token is in no log and no message.
 */
final class Authenticator {
  private static final Logger log = LoggerFactory.getLogger(Authenticator.class);

  /** The event by which a client sends a new token: {@code {token}}. */
  static final String REFRESH = "auth:refresh";

  /** Longest token, in characters; identity providers stay far below, since it has to fit into a header. */
  private static final int MOST_CHARACTERS = 16 << 10;

  /** Three parts of base64url; the last one is empty in a token without a signature, which is refused as such. */
  private static final Pattern JWT = Pattern.compile("[\\w-]+\\.[\\w-]+\\.[\\w-]*");

  /** Of a provider that does not say why. */
  static final Unauthorized REFUSED = Unauthorized.unknown("token_refused", "the token was not accepted");

  private static final Unauthorized MALFORMED = Unauthorized.unknown("token_malformed",
      "the token is not a text of at most " + MOST_CHARACTERS + " characters");

  /**
   * What a client shows.
   *
   * @param token as sent, of any type
   * @param ambient whether its browser added it by itself
   */
  private record Credential(Object token, boolean ambient) {}

  private final Loop loop;
  private final AuthenticationProvider provider;
  private final AuthenticationOptions options;
  /** This check alone. */
  private final Middleware<ConnectContext> check = new Middleware<>();

  Authenticator(Loop loop, AuthenticationProvider provider, AuthenticationOptions options) {
    this.loop = loop;
    this.provider = Objects.requireNonNull(provider, "provider");
    this.options = new AuthenticationOptions(options);
    check.add(this::identified);
  }

  /** Passes null once the client is identified, or may join without; otherwise the failure, {@link Unauthorized} for a refusal. */
  void check(ConnectContext context, Consumer<@Nullable Throwable> done) {
    check.run(context, loop, done);
  }

  /** How long before the end a client is told, in milliseconds. */
  long notice() {
    return options.notice();
  }

  private Future<Void> identified(ConnectContext context) {
    Credential credential = credential(context);
    User known = context.handshake().user();
    if (credential == null && known != null) return joins(context, known);
    if (credential == null) return missing();
    return user(credential.token()).transform(user -> {
      if (user.succeeded()) return joins(context, user.result());
      // A page cannot always remove a cookie that has expired.
      return credential.ambient() && !options.required() ? Future.succeededFuture() : Future.failedFuture(user.cause());
    });
  }

  private Future<Void> missing() {
    return !options.required() ? Future.succeededFuture() : Future.failedFuture(Unauthorized.unknown("token_missing",
        "a token is required: as auth.jwt, as auth.token or in the header Authorization: Bearer"));
  }

  private Future<Void> joins(ConnectContext context, User user) {
    return identity(user).onSuccess(context::identify).mapEmpty();
  }

  /** Who this is; fails with {@link Unauthorized} if the user may not be in the namespace. */
  private Future<Identity> identity(User user) {
    String id = userId(user);
    if (id == null || id.isEmpty()) return Future.failedFuture(Unauthorized.unknown("user_unknown", "the token names no user"));
    if (!may(user, options.authorization()))
      return Future.failedFuture(Unauthorized.forbidden("the user's roles or scopes do not allow this namespace"));
    Identity identity = Identity.of(user, id);
    long now = loop.options().clock().getAsLong();
    // The provider has a leeway.
    return Future.succeededFuture(identity.until() > now ? identity : identity.until(identity.until() + options.leeway()));
  }

  /**
   * The identity that a new token gives to a client that is there.
   *
   * @param present whose client it is
   * @return fails with {@link Unauthorized}; completes on any thread
   */
  Future<Identity> refresh(@Nullable Object token, String present) {
    return user(token).compose(this::identity).compose(identity -> identity.id().equals(present) ? Future.succeededFuture(identity)
        : Future.failedFuture(Unauthorized.unknown("other_user", "the token is of another user: connect anew with it")));
  }

  private Future<User> user(@Nullable Object token) {
    if (!(token instanceof String text) || text.isEmpty() || text.length() > MOST_CHARACTERS) return Future.failedFuture(MALFORMED);
    return asked(text).recover(failure -> {
      if (failure instanceof ClientError refusal) return Future.failedFuture(Unauthorized.told(refusal));
      // Its message may hold parts of the token.
      log.debug("token refused by the provider failure={}", failure.getClass().getName());
      return Future.failedFuture(REFUSED);
    });
  }

  private Future<User> asked(String token) {
    try {
      return Objects.requireNonNull(provider.authenticate(new TokenCredentials(token)), "the provider returned null instead of a future")
          .map(user -> Objects.requireNonNull(user, "the provider gave no user"));
    } catch (RuntimeException failure) {
      return Future.failedFuture(failure);
    }
  }

  /** The id of a user of this namespace. */
  @Nullable String userId(User user) {
    return options.userId().apply(user);
  }

  /** Whether this user, or a client without one, has what is needed; null: nothing is. */
  static boolean may(@Nullable User user, @Nullable Authorization needed) {
    return needed == null || user != null && needed.match(user);
  }

  // --- Where a token comes from

  private @Nullable Credential credential(ConnectContext context) {
    Object jwt = context.auth().getValue("jwt");
    if (jwt != null) return new Credential(jwt, false);
    // Other texts there are the application's, such as the secret of a chat's guest.
    if (context.auth().getValue("token") instanceof String token && isJwt(token)) return new Credential(token, false);
    Handshake handshake = context.handshake();
    String bearer = bearer(handshake.header("Authorization"));
    if (bearer != null) return new Credential(bearer, false);
    String cookie = options.cookie() == null || !handshake.ownOrigin() ? null : cookie(handshake, options.cookie());
    if (cookie != null) return new Credential(cookie, true);
    String query = options.query() == null ? null : handshake.query(options.query());
    return query == null ? null : new Credential(query, false);
  }

  private static boolean isJwt(String token) {
    return token.length() <= MOST_CHARACTERS ? JWT.matcher(token).matches() : token.startsWith("eyJ");
  }

  private static @Nullable String bearer(@Nullable String header) {
    if (header == null || header.length() < 7 || !header.substring(0, 7).toLowerCase(Locale.ROOT).equals("bearer ")) return null;
    return header.substring(7).strip();
  }

  private static @Nullable String cookie(Handshake handshake, String name) {
    for (String line : handshake.headers().getAll("Cookie")) {
      for (String pair : line.split(";")) {
        String[] parts = pair.strip().split("=", 2);
        if (parts.length == 2 && parts[0].equals(name) && !parts[1].isEmpty()) return parts[1];
      }
    }
    return null;
  }
}
