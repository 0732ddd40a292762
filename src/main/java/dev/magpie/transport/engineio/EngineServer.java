package dev.magpie.transport.engineio;

import dev.magpie.transport.Admission;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Deadlines;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.Ids;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.MemoryBudget;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.Query;
import dev.magpie.transport.RefusedOrigins;
import dev.magpie.transport.WebSocketLimits;
import dev.magpie.transport.WebSocketUpgrade;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Engine.IO endpoint of one gateway instance: shakes hands, finds the session that a request belongs to, and owns the sessions that
 * began here. Requests and sessions of its own are handled on its context; a session of another instance is reached through the {@link
 * SessionDirectory} that they share.
 */
public final class EngineServer {
  private static final Logger log = LoggerFactory.getLogger(EngineServer.class);

  /** Told of each new session. */
  public interface Acceptor {
    /**
     * @param version of the client's Engine.IO, 3 or 4
     * @return who listens to this session from now on
     */
    LinkListener accept(Link link, int version);
  }

  private final ContextInternal context;
  private final EngineOptions options;
  private final Deadlines deadlines;
  private final SessionDirectory directory;
  private final Acceptor acceptor;
  private final Admission admission;
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
      Deadlines deadlines,
      SessionDirectory directory,
      Acceptor acceptor) {
    this.context = context;
    this.options = options;
    this.deadlines = deadlines;
    this.directory = directory;
    this.acceptor = acceptor;
    this.admission = Admission.of(context.owner());
    this.webSocketLimits =
        WebSocketLimits.DEFAULT.withMaxMessageBytes(options.maxPayload()).withSendQueueBytes(options.sendQueueBytes()).withPendingBytes(options.admission().pendingBytes());
  }

  /** Serves one request to the endpoint's path, whatever its method; also a WebSocket's upgrade. */
  public void handle(HttpServerRequest request) {
    if (isUpgrade(request)) {
      WebSocketUpgrade.takeOver(request, webSocketLimits, options.origins().proxies().address(request)).ifPresent(upgrade -> throughMiddlewares(request)
          .onSuccess(passed -> upgrade(request, upgrade))
          .onFailure(refusal -> refuse(request, upgrade, EngineError.FORBIDDEN, message(refusal))));
      return;
    }
    // Before every check: a preflight carries neither credentials nor a session that could be looked at.
    if (request.method() == HttpMethod.OPTIONS) {
      preflight(request);
      return;
    }
    if (options.middlewares().isEmpty()) {
      poll(request);
      return;
    }
    request.pause();
    throughMiddlewares(request)
        .onSuccess(passed -> {
          request.resume();
          poll(request);
        })
        .onFailure(refusal -> {
          admission.left();
          refuse(request, EngineError.FORBIDDEN, message(refusal));
        });
  }

  private Future<?> throughMiddlewares(HttpServerRequest request) {
    Future<?> passed = Future.succeededFuture();
    for (Function<HttpServerRequest, Future<?>> middleware : options.middlewares()) {
      passed = passed.compose(before -> ask(middleware, request));
    }
    return passed;
  }

  /** A check of the application's, which may throw, fail or take its time anywhere; its answer comes back to this context. */
  private <A> Future<?> ask(Function<A, Future<?>> check, A about) {
    Promise<Object> answer = context.promise();
    try {
      check.apply(about).onComplete(passed -> answer.complete(), answer::fail);
    } catch (RuntimeException fault) {
      // What went wrong inside is not for the client to read.
      log.error("check of a request failed", fault);
      answer.fail(EngineError.FORBIDDEN.message());
    }
    return answer.future();
  }

  /** Sets the CORS headers: on every answer, errors and client bundles too, for a page that may not read the reason can only guess. */
  public void allowOrigin(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    String origin = options.origins().allowOrigin(request);
    if (request.getHeader("Origin") != null) response.putHeader("Vary", "Origin");
    if (origin == null) {
      // A refused WebSocket has its own line.
      if (request.getHeader("Origin") != null && !isUpgrade(request)) RefusedOrigins.say(request.remoteAddress(), request.getHeader("Origin"));
      return;
    }
    response.putHeader("Access-Control-Allow-Origin", origin);
    if (options.origins().allowsCredentials(request)) response.putHeader("Access-Control-Allow-Credentials", "true");
  }

  private void preflight(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (response.headers().contains("Access-Control-Allow-Origin")) {
      response.putHeader("Access-Control-Allow-Methods", "GET,POST").putHeader("Access-Control-Max-Age", "600");
      String headers = request.getHeader("Access-Control-Request-Headers");
      if (headers != null) response.putHeader("Access-Control-Allow-Headers", headers);
      // A page of the public network asks before it talks to a server of a private one, or of this machine.
      if ("true".equals(request.getHeader("Access-Control-Request-Private-Network"))) response.putHeader("Access-Control-Allow-Private-Network", "true");
    }
    response.setStatusCode(204).end();
  }

  // Long-polling.

  private void poll(HttpServerRequest request) {
    MultiMap query = Query.parse(request.uri());
    EngineError wrong = verify(request, query, "polling");
    if (wrong != null) {
      refuse(request, wrong, wrong.message());
      return;
    }
    ParkedRequest parked = new ParkedRequest(context, request, options.origins().proxies().address(request), jsonp(query));
    String sid = query.get("sid");
    Admission.Refusal noPlace = sid == null ? noPlace() : null;
    if (noPlace != null) refuse(request, noPlace);
    else if (sid == null) shakeHands(request, query, parked);
    else if (request.method() == HttpMethod.GET) get(directory.find(sid), parked);
    else post(directory.find(sid), request, parked);
  }

  private void shakeHands(HttpServerRequest request, MultiMap query, ParkedRequest parked) {
    Handshake handshake = Handshake.of(request, options.origins().proxies());
    allow(handshake)
        .onSuccess(allowed -> {
          if (request.response().closed()) {
            admission.left();
            return;
          }
          EngineSession session = new EngineSession(this, newSessionId(version(query)), version(query), handshake);
          PollingTransport polling = new PollingTransport(session, isBase64(query));
          open(session, polling);
          session.beginPoll(parked);
        })
        .onFailure(refusal -> refuse(request, EngineError.FORBIDDEN, message(refusal)));
  }

  private Future<?> allow(Handshake handshake) {
    return options.allowRequest() == null ? Future.succeededFuture() : ask(options.allowRequest(), handshake);
  }

  private void get(EngineSession session, ParkedRequest parked) {
    parked.onAbort(() -> session.context().emit(on -> session.abortPoll(parked)));
    session.context().emit(on -> session.beginPoll(parked));
  }

  /** The session's owner hears of a POST when it begins; the body is read here and handed over whole. */
  private void post(EngineSession session, HttpServerRequest request, ParkedRequest parked) {
    boolean binary = RequestBody.isBinary(request);
    if (binary && session.version() == 4) {
      answer(request, EngineError.BAD_REQUEST.status(), EngineError.BAD_REQUEST.body("Bad request: binary body; allowed in Engine.IO 4: text"));
      session.context().emit(on -> session.close(CloseReason.PARSE_ERROR, "binary body; allowed in Engine.IO 4: text"));
      return;
    }
    if (RequestBody.isCompressed(request)) {
      answer(request, 415, EngineError.BAD_REQUEST.body("Compressed bodies are not read"));
      session.context().emit(on -> session.close(CloseReason.PARSE_ERROR, "compressed body"));
      return;
    }
    session.context().emit(on -> session.beginPost(parked));
    RequestBody.read(request, options.maxPayload(), memory(parked))
        .onSuccess(body -> {
          List<EnginePacket> packets = null;
          String wrong = null;
          try {
            packets = RequestBody.decode(body, session.version(), binary, parked.isJsonp());
          } catch (EngineException notAPayload) {
            wrong = notAPayload.getMessage();
          }
          List<EnginePacket> decoded = packets;
          String reason = wrong;
          session.context().emit(on -> session.endPost(parked, decoded, reason));
        })
        .onFailure(cut -> session.context().emit(on -> {
          RequestBody.Refused refused = cut instanceof RequestBody.Refused known ? known : null;
          session.cutPost(parked, refused == null ? CloseReason.PROTOCOL_ERROR : refused.reason(), cut.getMessage());
          if (refused == null) parked.refuse(EngineError.BAD_REQUEST);
          // Only then: who has read the answer finds the session gone.
          else context.emit(back -> refused.answer(request));
        }));
  }

  private Function<Runnable, MemoryBudget.Account> memory(ParkedRequest parked) {
    return evict -> MemoryBudget.of(context.owner()).open(options.admission().pendingBytes(), parked.address(), evict);
  }

  private void refuse(HttpServerRequest request, EngineError error, String message) {
    logRefusal(request, error, message);
    answer(request, error.status(), error.body(message));
  }

  private void refuse(HttpServerRequest request, WebSocketUpgrade upgrade, EngineError error, String message) {
    logRefusal(request, error, message);
    upgrade.refuse(error.status(), error.body(message));
  }

  /** Why no new client is let in just now; null where it is. */
  private Admission.Refusal noPlace() {
    return refusing ? Admission.Refusal.stopping() : admission.ask(options.admission());
  }

  private static void refuse(HttpServerRequest request, Admission.Refusal noPlace) {
    PeerLog.refused(request.remoteAddress(), 503, noPlace.reason());
    request.response().putHeader("Retry-After", Integer.toString(noPlace.retryAfter()));
    answer(request, 503, message(noPlace));
  }

  private static void refuse(HttpServerRequest request, WebSocketUpgrade upgrade, Admission.Refusal noPlace) {
    PeerLog.refused(request.remoteAddress(), 503, noPlace.reason());
    upgrade.refuse(503, message(noPlace), Map.of("Retry-After", Integer.toString(noPlace.retryAfter()), "Content-Type", "application/json"));
  }

  private static String message(Admission.Refusal noPlace) {
    return new JsonObject().put("message", noPlace.reason()).encode();
  }

  static void logRefusal(HttpServerRequest request, EngineError error, String message) {
    // After a restart all that polled ask for sessions that are no more.
    if (error == EngineError.SESSION_ID_UNKNOWN) log.debug("request for an unknown session address={}", request.remoteAddress());
    else PeerLog.refused(request.remoteAddress(), error.status(), "code " + error.code() + ", " + message);
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

  private void upgrade(HttpServerRequest request, WebSocketUpgrade upgrade) {
    MultiMap query = Query.parse(request.uri());
    EngineError wrong = verify(request, query, "websocket");
    if (wrong == null && !options.origins().admits(request)) {
      PeerLog.refused(request.remoteAddress(), EngineError.FORBIDDEN.status(), "origin not admitted, add it to http.origins: " + request.getHeader("Origin"));
      upgrade.refuse(EngineError.FORBIDDEN.status(), EngineError.FORBIDDEN.body());
      return;
    }
    if (wrong != null) {
      refuse(request, upgrade, wrong, wrong.message());
      return;
    }
    String sid = query.get("sid");
    Admission.Refusal noPlace = sid == null ? noPlace() : null;
    if (noPlace != null) refuse(request, upgrade, noPlace);
    else if (sid == null) connect(request, query, upgrade);
    else probe(directory.find(sid), query, upgrade);
  }

  private void connect(HttpServerRequest request, MultiMap query, WebSocketUpgrade upgrade) {
    Handshake handshake = Handshake.of(request, options.origins().proxies());
    Admission.Arrival arrival = admission.new Arrival();
    upgrade.onClose(gone -> arrival.gaveUp());
    allow(handshake)
        .onSuccess(allowed -> {
          EngineSession session = new EngineSession(this, newSessionId(version(query)), version(query), handshake);
          WebSocketTransport transport = new WebSocketTransport(session, isBase64(query));
          accept(upgrade.speaksFirst(), transport, () -> open(session, transport));
        })
        .onFailure(refusal -> {
          arrival.gaveUp();
          refuse(request, upgrade, EngineError.FORBIDDEN, message(refusal));
        });
  }

  private void probe(EngineSession session, MultiMap query, WebSocketUpgrade upgrade) {
    // Everything of a session happens with its owner; so its WebSocket moves there.
    session.context().emit(on -> {
      WebSocketTransport transport = new WebSocketTransport(session, isBase64(query));
      session.server().accept(upgrade, transport, () -> {
        if (!session.beginUpgrade(transport)) session.abandon(transport, CloseReason.PROTOCOL_ERROR, "the session has a WebSocket already");
      });
    });
  }

  private void accept(WebSocketUpgrade upgrade, WebSocketTransport transport, Runnable opened) {
    upgrade.accept(context, null, transport, channel -> {
      webSockets++;
      transport.opened(channel);
      opened.run();
    });
  }

  /** A WebSocket of this instance is gone. */
  void closed(WebSocketTransport transport) {
    webSockets--;
    closeIfEmpty();
  }

  // What a request must be.

  /** The refusals in the order of the reference server; null when there is none. */
  private EngineError verify(HttpServerRequest request, MultiMap query, String transport) {
    List<String> named = query.getAll("transport");
    if (named.size() != 1 || !named.get(0).equals("polling") && !named.get(0).equals("websocket")) return EngineError.TRANSPORT_UNKNOWN;
    if (!isPrintable(request.getHeader("Origin"))) return EngineError.BAD_REQUEST;
    String eio = query.get("EIO");
    String sid = query.get("sid");
    if (sid != null) {
      EngineSession session = directory.find(sid);
      if (session == null) return EngineError.SESSION_ID_UNKNOWN;
      boolean sameVersion = Integer.toString(session.version()).equals(eio);
      boolean allowedMethod = request.method() == HttpMethod.GET || request.method() == HttpMethod.POST && transport.equals("polling");
      return sameVersion && allowedMethod && named.get(0).equals(transport) ? null : EngineError.BAD_REQUEST;
    }
    if (request.method() != HttpMethod.GET) return EngineError.BAD_HANDSHAKE_METHOD;
    if (!named.get(0).equals(transport)) return EngineError.BAD_REQUEST;
    if (!"4".equals(eio) && !("3".equals(eio) && options.allowEio3())) return EngineError.UNSUPPORTED_PROTOCOL_VERSION;
    return jsonpAllowed(query) ? null : EngineError.BAD_REQUEST;
  }

  private static boolean isPrintable(String header) {
    return header == null || header.chars().allMatch(c -> c == '\t' || c >= 0x20 && c != 0x7f && c <= 0xff);
  }

  private boolean jsonpAllowed(MultiMap query) {
    return query.get("j") == null || options.jsonp() && "3".equals(query.get("EIO"));
  }

  /** Digits only, whatever was sent: it becomes part of a script. */
  private String jsonp(MultiMap query) {
    String j = query.get("j");
    return j == null || !jsonpAllowed(query) ? null : j.replaceAll("[^0-9]", "");
  }

  private static int version(MultiMap query) {
    return "4".equals(query.get("EIO")) ? 4 : 3;
  }

  /** Whether the client takes no binary data. */
  private static boolean isBase64(MultiMap query) {
    String b64 = query.get("b64");
    return b64 != null && !b64.equals("0") && !b64.equals("false") || query.get("j") != null;
  }

  private static String message(Throwable refusal) {
    return refusal.getMessage() == null ? EngineError.FORBIDDEN.message() : refusal.getMessage();
  }

  // Sessions.

  private void open(EngineSession session, EngineTransport first) {
    sessions.add(session);
    directory.add(session);
    deadlines.missedPongs().opened();
    session.open(first);
    log.debug("session opened address={} version={} transport={}", session.handshake().address(), session.version(), first.name());
    if (closing != null) session.close(CloseReason.SERVER_SHUTTING_DOWN, null);
  }

  LinkListener accept(EngineSession session) {
    return acceptor.accept(session, session.version());
  }

  void ended(EngineSession session, CloseReason reason, String detail) {
    PeerLog.ended(session.handshake().address(), session.transportName(), reason, detail);
  }

  /** The session answers no request any more. */
  void forget(EngineSession session) {
    sessions.remove(session);
    directory.remove(session);
    deadlines.missedPongs().closed();
    admission.left();
    closeIfEmpty();
  }

  private static String newSessionId(int version) {
    // Clients of version 3 make their socket's id out of it by themselves.
    return version == 3 ? Ids.ofSocket() : Ids.random();
  }

  /** How many sessions this instance owns, those included that have ended and whose client was not told yet. */
  public int sessions() {
    return sessions.size();
  }

  /** Between half of the interval and the whole. */
  long jitter(long nanos) {
    return nanos / 2 + ThreadLocalRandom.current().nextLong(Math.max(1, nanos / 2));
  }

  // The end.

  /** Lets nobody new in; sessions that are here go on. */
  public void refuse() {
    refusing = true;
  }

  /** Closes all sessions for this reason; done when the last WebSocket is closed. Handshakes still under way are closed as they end. */
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

  EngineOptions options() {
    return options;
  }

  Deadlines deadlines() {
    return deadlines;
  }
}
