package dev.magpie.transport;

import io.vertx.core.http.HttpServerRequest;
import java.util.Collection;
import java.util.Set;

/**
 * The proxies whose word on their clients is taken, by address. From anybody else the {@code X-Forwarded} headers are what a client wrote
 * into them, and say nothing.
 */
public final class TrustedProxies {
  public static final TrustedProxies NONE = new TrustedProxies(Set.of());

  private final Set<String> addresses;

  private TrustedProxies(Set<String> addresses) {
    this.addresses = addresses;
  }

  /** @param addresses such as {@code 10.0.0.7} */
  public static TrustedProxies of(Collection<String> addresses) {
    return new TrustedProxies(Set.copyOf(addresses));
  }

  /** The client's address: of those that forwarded the request, the last that is not a proxy of ours. */
  public String address(HttpServerRequest request) {
    String address = request.remoteAddress() == null ? "" : request.remoteAddress().hostAddress();
    String forwarded = request.getHeader("X-Forwarded-For");
    if (forwarded == null) return address;
    String[] hops = forwarded.split(",");
    for (int hop = hops.length - 1; hop >= 0 && addresses.contains(address); hop--) address = hops[hop].trim();
    return address;
  }

  /** Whether the client came by TLS, here or at the proxy. */
  public boolean secure(HttpServerRequest request) {
    return request.isSSL() || isForwarded(request) && "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
  }

  /** The host that the client asked for, with its port; empty where it named none. */
  public String host(HttpServerRequest request) {
    String forwarded = isForwarded(request) ? request.getHeader("X-Forwarded-Host") : null;
    String host = forwarded != null ? forwarded : request.getHeader("Host");
    return host == null ? "" : host;
  }

  private boolean isForwarded(HttpServerRequest request) {
    return !addresses.isEmpty() && request.remoteAddress() != null && addresses.contains(request.remoteAddress().hostAddress());
  }
}
