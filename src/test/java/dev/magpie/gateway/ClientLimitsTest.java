package dev.magpie.gateway;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.IoOptions;
import dev.magpie.core.RateLimits;
import dev.magpie.ops.Metrics;
import dev.magpie.testing.Await;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.ClientLimits;
import dev.magpie.transport.admission.Quotas;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits of addresses and users, and the reasons that clients are given, on the wire. */
@ExtendWith(VertxExtension.class)
class ClientLimitsTest {
  private static final String POLLING = "/socket.io/?EIO=4&transport=polling";
  private static final String WEBSOCKET = "/socket.io/?EIO=4&transport=websocket";

  private static final JsonObject WITHOUT_DATABASE =
      new JsonObject().put("recovery", new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory")));

  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : opened) one.close();
  }

  private static int gateway(Vertx vertx, JsonObject limits) {
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(WITHOUT_DATABASE.copy()
        .put("http", new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", 0))))
        .put("limits", limits)));
    await(vertx.deployVerticle(gateway));
    return URI.create(gateway.urls().get(0)).getPort();
  }

  private static JsonObject address(String key, long limit) {
    return new JsonObject().put("exempt", new JsonArray()).put("address", new JsonObject().put(key, limit));
  }

  /** Users are the {@code user} of the query; {@code join} joins a room and acknowledges, {@code owe} asks for an acknowledgement. */
  private MountedIo io(ClientLimits limits, RateLimits rates) {
    IoOptions options = new IoOptions().setAdmission(new AdmissionLimits(1_000, 1_000, 1L << 30, limits)).setMaxRooms(4)
        .setRateLimits(rates).setPlainRateLimits(rates);
    MountedIo server = MountedIo.start(options, io -> {
      io.use(joining -> {
        if (joining.handshake().query("user") != null) joining.identify(joining.handshake().query("user"));
        return Future.succeededFuture();
      });
      io.onConnection(socket -> {
        socket.onAck("join", String.class, room -> socket.join(room).map("joined"));
        socket.onAck("leave", String.class, room -> socket.leave(room).map("left"));
      });
    });
    opened.add(server);
    return server;
  }

  private static ClientLimits address(Quotas quotas) {
    return new ClientLimits(List.of(), quotas, Quotas.NONE, Quotas.NONE);
  }

  private static ClientLimits user(Quotas quotas) {
    return new ClientLimits(List.of(), Quotas.NONE, quotas, Quotas.NONE);
  }

  private RawWebSocket from(int port, String address) throws IOException {
    RawWebSocket client = RawWebSocket.tcp(port, address);
    opened.add(client);
    return client;
  }

  private RawWebSocket joined(int port, String address, String query) throws IOException {
    RawWebSocket client = from(port, address).upgrade(WEBSOCKET + query);
    client.sendText("40");
    next(client, "40{");
    return client;
  }

  /** The next text that begins like this. */
  private static String next(RawWebSocket client, String beginning) throws IOException {
    while (true) {
      Frame frame = client.readFrame();
      if (frame.opcode() == RawWebSocket.CLOSE) throw new IOException("closed: " + frame.closeReason());
      if (frame.opcode() == RawWebSocket.TEXT && frame.text().startsWith(beginning)) return frame.text();
    }
  }

  /** Sixty messages in one piece, so that the end of the connection cannot come between them. */
  private static void flood(RawWebSocket client, String text) throws IOException {
    byte[] one = RawWebSocket.frame(RawWebSocket.TEXT, RawWebSocket.ascii(text));
    byte[] all = one;
    for (int i = 1; i < 60; i++) all = RawWebSocket.concat(all, one);
    client.send(all);
  }

  private static HttpAnswer get(RawWebSocket client, String target, String... headers) throws IOException {
    StringBuilder head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n");
    for (String header : headers) head.append(header).append("\r\n");
    return client.send(RawWebSocket.ascii(head.append("\r\n").toString())).readAnswer();
  }

  private static JsonObject json(HttpAnswer answer) {
    return new JsonObject(answer.body());
  }

  // Handshakes.

  @Test
  void aHandshakeAboveTheLimitOfItsAddressIsAnswered429WithTheReason(Vertx vertx) throws Exception {
    int port = gateway(vertx, address("connections", 2));
    from(port, "127.0.0.2").upgrade(WEBSOCKET);
    from(port, "127.0.0.2").upgrade("/ws");
    HttpAnswer polling = get(from(port, "127.0.0.2"), POLLING);
    assertThat(polling.status()).isEqualTo(429);
    assertThat(polling.headers().get("retry-after")).matches("\\d+");
    assertThat(json(polling)).isEqualTo(new JsonObject().put("message", "more than 2 connections from this address")
        .put("what", "address.connections").put("limit", 2).put("until", null));
    HttpAnswer plain = from(port, "127.0.0.2").send(RawWebSocket.upgradeRequest("/ws")).readAnswer();
    assertThat(plain.status()).isEqualTo(429);
    assertThat(plain.body()).isEqualTo("more than 2 connections from this address");
    assertThat(from(port, "127.0.0.2").send(RawWebSocket.upgradeRequest(WEBSOCKET)).readAnswer().status()).isEqualTo(429);
    // Another address is another client.
    from(port, "127.0.0.3").upgrade(WEBSOCKET);
    String scraped = Metrics.of(vertx).scrape();
    assertThat(scraped).contains("magpie_limits_refused_total{reason=\"address.connections\"} 3");
    assertThat(scraped).contains("magpie_requests_refused_total{reason=\"limit\"}");
  }

  @Test
  void aConnectionThatEndsMakesRoom(Vertx vertx) throws Exception {
    int port = gateway(vertx, address("connections", 1));
    RawWebSocket first = from(port, "127.0.0.2").upgrade(WEBSOCKET);
    RawWebSocket second = from(port, "127.0.0.2");
    assertThat(get(second, POLLING).status()).isEqualTo(429);
    first.close();
    assertThat(Await.holdsWithin(Duration.ofSeconds(10), () -> get(second, POLLING).status() == 200)).isTrue();
  }

  @Test
  void aTcpConnectionFarAboveTheLimitIsToldWhyByItsFirstAnswerWhateverItAsks(Vertx vertx) throws Exception {
    int port = gateway(vertx, address("connections", 8));
    List<RawWebSocket> idle = new ArrayList<>();
    for (int i = 0; i < 16; i++) idle.add(from(port, "127.0.0.2"));
    for (RawWebSocket one : idle) assertThat(get(one, "/health").status()).isEqualTo(200);
    RawWebSocket next = from(port, "127.0.0.2");
    HttpAnswer answer = get(next, "/");
    assertThat(answer.status()).isEqualTo(429);
    assertThat(json(answer).getString("message")).isEqualTo("more than 8 connections from this address");
    assertThat(next.readEnd()).isTrue();
    assertThat(get(from(port, "127.0.0.3"), "/health").status()).isEqualTo(200);
  }

  // Who counts.

  @Test
  void loopbackIsExemptUnlessAForwardingHeaderNamesAnother(Vertx vertx) throws Exception {
    int port = gateway(vertx, address("connections", 1).put("exempt", new JsonArray().add("127.0.0.0/8")));
    for (int i = 0; i < 5; i++) from(port, "127.0.0.2").upgrade(WEBSOCKET);
    from(port, "127.0.0.2").upgrade(WEBSOCKET, "X-Forwarded-For: 192.0.2.7");
    HttpAnswer second = from(port, "127.0.0.2").send(RawWebSocket.upgradeRequest(WEBSOCKET, "X-Forwarded-For: 192.0.2.8")).readAnswer();
    // The proxy is not trusted, so that all that it forwards is one client.
    assertThat(second.status()).isEqualTo(429);
  }

  @Test
  void behindATrustedProxyEachClientAndEachIpv6NetworkCounts(Vertx vertx) throws Exception {
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(WITHOUT_DATABASE.copy()
        .put("http", new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", 0)))
        .put("trusted_proxies", new JsonArray().add("127.0.0.1")))
        .put("limits", new JsonObject().put("exempt", new JsonArray().add("198.51.100.0/24"))
        .put("address", new JsonObject().put("connections", 1)))));
    await(vertx.deployVerticle(gateway));
    int port = URI.create(gateway.urls().get(0)).getPort();
    assertThat(statusFor(port, "192.0.2.7")).isEqualTo(200);
    assertThat(statusFor(port, "192.0.2.8")).isEqualTo(200);
    assertThat(statusFor(port, "192.0.2.7")).isEqualTo(429);
    assertThat(statusFor(port, "2001:db8:1:2::7")).isEqualTo(200);
    assertThat(statusFor(port, "2001:db8:1:2::8")).isEqualTo(429);
    assertThat(statusFor(port, "2001:db8:1:3::7")).isEqualTo(200);
    for (int i = 0; i < 3; i++) assertThat(statusFor(port, "198.51.100.9")).isEqualTo(200);
  }

  private int statusFor(int port, String client) throws IOException {
    return get(from(port, "127.0.0.1"), POLLING, "X-Forwarded-For: " + client).status();
  }

  // Messages.

  @Test
  void aSocketIoClientIsWarnedThenClosedWithTheReason() throws Exception {
    MountedIo server = io(address(new Quotas(0, 0, 4, 0, 0, 0, 0)), RateLimits.NONE);
    RawWebSocket client = joined(server.port, "127.0.0.1", "");
    flood(client, "42[\"x\"]");
    JsonObject warning = new JsonArray(next(client, "42[\"sys:limit\"").substring(2)).getJsonObject(1);
    assertThat(warning.getString("what")).isEqualTo("address.events_per_second");
    assertThat(warning.getLong("limit")).isEqualTo(4);
    assertThat(warning.getLong("until")).isGreaterThan(System.currentTimeMillis() - 60_000);
    Frame close = client.skipToClose();
    assertThat(close.closeCode()).isEqualTo(1008);
    assertThat(close.closeReason()).isEqualTo("more than 4 events/s from this address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"42[\"x\"]", "42[\"y\",{}]"})
  void aConnectionsOwnLimitWarnsToo(String event) throws Exception {
    MountedIo server = io(ClientLimits.NONE, new RateLimits(10, 20, 0, 0));
    RawWebSocket client = joined(server.port, "127.0.0.1", "");
    flood(client, event);
    JsonObject warning = new JsonArray(next(client, "42[\"sys:limit\"").substring(2)).getJsonObject(1);
    assertThat(warning.getString("what")).isEqualTo("events_per_second");
    assertThat(warning.getLong("limit")).isEqualTo(10);
    assertThat(client.skipToClose().closeReason()).isEqualTo("more than 10 events/s");
  }

  @Test
  void aClientOfEngineIo3IsWarnedToo() throws Exception {
    MountedIo server = io(ClientLimits.NONE, new RateLimits(10, 20, 0, 0));
    RawWebSocket client = from(server.port, "127.0.0.1").upgrade("/socket.io/?EIO=3&transport=websocket");
    next(client, "40");
    flood(client, "42[\"x\"]");
    assertThat(next(client, "42[\"sys:limit\"")).contains("\"what\":\"events_per_second\"");
    assertThat(client.skipToClose().closeCode()).isEqualTo(1008);
  }

  @Test
  void aPollingClientGetsTheWarningBeforeTheEnd() throws Exception {
    MountedIo server = io(ClientLimits.NONE, new RateLimits(10, 20, 0, 0));
    RawWebSocket client = from(server.port, "127.0.0.1");
    String sid = new JsonObject(get(client, POLLING).body().substring(1)).getString("sid");
    String target = POLLING + "&sid=" + sid;
    post(client, target, "40");
    assertThat(get(client, target).body()).startsWith("40{");
    post(client, target, "42[\"x\"]\u001e".repeat(15) + "42[\"x\"]");
    assertThat(get(client, target).body()).contains("42[\"sys:limit\",{\"what\":\"events_per_second\"");
  }

  private static void post(RawWebSocket client, String target, String body) throws IOException {
    String head = "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n";
    client.send(RawWebSocket.ascii(head + body));
    assertThat(client.readAnswer().status()).isEqualTo(200);
  }

  @Test
  void aMagpieV1ClientIsWarnedAndAPlainOneIsToldByTheCloseFrameOnly() throws Exception {
    MountedIo server = io(ClientLimits.NONE, new RateLimits(10, 20, 0, 0));
    RawWebSocket v1 = from(server.port, "127.0.0.1").upgrade("/ws", "Sec-WebSocket-Protocol: magpie.v1");
    v1.sendText("{\"auth\":{}}");
    next(v1, "{\"open\"");
    flood(v1, "[\"x\"]");
    assertThat(next(v1, "{\"event\":\"sys:limit\"")).contains("\"what\":\"events_per_second\"");
    assertThat(v1.skipToClose().closeReason()).isEqualTo("more than 10 events/s");
    RawWebSocket plain = from(server.port, "127.0.0.1").upgrade("/ws");
    flood(plain, "[\"x\"]");
    Frame first = plain.readFrame();
    assertThat(first.opcode()).isEqualTo(RawWebSocket.CLOSE);
    assertThat(first.closeReason()).isEqualTo("more than 10 events/s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ws?echo=true", "/ws"})
  void anEchoAndAPingCountToo(String path) throws Exception {
    MountedIo server = io(address(new Quotas(0, 0, 4, 0, 0, 0, 0)), RateLimits.NONE);
    RawWebSocket client = from(server.port, "127.0.0.1").upgrade(path);
    flood(client, "ping");
    assertThat(client.skipToClose().closeReason()).isEqualTo("more than 4 events/s from this address");
  }

  // Users, rooms, namespaces.

  @Test
  void aUsersConnectionTooManyIsRefusedByConnectErrorWithTheLimitAsData() throws Exception {
    MountedIo server = io(user(new Quotas(2, 0, 0, 0, 0, 0, 0)), RateLimits.NONE);
    joined(server.port, "127.0.0.2", "&user=ana");
    RawWebSocket second = joined(server.port, "127.0.0.3", "&user=ana");
    joined(server.port, "127.0.0.3", "&user=bob");
    RawWebSocket third = from(server.port, "127.0.0.4").upgrade(WEBSOCKET + "&user=ana");
    third.sendText("40");
    assertThat(new JsonObject(next(third, "44").substring(2))).isEqualTo(new JsonObject()
        .put("message", "more than 2 connections of this user")
        .put("data", new JsonObject().put("what", "user.connections").put("limit", 2).put("until", null)));
    second.close();
    assertThat(Await.holdsWithin(Duration.ofSeconds(10), () -> {
      RawWebSocket again = from(server.port, "127.0.0.4").upgrade(WEBSOCKET + "&user=ana");
      again.sendText("40");
      return next(again, "4").startsWith("40");
    })).isTrue();
  }

  @Test
  void aPlainClientOfThatUserIsClosedWithTheReason() throws Exception {
    MountedIo server = io(user(new Quotas(1, 0, 0, 0, 0, 0, 0)), RateLimits.NONE);
    joined(server.port, "127.0.0.2", "&user=ana");
    Frame close = from(server.port, "127.0.0.2").upgrade("/ws?user=ana").skipToClose();
    assertThat(close.closeCode()).isEqualTo(4404);
    assertThat(close.closeReason()).isEqualTo("more than 1 connections of this user");
  }

  @Test
  void aRoomTooManyIsAnErrorOfTheAcknowledgementAndTheSocketLivesOn() throws Exception {
    MountedIo server = io(address(new Quotas(0, 0, 0, 0, 6, 0, 0)), RateLimits.NONE);
    RawWebSocket first = joined(server.port, "127.0.0.2", "");
    for (int i = 0; i < 4; i++) assertThat(ask(first, "join", "r" + i)).isEqualTo("[\"joined\"]");
    assertThat(ask(first, "join", "r0")).isEqualTo("[\"joined\"]");
    assertThat(ask(first, "join", "r4")).isEqualTo(
        "[{\"error\":\"more than 4 rooms of this connection\",\"data\":{\"what\":\"socket.rooms\",\"limit\":4,\"until\":null}}]");
    RawWebSocket second = joined(server.port, "127.0.0.2", "");
    for (int i = 0; i < 2; i++) assertThat(ask(second, "join", "r" + i)).isEqualTo("[\"joined\"]");
    assertThat(ask(second, "join", "r2")).contains("more than 6 rooms from this address");
    ask(first, "leave", "r0");
    assertThat(ask(second, "join", "r2")).isEqualTo("[\"joined\"]");
    first.close();
    assertThat(Await.holdsWithin(Duration.ofSeconds(10), () -> ask(second, "join", "r3").equals("[\"joined\"]"))).isTrue();
  }

  private static String ask(RawWebSocket client, String event, String argument) throws IOException {
    client.sendText("421" + new JsonArray().add(event).add(argument));
    return next(client, "431").substring(3);
  }

  @Test
  void aPageThatReloadsFreesItsShareOfRoomsAndNamespacesAndAcknowledgements() throws Exception {
    MountedIo server = io(new ClientLimits(List.of(), new Quotas(100, 0, 0, 0, 3, 3, 3), new Quotas(100, 0, 0, 0, 3, 3, 3), Quotas.NONE),
        RateLimits.NONE);
    for (int round = 0; round < 5; round++) {
      RawWebSocket client = joined(server.port, "127.0.0.2", "&user=ana");
      for (int i = 0; i < 3; i++) assertThat(ask(client, "join", "r" + i)).isEqualTo("[\"joined\"]");
      server.onLoop(() -> {
        for (int i = 0; i < 4; i++) server.io.timeout(60_000).emitWithAck("owe");
        return null;
      });
      client.close();
      assertThat(Await.holdsWithin(Duration.ofSeconds(10), () -> server.onLoop(() -> server.io.counters().get(
          Count.CONNECTIONS)) == 0L)).isTrue();
    }
  }

  @Test
  void aNamespaceTooManyIsRefusedWithTheLimitAsData() throws Exception {
    MountedIo server = io(address(new Quotas(0, 0, 0, 0, 0, 1, 0)), RateLimits.NONE);
    RawWebSocket client = joined(server.port, "127.0.0.2", "");
    RawWebSocket other = from(server.port, "127.0.0.2").upgrade(WEBSOCKET);
    other.sendText("40");
    assertThat(next(other, "44")).contains("more than 1 namespaces from this address", "\"what\":\"address.namespaces\"");
    client.close();
    assertThat(Await.holdsWithin(Duration.ofSeconds(10), () -> {
      other.sendText("40");
      return next(other, "4").startsWith("40");
    })).isTrue();
  }
}
