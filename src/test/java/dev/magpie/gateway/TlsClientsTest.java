package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.NodeClients;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestCertificates;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Socket.IO and plain clients of a listener with TLS, on two event loops. */
@ExtendWith(VertxExtension.class)
class TlsClientsTest {
  private static TestCertificates authority;

  @TempDir
  Path folder;

  private TlsListener listener;

  @BeforeAll
  static void prepare() throws Exception {
    authority = new TestCertificates("Test authority");
    NodeClients.install();
  }

  @BeforeEach
  void makeCertificate() throws IOException {
    listener = new TlsListener(folder, authority);
    authority.server("localhost", "127.0.0.1").write(folder, "main");
    Files.writeString(folder.resolve("authority.pem"), authority.pem());
  }

  private URI deploy(Vertx vertx, JsonObject tls) {
    JsonObject one = new JsonObject().put("port", 0).put("tls", tls).put("applications", new JsonArray().add("tlsstage"));
    return listener.deploy(vertx, listener.settings(new JsonObject(), one), 2).get(0);
  }

  /** An upgrade's second connection is taken by the other loop. */
  @ParameterizedTest
  @CsvSource({"4, polling", "4, websocket", "4, upgrade", "2, upgrade"})
  void theOfficialClientsTalk(String client, String transport, Vertx vertx) throws Exception {
    URI url = deploy(vertx, listener.tls("main"));
    List<String> facts = NodeClients.runByTls(url.getPort(), folder.resolve("authority.pem"), client, transport, "acks");
    assertThat(facts).contains("transport " + (transport.equals("polling") ? "\"polling\"" : "\"websocket\""),
        "acknowledged [1,\"2\",{\"three\":[3]}]", "acknowledged [{\"bytes\":\"010203\"}]",
        "client-said [\"answer\",{\"n\":42},{\"bytes\":\"07\"}]");
  }

  @Test
  void plainClientsTalk(Vertx vertx) throws Exception {
    URI url = deploy(vertx, listener.tls("main"));
    for (int i = 0; i < 4; i++) {
      try (RawWebSocket client = RawWebSocket.tls(url.getPort(), authority.trusting()).upgrade("/ws")) {
        client.readFrame();
        client.sendText("[\"message\",1]");
        assertThat(client.readFrame().text()).isEqualTo("[\"message-back\",1]");
        client.sendText("[\"handshake\"]");
        assertThat(new JsonArray(client.readFrame().text()).getJsonObject(1).getBoolean("secure")).isTrue();
      }
    }
  }

  @Test
  void aSessionByPollingOverHttp2KnowsThatItIsSecureAndItsHost(Vertx vertx) throws Exception {
    URI url = deploy(vertx, listener.tls("main"));
    assertThat(handshake(listener.client(), url)).isEqualTo(
        new JsonObject().put("secure", true).put("host", "127.0.0.1:" + url.getPort()).putNull("subject"));
  }

  // Certificates of clients.

  @Test
  void theSubjectOfAClientsCertificateReachesTheHandshake(Vertx vertx) throws Exception {
    URI url = deploy(vertx, asking("request"));
    SSLContext till = authority.trusting(authority.client("O=Shop,CN=till 4"));
    assertThat(handshake(TlsListener.client(till), url).getString("subject")).isEqualTo("CN=till 4,O=Shop");
    assertThat(handshake(listener.client(), url).getString("subject")).as("asked, and not given").isNull();
    try (RawWebSocket client = RawWebSocket.tls(url.getPort(), till).upgrade("/ws")) {
      client.readFrame();
      client.sendText("[\"handshake\"]");
      assertThat(new JsonArray(client.readFrame().text()).getJsonObject(1).getString("subject")).isEqualTo("CN=till 4,O=Shop");
    }
  }

  @Test
  void aClientDoesNotSendACertificateOfAnAuthorityThatIsNotAskedFor(Vertx vertx) throws Exception {
    URI url = deploy(vertx, asking("request"));
    TestCertificates stranger = new TestCertificates("Stranger");
    SSLContext context = authority.trusting(stranger.client("CN=till 4"));
    // Its own choice would be to send none, since the server names the authorities that it knows.
    HttpClient client = TlsListener.client(context);
    assertThat(handshake(client, url).getString("subject")).isNull();
  }

  @Test
  void whereACertificateIsRequiredNobodyComesInWithoutOne(Vertx vertx) throws Exception {
    URI url = deploy(vertx, asking("required"));
    assertThatThrownBy(() -> handshake(listener.client(), url)).isInstanceOf(IOException.class);
    assertThat(handshake(TlsListener.client(authority.trusting(authority.client("CN=till 4"))), url).getString("subject"))
        .isEqualTo("CN=till 4");
  }

  private JsonObject asking(String how) {
    return listener.tls("main").put("client_auth", how).put("client_ca", listener.file("authority.pem"));
  }

  /** Asks for it by polling. */
  private static JsonObject handshake(HttpClient client, URI url) throws Exception {
    URI poll = url.resolve("/socket.io/?EIO=4&transport=polling");
    HttpResponse<String> opened = TlsListener.get(client, poll);
    assertThat(opened.version()).isEqualTo(HttpClient.Version.HTTP_2);
    URI session = URI.create(poll + "&sid=" + new JsonObject(opened.body().substring(1)).getString("sid"));
    post(client, session, "40");
    post(client, session, "42[\"handshake\"]");
    String heard = "";
    while (!heard.contains("42[\"handshake\"")) heard = TlsListener.get(client, session).body();
    String event = heard.substring(heard.indexOf("42[\"handshake\"") + 2).split("\u001E")[0];
    return new JsonArray(event).getJsonObject(1);
  }

  private static void post(HttpClient client, URI session, String body) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(session).timeout(TlsListener.PATIENCE).POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
    assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).body()).isEqualTo("ok");
  }
}
