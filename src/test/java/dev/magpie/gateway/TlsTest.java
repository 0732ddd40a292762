package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.TestCertificates;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS of a listener as clients see it, and the starts that are refused. */
@ExtendWith(VertxExtension.class)
class TlsTest {
  private static TestCertificates authority;

  @TempDir
  Path folder;

  private TlsListener listener;

  @BeforeAll
  static void makeAuthority() {
    authority = new TestCertificates("Test authority");
  }

  @BeforeEach
  void makeCertificate() throws IOException {
    listener = new TlsListener(folder, authority);
    authority.server("localhost", "127.0.0.1").write(folder, "main");
  }

  @Test
  void pagesAreServedByHttp2ToThoseWhoSpeakIt(Vertx vertx) throws Exception {
    URI url = listener.deploy(vertx, listener.settings(listener.tls("main")), 1).get(0);
    assertThat(url.getScheme()).isEqualTo("https");
    var page = TlsListener.get(listener.client(), url.resolve("/own.html"));
    assertThat(page.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-security-policy")).contains(GatewayOptions.Http.STRICT_CSP);
  }

  @Test
  void thoseWhoDoNotSpeakItGetHttp1(Vertx vertx) throws Exception {
    URI url = listener.deploy(vertx, listener.settings(listener.tls("main")), 1).get(0);
    try (SSLSocket socket = TlsListener.connect(authority.trusting(), url, "localhost")) {
      String request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).startsWith("HTTP/1.1 200 OK\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void bothVersionsOfTodayAreSpoken(String version, Vertx vertx) throws Exception {
    URI url = listener.deploy(vertx, listener.settings(listener.tls("main")), 1).get(0);
    try (SSLSocket socket = (SSLSocket) authority.trusting().getSocketFactory().createSocket("127.0.0.1", url.getPort())) {
      socket.setEnabledProtocols(new String[] {version});
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo(version);
    }
  }

  @ParameterizedTest
  @CsvSource({
      "a.example, a.example", "A.EXAMPLE, a.example", "shop.b.example, *.b.example", "x.shop.b.example, localhost", "b.example, localhost",
      "unknown.example, localhost", ", localhost"})
  void theHostThatAClientNamesChoosesTheCertificate(String host, String subject, Vertx vertx) throws Exception {
    authority.server("a.example").write(folder, "a");
    authority.server("*.b.example").write(folder, "b");
    URI url = listener.deploy(vertx, listener.settings(listener.tls("main", "a", "b")), 1).get(0);
    assertThat(subject(url, host)).isEqualTo("CN=" + subject);
  }

  @Test
  void twoKeysOfDifferentKindsServeOneHost(Vertx vertx) throws Exception {
    authority.server("RSA", Duration.ofDays(30), "localhost", "127.0.0.1").write(folder, "rsa");
    URI url = listener.deploy(vertx, listener.settings(listener.tls("main", "rsa")), 1).get(0);
    assertThat(keyOf(url, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")).isEqualTo("RSA");
    assertThat(keyOf(url, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")).isEqualTo("EC");
  }

  private static String keyOf(URI url, String cipher) throws IOException {
    try (SSLSocket socket = (SSLSocket) authority.trusting().getSocketFactory().createSocket("127.0.0.1", url.getPort())) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.setEnabledCipherSuites(new String[] {cipher});
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0].getPublicKey().getAlgorithm();
    }
  }

  private static String subject(URI url, String host) throws IOException {
    try (SSLSocket socket = TlsListener.connect(authority.trusting(), url, host)) {
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSubjectX500Principal().getName();
    }
  }

  // Redirect and HSTS.

  @Test
  void aRedirectListenerSendsEveryRequestToHttpsWithItsPathAndQuery(Vertx vertx) throws Exception {
    List<URI> urls = listener.deploy(vertx, redirecting(new JsonObject(), "https"), 2);
    var answer = TlsListener.get(HttpClient.newHttpClient(), URI.create("http://localhost:" + urls.get(1).getPort() + "/own.html?a=b"));
    assertThat(answer.statusCode()).isEqualTo(308);
    assertThat(answer.headers().firstValue("location")).contains("https://localhost:" + urls.get(0).getPort() + "/own.html?a=b");
    HttpClient follows = HttpClient.newBuilder().sslContext(authority.trusting()).followRedirects(HttpClient.Redirect.NORMAL).build();
    assertThat(TlsListener.get(follows, URI.create("http://localhost:" + urls.get(1).getPort() + "/own.html")).statusCode()).isEqualTo(200);
  }

  @Test
  void aRedirectNamesThePublicPort(Vertx vertx) throws Exception {
    URI plain = listener.deploy(vertx, redirecting(new JsonObject(), "https:443"), 1).get(1);
    assertThat(location(plain, "/")).contains("https://127.0.0.1/");
    undeploy(vertx);
    URI other = listener.deploy(vertx, redirecting(new JsonObject(), "https:8443"), 1).get(1);
    assertThat(location(other, "/x")).contains("https://127.0.0.1:8443/x");
  }

  @Test
  void aRedirectToAHostThatIsNotServedIsRefused(Vertx vertx) throws Exception {
    URI plain = listener.deploy(vertx, redirecting(new JsonObject(), "https:443"), 1).get(1);
    try (java.net.Socket socket = new java.net.Socket("127.0.0.1", plain.getPort())) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).startsWith("HTTP/1.1 421 ")
          .doesNotContain("ocation");
    }
  }

  private static void undeploy(Vertx vertx) {
    for (String id : List.copyOf(vertx.deploymentIDs())) TlsListener.await(vertx.undeploy(id));
  }

  private java.util.Optional<String> location(URI plain, String path) throws Exception {
    return TlsListener.get(HttpClient.newHttpClient(), plain.resolve(path)).headers().firstValue("location");
  }

  private JsonObject redirecting(JsonObject http, String redirect) {
    JsonObject secure = new JsonObject().put("port", 0).put("tls", listener.tls("main"));
    return listener.settings(http, secure, new JsonObject().put("port", 0).put("name", "plain").put("redirect", redirect));
  }

  @Test
  void hstsIsSentByTlsOnlyAndOnlyIfASettingSaysSo(Vertx vertx) throws Exception {
    JsonObject secure = new JsonObject().put("port", 0).put("tls", listener.tls("main"));
    JsonObject plain = new JsonObject().put("port", 0).put("name", "plain");
    List<URI> on = listener.deploy(vertx, listener.settings(new JsonObject().put("hsts_seconds", 600), secure, plain), 1);
    assertThat(hsts(on.get(0))).contains("max-age=600");
    assertThat(hsts(on.get(1))).isEmpty();
    undeploy(vertx);
    assertThat(hsts(listener.deploy(vertx, listener.settings(listener.tls("main")), 1).get(0))).isEmpty();
  }

  private java.util.Optional<String> hsts(URI url) throws Exception {
    return TlsListener.get(listener.client(), url.resolve("/own.html")).headers().firstValue("strict-transport-security");
  }

  // Self-signed.

  @Test
  void aSelfSignedCertificateIsMadeOnceAndKeptForItsOwner(Vertx vertx) throws Exception {
    JsonObject settings = listener.settings(new JsonObject().put("self_signed", true));
    URI url = listener.deploy(vertx, settings, 2).get(0);
    Path file = folder.resolve("data/tls/main.pem");
    String made = Files.readString(file);
    assertThat(made).contains("BEGIN CERTIFICATE", "BEGIN PRIVATE KEY");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent()))).isEqualTo("rwx------");
    var names = certificate(url).getSubjectAlternativeNames().stream().map(name -> (String) name.get(1)).toList();
    assertThat(names).containsExactlyInAnyOrder("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");
    undeploy(vertx);
    listener.deploy(vertx, settings, 1);
    assertThat(Files.readString(file)).isEqualTo(made);
  }

  @Test
  void aSelfSignedCertificateHasTheHostsThatAreServed(Vertx vertx) throws Exception {
    JsonObject http = new JsonObject().put("hosts", new JsonArray().add("chat.example"));
    JsonObject one = new JsonObject().put("port", 0).put("tls", new JsonObject().put("self_signed", true));
    URI url = listener.deploy(vertx, listener.settings(http, one), 1).get(0);
    assertThat(certificate(url).getSubjectAlternativeNames().toString()).contains("chat.example");
  }

  private static X509Certificate certificate(URI url) throws Exception {
    SSLContext any = SSLContext.getInstance("TLS");
    any.init(null, new javax.net.ssl.TrustManager[] {new TrustAll()}, null);
    try (SSLSocket socket = TlsListener.connect(any, url, null)) {
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  private static final class TrustAll extends javax.net.ssl.X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  // Starts that are refused.

  @Test
  void aMissingFileRefusesTheStart(Vertx vertx) {
    refused(vertx, listener.tls("nowhere"),
        "http.listeners[0].tls.certificates[0].certificate: " + listener.file("nowhere.pem") + " does not exist; allowed: a PEM file");
  }

  @Test
  void aKeyOfAnotherCertificateRefusesTheStart(Vertx vertx) throws Exception {
    Files.writeString(folder.resolve("main.key"), authority.server("localhost").keyPem());
    refused(vertx, listener.tls("main"), "http.listeners[0].tls.certificates[0].key: " + listener.file("main.key")
        + " does not belong to the certificate in " + listener.file("main.pem") + "; allowed: its private key");
  }

  @Test
  void anEncryptedKeyRefusesTheStartAndIsNotShown(Vertx vertx) throws Exception {
    String key = authority.server("localhost").encryptedKeyPem("secret");
    Files.writeString(folder.resolve("main.key"), key);
    String refusal = refused(vertx, listener.tls("main"), "main.key is encrypted; allowed: a key without a password");
    assertThat(refusal).doesNotContain(key.split("\n")[1]);
  }

  @Test
  void aPasswordOfANamelessFileRefusesTheStart(Vertx vertx) throws Exception {
    Files.writeString(folder.resolve("main.key"), "-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----\n");
    assertThat(refused(vertx, listener.tls("main"), "main.key is malformed; allowed: PEM")).doesNotContain("MIIsecret");
  }

  @Test
  void aFileThatIsNoCertificateRefusesTheStart(Vertx vertx) throws Exception {
    Files.write(folder.resolve("main.pem"), new byte[] {0, 1, 2, (byte) 0xFF});
    refused(vertx, listener.tls("main"), "main.pem has no certificate; allowed: PEM, which begins with -----BEGIN CERTIFICATE-----");
  }

  @Test
  void anExpiredCertificateRefusesTheStart(Vertx vertx) throws Exception {
    authority.server("EC", Duration.ofHours(-1), "localhost").write(folder, "main");
    refused(vertx, listener.tls("main"), "main.pem has expired at ");
  }

  @Test
  void bothASelfSignedAndAnotherCertificateRefuseTheStart(Vertx vertx) {
    refused(vertx, listener.tls("main").put("self_signed", true), "http.listeners[0].tls: self_signed and certificates; allowed: ");
  }

  @Test
  void neitherRefusesTheStart(Vertx vertx) {
    refused(vertx, new JsonObject(), "http.listeners[0].tls: no certificates; allowed: ");
  }

  @Test
  void anAuthorityWithoutAQuestionRefusesTheStart(Vertx vertx) {
    refused(vertx, listener.tls("main").put("client_ca", listener.file("main.pem")),
        "http.listeners[0].tls.client_auth: none, with a client_ca; allowed: ");
    refused(vertx, listener.tls("main").put("client_auth", "required"), "http.listeners[0].tls.client_ca: null; allowed: ");
  }

  private String refused(Vertx vertx, JsonObject tls, String why) {
    StringBuilder said = new StringBuilder();
    assertThatThrownBy(() -> listener.deploy(vertx, listener.settings(tls), 2)).satisfies(refusal -> {
      String message = dev.magpie.logging.Reason.of(refusal);
      assertThat(message).contains(why).doesNotContain("\n", "Exception");
      said.append(message);
    });
    return said.toString();
  }
}
