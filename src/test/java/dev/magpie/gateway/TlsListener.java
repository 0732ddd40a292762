package dev.magpie.gateway;

import dev.magpie.testing.Await;
import dev.magpie.testing.TestCertificates;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Gateways with TLS whose certificates and data are below one folder, and clients of them. */
final class TlsListener {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Path folder;
  private final TestCertificates authority;

  TlsListener(Path folder, TestCertificates authority) {
    this.folder = folder;
    this.authority = authority;
  }

  /** Certificates of files {@code NAME.pem} and {@code NAME.key} in the folder. */
  JsonObject tls(String... names) {
    JsonArray certificates = new JsonArray();
    for (String name : names)
      certificates.add(new JsonObject().put("certificate", file(name + ".pem")).put("key", file(name + ".key")));
    return new JsonObject().put("certificates", certificates).put("reload_ms", 50L);
  }

  String file(String name) {
    return folder.resolve(name).toString();
  }

  /** Settings of one listener. */
  JsonObject settings(JsonObject tls) {
    return settings(new JsonObject(), new JsonObject().put("port", 0).put("tls", tls));
  }

  JsonObject settings(JsonObject http, JsonObject... listeners) {
    return new JsonObject()
        .put("http", http.put("listeners", new JsonArray(List.of(listeners))).put("webroot", folder.resolve("webroot").toString()))
        .put("data", new JsonObject().put("path", folder.resolve("data").toString()))
        .put("shutdown", new JsonObject().put("drain_ms", 1000));
  }

  /** @return where the listeners are, in their order */
  List<URI> deploy(Vertx vertx, JsonObject settings, int instances) {
    List<GatewayVerticle> gateways = new CopyOnWriteArrayList<>();
    await(vertx.deployVerticle(() -> {
      GatewayVerticle gateway = new GatewayVerticle();
      gateways.add(gateway);
      return gateway;
    }, new DeploymentOptions().setInstances(instances).setConfig(settings)));
    return gateways.get(0).urls().stream().map(URI::create).toList();
  }

  static <T> T await(Future<T> future) {
    return Await.await(future.toCompletionStage().toCompletableFuture());
  }

  /** A client that trusts the authority and prefers HTTP/2. */
  HttpClient client() {
    return client(authority.trusting());
  }

  static HttpClient client(SSLContext context) {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(context).connectTimeout(PATIENCE).build();
  }

  static HttpResponse<String> get(HttpClient client, URI uri, String... headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
    if (headers.length > 0) request.headers(headers);
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** A connection after its handshake, for the host that the client names; null: names none. Verifies no host. */
  static SSLSocket connect(SSLContext context, URI to, String host, String... protocols) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", to.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    SSLParameters parameters = socket.getSSLParameters();
    if (host != null) parameters.setServerNames(List.of(new SNIHostName(host)));
    if (protocols.length > 0) parameters.setApplicationProtocols(protocols);
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }
}
