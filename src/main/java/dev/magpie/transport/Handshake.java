package dev.magpie.transport;

import dev.magpie.Internal;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.auth.User;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.jspecify.annotations.NullMarked;

/**
 * The request that opened a connection. Immutable; may be used from any thread. Headers are a flat array of names and values, since ten
 * thousand idle connections hold ten thousand of these.
 */
@NullMarked
public final class Handshake {
  /** Heap of a string besides its characters. */
  private static final int STRING_BYTES = 48;

  private static final String HOST = "Host";

  private final String[] headers;
  private final String uri;
  private final String address;
  private final boolean secure;
  private final @Nullable String clientSubject;
  private final boolean ownOrigin;
  private final long issued;
  /** Null for none. */
  private final @Nullable RequestValues values;

  private Handshake(
      String[] headers, String uri, String address, boolean secure, @Nullable String clientSubject, boolean ownOrigin, long issued,
      @Nullable RequestValues values) {
    this.headers = headers;
    this.uri = uri;
    this.address = address;
    this.secure = secure;
    this.clientSubject = clientSubject;
    this.ownOrigin = ownOrigin;
    this.issued = issued;
    this.values = values;
  }

  /** The handshake of this request, without trusted proxies. */
  @Internal
  public static Handshake of(HttpServerRequest request) {
    return of(request, TrustedProxies.NONE, null);
  }

  /**
   * The handshake of this request.
   *
   * @param proxies whose forwarding headers are believed
   * @param values of handlers in front; null for none
   */
  @Internal
  public static Handshake of(HttpServerRequest request, TrustedProxies proxies, @Nullable RequestValues values) {
    // As many as there are lines: a header may come twice, and headers().size() counts names.
    List<String> headers = new ArrayList<>();
    for (Map.Entry<String, String> header : request.headers()) {
      headers.add(header.getKey());
      headers.add(header.getValue());
    }
    if (request.version() == HttpVersion.HTTP_2 && request.getHeader(HOST) == null && request.authority() != null)
      headers.addAll(List.of(HOST, request.authority().toString()));
    return new Handshake(headers.toArray(String[]::new), request.uri(), proxies.address(request), proxies.secure(request),
        ClientCertificate.subject(request), proxies.ownOrigin(request), System.currentTimeMillis(), values);
  }

  /** A copy of the request's headers; names are compared without regard to case. HTTP/2's {@code :authority} is {@code Host} here. */
  public MultiMap headers() {
    MultiMap copy = MultiMap.caseInsensitiveMultiMap();
    for (int i = 0; i < headers.length; i += 2) copy.add(headers[i], headers[i + 1]);
    return copy;
  }

  /** The first header of that name, or null. */
  public @Nullable String header(String name) {
    for (int i = 0; i < headers.length; i += 2) if (headers[i].equalsIgnoreCase(name)) return headers[i + 1];
    return null;
  }

  /** The decoded query parameters. */
  public MultiMap query() {
    return Query.parse(uri);
  }

  /** The first query parameter of that name, or null. */
  public @Nullable String query(String name) {
    return query().get(name);
  }

  /** Path and query as requested. */
  public String uri() {
    return uri;
  }

  /** The client's address as text, without a port; behind a trusted proxy the one that the proxy names. */
  public String address() {
    return address;
  }

  /** The user that a handler in front of the endpoint, or an engine middleware, has authenticated; null for none. */
  public @Nullable User user() {
    return values == null ? null : values.user();
  }

  /** The value of that name, which an engine middleware gave or the options take from the routing context; null for none. */
  public @Nullable Object value(String name) {
    return values == null ? null : values.named().get(name);
  }

  /** About the heap that it takes, without the application's values. */
  @Internal
  public int bytes() {
    int bytes = uri.length();
    for (String text : headers) bytes += STRING_BYTES + text.length();
    return bytes;
  }

  /** Whether the client uses TLS, to this server or to a trusted proxy before it. */
  public boolean secure() {
    return secure;
  }

  /**
   * Whether a page of this server sent it: its {@code Origin} is that of the address asked for, or it has none, as the first poll of such a
   * page, and the browser says {@code Sec-Fetch-Site: same-origin}. Programs can say so too: this tells which page a browser's cookie came
   * with, it is no authentication.
   */
  public boolean ownOrigin() {
    return ownOrigin;
  }

  /**
   * The subject of the client's own certificate (RFC 2253, such as {@code CN=till 4,O=Shop}), which an authority of the listener's {@code
   * tls.client_ca} has signed. Null if the client has sent none, or came by a proxy, which alone sees it.
   */
  public @Nullable String clientSubject() {
    return clientSubject;
  }

  /** When the connection was opened, by the clock of the system: for display, not for measuring time. */
  public Instant time() {
    return Instant.ofEpochMilli(issued);
  }
}
