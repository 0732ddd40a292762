package dev.magpie.conformance;

import static dev.magpie.testing.Await.until;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Response;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.engineio.EngineOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests through real sockets against the conformance set-up, with one gateway instance and with four. */
@ParameterizedClass(name = "gateway instances: {0}")
@ValueSource(ints = {1, 4})
abstract class ConformanceTest {
  /** Echoes, with a heartbeat that comes into no test's way. */
  static final String CALM = "/calm";
  /** The heartbeat of the official suites: 300 and 200 ms. */
  static final String QUICK = "/engine.io";
  /** As quick, but a client on a busy machine has three seconds to answer. */
  static final String PATIENT = "/patient";
  static final String ONLY_4 = "/only-4";
  static final String JSONP = "/jsonp";
  static final String HURRIED_UPGRADE = "/hurried";
  static final String INITIAL_PACKET = "/initial";
  /** Its handshakes are refused unless they say {@code ticket=yes}; {@code ticket=fault} makes the check itself fail. */
  static final String TICKETS = "/tickets";
  /** All its requests are refused unless they say {@code pass=yes}, by a check that takes a moment on another thread. */
  static final String PASSES = "/passes";
  /** Admits pages of one origin, with credentials. */
  static final String ONE_ORIGIN = "/one-origin";

  static final long PATIENT_TIMEOUT = 3_000;

  static final String ORIGIN = "https://shop.example";

  private static final Origins ONE = Origins.loopbackAnd(List.of(ORIGIN));

  static ConformanceSetUp server;

  @Parameter
  int instances;

  @BeforeParameterizedClassInvocation
  static void start(int instances) throws Exception {
    EngineOptions patient = new EngineOptions(300, PATIENT_TIMEOUT, 1_000_000, 10_000, true, false, false, 1 << 20, null, Origins.any(),
        null, List.of(), AdmissionLimits.NONE);
    EngineOptions calm = calm();
    Map<String, EngineOptions> engines = new HashMap<>();
    engines.put(CALM, calm);
    engines.put(QUICK, ConformanceSetUp.ENGINE);
    engines.put(PATIENT, patient);
    engines.put(ONLY_4, engine(false, false, 10_000, null, Origins.any(), null));
    engines.put(JSONP, engine(true, true, 10_000, null, Origins.any(), null));
    engines.put(HURRIED_UPGRADE, engine(true, false, 300, null, Origins.any(), null));
    engines.put(INITIAL_PACKET, engine(true, false, 10_000, "welcome", Origins.any(), null));
    engines.put(TICKETS, new EngineOptions(25_000, 20_000, 1_000_000, 10_000, true, false, false, 1 << 20, null, Origins.any(),
        handshake -> ticket(handshake.query("ticket")), List.of(), AdmissionLimits.NONE));
    engines.put(PASSES, engine(true, false, 10_000, null, ONE, ConformanceTest::pass));
    engines.put(ONE_ORIGIN, engine(true, false, 10_000, null, ONE, null));
    server = done(ConformanceSetUp.start(0, instances, calm, engines));
  }

  @AfterParameterizedClassInvocation
  static void stop() throws Exception {
    done(server.stop());
  }

  static EngineOptions calm() {
    return engine(true, false, 10_000, null, Origins.any(), null);
  }

  private static EngineOptions engine(
      boolean eio3, boolean jsonp, long upgradeTimeout, String initialPacket, Origins origins,
      Function<HttpServerRequest, Future<?>> middleware) {
    return new EngineOptions(
        25_000, 20_000, 1_000_000, upgradeTimeout, eio3, jsonp, false, 1 << 20, initialPacket, origins, null,
        middleware == null ? List.of() : List.of(middleware), AdmissionLimits.NONE);
  }

  private static Future<?> ticket(String ticket) {
    if ("yes".equals(ticket)) return Future.succeededFuture();
    if ("fault".equals(ticket)) throw new IllegalStateException("inside");
    return Future.failedFuture(ticket == null ? null : "no such ticket: " + ticket);
  }

  private static Future<?> pass(HttpServerRequest request) {
    boolean passes = "yes".equals(request.getParam("pass"));
    return Vertx.currentContext().owner().executeBlocking(() -> {
      Thread.sleep(5);
      if (!passes) throw new IllegalArgumentException("no pass");
      return null;
    });
  }

  static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** Waits until the server has taken so many requests. */
  static void awaitRequests(ConformanceSetUp server, long count) {
    until("request " + count, () -> server.requests() >= count);
  }

  /** A POST of a noop is refused as soon as the session has ended, and takes no farewell. */
  static void awaitEnd(EnginePollingClient session, int version) {
    until("the end of the session", () -> session.post(version == 3 ? "1:6" : "6").status() != 200);
  }

  static EnginePollingClient client(String path) {
    return client(path, 4);
  }

  static EnginePollingClient client(String path, int version) {
    return new EnginePollingClient(server.port(), path + "/", version);
  }

  /** A client whose handshake is done. */
  static EnginePollingClient session(String path) {
    return session(path, 4);
  }

  static EnginePollingClient session(String path, int version) {
    EnginePollingClient client = client(path, version);
    client.handshake();
    return client;
  }

  static EngineWebSocketClient webSocket(String path, int version) {
    return EngineWebSocketClient.connect(server.port(), path + "/?EIO=" + version + "&transport=websocket");
  }

  static EngineWebSocketClient webSocket(String path) {
    return webSocket(path, 4);
  }

  /** A second transport of a session, which has not probed yet. */
  static EngineWebSocketClient probing(String path, EnginePollingClient session) {
    return EngineWebSocketClient.connect(server.port(), path + "/?EIO=4&transport=websocket&sid=" + session.sid());
  }

  static Response get(String path, String query) {
    return request(path, "GET", query, null, Map.of());
  }

  static Response request(String path, String method, String query, byte[] body, Map<String, String> headers) {
    return client(path).request(method, query, body, headers);
  }
}
