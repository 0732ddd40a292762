package dev.magpie.gateway;

import dev.magpie.auth.AuthOptions;
import dev.magpie.auth.Authentication;
import dev.magpie.bus.Addresses;
import dev.magpie.bus.LocalCodec;
import dev.magpie.bus.Tick;
import dev.magpie.core.Application;
import dev.magpie.core.Histogram;
import dev.magpie.core.Io;
import dev.magpie.gateway.GatewayOptions.Listener;
import dev.magpie.ops.Health;
import dev.magpie.ops.Metrics;
import dev.magpie.staff.Staff;
import dev.magpie.staff.StaffRoutes;
import dev.magpie.staff.StaffSockets;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.admission.Admission;
import dev.magpie.transport.admission.ClientDoor;
import dev.magpie.transport.admission.LimitTable;
import dev.magpie.transport.admission.MemoryBudget;
import dev.magpie.transport.admission.MemoryRelease;
import dev.magpie.transport.admission.RequestGate;
import dev.magpie.transport.admission.StreamGate;
import dev.magpie.transport.heartbeat.MissedPongs;
import dev.magpie.transport.heartbeat.Sweeps;
import dev.magpie.transport.heartbeat.TimerWheel;
import dev.magpie.transport.http.FaultLog;
import dev.magpie.transport.http.LastAnswer;
import dev.magpie.transport.http.ProxyProtocol;
import dev.magpie.transport.http.RequestHeads;
import dev.magpie.transport.websocket.ConnectionMetric;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP, sockets and applications of one event loop: one server for each listener, all owned by this instance. Several instances share the
 * ports; what they share beyond is the event bus.
 */
public final class GatewayVerticle extends VerticleBase {
  /** A step of {@link MemoryRelease}. */
  private static final long MEMORY_MS = 5_000;

  /** The local map of the addresses of management listeners. */
  static final String MANAGEMENT_URLS = "magpie.gateway.management.urls";

  // The settings that name a port, for messages.
  private static final String PORT = "http.listeners or MAGPIE_HTTP_PORT";
  private static final String MANAGEMENT_PORT = "http.management.port or MAGPIE_HTTP_MANAGEMENT_PORT";

  private static final long CHECK_MS = TimeUnit.MINUTES.toMillis(1);

  private static final Logger log = LoggerFactory.getLogger(GatewayVerticle.class);

  // Set once at start.
  private GatewayOptions options;
  private TrustedProxies proxies;
  private String healthName;
  private BasePath basePath;

  private final TimerWheel timers = new TimerWheel(System::nanoTime);
  private final RequestDeadlines requests = new RequestDeadlines(timers);
  private final List<HttpServer> servers = new ArrayList<>();
  private SecuredListeners secured;
  private OperatorRoutes operators;
  private final List<Io> ios = new ArrayList<>();
  private final MountedApplications applications = new MountedApplications();
  private final List<Runnable> measured = new ArrayList<>();
  private final List<String> urls = new ArrayList<>();
  private final List<String> managementUrls = new ArrayList<>();
  private final Map<String, Integer> ports = new HashMap<>();
  private Admission admission;
  private StaffSockets staff;
  /** Set at start, when its keys are read. */
  private Authentication authentication;
  private Sweeps sweeps;
  private long lastHeard;
  private long lastTick;

  /** Takes its options from the deployment's configuration, which is that of {@code conf/magpie.json}. */
  public GatewayVerticle() {}

  public GatewayVerticle(GatewayOptions options) {
    this.options = options;
  }

  @Override
  public Future<?> start() {
    if (options == null) options = GatewayOptions.from(config());
    proxies = options.http().proxies();
    basePath = new BasePath(options.http().basePath(), proxies);
    secured = new SecuredListeners(vertx, options, config());
    operators = new OperatorRoutes(vertx, config(), proxies);
    staff = new StaffSockets(new Staff(vertx, config()), proxies);
    reportHealth();
    measured.add(Metrics.of(vertx).gauge("magpie_deadlines", "Scheduled timers on the timer wheels.", timers::size, "gateway", healthName));
    watchTheDoor();
    beat();
    Future<?> opened = Authentication.open(vertx, AuthOptions.from(config().getJsonObject("auth", new JsonObject())))
        .onSuccess(read -> authentication = read);
    for (Listener listener : options.http().listeners()) opened = opened.compose(previous -> open(listener));
    return opened.compose(all -> openManagement()).recover(failure -> {
      secured.release();
      return applications.close().eventually(operators::close).transform(closed -> Future.failedFuture(failure));
    });
  }

  @Override
  public Future<?> stop() {
    if (healthName != null) Health.of(vertx).register(healthName, () -> Future.failedFuture("stopping"));
    urls.forEach(announced()::remove);
    managementUrls.forEach(announcedManagement()::remove);
    measured.forEach(Runnable::run);
    // Refuses new clients, drains connected ones, then closes the HTTP servers.
    List<Future<Void>> shut = servers.stream().map(server -> server.shutdown(options.drainMs(), TimeUnit.MILLISECONDS)).toList();
    requests.closeIdle();
    return Future.join(ios.stream().map(io -> io.drain(options.drainMs() * 2 / 3)).toList())
        .eventually(() -> Future.join(shut))
        .eventually(applications::close)
        .eventually(operators::close)
        .eventually(() -> staff == null ? Future.succeededFuture() : staff.close())
        .onComplete(closed -> {
          secured.release();
          if (healthName != null) Health.of(vertx).unregister(healthName);
          log.debug("gateway stopped name={}", healthName);
        });
  }

  /** Where it listens, once started. */
  public List<String> urls() {
    return List.copyOf(urls);
  }

  /** Where operators reach it, once started; empty where there is no management listener. */
  public List<String> managementUrls() {
    return List.copyOf(managementUrls);
  }

  // Time.

  private void beat() {
    sweeps = new Sweeps(context, timers);
    MissedPongs missed = timers.missedPongs();
    measured.add(Metrics.of(vertx)
        .counter("magpie_pongs_missed", "Heartbeats that clients did not answer.", missed::total, "gateway", healthName));
    measured.add(Metrics.of(vertx)
        .counter("magpie_mass_silence", "Times that many clients were silent at once.", missed::alarms, "gateway", healthName));
    vertx.setPeriodic(CHECK_MS, timer -> missed.matchTheWheel());
    LocalCodec.register(vertx.eventBus(), Tick.class);
    vertx.eventBus().<Tick>localConsumer(Addresses.REAPER_TICK, tick -> {
      lastHeard = timers.now();
      sweeps.request();
    });
    Histogram lags = new Histogram();
    measured.add(Metrics.of(vertx)
        .histogram("magpie_loop_lag_seconds", "How late a timer of " + TimerWheel.TICK_MS + " ms fires on the event loop of a gateway.",
        lags, "gateway", healthName));
    lastTick = timers.now();
    vertx.setPeriodic(TimerWheel.TICK_MS, timer -> {
      long tick = timers.now();
      lags.record(Math.max(0, tick - lastTick - TimeUnit.MILLISECONDS.toNanos(TimerWheel.TICK_MS)));
      lastTick = tick;
      // Without a tick of the reaper: a wheel that is ticked late takes the gap for a stall.
      if (timers.now() - lastHeard >= TimerWheel.LATE_NANOS) sweeps.request();
    });
  }

  // Listening.

  private void watchTheDoor() {
    admission = Admission.of(vertx);
    // Metrics of the whole process: registered by one of its gateways.
    LocalMap<String, String> shown = vertx.sharedData().getLocalMap("magpie.gateway.door");
    if (shown.putIfAbsent("by", healthName) != null) return;
    measured.add(() -> shown.remove("by"));
    Metrics metrics = Metrics.of(vertx);
    measured.add(metrics.gauge("magpie_open_connections", "Connections of all kinds that hold a file descriptor.", admission::connections));
    measured.add(metrics.gauge("magpie_clients", "Sessions and plain WebSockets.", admission::clients));
    measured.add(metrics.counter("magpie_clients_refused", "Clients that found no place, and connections beyond the descriptors.",
        admission::refused));
    for (RefusalReason reason : RefusalReason.values()) {
      measured.add(metrics.counter("magpie_requests_refused", "Requests refused, by reason.", () -> PeerLog.refusals(reason), "reason",
          reason.text()));
    }
    measured.addAll(LimitReport.register(metrics, LimitTable.of(vertx)));
    MemoryBudget pending = MemoryBudget.of(vertx);
    measured.add(metrics.gauge("magpie_pending_bytes", "Memory that clients hold by what they began and did not finish.", pending::held));
    measured.add(metrics.counter("magpie_pending_refused", "Times that such memory was refused.", pending::refusals));
    Health.of(vertx).register("heap", this::heapHasRoom);
    measured.add(() -> Health.of(vertx).unregister("heap"));
    giveMemoryBack();
  }

  private Future<?> heapHasRoom() {
    return admission.isShortOfMemory() ? Future.failedFuture("nine tenths of the heap are in use: no new clients are let in")
        : Future.succeededFuture();
  }

  private void giveMemoryBack() {
    MemoryRelease release = new MemoryRelease();
    vertx.setPeriodic(MEMORY_MS, timer -> {
      LimitTable.of(vertx).sweep();
      if (!release.isDue(admission.clients())) return;
      log.info("most clients have gone: their memory is given back");
      vertx.executeBlocking(() -> {
        // Four collections, since the serial collector shrinks its heap in steps of 0, 10, 40 and 100 % (ShrinkHeapInSteps).
        for (int step = 0; step < 4; step++) System.gc();
        return null;
      }, false);
    });
  }

  private Future<?> open(Listener listener) {
    Router router = Router.router(vertx);
    Future<?> mounted = mount(listener, router);
    RequestHeads heads = options.http().heads(listener);
    // 0 would give each instance a port of its own; Vert.x gives those that ask for the same negative one a single free port.
    int port = listener.port() > 0 ? listener.port() : -1 - options.http().listeners().indexOf(listener);
    Handler<HttpServerRequest> handler = listener.redirect() != null ? router : request -> basePath.handle(request, router);
    Opening opening = new Opening(listener, handler, heads, heads.limit(serverOptions()));
    return mounted
        .compose(ready -> secured.secure(listener, opening.server))
        .compose(ready -> listen(opening, listener.host(), port).recover(failure -> Future.failedFuture(refusal(listener, failure, PORT))))
        .compose(server -> {
          announce(listener, server.actualPort());
          return alsoByIpv6(opening, server.actualPort());
        });
  }

  /** @return when requests may come */
  private Future<?> mount(Listener listener, Router router) {
    if (listener.redirect() != null) {
      String secure = options.http().listeners().stream().filter(other -> other.tls() != null).findFirst().map(Listener::name).orElse("");
      new HttpsRedirect(listener.redirect(), secure, ports).mount(router);
      return Future.succeededFuture();
    }
    // Before every other route: those would act on requests that never end.
    Io io = mountSockets(listener, router);
    mountPages(listener, router, io);
    return io.ready();
  }

  /** Behind the others, so that the first address in the log is that of the first listener. */
  private Future<?> openManagement() {
    if (options.http().management().isEmpty()) return Future.succeededFuture();
    ManagementOptions management = options.http().management().get();
    Listener listener = management.listener(options.http().listeners());
    Router router = Router.router(vertx);
    router.route().handler(this::harden);
    operators.mountManagement(router);
    router.route().failureHandler(this::fail).handler(request -> request.fail(404));
    RequestHeads heads = options.http().managementHeads(listener);
    Opening opening = new Opening(listener, router, heads, heads.limit(serverOptions()));
    int anyPort = -1 - options.http().listeners().size();
    return secured.secure(listener, opening.server)
        .compose(ready -> listen(opening, listener.host(), listener.port() > 0 ? listener.port() : anyPort)
            .recover(failure -> {
              // The usual port was not asked for: another server of this machine may have it.
              if (management.port().isPresent() || listener.port() == 0 || !isInUse(failure)) return Future.failedFuture(failure);
              log.warn("port of the management listener in use port={}: any free one is taken; http.management.port names one",
                  listener.port());
              return listen(opening, listener.host(), anyPort);
            })
            .recover(failure -> Future.failedFuture(refusal(listener, failure, MANAGEMENT_PORT))))
        .compose(server -> {
          announceManagement(listener, server.actualPort());
          return alsoByIpv6(opening, server.actualPort());
        });
  }

  /**
   * A listener as its servers are opened.
   *
   * @param handler of the requests whose heads are good
   */
  private record Opening(Listener listener, Handler<HttpServerRequest> handler, RequestHeads heads, HttpServerOptions server) {}

  private Future<HttpServer> listen(Opening opening, String host, int port) {
    RequestHeads heads = opening.heads;
    ClientDoor door = new ClientDoor(vertx, options.limits().admission(), proxies);
    ProxyProtocol proxyProtocol = new ProxyProtocol(opening.listener.proxyProtocol(), proxies);
    return vertx.createHttpServer(proxyProtocol.expect(opening.server))
        .connectionHandler(connection -> {
          secured.opened(opening.listener, connection);
          ConnectionMetric.complete(connection);
          admission.connected(connection);
          if (proxyProtocol.closes(connection)) return;
          door.connected(connection);
          RequestGate.open(connection, vertx, options.limits().pendingBytes(), proxies);
          requests.opened(connection);
        })
        .requestHandler(request -> {
          if (proxyProtocol.isForeign(request.connection())) return;
          StreamGate.arrived(request);
          if (requests.arrived(request)) {
            admission.asks(request.connection());
            if (LimitReport.refuses(request, door)) return;
          }
          if (!heads.refuses(request)) opening.handler.handle(request);
        })
        .invalidRequestHandler(heads::refuseUnreadable)
        .exceptionHandler(failure -> {
          proxyProtocol.failed(failure);
          log.debug("connection failed", failure);
        })
        .listen(port, host)
        .onSuccess(server -> {
          servers.add(server);
          secured.serves(opening.listener, server);
        });
  }

  /** A browser that is sent to {@code localhost} may try ::1 first, and find another program there. */
  private Future<?> alsoByIpv6(Opening opening, int port) {
    String host = opening.listener.host();
    if (!host.equals("127.0.0.1") && !host.equals("localhost")) return Future.succeededFuture();
    return listen(opening, "::1", port).recover(absent -> {
      // Not logged without IPv6; if another program has the port on ::1, clients of localhost may reach that one.
      if (isInUse(absent))
        log.warn("[::1]:{} is in use by another program: {}://localhost:{}/ may lead there", port, scheme(opening.listener), port);
      else log.debug("not served by IPv6: {}", absent.getMessage());
      return Future.succeededFuture();
    });
  }

  private HttpServerOptions serverOptions() {
    HttpServerOptions server = new HttpServerOptions()
        .setHttp2ClearTextEnabled(false)
        // No compression: Vert.x inflates without a bound, and each connection would hold its windows.
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false)
        // A long backlog: simultaneous reconnects wait in the kernel instead of being refused.
        .setAcceptBacklog(4096)
        // Saves a queue of 1,024 entries per connection, which is used on its event loop only.
        .setStrictThreadMode(true);
    // TCP_USER_TIMEOUT: the kernel closes a peer that acknowledges nothing. Native transport only.
    if (vertx.isNativeTransportEnabled()) server.setTcpUserTimeout((int) Math.min(Integer.MAX_VALUE, options.heartbeat().timeoutMs()));
    return server;
  }

  /** @param settings that name another port */
  private static IllegalStateException refusal(Listener listener, Throwable failure, String settings) {
    String address = listener.host() + ":" + listener.port();
    String reason = String.valueOf(failure.getMessage());
    if (isInUse(failure))
      return new IllegalStateException(address + " is in use by another program; " + settings + " names another port", failure);
    if (reason.contains("ermission denied"))
      return new IllegalStateException(address + " may not be opened by this user: " + reason, failure);
    return new IllegalStateException(address + " cannot be opened: " + reason, failure);
  }

  private static boolean isInUse(Throwable failure) {
    return String.valueOf(failure.getMessage()).contains("already in use");
  }

  private static String address(Listener listener, int port) {
    String host = listener.host().contains(":") ? "[" + listener.host() + "]" : listener.host();
    return scheme(listener) + "://" + host + ":" + port;
  }

  private void announceManagement(Listener listener, int port) {
    String url = address(listener, port) + "/";
    managementUrls.add(url);
    if (announcedManagement().putIfAbsent(url, listener.name()) == null) log.info("listening url={} listener={}", url, listener.name());
  }

  private void announce(Listener listener, int port) {
    String url = address(listener, port) + options.http().basePath() + "/";
    urls.add(url);
    ports.put(listener.name(), port);
    // Logged once, although each instance opens the same address.
    if (announced().putIfAbsent(url, listener.name()) == null) {
      if (listener.redirect() != null) {
        log.info("listening url={} listener={} redirect=https", url, listener.name());
        return;
      }
      log.info("listening url={} listener={} applications={}", url, listener.name(),
          options.applications(listener).isEmpty() ? "all" : options.applications(listener));
    }
  }

  private static String scheme(Listener listener) {
    return listener.tls() == null ? "http" : "https";
  }

  private LocalMap<String, String> announcedManagement() {
    return vertx.sharedData().getLocalMap(MANAGEMENT_URLS);
  }

  private LocalMap<String, String> announced() {
    return vertx.sharedData().getLocalMap("magpie.gateway.urls");
  }

  // Serving.

  private void mountPages(Listener listener, Router router, Io io) {
    router.route().handler(this::harden);
    operators.mountPublic(router, io);
    router.route().failureHandler(this::fail);
    new StaffRoutes(staff).mount(router);
    new ServedApplications(options).mount(router, listener);
    new Pages(vertx, options.http(), listener).mount(router);
    router.route().handler(request -> request.fail(404));
  }

  /** The socket endpoints, with the listener's applications. */
  private Io mountSockets(Listener listener, Router router) {
    router.route("/socket.io/*").handler(staff::handle);
    router.route("/ws").handler(staff::handle);
    Io io = Io.create(vertx, options.io(listener).setRecovery(options.recovery().withSettings(config())), timers)
        .mount(router, "/socket.io").mountPlain(router, "/ws");
    ios.add(io);
    staff.serves(io);
    authentication.guard(io);
    for (Application application : Applications.chosen(options.applications(listener)))
      applications.mount(application, io, router, config(), listener.name());
    measured.addAll(SocketMetrics.register(Metrics.of(vertx), io, listener.name(), healthName));
    return io;
  }

  private void harden(RoutingContext request) {
    request.response().putHeader("x-content-type-options", "nosniff");
    long hsts = options.http().hstsSeconds();
    if (hsts > 0 && proxies.secure(request.request())) request.response().putHeader("strict-transport-security", "max-age=" + hsts);
    request.next();
  }

  private void fail(RoutingContext request) {
    if (request.failure() != null && request.statusCode() == 500) FaultLog.write("request failed", request.failure());
    if (request.response().ended()) return;
    if (request.response().headWritten()) {
      LastAnswer.cut(request.request());
      return;
    }
    int status = request.statusCode() < 400 ? 500 : request.statusCode();
    request.response().setStatusCode(status);
    String text = status + " " + request.response().getStatusMessage() + "\n";
    // Set explicitly for HEAD, since Vert.x derives the length from the body.
    request.response()
        .putHeader("content-type", "text/plain; charset=utf-8")
        .putHeader("content-length", Integer.toString(text.length()))
        .end(text);
  }

  private void reportHealth() {
    healthName = Health.of(vertx).registerNext("gateway", () -> {
      Promise<Void> ticking = Promise.promise();
      context.runOnContext(turn -> ticking.complete());
      return ticking.future();
    });
  }
}
