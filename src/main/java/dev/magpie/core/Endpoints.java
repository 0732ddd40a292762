package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Link;
import dev.magpie.transport.LinkListener;
import dev.magpie.transport.RequestValues;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.admission.RequestGate;
import dev.magpie.transport.engineio.ClientBundles;
import dev.magpie.transport.engineio.EngineOptions;
import dev.magpie.transport.engineio.EngineServer;
import dev.magpie.transport.engineio.SessionDirectory;
import dev.magpie.transport.http.LastAnswer;
import dev.magpie.transport.http.RequestChecks;
import dev.magpie.transport.plain.PlainWebSocketLink;
import dev.magpie.transport.plain.PlainWebSocketOptions;
import dev.magpie.transport.plain.PlainWebSocketServer;
import dev.magpie.transport.websocket.WebSocketChannel;
import dev.magpie.transport.websocket.WebSocketLimits;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The paths by which clients reach an {@link Io}, and the servers behind them. Routes are added to the router in the order of the calls,
 * so that handlers before them guard all transports. Owned by that instance.
 */
final class Endpoints {
  /** Order of the route that prepares a request for the endpoint, before all handlers of others. */
  private static final int FIRST = Integer.MIN_VALUE;

  /** Key in a routing context: the endpoint has taken the request over, and answers it later. */
  private static final String TAKEN = "magpie.taken";

  private final Loop loop;
  private final BiFunction<Link, Integer, LinkListener> socketIo;
  private final Function<PlainWebSocketLink, LinkListener> plain;
  private final Origins origins;
  private final RequestReports reports;
  private final List<Function<CloseReason, Future<Void>>> servers = new ArrayList<>();
  private final List<Runnable> refusals = new ArrayList<>();
  private final List<Route> routes = new ArrayList<>();
  private final List<EngineServer> engines = new CopyOnWriteArrayList<>();

  /**
   * @param socketIo accepts a link of a Socket.IO client, with the version of Engine.IO
   * @param plain accepts a plain WebSocket
   */
  Endpoints(Loop loop, BiFunction<Link, Integer, LinkListener> socketIo, Function<PlainWebSocketLink, LinkListener> plain) {
    this.loop = loop;
    this.socketIo = socketIo;
    this.plain = plain;
    this.origins = Origins.loopbackAnd(loop.options().origins()).behind(TrustedProxies.of(loop.options().trustedProxies()));
    this.reports = new RequestReports(loop, origins.proxies());
    Duration window = Duration.ofMillis(loop.options().fanOutWindow());
    loop.context().runOnContext(onItsLoop -> WebSocketChannel.coalesceFanOut(window));
  }

  void mountSocketIo(Router router, String path) {
    String prefix = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    EngineServer engine = new EngineServer(loop.context(), engineOptions(), loop.timers(), sessions(prefix), socketIo::apply, reports);
    servers.add(engine::close);
    refusals.add(engine::refuse);
    engines.add(engine);
    serve(router, prefix + "/*", routed -> {
      HttpServerRequest request = routed.request();
      engine.allowOrigin(request);
      if (ClientBundles.serve(loop.vertx(), request)) return;
      engine.handle(request, routed.body().buffer(), opens(request) ? values(routed) : null);
    });
  }

  void mountPlain(Router router, String path) {
    PlainWebSocketServer server = new PlainWebSocketServer(loop.context(), plainOptions(), loop.timers(), plain, reports);
    servers.add(server::close);
    refusals.add(server::refuse);
    serve(router, path, routed -> server.handle(routed.request(), values(routed)));
  }

  private void serve(Router router, String path, Consumer<RoutingContext> endpoint) {
    // A router that removes a route removes all of the same order.
    int first = FIRST + router.getRoutes().size();
    routes.add(router.route(path).order(first).handler(Endpoints::keepBody).failureHandler(Endpoints::failUnlessTaken));
    routes.add(router.route(path).handler(routed -> {
      routed.put(TAKEN, true);
      try {
        RequestGate.ensure(routed.request(), loop.vertx(), loop.options().admission().pendingBytes(), origins.proxies());
        endpoint.accept(routed);
      } catch (Throwable fault) {
        LastAnswer.failed(routed.request(), fault);
      }
    }));
  }

  /** What handlers in front know of the request; null for nothing. The routing context itself is not kept. */
  private @Nullable RequestValues values(RoutingContext routed) {
    List<String> names = loop.options().handshakeValues();
    if (names.isEmpty()) return RequestValues.of(routed.user(), Map.of());
    Map<String, Object> named = new HashMap<>();
    for (String name : names) {
      Object value = routed.get(name);
      if (value != null) named.put(name, value);
    }
    return RequestValues.of(routed.user(), named);
  }

  /** Whether a request opens a session. By its text: it is asked for every poll, which parses its query later. */
  private static boolean opens(HttpServerRequest request) {
    return !request.uri().contains("?sid=") && !request.uri().contains("&sid=");
  }

  /** Pauses the body: a handler before the endpoint that is asynchronous would lose it otherwise. */
  private static void keepBody(RoutingContext routed) {
    HttpServerRequest request = routed.request();
    if (request.method() == HttpMethod.POST) {
      request.pause();
      // If such a handler answers, the rest of the body is read and discarded.
      routed.addBodyEndHandler(answered -> {
        if (!request.isEnded()) request.resume();
      });
    }
    routed.next();
  }

  /** A failure that the router reports after the endpoint took the request over, such as a timeout, is not of this request. */
  private static void failUnlessTaken(RoutingContext routed) {
    if (routed.get(TAKEN) == null) routed.next();
  }

  void onRefusal(Consumer<ConnectionError> handler) {
    reports.onRefusal(handler);
  }

  int sessions() {
    return engines.stream().mapToInt(EngineServer::sessions).sum();
  }

  /** Refuses new clients. */
  void refuse() {
    refusals.forEach(Runnable::run);
  }

  /** Closes all connections, then removes the routes; succeeds after that. */
  Future<Void> close(CloseReason reason) {
    Future<Void> closed = Future.join(servers.stream().map(server -> server.apply(reason)).toList()).mapEmpty();
    return closed.onComplete(done -> routes.forEach(route -> route.disable().remove()));
  }

  /** Instances of one name share the sessions of a path, since a poll may arrive on any loop. */
  private SessionDirectory sessions(String path) {
    LocalMap<String, SessionDirectory> directories = loop.vertx().sharedData().getLocalMap("magpie.sessions");
    return directories.computeIfAbsent(loop.options().name() + " " + path, key -> new SessionDirectory());
  }

  private EngineOptions engineOptions() {
    IoOptions options = loop.options();
    return new EngineOptions(
        options.pingInterval(),
        options.pingTimeout(),
        options.maxPayload(),
        options.upgradeTimeout(),
        options.allowEIO3(),
        options.jsonp(),
        options.strictPong(),
        options.sendQueueBytes(),
        options.initialPacket(),
        origins,
        options.allowRequest(),
        options.engineMiddlewares(),
        options.admission(),
        options.maxFragments());
  }

  private PlainWebSocketOptions plainOptions() {
    IoOptions options = loop.options();
    WebSocketLimits limits =
        WebSocketLimits.DEFAULT.withMaxMessageBytes(options.plainMaxPayload()).withMaxFragments(options.maxFragments())
            .withSendQueueBytes(options.sendQueueBytes()).withPendingBytes(options.admission().pendingBytes());
    return PlainWebSocketOptions.DEFAULT
        .withLimits(limits)
        .withHeartbeat(Duration.ofMillis(options.pingInterval()), Duration.ofMillis(options.pingTimeout()))
        .withAllowOrigin(origins::admits)
        .withStrictPong(options.strictPong())
        .withProxies(origins.proxies())
        .withChecks(new RequestChecks(options.engineMiddlewares(), options.allowRequest()))
        .withAdmission(options.admission());
  }
}
