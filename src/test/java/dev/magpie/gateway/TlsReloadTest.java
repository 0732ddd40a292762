package dev.magpie.gateway;

import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.ops.Metrics;
import dev.magpie.testing.LogLines;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestCertificates;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that change while the server runs. */
@ExtendWith(VertxExtension.class)
class TlsReloadTest {
  private static final int CLIENTS = 8;
  private static final int RELOADS = 3;

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

  private URI deploy(Vertx vertx) {
    JsonObject one = new JsonObject().put("port", 0).put("tls", listener.tls("main"))
        .put("applications", new JsonArray().add("tlsstage"));
    return listener.deploy(vertx, listener.settings(new JsonObject(), one), 2).get(0);
  }

  private static String serial(URI url) throws IOException {
    try (SSLSocket socket = TlsListener.connect(authority.trusting(), url, "localhost")) {
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber().toString();
    }
  }

  private String replace() throws IOException {
    TestCertificates.Signed next = authority.server("localhost", "127.0.0.1");
    next.write(folder, "main");
    return next.certificate().getSerialNumber().toString();
  }

  @Test
  void newConnectionsGetTheNewCertificateAndNoneIsDropped(Vertx vertx) throws Exception {
    URI url = deploy(vertx);
    AtomicBoolean ends = new AtomicBoolean();
    AtomicInteger answers = new AtomicInteger();
    ExecutorService clients = Executors.newCachedThreadPool();
    List<Future<?>> talks = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      talks.add(clients.submit(() -> talk(url, ends, answers)));
      talks.add(clients.submit(() -> ask(url, ends, answers)));
    }
    try {
      until("all talk", () -> answers.get() > 10 * CLIENTS);
      for (int i = 0; i < RELOADS; i++) {
        String next = replace();
        until("the new certificate is served", () -> serial(url).equals(next));
        int before = answers.get();
        until("all go on", () -> answers.get() > before + 10 * CLIENTS);
      }
    } finally {
      ends.set(true);
      clients.shutdown();
    }
    // Fails where a connection was dropped, or an answer was wrong.
    for (Future<?> talk : talks) talk.get(30, TimeUnit.SECONDS);
  }

  /** One connection from before the first change to behind the last. */
  private static Void talk(URI url, AtomicBoolean ends, AtomicInteger answers) throws IOException {
    try (RawWebSocket client = RawWebSocket.tls(url.getPort(), authority.trusting()).upgrade("/ws")) {
      client.readFrame();
      for (int i = 0; !ends.get(); i++) {
        client.sendText("[\"message\"," + i + "]");
        assertThat(client.readFrame().text()).isEqualTo("[\"message-back\"," + i + "]");
        answers.incrementAndGet();
      }
    }
    return null;
  }

  /** Requests over HTTP/2, on a new connection now and then. */
  private static Void ask(URI url, AtomicBoolean ends, AtomicInteger answers) throws Exception {
    for (int i = 0; !ends.get(); ) {
      HttpClient client = TlsListener.client(authority.trusting());
      for (int j = 0; j < 20 && !ends.get(); i++, j++) {
        assertThat(TlsListener.get(client, url.resolve("/health")).statusCode()).isEqualTo(200);
        answers.incrementAndGet();
      }
    }
    return null;
  }

  @Test
  void aBrokenFileKeepsTheFormerCertificateUntilItIsMended(Vertx vertx) throws Exception {
    URI url = deploy(vertx);
    String before = serial(url);
    try (LogLines log = new LogLines(ListenerTls.class)) {
      Files.writeString(folder.resolve("main.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
      until("it is said", () -> log.lines().stream().anyMatch(line -> line.startsWith(
          "certificates not reloaded, the former ones stay in use listener=main reason=http.listeners[0].tls.certificates[0].certificate: "
              + listener.file("main.pem") + " is malformed; allowed: PEM")));
      assertThat(serial(url)).isEqualTo(before);
      String next = replace();
      until("the mended one is served", () -> serial(url).equals(next));
      assertThat(log.lines().stream().filter(line -> line.startsWith("certificates not reloaded"))).hasSize(1);
      assertThat(log.lines()).contains("certificates reloaded listener=main");
    }
  }

  @Test
  void aCertificateWhoseKeyComesLaterIsServedWhenItHasCome(Vertx vertx) throws Exception {
    URI url = deploy(vertx);
    TestCertificates.Signed next = authority.server("localhost", "127.0.0.1");
    try (LogLines log = new LogLines(ListenerTls.class)) {
      Files.writeString(folder.resolve("main.pem"), next.certificatePem());
      until("they do not belong together", () -> log.lines().stream().anyMatch(line -> line.contains(" does not belong to ")));
      Files.writeString(folder.resolve("main.key"), next.keyPem());
      until("they do", () -> serial(url).equals(next.certificate().getSerialNumber().toString()));
    }
  }

  @Test
  void theLogAndTheMetricsSayUntilWhenItIsValid(Vertx vertx) throws Exception {
    try (LogLines log = new LogLines(ListenerTls.class)) {
      deploy(vertx);
      assertThat(log.lines()).hasSize(1).allMatch(line -> line.matches("TLS served listener=main hosts=\\[localhost] valid_until=\\S+Z "
          + "days_left=29 subject=\"CN=localhost\" self_signed=false client_auth=none"));
    }
    assertThat(daysLeft(vertx)).containsExactly("29.0");
    authority.server("EC", Duration.ofDays(20), "localhost", "127.0.0.1").write(folder, "main");
    until("the new one is measured", () -> daysLeft(vertx).equals(List.of("19.0")));
    for (String id : List.copyOf(vertx.deploymentIDs())) TlsListener.await(vertx.undeploy(id));
    assertThat(daysLeft(vertx)).isEmpty();
  }

  private static List<String> daysLeft(Vertx vertx) {
    return Metrics.of(vertx).scrape().lines().filter(line -> line.startsWith("magpie_certificate_days_left{"))
        .peek(line -> assertThat(line).contains("listener=\"main\"", "subject=\"CN=localhost\"")).map(line -> line.split(" ")[1]).toList();
  }

  @Test
  void aCertificateThatExpiresWithinTwoWeeksIsWarnedOfOnce(Vertx vertx) throws Exception {
    authority.server("EC", Duration.ofDays(10), "localhost", "127.0.0.1").write(folder, "main");
    try (LogLines log = new LogLines(ListenerTls.class)) {
      URI url = deploy(vertx);
      assertThat(log.lines()).anyMatch(line -> line.startsWith("certificate expires soon listener=main hosts=[localhost] valid_until="));
      String next = replace();
      until("looked at since", () -> serial(url).equals(next));
      assertThat(log.lines().stream().filter(line -> line.startsWith("certificate expires soon"))).hasSize(1);
    }
  }
}
