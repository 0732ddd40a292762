package dev.magpie.core;

import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authorization.Authorization;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a namespace authenticates its clients: see {@link Namespace#authenticate}. Copied when they are used.
 *
 * <pre>{@code
 * io.of("/news").authenticate(jwt, new AuthenticationOptions()
 *     .setCookie("session")
 *     .setAuthorization(RoleBasedAuthorization.create("editor")));
 * }</pre>
 */
public final class AuthenticationOptions {
  /** How long before its user expires a client is told, where no options say otherwise. */
  static final long NOTICE_MILLIS = 30_000;

  private boolean required = true;
  private @Nullable String cookie;
  private @Nullable String query;
  private @Nullable Authorization authorization;
  private Function<User, @Nullable String> userId = Identity::subject;
  private long notice = NOTICE_MILLIS;
  private long leeway;

  /** The defaults. */
  public AuthenticationOptions() {}

  AuthenticationOptions(AuthenticationOptions other) {
    this.required = other.required;
    this.cookie = other.cookie;
    this.query = other.query;
    this.authorization = other.authorization;
    this.userId = other.userId;
    this.notice = other.notice;
    this.leeway = other.leeway;
  }

  /** Sets whether a client without a token is refused; otherwise it joins without a user. A wrong token is always refused. Default true. */
  public AuthenticationOptions setRequired(boolean required) {
    this.required = required;
    return this;
  }

  /** Sets the cookie that holds a token, for requests of this server's own pages only; null: no cookie is read. Default null. */
  public AuthenticationOptions setCookie(@Nullable String name) {
    this.cookie = name;
    return this;
  }

  /**
   * Sets the query parameter that holds a token; null: no parameter is read. Proxies and browsers write URLs to their logs and histories,
   * so this is for clients that can send a token in no other way. Default null.
   */
  public AuthenticationOptions setQuery(@Nullable String name) {
    this.query = name;
    return this;
  }

  /** Sets what a user needs to join, for example {@code RoleBasedAuthorization.create("editor")}; null: nothing. Default null. */
  public AuthenticationOptions setAuthorization(@Nullable Authorization needed) {
    this.authorization = needed;
    return this;
  }

  /**
   * Sets how {@link Socket#userId} is made of a user; a user for whom it is null or empty is refused. Default: the claim {@code sub}, else
   * {@link User#subject}.
   */
  public AuthenticationOptions setUserId(Function<User, @Nullable String> of) {
    this.userId = Objects.requireNonNull(of, "of");
    return this;
  }

  /** Sets how long before its user expires a client is sent {@code auth:expiring}, in milliseconds. Default 30,000. */
  public AuthenticationOptions setNotice(long millis) {
    this.notice = notNegative("notice", millis);
    return this;
  }

  /** Sets how long a user stays that the provider has let in after its expiry, as one with a leeway does, in milliseconds. Default 0. */
  public AuthenticationOptions setLeeway(long millis) {
    this.leeway = notNegative("leeway", millis);
    return this;
  }

  private static long notNegative(String name, long millis) {
    if (millis < 0) throw new IllegalArgumentException(name + ": milliseconds, not negative, instead of " + millis);
    return millis;
  }

  boolean required() {
    return required;
  }

  @Nullable String cookie() {
    return cookie;
  }

  @Nullable String query() {
    return query;
  }

  @Nullable Authorization authorization() {
    return authorization;
  }

  Function<User, @Nullable String> userId() {
    return userId;
  }

  long notice() {
    return notice;
  }

  long leeway() {
    return leeway;
  }
}
