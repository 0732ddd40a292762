package dev.magpie.transport.engineio;

import dev.magpie.protocol.Ids;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.RequestValues;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.LoggedAddress;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.admission.AdmissionDenied;
import dev.magpie.transport.admission.AdmissionToken;
import dev.magpie.transport.admission.ClientDoor;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.admission.RefusedOrigins;
import dev.magpie.transport.heartbeat.TimerWheel;
import dev.magpie.transport.http.LastAnswer;
import dev.magpie.transport.http.RequestChecks;
import dev.magpie.transport.http.RequestEvents;
import dev.magpie.transport.websocket.WebSocketLimits;
import dev.magpie.transport.websocket.WebSocketUpgrade;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Engine.IO endpoint of one gateway instance: performs handshakes, finds the session that a request belongs to, and owns the sessions
 * that were opened here. Its requests and sessions are handled on its context; a session of another instance is found through the {@link
 * SessionDirectory} that they share.
 */
public final class EngineServer {
  private static final Logger log = LoggerFactory.getLogger(EngineServer.class);

  /** Called for each new session. */
  public interface Acceptor {
    /**
     * @param version of the client's Engine.IO, 3 or 4
     * @return the listener of this session
     */
    LinkListener accept(Link link, int version);
  }

  private final ContextInternal context;
  private final EngineOptions options;
  private final TimerWheel timers;
  private final SessionDirectory directory;
  private final Acceptor acceptor;
  private final ClientDoor door;
  private final RefusedOrigins refusedOrigins;
  private final RequestChecks checks;
  private final RequestEvents events;
  /** Null where headers are not changed. */
  private final RequestEvents headers;
  private final WebSocketLimits webSocketLimits;

  private final Set<EngineSession> sessions = new HashSet<>();
  private int webSockets;
  private boolean refusing;
  private Promise<Void> closing;

  /**
   * @param directory shared by all instances of this endpoint
   */
  public EngineServer(
      ContextInternal context,
      EngineOptions options,
      TimerWheel timers,
      SessionDirectory directory,
      Acceptor acceptor) {
    this(context, options, timers, directory, acceptor, RequestEvents.NONE);
  }

  /**
   * @param directory shared by all instances of this endpoint
   */
  public EngineServer(
      ContextInternal context,
      EngineOptions options,
      TimerWheel timers,
      SessionDirectory directory,
      Acceptor acceptor,
      RequestEvents events) {
    this.events = events;
    this.headers = events.changesHeaders() ? events : null;
    this.context = context;
    this.options = options;
    this.timers = timers;
    this.directory = directory;
    this.acceptor = acceptor;
    this.door = new ClientDoor(context.owner(), options.admission(), options.origins().proxies());
    this.refusedOrigins = RefusedOrigins.of(context.owner());
    this.checks = new RequestChecks(options.middlewares(), options.allowRequest());
    this.webSocketLimits =
        WebSocketLimits.DEFAULT.withMaxMessageBytes(options.maxPayload()).withMaxFragments(options.maxFragments())
            .withSendQueueBytes(options.sendQueueBytes()).withPendingBytes(options.admission().pendingBytes());
  }

  /** Serves one request to the endpoint's path, whatever its method; also a WebSocket's upgrade. */
  public void handle(HttpServerRequest request) {
    handle(request, null, null);
  }

  /**
   * The same behind other handlers.
   *
   * @param body where one of them has read it; null otherwise
   * @param values that they know; null for none
   */
  public void handle(HttpServerRequest request, Buffer body, RequestValues values) {
    try {
      serve(request, body, values);
    } catch (Throwable fault) {
      LastAnswer.failed(request, fault);
    }
  }

  private void serve(HttpServerRequest request, Buffer body, RequestValues values) {
    if (isUpgrade(request)) {
      WebSocketUpgrade.takeOver(request, webSocketLimits, address(request)).ifPresent(upgrade -> Future.succeededFuture()
          .compose(takenOver -> checks.request(context, request, values))
          .map(known -> upgrade(EngineRequest.of(request, body, directory, known), upgrade))
          .onFailure(failure -> refuse(request, upgrade, failure)));
      return;
    }
    // Before all checks: a preflight carries neither credentials nor a session.
    if (request.method() == HttpMethod.OPTIONS) {
      preflight(request);
      return;
    }
    if (checks.middlewares().isEmpty()) {
      poll(EngineRequest.of(request, body, directory, values));
      return;
    }
    request.pause();
    checks.request(context, request, values)
        .map(known -> {
          request.resume();
          return poll(EngineRequest.of(request, body, directory, known));
        })
        .onFailure(failure -> refuse(request, failure));
  }

  /** Sets the CORS headers: on every answer, errors and client bundles too, since otherwise a page cannot read the reason of a failure. */
  public void allowOrigin(HttpServerRequest request) {
    // A refused WebSocket is logged elsewhere.
    if (!options.origins().allow(request) && !isUpgrade(request)) refusedOrigins.log(address(request), request.getHeader("Origin"));
  }

  private void preflight(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (response.headers().contains("Access-Control-Allow-Origin")) {
      response.putHeader("Access-Control-Allow-Methods", "GET,POST").putHeader("Access-Control-Max-Age", "600");
      String headers = request.getHeader("Access-Control-Request-Headers");
      if (headers != null) response.putHeader("Access-Control-Allow-Headers", headers);
      // A page of the public network asks before it connects to a server of a private one, or of this machine.
      if ("true".equals(request.getHeader("Access-Control-Request-Private-Network")))
        response.putHeader("Access-Control-Allow-Private-Network", "true");
    }
    response.setStatusCode(204).end();
  }

  // Long-polling.

  private Void poll(EngineRequest asked) {
    HttpServerRequest request = asked.http();
    EngineError wrong = verify(asked, "polling");
    if (wrong != null) {
      refuse(request, wrong, wrong.message());
      return null;
    }
    ParkedRequest parked = new ParkedRequest(context, request, address(request), jsonp(asked.query()));
    if (headers != null && asked.sid() != null) headers.headers(request, request.response().headers(), false);
    if (asked.sid() == null) shakeHands(asked, parked);
    else if (request.method() == HttpMethod.GET) get(asked.session(), parked);
    else post(asked, parked);
    return null;
  }

  private void shakeHands(EngineRequest asked, ParkedRequest parked) {
    HttpServerRequest request = asked.http();
    AdmissionToken token = admit(request);
    if (token.refusal() != null) {
      refuse(request, token.refusal());
      return;
    }
    parked.onAbort(token::close);
    allow(asked)
        .map(handshake -> {
          // The client has closed its request meanwhile, which released the token.
          if (parked.isAnswered()) return null;
          EngineSession session = new EngineSession(this, newSessionId(asked.version()), asked.version(), handshake, token);
          parked.onAbort(() -> session.abortPoll(parked));
          if (headers != null) headers.headers(request, request.response().headers(), true);
          open(session, new PollingTransport(session, asked.isBase64()), parked);
          return null;
        })
        .onFailure(failure -> {
          token.close();
          refuse(request, failure);
        });
  }

  private Future<Handshake> allow(EngineRequest asked) {
    // Within the future, so that an exception while the request is read becomes its failure.
    return Future.succeededFuture().compose(
        placed -> checks.handshake(context, Handshake.of(asked.http(), options.origins().proxies(), asked.values())));
  }

  private void get(EngineSession session, ParkedRequest parked) {
    // It is answered later: a SessionHandler in front would save the session only then, and bring back one that has ended meanwhile.
    parked.dropHeadHandlers();
    parked.onAbort(() -> session.context().emit(on -> session.abortPoll(parked)));
    onOwner(session, parked, () -> session.beginPoll(parked));
  }

  /** Runs on the context of the session's owner; a fault there ends the session and the request. */
  private static void onOwner(EngineSession session, ParkedRequest parked, Runnable action) {
    session.context().emit(on -> {
      try {
        action.run();
      } catch (Throwable fault) {
        try {
          session.close(CloseReason.SERVER_ERROR, null);
        } finally {
          parked.fail(fault);
        }
      }
    });
  }

  /** The session's owner is told when a POST begins; the body is read here, on the request's loop, and handed over whole. */
  private void post(EngineRequest asked, ParkedRequest parked) {
    EngineSession session = asked.session();
    HttpServerRequest request = asked.http();
    boolean binary = RequestBody.isBinary(request);
    if (binary && session.version() == 4) {
      String wrong = "binary body; allowed in Engine.IO 4: text";
      refuseBody(session, parked, wrong,
          () -> answer(request, EngineError.BAD_REQUEST.status(), EngineError.BAD_REQUEST.body("Bad request: " + wrong)));
      return;
    }
    if (RequestBody.isCompressed(request)) {
      refuseBody(session, parked, "compressed body",
          () -> answer(request, 415, EngineError.BAD_REQUEST.body("Compressed bodies are not read")));
      return;
    }
    onOwner(session, parked, () -> session.beginPost(parked));
    RequestBody.read(request, parked, asked.body(), options.maxPayload(), evict -> memory(parked.address(), evict))
        .map(body -> ended(session, parked, body, binary))
        .onSuccess(end -> onOwner(session, parked, end))
        .onFailure(failure -> {
          if (!(failure instanceof RequestBody.Unwanted)) onOwner(session, parked, () -> cut(session, request, parked, failure));
        });
  }

  private static Runnable ended(EngineSession session, ParkedRequest parked, Buffer body, boolean binary) {
    try {
      List<EnginePacket> packets = RequestBody.decode(body, session.version(), binary, parked.isJsonp());
      return () -> session.endPost(parked, packets, null);
    } catch (EngineException notAPayload) {
      return () -> session.endPost(parked, null, notAPayload.getMessage());
    }
  }

  private void refuseBody(EngineSession session, ParkedRequest parked, String wrong, Runnable answer) {
    onOwner(session, parked, () -> {
      session.close(CloseReason.PARSE_ERROR, wrong);
      // Only then: a client that has read the answer must find the session closed, on whatever loop its next request arrives.
      context.emit(back -> answer.run());
    });
  }

  private void cut(EngineSession session, HttpServerRequest request, ParkedRequest parked, Throwable failure) {
    if (failure instanceof RequestBody.Refused refused) {
      session.cutPost(parked, refused.reason(), failure.getMessage());
      context.emit(back -> refused.answer(request));
    } else if (failure instanceof EngineException) {
      session.cutPost(parked, CloseReason.PROTOCOL_ERROR, failure.getMessage());
      parked.refuse(EngineError.BAD_REQUEST);
    } else {
      throw new IllegalStateException(failure);
    }
  }

  /** Address of the client, which may be behind a proxy. */
  private String address(HttpServerRequest request) {
    return options.origins().proxies().address(request);
  }

  MemoryBudget.Account memory(String address, Runnable evict) {
    return MemoryBudget.of(context.owner()).open(options.admission().pendingBytes(), 2L * options.maxPayload(), address, evict);
  }

  private void refuse(HttpServerRequest request, EngineError error, String message) {
    logRefusal(address(request), error, message);
    events.refused(request, error.code(), error.status(), message);
    answer(request, error.status(), error.body(message));
  }

  private void refuse(HttpServerRequest request, WebSocketUpgrade upgrade, EngineError error, String message) {
    logRefusal(address(request), error, message);
    events.refused(request, error.code(), error.status(), message);
    upgrade.refuse(error.status(), error.body(message));
  }

  private void refuse(HttpServerRequest request, Throwable failure) {
    if (failure instanceof RequestChecks.Refused) refuse(request, EngineError.FORBIDDEN, failure.getMessage());
    else LastAnswer.failed(request, failure);
  }

  private void refuse(HttpServerRequest request, WebSocketUpgrade upgrade, Throwable failure) {
    if (failure instanceof RequestChecks.Refused) refuse(request, upgrade, EngineError.FORBIDDEN, failure.getMessage());
    else upgrade.fail(failure);
  }

  /** Asks for the admission of a new client. */
  private AdmissionToken admit(HttpServerRequest request) {
    return refusing ? AdmissionToken.refused(AdmissionDenied.stopping()) : door.admit(request);
  }

  private void refuse(HttpServerRequest request, AdmissionDenied denied) {
    denied.report(address(request));
    events.refused(request, RequestEvents.NO_CODE, denied.status(), denied.reason());
    request.response().headers().addAll(denied.headers());
    answer(request, denied.status(), denied.json());
  }

  private void refuse(HttpServerRequest request, WebSocketUpgrade upgrade, AdmissionDenied denied) {
    denied.report(address(request));
    events.refused(request, RequestEvents.NO_CODE, denied.status(), denied.reason());
    Map<String, String> headers = new HashMap<>(denied.headers());
    headers.put("Content-Type", "application/json");
    upgrade.refuse(denied.status(), denied.json(), headers);
  }

  static void logRefusal(String address, EngineError error, String message) {
    if (error == EngineError.SESSION_ID_UNKNOWN) PeerLog.refusedSilently(RefusalReason.UNKNOWN_SESSION, address);
    else {
      RefusalReason reason = error == EngineError.FORBIDDEN ? RefusalReason.FORBIDDEN : RefusalReason.PROTOCOL;
      PeerLog.refused(reason, address, error.status(), "code " + error.code() + ", " + message);
    }
  }

  private static void answer(HttpServerRequest request, int status, String json) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) return;
    request.resume();
    response.setStatusCode(status).putHeader("Content-Type", "application/json").end(json);
  }

  // WebSocket.

  private static boolean isUpgrade(HttpServerRequest request) {
    String upgrade = request.getHeader("Upgrade");
    return upgrade != null && upgrade.toLowerCase(Locale.ROOT).contains("websocket");
  }

  private Void upgrade(EngineRequest asked, WebSocketUpgrade upgrade) {
    HttpServerRequest request = asked.http();
    EngineError wrong = verify(asked, "websocket");
    if (wrong == null && !options.origins().admits(request)) {
      PeerLog.refused(RefusalReason.ORIGIN, address(request), EngineError.FORBIDDEN.status(),
          "origin not admitted, add it to http.origins: " + request.getHeader("Origin"));
      events.refused(request, EngineError.FORBIDDEN.code(), EngineError.FORBIDDEN.status(), EngineError.FORBIDDEN.message());
      upgrade.refuse(EngineError.FORBIDDEN.status(), EngineError.FORBIDDEN.body());
    } else if (wrong != null) {
      refuse(request, upgrade, wrong, wrong.message());
    } else if (asked.sid() == null) {
      connect(asked, upgrade);
    } else {
      probe(asked, upgrade);
    }
    return null;
  }

  private void connect(EngineRequest asked, WebSocketUpgrade upgrade) {
    AdmissionToken token = admit(asked.http());
    if (token.refusal() != null) {
      refuse(asked.http(), upgrade, token.refusal());
      return;
    }
    upgrade.onClose(gone -> token.close());
    allow(asked)
        .map(handshake -> {
          EngineSession session = new EngineSession(this, newSessionId(asked.version()), asked.version(), handshake, token);
          WebSocketTransport transport = new WebSocketTransport(session, asked.isBase64());
          if (headers != null) headers.headers(asked.http(), upgrade.headers(), true);
          accept(upgrade.speaksFirst(), transport, () -> open(session, transport, null));
          return null;
        })
        .onFailure(failure -> {
          token.close();
          refuse(asked.http(), upgrade, failure);
        });
  }

  private void probe(EngineRequest asked, WebSocketUpgrade upgrade) {
    EngineSession session = asked.session();
    // A session is used on its owner's context only, so its WebSocket moves there.
    session.context().emit(on -> {
      try {
        if (session.isOpen()) {
          if (headers != null) headers.headers(asked.http(), upgrade.headers(), false);
          session.server().probe(upgrade, new WebSocketTransport(session, asked.isBase64()), session);
        } else refuse(asked.http(), upgrade, EngineError.SESSION_ID_UNKNOWN, EngineError.SESSION_ID_UNKNOWN.message());
      } catch (Throwable fault) {
        upgrade.fail(fault);
      }
    });
  }

  private void probe(WebSocketUpgrade upgrade, WebSocketTransport transport, EngineSession session) {
    accept(upgrade, transport, () -> {
      if (!session.beginUpgrade(transport)) session.abandon(transport, CloseReason.PROTOCOL_ERROR, "the session has a WebSocket already");
    });
  }

  private void accept(WebSocketUpgrade upgrade, WebSocketTransport transport, Runnable opened) {
    upgrade.accept(context, upgrade.firstSubprotocol(), transport, channel -> {
      webSockets++;
      transport.opened(channel);
      opened.run();
    });
  }

  /** A WebSocket of this instance has closed. */
  void closed(WebSocketTransport transport) {
    webSockets--;
    closeIfEmpty();
  }

  // Validation of requests.

  /** Checks in the order of the reference server; null for a valid request. */
  private EngineError verify(EngineRequest asked, String transport) {
    HttpServerRequest request = asked.http();
    List<String> named = asked.query().getAll("transport");
    if (named.size() != 1 || !named.get(0).equals("polling") && !named.get(0).equals("websocket")) return EngineError.TRANSPORT_UNKNOWN;
    if (!isPrintable(request.getHeader("Origin"))) return EngineError.BAD_REQUEST;
    String eio = asked.query().get("EIO");
    if (asked.sid() != null) {
      EngineSession session = asked.session();
      if (session == null) return EngineError.SESSION_ID_UNKNOWN;
      boolean sameVersion = Integer.toString(session.version()).equals(eio);
      boolean allowedMethod = request.method() == HttpMethod.GET || request.method() == HttpMethod.POST && transport.equals("polling");
      return sameVersion && allowedMethod && named.get(0).equals(transport) ? null : EngineError.BAD_REQUEST;
    }
    if (request.method() != HttpMethod.GET) return EngineError.BAD_HANDSHAKE_METHOD;
    if (!named.get(0).equals(transport)) return EngineError.BAD_REQUEST;
    if (!"4".equals(eio) && !("3".equals(eio) && options.allowEio3())) return EngineError.UNSUPPORTED_PROTOCOL_VERSION;
    return jsonpAllowed(asked.query()) ? null : EngineError.BAD_REQUEST;
  }

  private static boolean isPrintable(String header) {
    return header == null || header.chars().allMatch(c -> c == '\t' || c >= 0x20 && c != 0x7f && c <= 0xff);
  }

  private boolean jsonpAllowed(MultiMap query) {
    return query.get("j") == null || options.jsonp() && "3".equals(query.get("EIO"));
  }

  /** The callback's number, reduced to digits: it becomes part of a script. */
  private String jsonp(MultiMap query) {
    String j = query.get("j");
    return j == null || !jsonpAllowed(query) ? null : j.replaceAll("[^0-9]", "");
  }

  // Sessions.

  /** @param poll that waits for the first packets, or null */
  private void open(EngineSession session, EngineTransport first, ParkedRequest poll) {
    sessions.add(session);
    directory.add(session);
    timers.missedPongs().opened();
    try {
      session.open(first);
      if (log.isDebugEnabled()) {
        log.debug("session opened address={} version={} transport={}", LoggedAddress.of(session.handshake().address()), session.version(),
            first.name());
      }
      if (closing != null) session.close(CloseReason.SERVER_SHUTTING_DOWN, null);
      if (poll != null) session.beginPoll(poll);
    } catch (Throwable fault) {
      session.discard();
      throw fault;
    }
  }

  LinkListener accept(EngineSession session) {
    return acceptor.accept(session, session.version());
  }

  void ended(EngineSession session, CloseReason reason, String detail) {
    PeerLog.ended(session.handshake().address(), session.transportName(), reason, detail);
  }

  /** The session is closed and answers no further request. */
  void forget(EngineSession session) {
    sessions.remove(session);
    directory.remove(session);
    timers.missedPongs().closed();
    closeIfEmpty();
  }

  private static String newSessionId(int version) {
    // Clients of version 3 derive their socket's id from it.
    return version == 3 ? Ids.ofSocket() : Ids.random();
  }

  /** How many sessions this instance owns, including those that have ended and whose client was not told yet. */
  public int sessions() {
    return sessions.size();
  }

  // The end.

  /** Admits no new clients; existing sessions go on. */
  public void refuse() {
    refusing = true;
  }

  /** Closes all sessions for this reason; completes when the last WebSocket is closed. A handshake in progress is closed when it ends. */
  public Future<Void> close(CloseReason reason) {
    refusing = true;
    if (closing == null) closing = Promise.promise();
    for (EngineSession session : new ArrayList<>(sessions)) session.close(reason);
    closeIfEmpty();
    return closing.future();
  }

  private void closeIfEmpty() {
    if (closing != null && webSockets == 0) closing.tryComplete();
  }

  ContextInternal context() {
    return context;
  }

  RequestEvents events() {
    return events;
  }

  EngineOptions options() {
    return options;
  }

  TimerWheel timers() {
    return timers;
  }
}
