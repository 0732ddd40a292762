package dev.magpie.transport;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The transport side of {@code /ws}: upgrades requests and keeps their links. Owned by one event loop context; a request may arrive on
 * another loop, its channel then moves.
 */
public final class PlainWebSocketServer {
  private final ContextInternal context;
  private final PlainWebSocketOptions options;
  private final Deadlines deadlines;
  private final Function<PlainWebSocketLink, LinkListener> acceptor;
  private final Admission admission;

  private final Set<PlainWebSocketLink> links = new HashSet<>();
  private boolean refusing;
  private CloseReason closing;
  private Promise<Void> closed;

  /**
   * @param context the owner, of the event loop kind; usually that of the verticle instance which makes this
   * @param deadlines of the same context; someone else ticks it
   * @param acceptor called for each new link, before anything is read from it
   */
  public PlainWebSocketServer(
      Context context, PlainWebSocketOptions options, Deadlines deadlines, Function<PlainWebSocketLink, LinkListener> acceptor) {
    this.context = (ContextInternal) context;
    this.options = options;
    this.deadlines = deadlines;
    this.acceptor = acceptor;
    this.admission = Admission.of(this.context.owner());
  }

  public void handle(HttpServerRequest request) {
    Handshake handshake = Handshake.of(request, options.proxies());
    WebSocketUpgrade.takeOver(request, options.limits(), handshake.address()).ifPresent(upgrade -> decide(request, handshake, upgrade));
  }

  /** How many links there are, the closing ones included. */
  public int size() {
    return links.size();
  }

  /** Lets nobody new in; links that are here go on. */
  public void refuse() {
    refusing = true;
  }

  /** Refuses new links and closes all there are; completes when the last one's file descriptor is free. */
  public Future<Void> close(CloseReason reason) {
    if (closed == null) {
      refusing = true;
      closing = reason;
      closed = context.promise();
      if (links.isEmpty()) closed.complete();
      for (PlainWebSocketLink link : List.copyOf(links)) link.close(reason);
    }
    return closed.future();
  }

  private void decide(HttpServerRequest request, Handshake handshake, WebSocketUpgrade upgrade) {
    if (!options.allowOrigin().test(request)) {
      PeerLog.refused(handshake.address(), 403, "origin not admitted, add it to http.origins: " + request.getHeader("Origin"));
      upgrade.refuse(403, "origin not allowed");
      return;
    }
    Admission.Refusal noPlace = refusing ? Admission.Refusal.stopping() : admission.ask(options.admission());
    if (noPlace != null) {
      PeerLog.refused(handshake.address(), 503, noPlace.reason());
      upgrade.refuse(503, noPlace.reason(), Map.of("Retry-After", Integer.toString(noPlace.retryAfter())));
    } else {
      String subprotocol = upgrade.subprotocols().stream().filter(options.subprotocols()::contains).findFirst().orElse(null);
      upgrade.onClose(gone -> admission.left());
      PlainWebSocketLink link = new PlainWebSocketLink(this, handshake, subprotocol);
      if (subprotocol != null) upgrade.speaksFirst();
      upgrade.accept(context, subprotocol, link.input(), channel -> opened(link, channel));
    }
  }

  private void opened(PlainWebSocketLink link, WebSocketChannel channel) {
    links.add(link);
    link.opened(channel, acceptor);
    if (closing != null) link.close(closing);
  }

  void gone(PlainWebSocketLink link) {
    if (links.remove(link)) admission.left();
    if (closed != null && links.isEmpty()) closed.tryComplete();
  }

  PlainWebSocketOptions options() {
    return options;
  }

  Deadlines deadlines() {
    return deadlines;
  }
}
