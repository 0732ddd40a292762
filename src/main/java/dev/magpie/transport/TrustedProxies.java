package dev.magpie.transport;

import io.netty.util.NetUtil;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The proxies whose word on their clients is taken. From anybody else the {@code X-Forwarded} headers and {@code Forwarded} are what a
 * client wrote into them, and say nothing. Where a request has any of the {@code X-Forwarded} headers, {@code Forwarded} is not looked at:
 * a proxy sets the one kind and may pass the other on as it came from the client. Immutable, safe for all threads.
 */
public final class TrustedProxies {
  public static final TrustedProxies NONE = new TrustedProxies(Networks.of(List.of()));

  private static final String FOR = "X-Forwarded-For";
  private static final String PROTO = "X-Forwarded-Proto";
  private static final String HOST = "X-Forwarded-Host";
  private static final String PORT = "X-Forwarded-Port";
  private static final String SSL = "X-Forwarded-Ssl";
  private static final List<String> ALL = List.of(FOR, PROTO, HOST, PORT, SSL);

  private final Networks networks;

  private TrustedProxies(Networks networks) {
    this.networks = networks;
  }

  /**
   * @param networks such as {@code 10.0.0.7}, {@code 10.0.0.0/8} or {@code ::1}
   * @throws IllegalArgumentException for one that is neither an address nor a network
   */
  public static TrustedProxies of(Collection<String> networks) {
    return new TrustedProxies(Networks.of(networks));
  }

  /** Whether the request comes from one of them. */
  public boolean forwarded(HttpServerRequest request) {
    return !networks.isEmpty() && peer(request).filter(networks::contains).isPresent();
  }

  /** The client's address: of those that forwarded the request, the last that is not a proxy of ours. */
  public String address(HttpServerRequest request) {
    Optional<InetAddress> peer = peer(request);
    if (peer.isEmpty()) return "";
    InetAddress address = peer.get();
    if (!networks.contains(address)) return NetUtil.toAddressString(address);
    List<String> hops = usesForwarded(request) ? forwarded(request, "for") : values(request, FOR);
    for (int hop = hops.size() - 1; hop >= 0 && networks.contains(address); hop--) {
      Optional<InetAddress> before = Networks.address(withoutPort(hops.get(hop)));
      // "unknown", or a name that a proxy made up: nothing before it can be trusted.
      if (before.isEmpty()) break;
      address = before.get();
    }
    return NetUtil.toAddressString(address);
  }

  /** Whether the client came by TLS, here or at the proxy. */
  public boolean secure(HttpServerRequest request) {
    if (request.isSSL()) return true;
    if (!forwarded(request)) return false;
    Optional<String> proto = usesForwarded(request) ? first(forwarded(request, "proto")) : first(values(request, PROTO));
    if (proto.isEmpty()) return first(values(request, SSL)).filter("on"::equalsIgnoreCase).isPresent();
    // Some proxies name the scheme of a WebSocket.
    return proto.get().equalsIgnoreCase("https") || proto.get().equalsIgnoreCase("wss");
  }

  /** The hosts that the client may have asked for, with their ports; more than one where the proxy says the port apart from the host. */
  public List<String> hosts(HttpServerRequest request) {
    String own = request.getHeader("Host") == null ? "" : request.getHeader("Host");
    if (!forwarded(request)) return List.of(own);
    boolean standard = usesForwarded(request);
    String host = (standard ? first(forwarded(request, "host")) : first(values(request, HOST))).orElse(own);
    Optional<String> port = standard ? Optional.empty() : first(values(request, PORT)).filter(text -> text.matches("\\d{1,5}"));
    return port.isPresent() && withoutPort(host).equals(host) ? List.of(host, host + ":" + port.get()) : List.of(host);
  }

  private static Optional<InetAddress> peer(HttpServerRequest request) {
    String address = request.remoteAddress() == null ? null : request.remoteAddress().hostAddress();
    return address == null ? Optional.empty() : Networks.address(address);
  }

  private static boolean usesForwarded(HttpServerRequest request) {
    return request.headers().contains("Forwarded") && ALL.stream().noneMatch(request.headers()::contains);
  }

  /** The first proxy's, which met the client. */
  private static Optional<String> first(List<String> values) {
    return values.stream().findFirst();
  }

  /** In the order of the proxies, whether they added to a line or wrote another. */
  private static List<String> values(HttpServerRequest request, String header) {
    List<String> values = new ArrayList<>();
    for (String line : request.headers().getAll(header)) {
      for (String value : line.split(",")) if (!value.isBlank()) values.add(value.trim());
    }
    return values;
  }

  /** The values of one parameter of {@code Forwarded} (RFC 7239), in the order of the proxies. */
  private static List<String> forwarded(HttpServerRequest request, String parameter) {
    List<String> values = new ArrayList<>();
    for (String element : values(request, "Forwarded")) {
      for (String pair : element.split(";")) {
        String[] parts = pair.trim().split("=", 2);
        if (parts.length == 2 && parts[0].toLowerCase(Locale.ROOT).equals(parameter)) values.add(parts[1].replace("\"", ""));
      }
    }
    return values;
  }

  /** {@code 192.0.2.1:4711} and {@code [2001:db8::1]:4711} without their ports; an IPv6 address without brackets has none. */
  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    boolean hasPort = colon >= 0 && (host.indexOf(':') == colon || host.charAt(colon - 1) == ']');
    return hasPort ? host.substring(0, colon) : host;
  }
}
