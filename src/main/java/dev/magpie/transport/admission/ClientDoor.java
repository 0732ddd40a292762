package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.Networks;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import dev.magpie.transport.TrustedProxies;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.InetAddress;
import java.util.Optional;

/**
 * Where the limits per address are applied: to TCP connections, and to handshakes. One for each endpoint or listener; immutable, safe for
 * all threads. The addresses themselves are counted in the {@link LimitTable} of the Vert.x instance.
 */
@Internal
public final class ClientDoor {
  /** Set on a connection above the limit of its address: its first request is answered with the reason. */
  private static final AttributeKey<Exceeded> REFUSED = AttributeKey.valueOf("magpie.limits.refused");

  /** Connections above the limit that are kept until their first request is answered: this part of the limit, and so many at least. */
  private static final int TOLD_PART = 8;
  private static final int LEAST_TOLD = 16;

  private final Admission admission;
  private final AdmissionLimits admitted;
  private final LimitTable table;
  private final ClientLimits limits;
  private final boolean limitsNothing;
  private final TrustedProxies proxies;
  private final Networks exempt;

  /** @param admitted limits of the process, with those of its clients */
  public ClientDoor(Vertx vertx, AdmissionLimits admitted, TrustedProxies proxies) {
    this.admission = Admission.of(vertx);
    this.admitted = admitted;
    this.table = LimitTable.of(vertx);
    this.limits = admitted.clients();
    this.limitsNothing = limits.limitsNothing();
    this.proxies = proxies;
    this.exempt = Networks.of(limits.exempt());
  }

  // Handshakes.

  /**
   * Admits a new client; the caller must close the token.
   *
   * @param request of its handshake
   */
  public AdmissionToken admit(HttpServerRequest request) {
    if (limitsNothing) return ask(null);
    String address = proxies.address(request);
    if (address.isEmpty() || isExempt(request, address)) return ask(null);
    ClientShares.Opened opened = ClientShares.open(table, limits, Networks.limited(address));
    if (opened.exceeded() != null) return AdmissionToken.refused(AdmissionDenied.limit(opened.exceeded()));
    return ask(opened.shares());
  }

  private AdmissionToken ask(ClientShares shares) {
    AdmissionToken token = admission.ask(admitted, shares);
    if (token.refusal() != null && token.refusal().exceeded() != null)
      table.refused(token.refusal().exceeded().scope(), token.refusal().exceeded().resource());
    return token;
  }

  private boolean isExempt(HttpServerRequest request, String address) {
    if (exempt.isEmpty()) return false;
    Optional<InetAddress> parsed = Networks.address(address);
    // A proxy of this machine that is not listed among the trusted ones: its clients are all of these.
    return parsed.isPresent() && exempt.contains(parsed.get())
        && !(parsed.get().isLoopbackAddress() && TrustedProxies.hasForwardingHeaders(request));
  }

  // Connections.

  /**
   * Counts a TCP connection for the address of its peer, until its channel closes. Above the limit its first request is answered with the
   * reason ({@link #refusal}); far above it is closed at once. A trusted proxy has many clients and is not counted.
   */
  public void connected(HttpConnection connection) {
    long most = limits.address().connections() * 2;
    SocketAddress peer = connection.remoteAddress();
    if (most == 0 || peer == null || peer.hostAddress() == null || proxies.forwards(peer)) return;
    Optional<InetAddress> address = Networks.address(peer.hostAddress());
    if (address.isEmpty() || exempt.contains(address.get())) return;
    count(((ConnectionBase) connection).channel(), peer.hostAddress(), most);
  }

  private void count(Channel channel, String address, long most) {
    Share share = table.acquire(Scope.ADDRESS, Networks.limited(address), limits.address());
    long connections = share.addTcpConnection();
    channel.closeFuture().addListener(closed -> {
      share.removeTcpConnection();
      table.release(share);
    });
    if (connections <= most) return;
    table.refused(Scope.ADDRESS, Resource.CONNECTIONS);
    Exceeded exceeded = new Exceeded(Scope.ADDRESS, Resource.CONNECTIONS, limits.address().connections(), 0);
    if (connections <= most + Math.max(LEAST_TOLD, most / TOLD_PART)) channel.attr(REFUSED).set(exceeded);
    else {
      PeerLog.refused(RefusalReason.LIMIT, address, 0, exceeded.advice());
      channel.close();
    }
  }

  /** Why the first request of a connection is refused, which is to be its last one; null where it is not. */
  public AdmissionDenied refusal(HttpServerRequest request) {
    if (limits.address().connections() == 0 || !(request.connection() instanceof ConnectionBase connection)) return null;
    Exceeded exceeded = connection.channel().attr(REFUSED).get();
    return exceeded == null ? null : AdmissionDenied.limit(exceeded);
  }
}
