package dev.magpie.transport.plain;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.RequestValues;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.admission.AdmissionDenied;
import dev.magpie.transport.admission.AdmissionToken;
import dev.magpie.transport.admission.ClientDoor;
import dev.magpie.transport.heartbeat.TimerWheel;
import dev.magpie.transport.http.LastAnswer;
import dev.magpie.transport.http.RequestChecks;
import dev.magpie.transport.http.RequestEvents;
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
 * The plain WebSocket endpoint ({@code /ws}): upgrades requests and keeps their links. Owned by one event loop context; the channel of a
 * request that arrives on another loop moves to this one.
 */
public final class PlainWebSocketServer {
  private final ContextInternal context;
  private final PlainWebSocketOptions options;
  private final TimerWheel timers;
  private final Function<PlainWebSocketLink, LinkListener> acceptor;
  private final RequestEvents events;
  private final ClientDoor door;

  private final Set<PlainWebSocketLink> links = new HashSet<>();
  private boolean refusing;
  private CloseReason closing;
  private Promise<Void> closed;

  /**
   * @param context the owner, an event loop context; usually that of the verticle instance that creates this server
   * @param timers of the same context, ticked by its owner
   * @param acceptor called for each new link, before its first message
   */
  public PlainWebSocketServer(
      Context context, PlainWebSocketOptions options, TimerWheel timers, Function<PlainWebSocketLink, LinkListener> acceptor) {
    this(context, options, timers, acceptor, RequestEvents.NONE);
  }

  /** The same, with one that is told of the requests. */
  public PlainWebSocketServer(
      Context context,
      PlainWebSocketOptions options,
      TimerWheel timers,
      Function<PlainWebSocketLink, LinkListener> acceptor,
      RequestEvents events) {
    this.events = events;
    this.context = (ContextInternal) context;
    this.options = options;
    this.timers = timers;
    this.acceptor = acceptor;
    this.door = new ClientDoor(this.context.owner(), options.admission(), options.proxies());
  }

  public void handle(HttpServerRequest request) {
    handle(request, null);
  }

  /** @param values that handlers in front know; null for none */
  public void handle(HttpServerRequest request, RequestValues values) {
    try {
      WebSocketUpgrade.takeOver(request, options.limits(), options.proxies().address(request)).ifPresent(upgrade -> Future.succeededFuture()
          .compose(takenOver -> options.checks().request(context, request, values))
          .map(known -> decide(request, upgrade, known))
          .onFailure(failure -> refuse(request, upgrade, failure)));
    } catch (Throwable fault) {
      LastAnswer.failed(request, fault);
    }
  }

  /** How many links there are, including those that are closing. */
  public int size() {
    return links.size();
  }

  /** Admits no new clients; existing links go on. */
  public void refuse() {
    refusing = true;
  }

  /** Refuses new links and closes all others; completes when the file descriptor of the last one is released. */
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

  private Void decide(HttpServerRequest request, WebSocketUpgrade upgrade, RequestValues values) {
    if (!options.allowOrigin().test(request)) {
      PeerLog.refused(RefusalReason.ORIGIN, options.proxies().address(request), 403,
          "origin not admitted, add it to http.origins: " + request.getHeader("Origin"));
      events.refused(request, RequestEvents.FORBIDDEN, 403, "origin not allowed");
      upgrade.refuse(403, "origin not allowed");
      return null;
    }
    AdmissionToken token = refusing ? AdmissionToken.refused(AdmissionDenied.stopping()) : door.admit(request);
    AdmissionDenied denied = token.refusal();
    if (denied != null) {
      denied.report(options.proxies().address(request));
      events.refused(request, RequestEvents.NO_CODE, denied.status(), denied.reason());
      upgrade.refuse(denied.status(), denied.reason(), denied.headers());
      return null;
    }
    upgrade.onClose(gone -> token.close());
    // Within the future, so that an exception while the request is read becomes its failure.
    Future.succeededFuture()
        .compose(placed -> options.checks().handshake(context, Handshake.of(request, options.proxies(), values)))
        .map(handshake -> {
          if (events.changesHeaders()) events.headers(request, upgrade.headers(), true);
          return accept(upgrade, handshake, token);
        })
        .onFailure(failure -> {
          token.close();
          refuse(request, upgrade, failure);
        });
    return null;
  }

  private void refuse(HttpServerRequest request, WebSocketUpgrade upgrade, Throwable failure) {
    if (failure instanceof RequestChecks.Refused) {
      PeerLog.refused(RefusalReason.FORBIDDEN, options.proxies().address(request), 403, failure.getMessage());
      events.refused(request, RequestEvents.FORBIDDEN, 403, failure.getMessage());
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
