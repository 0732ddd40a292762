package dev.magpie.transport.plain;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.admission.Admission;
import dev.magpie.transport.admission.AdmissionDenied;
import dev.magpie.transport.admission.AdmissionToken;
import dev.magpie.transport.heartbeat.TimerWheel;
import dev.magpie.transport.http.LastAnswer;
import dev.magpie.transport.http.RequestChecks;
import dev.magpie.transport.websocket.WebSocketChannel;
import dev.magpie.transport.websocket.WebSocketUpgrade;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.ContextInternal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The transport side of {@code /ws}: upgrades requests and keeps their links. Owned by one event loop context; a request may arrive on
 * another loop, its channel then moves.
 */
public final class PlainWebSocketServer {
  private final ContextInternal context;
  private final PlainWebSocketOptions options;
  private final TimerWheel timers;
  private final Function<PlainWebSocketLink, LinkListener> acceptor;
  private final Admission admission;

  private final Set<PlainWebSocketLink> links = new HashSet<>();
  private boolean refusing;
  private CloseReason closing;
  private Promise<Void> closed;

  /**
   * @param context the owner, of the event loop kind; usually that of the verticle instance which makes this
   * @param timers of the same context; someone else ticks it
   * @param acceptor called for each new link, before anything is read from it
   */
  public PlainWebSocketServer(
      Context context, PlainWebSocketOptions options, TimerWheel timers, Function<PlainWebSocketLink, LinkListener> acceptor) {
    this.context = (ContextInternal) context;
    this.options = options;
    this.timers = timers;
    this.acceptor = acceptor;
    this.admission = Admission.of(this.context.owner());
  }

  public void handle(HttpServerRequest request) {
    try {
      WebSocketUpgrade.takeOver(request, options.limits(), options.proxies().address(request)).ifPresent(upgrade -> Future.succeededFuture()
          .compose(takenOver -> options.checks().request(context, request))
          .map(passed -> decide(request, upgrade))
          .onFailure(failure -> refuse(request, upgrade, failure)));
    } catch (Throwable fault) {
      LastAnswer.failed(request, fault);
    }
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

  private Void decide(HttpServerRequest request, WebSocketUpgrade upgrade) {
    if (!options.allowOrigin().test(request)) {
      PeerLog.refused(RefusalReason.ORIGIN, options.proxies().address(request), 403,
          "origin not admitted, add it to http.origins: " + request.getHeader("Origin"));
      upgrade.refuse(403, "origin not allowed");
      return null;
    }
    AdmissionToken token = refusing ? AdmissionToken.refused(AdmissionDenied.stopping()) : admission.ask(options.admission());
    AdmissionDenied noPlace = token.refusal();
    if (noPlace != null) {
      PeerLog.refused(RefusalReason.NO_PLACE, options.proxies().address(request), 503, noPlace.reason());
      upgrade.refuse(503, noPlace.reason(), noPlace.headers());
      return null;
    }
    upgrade.onClose(gone -> token.close());
    // In the future, so that a fault in reading the request takes the way of all failures.
    Future.succeededFuture()
        .compose(placed -> options.checks().handshake(context, Handshake.of(request, options.proxies())))
        .map(handshake -> accept(upgrade, handshake, token))
        .onFailure(failure -> {
          token.close();
          refuse(request, upgrade, failure);
        });
    return null;
  }

  private void refuse(HttpServerRequest request, WebSocketUpgrade upgrade, Throwable failure) {
    if (failure instanceof RequestChecks.Refused) {
      PeerLog.refused(RefusalReason.FORBIDDEN, options.proxies().address(request), 403, failure.getMessage());
      upgrade.refuse(403, failure.getMessage());
    } else {
      upgrade.fail(failure);
    }
  }

  private Void accept(WebSocketUpgrade upgrade, Handshake handshake, AdmissionToken token) {
    String subprotocol = upgrade.subprotocols().stream().filter(options.subprotocols()::contains).findFirst().orElse(null);
    PlainWebSocketLink link = new PlainWebSocketLink(this, handshake, subprotocol, token);
    if (subprotocol != null) upgrade.speaksFirst();
    upgrade.accept(context, subprotocol != null ? subprotocol : upgrade.firstSubprotocol(), link.input(), channel -> opened(link, channel));
    return null;
  }

  private void opened(PlainWebSocketLink link, WebSocketChannel channel) {
    links.add(link);
    link.opened(channel, acceptor);
    if (closing != null) link.close(closing);
  }

  void gone(PlainWebSocketLink link) {
    links.remove(link);
    if (closed != null && links.isEmpty()) closed.tryComplete();
  }

  PlainWebSocketOptions options() {
    return options;
  }

  TimerWheel timers() {
    return timers;
  }
}
