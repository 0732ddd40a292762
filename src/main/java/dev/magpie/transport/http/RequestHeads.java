package dev.magpie.transport.http;

import dev.magpie.transport.Networks;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.admission.Origins;
import io.netty.handler.codec.http.HttpMessageDecoderResult;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Validates the heads of all requests to one listener: pages, sockets and metrics. Immutable, safe for all threads.
 *
 * <p>The {@code Host} is checked against DNS rebinding: if an attacker's host name resolves to this machine, its page has the same origin
 * as its requests, and only {@code Host} reveals the foreign name. An address cannot be rebound, so it is accepted.
 */
public final class RequestHeads {
  /**
   * The decoder stops at this multiple of the limits. Up to there the whole head is known, and so the origin that may read the answer.
   */
  private static final int READABLE = 2;

  private final int maxLine;
  private final int maxHeaders;
  private final boolean anyHost;
  private final Set<String> hosts;
  private final Origins origins;

  /**
   * @param maxLine bytes of method, path and query
   * @param maxHeaders bytes of all headers
   * @param listener host of the listener's address
   * @param hosts accepted besides that, {@code *} for any; if empty, any is accepted unless the listener is on loopback
   * @param origins whose pages may read that a request was too long; its proxies may ask for any host
   */
  public RequestHeads(int maxLine, int maxHeaders, String listener, List<String> hosts, Origins origins) {
    this.maxLine = maxLine;
    this.maxHeaders = maxHeaders;
    this.anyHost = hosts.contains("*") || hosts.isEmpty() && !Networks.isLoopback(listener);
    this.hosts = Stream.concat(hosts.stream(), Stream.of(listener)).map(RequestHeads::name).collect(Collectors.toSet());
    this.origins = origins;
  }

  public HttpServerOptions limit(HttpServerOptions server) {
    // HTTP/2 counts the path among the headers.
    server.getInitialSettings().setMaxHeaderListSize(READABLE * (maxLine + maxHeaders));
    return server.setMaxInitialLineLength(READABLE * maxLine).setMaxHeaderSize(READABLE * maxHeaders);
  }

  /** @return whether the request was refused and answered */
  public boolean refuses(HttpServerRequest request) {
    boolean http2 = request.version() == HttpVersion.HTTP_2;
    HttpMessageDecoderResult size = request.decoderResult() instanceof HttpMessageDecoderResult known ? known : null;
    if (http2 ? request.uri().length() > maxLine : size != null && size.initialLineLength() > maxLine)
      return refuseSize(request, 414, "the request line has more than " + maxLine + " bytes, see http.max_request_line");
    if (http2 ? bytes(request.headers()) > maxHeaders : size != null && size.headerSize() > maxHeaders)
      return refuseSize(request, 431, "the headers have more than " + maxHeaders + " bytes, see http.max_header_size");
    List<String> named = request.headers().getAll(HttpHeaders.HOST);
    if (named.isEmpty() && !http2) return request.version() == HttpVersion.HTTP_1_1 && refuse(request, 400, "no Host header");
    // Vert.x has refused one that differs from a Host header, and one that is no host.
    HostAndPort host = http2 ? request.authority() : HostAndPort.parseAuthority(named.get(0), -1);
    if (named.size() > 1 || host == null)
      return refuse(request, 400, named.size() > 1 ? "two Host headers" : http2 ? "no :authority" : "not a host: " + named.get(0));
    if (serves(host.host()) || origins.proxies().connected(request)) return false;
    return refuse(request, 421, "host not served, add it to http.hosts, or the proxy to http.trusted_proxies: " + host.host());
  }

  /** As HTTP/1.1 would write them. */
  private static int bytes(MultiMap headers) {
    int bytes = 0;
    for (Map.Entry<String, String> header : headers) bytes += header.getKey().length() + header.getValue().length() + 4;
    return bytes;
  }

  private boolean serves(String host) {
    return anyHost || hosts.contains(name(host)) || Networks.isLoopback(host) || Networks.address(host).isPresent();
  }

  /** Answers input that is not a readable request with 414, 431 or 400, and closes the connection. */
  public void refuseUnreadable(HttpServerRequest request) {
    origins.allow(request);
    Throwable cause = request.decoderResult().cause();
    int status = cause instanceof TooLongHttpLineException ? 414 : cause instanceof TooLongHttpHeaderException ? 431 : 400;
    request.response().setStatusCode(status);
    LastAnswer.end(request, "");
    PeerLog.unreadable(request, origins.proxies());
  }

  private boolean refuseSize(HttpServerRequest request, int status, String why) {
    origins.allow(request);
    return refuse(request, status, why);
  }

  /** Answers and closes: the body is not read. */
  private boolean refuse(HttpServerRequest request, int status, String why) {
    PeerLog.refused(status == 421 ? RefusalReason.HOST : RefusalReason.UNREADABLE, origins.proxies().address(request), status, why);
    request.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8");
    LastAnswer.end(request, status + " " + request.response().getStatusMessage() + "\n");
    return true;
  }

  /** Host names are equal regardless of case and of a trailing dot. */
  private static String name(String host) {
    return host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
  }
}
