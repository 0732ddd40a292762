package dev.magpie.gateway;

import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import dev.magpie.transport.admission.MemoryBudget;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients leave unfinished, on each wire, against the bound that all of it has. */
@ExtendWith(VertxExtension.class)
class PendingBytesTest {
  private static final int MIB = 1 << 20;
  /** One address may hold half of it, where one message of the largest size takes more than an eighth. */
  private static final int TOTAL = 4 * MIB;

  private static final String ENGINE = "/socket.io/?EIO=4&transport=";

  private final List<RawWebSocket> opened = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (RawWebSocket client : opened) client.close();
  }

  private static int deploy(Vertx vertx, long total) throws Exception {
    JsonObject http = new JsonObject()
        .put("listeners", new JsonArray().add(new JsonObject().put("port", 0)))
        .put("trusted_proxies", new JsonArray().add("127.0.0.1"));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(new JsonObject()
        .put("http", http)
        .put("limits", new JsonObject().put("pending_bytes", total))
        .put("recovery", new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory")))));
    vertx.deployVerticle(gateway).toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    String url = gateway.urls().get(0);
    return Integer.parseInt(url.substring(url.lastIndexOf(':') + 1, url.length() - 1));
  }

  /** From this address, as a proxy says. */
  private RawWebSocket webSocket(int port, String path, String address) throws IOException {
    RawWebSocket client = RawWebSocket.connect(port, path, "X-Forwarded-For: " + address);
    opened.add(client);
    return client;
  }

  private RawWebSocket tcp(int port) throws IOException {
    RawWebSocket client = RawWebSocket.tcp(port);
    opened.add(client);
    return client;
  }

  private static byte[] begun(int announced, int sent) {
    return RawWebSocket.concat(RawWebSocket.header(true, 0, RawWebSocket.BINARY, true, announced), new byte[4 + sent]);
  }

  private String session(int port, String address) throws IOException {
    HttpAnswer answer = tcp(port)
        .send(RawWebSocket.ascii("GET " + ENGINE + "polling HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + address + "\r\n\r\n")).readAnswer();
    return new JsonObject(answer.body().substring(1)).getString("sid");
  }

  private RawWebSocket post(int port, String address, int length, String sent) throws IOException {
    String head = "POST " + ENGINE + "polling&sid=" + session(port, address) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + length
        + "\r\nX-Forwarded-For: " + address + "\r\n\r\n";
    return tcp(port).send(RawWebSocket.ascii(head + sent));
  }

  @Test
  void aWebSocketMessageThatTakesMoreThanItsAddressMayIsClosedWith1013(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    RawWebSocket client = webSocket(port, "/ws?echo=true", "10.0.0.1").send(begun(16 * MIB, 3 * MIB));
    assertThat(client.readClose().closeCode()).isEqualTo(1013);
  }

  @Test
  void oneMessageOfTheLargestSizeIsTakenThoughItIsMoreThanAnEighth(Vertx vertx) throws Exception {
    int port = deploy(vertx, 48L * MIB);
    RawWebSocket client = webSocket(port, "/ws?echo=true", "10.0.0.1").send(begun(12 * MIB, 11 * MIB));
    until("MemoryBudget.of(vertx).leased() >= 12 * MIB", () -> MemoryBudget.of(vertx).leased() >= 12 * MIB);
    client.send(new byte[MIB]);
    assertThat(client.readFrame().payload()).hasSize(12 * MIB);
  }

  @Test
  void anotherAddressFinishesItsMessageMeanwhile(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    RawWebSocket honest = webSocket(port, "/ws?echo=true", "10.0.0.2").send(begun(200_000, 100_000));
    webSocket(port, "/ws?echo=true", "10.0.0.1").send(begun(16 * MIB, 3 * MIB)).readClose();
    honest.send(new byte[100_000]);
    assertThat(honest.readFrame().payload()).hasSize(200_000);
  }

  @Test
  void manyAddressesTogetherAreRefusedBeyondTheTotal(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    // Whoever is not refused holds 120,000 bytes: so many of them do not fit.
    for (int i = 0; i < 60; i++) webSocket(port, "/ws", "10.0.1." + i).send(begun(16 * MIB, 120_000));
    until("MemoryBudget.of(vertx).refusals() > 0", () -> MemoryBudget.of(vertx).refusals() > 0);
    assertThat(MemoryBudget.of(vertx).leased()).isLessThanOrEqualTo(TOTAL);
  }

  @Test
  void aPollingBodyThatFindsNoMemoryIs503AndComesAgainLater(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    post(port, "10.0.0.1", 900_000, "4" + "x".repeat(600_000));
    until("MemoryBudget.of(vertx).leased() >= 1_200_000", () -> MemoryBudget.of(vertx).leased() >= 1_200_000);
    HttpAnswer answer = post(port, "10.0.0.1", 900_000, "4" + "x".repeat(600_000)).readAnswer();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.headers()).containsEntry("connection", "close");
    assertThat(Integer.parseInt(answer.headers().get("retry-after"))).isBetween(5, 15);
  }

  @Test
  void aPollingBodyWithinTheBoundIsTaken(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    String poll = poll(session(port, "10.0.0.1"));
    RawWebSocket client = tcp(port)
        .send(RawWebSocket.ascii("POST " + poll + "Content-Length: 200000\r\n\r\n40{\"a\":\"" + "x".repeat(100_000)));
    until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
    client.send(RawWebSocket.ascii("x".repeat(200_000 - 100_000 - 10) + "\"}"));
    assertThat(client.readAnswer().status()).isEqualTo(200);
    assertThat(client.send(RawWebSocket.ascii("GET " + poll + "\r\n")).readAnswer().body()).startsWith("40");
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
  }

  @Test
  void aPollThatWaitsCountsAndSoDoesWhatWaitsForOne(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    String poll = poll(session(port, "10.0.0.1"));
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
    RawWebSocket parked = tcp(port).send(RawWebSocket.ascii("GET " + poll + "\r\n"));
    until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
    RawWebSocket client = tcp(port);
    assertThat(client.send(RawWebSocket.ascii("POST " + poll + "Content-Length: 2\r\n\r\n40")).readAnswer().status()).isEqualTo(200);
    assertThat(parked.readAnswer().body()).startsWith("40");
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
    assertThat(client.send(RawWebSocket.ascii("POST " + poll + "Content-Length: 8\r\n\r\n40/none,")).readAnswer().status()).isEqualTo(200);
    until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
    assertThat(parked.send(RawWebSocket.ascii("GET " + poll + "\r\n")).readAnswer().body()).startsWith("44");
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
  }

  @Test
  void whatWaitsForAPollThatDoesNotComeIsGivenBackWithItsSession(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    String poll = poll(session(port, "10.0.0.1"));
    RawWebSocket client = tcp(port);
    assertThat(client.send(RawWebSocket.ascii("POST " + poll + "Content-Length: 2\r\n\r\n40")).readAnswer().status()).isEqualTo(200);
    until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
    client.send(RawWebSocket.ascii("POST " + poll + "Content-Length: 1\r\n\r\n1")).readAnswer();
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
  }

  private static String poll(String session) {
    return ENGINE + "polling&sid=" + session + " HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\n";
  }

  @Test
  void attachmentsThatWaitForOthersCount(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    RawWebSocket client = webSocket(port, ENGINE + "websocket", "10.0.0.1").sendText("40");
    client.readFrame();
    client.readFrame();
    client.sendText("4510-[\"e\"" + ",{\"_placeholder\":true,\"num\":0}".repeat(10) + "]");
    for (int i = 0; i < 9; i++) client.sendBinary(new byte[250_000]);
    assertThat(client.skipToClose().closeCode()).isEqualTo(1013);
  }

  @Test
  void whatWasHeldIsGivenBackWhenTheConnectionEnds(Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    RawWebSocket message = webSocket(port, "/ws", "10.0.0.1").send(begun(16 * MIB, 100_000));
    RawWebSocket body = post(port, "10.0.0.2", 900_000, "4" + "x".repeat(100_000));
    until("MemoryBudget.of(vertx).leased() > 0", () -> MemoryBudget.of(vertx).leased() > 0);
    message.reset();
    body.reset();
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a GET that is cancelled", "a second GET", "a second POST"})
  void whatABodyHoldsThatIsAnsweredBeforeItsEndIsGivenBack(String end, Vertx vertx) throws Exception {
    int port = deploy(vertx, TOTAL);
    String session = session(port, "10.0.0.1");
    RawWebSocket poll = tcp(port).send(RawWebSocket.ascii("GET " + poll(session) + "\r\n"));
    RawWebSocket body = tcp(port)
        .send(RawWebSocket.ascii("POST " + poll(session) + "Content-Length: 900000\r\n\r\n4" + "x".repeat(100_000)));
    until("the body holds something", () -> MemoryBudget.of(vertx).held() > 100_000);
    // Each ends the session, which answers the body whose rest never comes.
    if (end.equals("a second GET")) tcp(port).send(RawWebSocket.ascii("GET " + poll(session) + "\r\n")).readAnswer();
    else if (end.equals("a second POST"))
      tcp(port).send(RawWebSocket.ascii("POST " + poll(session) + "Content-Length: 1\r\n\r\n2")).readAnswer();
    else poll.reset();
    assertThat(body.readAnswer().status()).isEqualTo(400);
    until("MemoryBudget.of(vertx).leased() == 0", () -> MemoryBudget.of(vertx).leased() == 0);
  }

  @Test
  void withoutTheBoundTheSameIsHeld(Vertx vertx) throws Exception {
    int port = deploy(vertx, 1L << 40);
    webSocket(port, "/ws?echo=true", "10.0.0.1").send(begun(16 * MIB, 3 * MIB));
    until("MemoryBudget.of(vertx).leased() >= 3 * MIB", () -> MemoryBudget.of(vertx).leased() >= 3 * MIB);
    assertThat(MemoryBudget.of(vertx).refusals()).isZero();
  }
}
