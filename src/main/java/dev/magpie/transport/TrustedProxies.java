package dev.magpie.transport;

import dev.magpie.Internal;
import io.netty.util.NetUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The proxies whose forwarding headers are trusted. From any other peer {@code X-Forwarded-*} and {@code Forwarded} are ignored, since the
 * client may have written them. If a request has an {@code X-Forwarded-*} header, {@code Forwarded} is ignored: a proxy sets one kind and
 * may pass the other on as the client sent it. Immutable, safe for all threads.
 */
@Internal
public final class TrustedProxies {
  public static final TrustedProxies NONE = new TrustedProxies(Networks.of(List.of()));

  private static final String FOR = "X-Forwarded-For";
  private static final String PROTO = "X-Forwarded-Proto";
  private static final String HOST = "X-Forwarded-Host";
  private static final String PORT = "X-Forwarded-Port";
  private static final String SSL = "X-Forwarded-Ssl";
  /** PP2_TYPE_SSL of the PROXY protocol; its first byte has the flag PP2_CLIENT_SSL. */
  private static final byte PROXIED_TLS = 0x20;
  private static final int PROXIED_BY_TLS = 1;
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
    return forwards(request.remoteAddress());
  }

  /** Whether a proxy, trusted or not, says whom it forwards. */
  public static boolean hasForwardingHeaders(HttpServerRequest request) {
    return request.headers().contains("Forwarded") || ALL.stream().anyMatch(request.headers()::contains);
  }

  /** Whether this peer is one of them. */
  public boolean forwards(SocketAddress peer) {
    return !networks.isEmpty() && address(peer).filter(networks::contains).isPresent();
  }

  /** The client's address: the last hop that is not a trusted proxy. */
  public String address(HttpServerRequest request) {
    return client(request.remoteAddress(), request.headers()::getAll).map(NetUtil::toAddressString).orElse("");
  }

  /** As {@link #address}, from the header lines of a request; empty where only proxies are known: each of them has many clients. */
  public String clientBehind(SocketAddress peer, Function<String, List<String>> lines) {
    return client(peer, lines).filter(client -> !networks.contains(client)).map(NetUtil::toAddressString).orElse("");
  }

  private Optional<InetAddress> client(SocketAddress from, Function<String, List<String>> lines) {
    Optional<InetAddress> peer = address(from);
    if (peer.isEmpty() || !networks.contains(peer.get())) return peer;
    InetAddress address = peer.get();
    List<String> hops = usesForwarded(lines) ? forwarded(lines, "for") : values(lines, FOR);
    for (int hop = hops.size() - 1; hop >= 0 && networks.contains(address); hop--) {
      Optional<InetAddress> before = Networks.address(withoutPort(hops.get(hop)));
      // "unknown", or a name that a proxy invented: hops before it cannot be trusted.
      if (before.isEmpty()) break;
      address = before.get();
    }
    return Optional.of(address);
  }

  /** Whether the connection is of one of them; where it begins with a PROXY protocol header, the request's address is the client's. */
  public boolean connected(HttpServerRequest request) {
    return forwards(request.connection().remoteAddress(true));
  }

  /** Whether the client uses TLS, to this server or to the proxy. */
  public boolean secure(HttpServerRequest request) {
    if (request.isSSL()) return true;
    if (networks.isEmpty()) return false;
    if (connected(request) && namesTls(request.connection())) return true;
    if (!forwarded(request)) return false;
    Function<String, List<String>> lines = request.headers()::getAll;
    Optional<String> proto = usesForwarded(lines) ? first(forwarded(lines, "proto")) : first(values(lines, PROTO));
    if (proto.isEmpty()) return first(values(lines, SSL)).filter("on"::equalsIgnoreCase).isPresent();
    // Some proxies send the scheme of a WebSocket.
    return proto.get().equalsIgnoreCase("https") || proto.get().equalsIgnoreCase("wss");
  }

  /** Whether the PROXY protocol header, version 2, says so. */
  private static boolean namesTls(HttpConnection connection) {
    // The connection's own method gives its fields once only.
    if (!(connection instanceof ConnectionBase base) || !base.channel().hasAttr(ConnectionBase.PROXY_PROTOCOL_V2_HEADER_TLVS)) return false;
    return base.channel().attr(ConnectionBase.PROXY_PROTOCOL_V2_HEADER_TLVS).get().stream().anyMatch(
        field -> field.getKey().getByte(0) == PROXIED_TLS && field.getValue().length() > 0
        && (field.getValue().getByte(0) & PROXIED_BY_TLS) != 0);
  }

  /** Whether a page of this server sent the request: see {@link Handshake#ownOrigin}. */
  public boolean ownOrigin(HttpServerRequest request) {
    String origin = request.getHeader("Origin");
    return origin == null ? "same-origin".equals(request.getHeader("Sec-Fetch-Site")) : ownOrigin(normalOrigin(origin), request);
  }

  /** @param origin as {@link #normalOrigin} writes it */
  public boolean ownOrigin(String origin, HttpServerRequest request) {
    String scheme = secure(request) ? "https://" : "http://";
    return hosts(request).stream().anyMatch(host -> origin.equals(normalOrigin(scheme + host)));
  }

  /** In lower case and without the scheme's default port, as browsers write origins (RFC 6454); proxies do not always. */
  public static String normalOrigin(String origin) {
    String lowerCase = origin.toLowerCase(Locale.ROOT);
    String port = lowerCase.startsWith("https://") ? ":443" : lowerCase.startsWith("http://") ? ":80" : "";
    return lowerCase.endsWith(port) ? lowerCase.substring(0, lowerCase.length() - port.length()) : lowerCase;
  }

  /** The host, with a port if there is one, that the request names to this server: HTTP/2 has it in {@code :authority}. Null for none. */
  static String host(HttpServerRequest request) {
    String header = request.getHeader("Host");
    return header != null || request.authority() == null ? header : request.authority().toString();
  }

  /** The hosts that the client may have asked for, with ports; two where the proxy sends the port in its own header. */
  public List<String> hosts(HttpServerRequest request) {
    String own = Objects.requireNonNullElse(host(request), "");
    if (!forwarded(request)) return List.of(own);
    Function<String, List<String>> lines = request.headers()::getAll;
    boolean standard = usesForwarded(lines);
    String host = (standard ? first(forwarded(lines, "host")) : first(values(lines, HOST))).orElse(own);
    Optional<String> port = standard ? Optional.empty() : first(values(lines, PORT)).filter(text -> text.matches("\\d{1,5}"));
    return port.isPresent() && withoutPort(host).equals(host) ? List.of(host, host + ":" + port.get()) : List.of(host);
  }

  private static Optional<InetAddress> address(SocketAddress peer) {
    return peer == null || peer.hostAddress() == null ? Optional.empty() : Networks.address(peer.hostAddress());
  }

  private static boolean usesForwarded(Function<String, List<String>> lines) {
    return !lines.apply("Forwarded").isEmpty() && ALL.stream().allMatch(name -> lines.apply(name).isEmpty());
  }

  /** The value of the first proxy, to which the client connected. */
  private static Optional<String> first(List<String> values) {
    return values.stream().findFirst();
  }

  /** In the order of the proxies, which append to a line or add another one. */
  private static List<String> values(Function<String, List<String>> lines, String header) {
    List<String> values = new ArrayList<>();
    for (String line : lines.apply(header)) {
      for (String value : line.split(",")) if (!value.isBlank()) values.add(value.trim());
    }
    return values;
  }

  /** The values of one parameter of {@code Forwarded} (RFC 7239), in the order of the proxies. */
  private static List<String> forwarded(Function<String, List<String>> lines, String parameter) {
    List<String> values = new ArrayList<>();
    for (String element : values(lines, "Forwarded")) {
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
