package dev.magpie.transport;

import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which pages may connect, by the {@code Origin} that browsers send: same origin always, others as told. Requests without an origin come
 * from programs, not from pages, and pass.
 */
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

  /** Every page, without credentials. */
  public static Origins any() {
    return new Origins(true, true, Set.of(), TrustedProxies.NONE);
  }

  public static Origins sameOrigin() {
    return new Origins(false, false, Set.of(), TrustedProxies.NONE);
  }

  /**
   * Pages of loopback hosts, and those listed.
   *
   * @param listed such as {@code https://shop.example}; {@code null} admits pages from files, {@code *} every page
   */
  public static Origins loopbackAnd(List<String> listed) {
    Set<String> lowerCase = listed.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
    return new Origins(listed.contains("*"), true, lowerCase, TrustedProxies.NONE);
  }

  /** The same, where these proxies say under which host the server was asked for. */
  public Origins behind(TrustedProxies proxies) {
    return new Origins(any, loopback, listed, proxies);
  }

  public TrustedProxies proxies() {
    return proxies;
  }

  /** Whether a request from this origin is served to its page. */
  public boolean admits(HttpServerRequest request) {
    String origin = request.getHeader("Origin");
    return origin == null || any || admits(origin.toLowerCase(Locale.ROOT), request);
  }

  private boolean admits(String origin, HttpServerRequest request) {
    if (listed.contains(origin)) return true;
    if (origin.equals(NULL)) return false;
    String own = (proxies.secure(request) ? "https://" : "http://") + proxies.host(request).toLowerCase(Locale.ROOT);
    return origin.equals(own) || loopback && isLoopback(origin);
  }

  /** The value for {@code Access-Control-Allow-Origin}, or null for no header. */
  public String allowOrigin(HttpServerRequest request) {
    String origin = request.getHeader("Origin");
    if (any) return "*";
    return origin != null && admits(request) ? origin : null;
  }

  /** Credentials go to origins admitted by name, never to all and never to {@code null}. */
  public boolean allowsCredentials(HttpServerRequest request) {
    return !any && !NULL.equals(request.getHeader("Origin"));
  }

  private static boolean isLoopback(String origin) {
    try {
      URI uri = URI.create(origin);
      String host = uri.getHost();
      return host != null && (host.equals("localhost") || host.matches("127(\\.\\d{1,3}){3}") || host.equals("[::1]"));
    } catch (IllegalArgumentException notAnOrigin) {
      return false;
    }
  }
}
