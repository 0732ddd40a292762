package dev.magpie.core;

import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Origins;
import dev.magpie.transport.PlainWebSocketOptions;
import dev.magpie.transport.PlainWebSocketServer;
import dev.magpie.transport.RequestGate;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.WebSocketChannel;
import dev.magpie.transport.WebSocketLimits;
import dev.magpie.transport.engineio.ClientBundles;
import dev.magpie.transport.engineio.EngineOptions;
import dev.magpie.transport.engineio.EngineServer;
import dev.magpie.transport.engineio.SessionDirectory;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Where clients reach an {@link Io}: its paths on routers, and the servers behind them. Owned by that instance. */
final class Endpoints {
  /** Before every other route: handlers of others would act on requests that never end. */
  private static final int FIRST = Integer.MIN_VALUE;

  private final Io io;
  private final Origins origins;
  private final List<Function<CloseReason, Future<Void>>> servers = new ArrayList<>();
  private final List<Runnable> doors = new ArrayList<>();
  private final List<EngineServer> engines = new CopyOnWriteArrayList<>();

  Endpoints(Io io) {
    this.io = io;
    this.origins = Origins.loopbackAnd(io.options().origins()).behind(TrustedProxies.of(io.options().trustedProxies()));
    Duration rest = Duration.ofMillis(io.options().crowdRest());
    io.context().runOnContext(onItsLoop -> WebSocketChannel.restFromCrowds(rest));
  }

  void mountSocketIo(Router router, String path) {
    String prefix = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    EngineServer engine = new EngineServer(io.context(), engineOptions(), io.deadlines(), sessions(prefix), io::connectSocketIo);
    servers.add(engine::close);
    doors.add(engine::refuse);
    engines.add(engine);
    router.route(prefix + "/*").order(FIRST).handler(routed -> {
      HttpServerRequest request = routed.request();
      guard(request);
      engine.allowOrigin(request);
      if (!ClientBundles.serve(io.vertx(), request)) engine.handle(request);
    });
  }

  void mountPlain(Router router, String path) {
    PlainWebSocketServer plain = new PlainWebSocketServer(
        io.context(), plainOptions(), io.deadlines(), link -> io.connectPlain(link, link.subprotocol() != null));
    servers.add(plain::close);
    doors.add(plain::refuse);
    router.route(path).order(FIRST).handler(routed -> {
      guard(routed.request());
      plain.handle(routed.request());
    });
  }

  private void guard(HttpServerRequest request) {
    RequestGate.ensure(request.connection(), io.vertx(), io.options().admission().pendingBytes());
  }

  int sessions() {
    return engines.stream().mapToInt(EngineServer::sessions).sum();
  }

  /** Nobody new is let in. */
  void refuse() {
    doors.forEach(Runnable::run);
  }

  /** Closes all connections; done when the last is closed. */
  Future<Void> close(CloseReason reason) {
    return Future.join(servers.stream().map(server -> server.apply(reason)).toList()).mapEmpty();
  }

  /** Instances of one name share the sessions of a path: a poll may come in on any loop. */
  private SessionDirectory sessions(String path) {
    LocalMap<String, SessionDirectory> directories = io.vertx().sharedData().getLocalMap("magpie.sessions");
    return directories.computeIfAbsent(io.options().name() + " " + path, key -> new SessionDirectory());
  }

  private EngineOptions engineOptions() {
    IoOptions options = io.options();
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
    IoOptions options = io.options();
    WebSocketLimits limits =
        WebSocketLimits.DEFAULT.withMaxMessageBytes(options.plainMaxPayload()).withMaxFragments(options.maxFragments())
            .withSendQueueBytes(options.sendQueueBytes()).withPendingBytes(options.admission().pendingBytes());
    return PlainWebSocketOptions.DEFAULT
        .withLimits(limits)
        .withHeartbeat(Duration.ofMillis(options.pingInterval()), Duration.ofMillis(options.pingTimeout()))
        .withAllowOrigin(origins::admits)
        .withStrictPong(options.strictPong())
        .withProxies(origins.proxies())
        .withAdmission(options.admission());
  }
}
