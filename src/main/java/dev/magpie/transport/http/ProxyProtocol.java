package dev.magpie.transport.http;

import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.TrustedProxies;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.net.impl.HAProxyMessageCompletionHandler;

/**
 * The PROXY protocol of one listener, version 1 or 2: each connection begins with a header that names the client, in front of TLS and HTTP.
 * It is believed from trusted proxies only. Immutable, safe for all threads.
 */
public final class ProxyProtocol {
  private final boolean expected;
  private final TrustedProxies proxies;

  /** @param expected whether each connection must begin with the header; otherwise none is read */
  public ProxyProtocol(boolean expected, TrustedProxies proxies) {
    this.expected = expected;
    this.proxies = proxies;
  }

  public HttpServerOptions expect(HttpServerOptions server) {
    return server.setUseProxyProtocol(expected);
  }

  /** Closes a new connection of a peer that is no trusted proxy; what it has sent behind its header may still arrive as a request. */
  public boolean closes(HttpConnection connection) {
    if (!isForeign(connection)) return false;
    PeerLog.refused(RefusalReason.PROXY, connection.remoteAddress(true).hostAddress(), 0,
        "a PROXY protocol header of a peer that is not in http.trusted_proxies");
    if (connection instanceof ConnectionBase base) base.channel().close();
    else connection.close();
    return true;
  }

  /** Whether the connection is of a peer that may not name clients; then its requests are not handled. */
  public boolean isForeign(HttpConnection connection) {
    return expected && !proxies.forwards(connection.remoteAddress(true));
  }

  /** Counts a connection that was closed for its header. */
  public void failed(Throwable failure) {
    if (failure instanceof HAProxyProtocolException || failure == HAProxyMessageCompletionHandler.UNSUPPORTED_PROTOCOL_EXCEPTION)
      PeerLog.refused(RefusalReason.PROXY, "unknown", 0, "no PROXY protocol header: " + failure.getMessage());
  }
}
