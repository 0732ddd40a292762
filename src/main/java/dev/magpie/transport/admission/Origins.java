package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.Networks;
import dev.magpie.transport.TrustedProxies;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which pages may connect, by the {@code Origin} that browsers send: the same origin always, others as configured. Requests without an
 * origin come from programs, not from pages, and are admitted. Immutable, safe for all threads.
 */
@Internal
public final class Origins {
  /** The origin of pages from files and of sandboxed frames, as browsers write it. */
  public static final String NULL = "null";

  private final boolean any;
  private final boolean loopback;
  private final Set<String> listed;
  private final TrustedProxies proxies;

  private Origins(boolean any, boolean loopback, Set<String> listed, TrustedProxies proxies) {
    this.any = any;
    this.loopback = loopback;
    this.listed = listed;
    this.proxies = proxies;
  }

  /** First of pages of the web; then of programs that show pages, such as {@code file://}, {@code capacitor://app.example}. */
  private static final Pattern ORIGIN = Pattern.compile(
      "(?i)https?://([\\w.-]+|\\[[0-9a-f:.]+])(:\\d{1,5})?|(?!https?:)[a-z][a-z0-9+.-]*://[^\\s\\p{Cntrl}/\\\\?#@,\"]*|null|\\*");

  /** Every page, without credentials. */
  public static Origins any() {
    return new Origins(true, true, Set.of(), TrustedProxies.NONE);
  }

  /** Whether this is a valid entry in a list of origins: an origin as browsers send it, without a path, {@code null} or {@code *}. */
  public static boolean isOrigin(String text) {
    return ORIGIN.matcher(text).matches();
  }

  public static Origins sameOrigin() {
    return new Origins(false, false, Set.of(), TrustedProxies.NONE);
  }

  /**
   * Pages of loopback hosts, and those listed.
   *
   * @param listed such as {@code https://shop.example} or {@code app://desk}; {@code null} admits pages from files, {@code *} every page
   */
  public static Origins loopbackAnd(List<String> listed) {
    return new Origins(listed.contains("*"), true, listed.stream().map(TrustedProxies::normalOrigin).collect(Collectors.toSet()),
        TrustedProxies.NONE);
  }

  /** The same, where these proxies name the host that the client asked for. */
  public Origins behind(TrustedProxies proxies) {
    return new Origins(any, loopback, listed, proxies);
  }

  public TrustedProxies proxies() {
    return proxies;
  }

  /** Whether the page that sent this request may connect and read the answer. */
  public boolean admits(HttpServerRequest request) {
    String origin = request.getHeader("Origin");
    return origin == null || any || admits(TrustedProxies.normalOrigin(origin), request);
  }

  private boolean admits(String origin, HttpServerRequest request) {
    if (listed.contains(origin)) return true;
    if (origin.equals(NULL)) return false;
    return proxies.ownOrigin(origin, request) || loopback && isLoopback(origin);
  }

  /** The value for {@code Access-Control-Allow-Origin}, or null for no header. */
  public String allowOrigin(HttpServerRequest request) {
    String origin = request.getHeader("Origin");
    if (any) return "*";
    return origin != null && admits(request) ? origin : null;
  }

  /** Sets the answer's CORS headers if the request has an origin; returns false if that origin is not admitted. */
  public boolean allow(HttpServerRequest request) {
    boolean named = request.getHeader("Origin") != null;
    HttpServerResponse response = request.response();
    if (named) response.putHeader("Vary", "Origin");
    String origin = allowOrigin(request);
    if (origin == null) return !named;
    response.putHeader("Access-Control-Allow-Origin", origin);
    if (allowsCredentials(request)) response.putHeader("Access-Control-Allow-Credentials", "true");
    return true;
  }

  /** Credentials go to origins admitted by name, never to all and never to {@code null}. */
  public boolean allowsCredentials(HttpServerRequest request) {
    return !any && !NULL.equals(request.getHeader("Origin"));
  }

  private static boolean isLoopback(String origin) {
    int host = origin.indexOf("://") + 3;
    HostAndPort authority = host < 3 ? null : HostAndPort.parseAuthority(origin.substring(host), -1);
    return authority != null && Networks.isLoopback(authority.host());
  }
}
