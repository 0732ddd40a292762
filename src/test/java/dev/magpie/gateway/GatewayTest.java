package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
class GatewayTest {
  private static final String STRICT = "content-security-policy: " + GatewayOptions.Http.STRICT_CSP;

  @TempDir
  Path folder;

  private Path webroot;
  /** Of the gateways that were deployed last. */
  private int managementPort;

  @BeforeEach
  void files() throws IOException {
    webroot = Files.createDirectories(folder.resolve("webroot"));
    write("mine.html", "mine");
    write("foo/index.html", "foo");
    write(".git/config", "secret");
    write("foo/.hidden", "secret");
    Files.writeString(folder.resolve("outside.txt"), "secret");
  }

  @Test
  void servesFilesBesideBeforeItsOwn(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    assertThat(get(port, "/mine.html")).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nmine");
    assertThat(get(port, "/shop/")).startsWith("HTTP/1.1 200").endsWith("own shop\n");
    write("shop/index.html", "my shop");
    assertThat(get(port, "/shop/")).endsWith("my shop");
  }

  @Test
  void servesWhatTheTutorialsPagesLoadFromTheServer(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    assertThat(get(port, "/jquery-1.11.3.min.js")).startsWith("HTTP/1.1 200").contains("javascript").contains("jQuery v1.11.3");
    // Without an extension, and shown in the browser all the same.
    assertThat(get(port, "/news")).startsWith("HTTP/1.1 200").contains("content-type: text/plain; charset=utf-8").endsWith("\r\n\r\nnews");
  }

  @Test
  void servesAFileThatIsAddedLater(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    assertThat(get(port, "/later.html")).startsWith("HTTP/1.1 404");
    write("later.html", "later");
    Thread.sleep(20);
    assertThat(get(port, "/later.html")).startsWith("HTTP/1.1 200");
  }

  @Test
  void keepsTheStrictPolicyOnItsOwnPagesWhereverTheyLie(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject().put("csp", "off"), 1);
    assertThat(get(port, "/mine.html")).doesNotContain("content-security-policy").contains("x-content-type-options: nosniff");
    assertThat(get(port, "/own.html")).startsWith("HTTP/1.1 200").contains(STRICT);
    try (InputStream own = getClass().getResourceAsStream("/magpie/webroot/own.html")) {
      Files.write(webroot.resolve("own.html"), own.readAllBytes());
    }
    assertThat(get(port, "/own.html")).contains(STRICT);
    write("own.html", "changed by its user");
    assertThat(get(port, "/own.html")).endsWith("changed by its user").doesNotContain("content-security-policy");
  }

  @Test
  void compressesItsOwnPagesForThoseWhoTakeIt(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject().put("csp", "off"), 1);
    for (String path : List.of("/own.html", "/js/home.js", "/css/base.css", "/i18n/en.json")) {
      String plain = get(port, path);
      assertThat(plain).as(path).startsWith("HTTP/1.1 200").contains("vary: Accept-Encoding", "cache-control: no-cache", STRICT)
          .doesNotContain("content-encoding");
      String compressed = exchange(port,
          "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\nConnection: close\r\n\r\n");
      assertThat(compressed).as(path).startsWith("HTTP/1.1 200").contains("Content-Encoding: gzip", "Content-Type: ", STRICT);
      String etag = compressed.split("ETag: ")[1].split("\r\n")[0];
      assertThat(exchange(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: " + etag + "\r\nConnection: close\r\n\r\n"))
          .as(path).startsWith("HTTP/1.1 304");
    }
    assertThat(exchange(port, "GET /mine.html HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"))
        .doesNotContain("content-encoding", "Content-Encoding");
  }

  @Test
  void asksBrowsersToComeBackAndSaysNotModified(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    Files.setLastModifiedTime(webroot.resolve("mine.html"), FileTime.fromMillis(1_600_000_000_000L));
    String first = get(port, "/mine.html");
    assertThat(first).contains("cache-control: no-cache").contains("last-modified: Sun, 13 Sep 2020 12:26:40 GMT");
    assertThat(exchange(port,
        "GET /mine.html HTTP/1.1\r\nHost: localhost\r\nIf-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 304");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "/.git/config", "/foo/.hidden", "/foo/%2ehidden", "/%2egit/config", "/nope", "/foo/nope", "/../outside.txt", "/%2e%2e/outside.txt",
        "/..%2foutside.txt", "/..%5coutside.txt",
    "/..%5c..%5capp.conf", "/foo/..%2f..%2foutside.txt", "//etc/passwd", "/foo/%00", "/shop/../../build.properties",
    "/..%2fbuild.properties", "/%5c..%5cbuild.properties"
  })
  void answersWhatIsNotThereByAShortText(String path, Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    assertThat(get(port, path)).startsWith("HTTP/1.1 404 Not Found\r\n").endsWith("\r\n\r\n404 Not Found\n");
  }

  @Test
  void isNotPoisonedByAPathWithDotSegments(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    get(port, "/foo/bar%2F..%2Findex.html");
    assertThat(get(port, "/foo/index.html")).startsWith("HTTP/1.1 200");
  }

  @Test
  void followsLinksWithinTheWebrootAndNoneOutOfIt(Vertx vertx) throws Exception {
    Files.createSymbolicLink(webroot.resolve("passwd"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(webroot.resolve("outside.txt"), Path.of("../outside.txt"));
    Files.createSymbolicLink(webroot.resolve("above"), folder);
    Files.createSymbolicLink(webroot.resolve("link.html"), Path.of("mine.html"));
    int port = deploy(vertx, new JsonObject(), 1);
    for (String path : List.of("/passwd", "/outside.txt", "/above/outside.txt", "/above/webroot/../outside.txt"))
      assertThat(get(port, path)).as(path).startsWith("HTTP/1.1 404");
    assertThat(get(port, "/link.html")).startsWith("HTTP/1.1 200").endsWith("mine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/mine.html", "/foo/", "/shop/", "/news", "/js/magpie.js", "/nope", "/socket.io/socket.io.js", "/health"})
  void tellsTheSameOfAPageWhetherItIsSentOrNot(String path, Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    get(port, "/socket.io/socket.io.js");
    String end = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    String got = exchange(port, "GET " + path + end);
    String asked = exchange(port, "HEAD " + path + end);
    assertThat(lines(asked)).containsExactlyInAnyOrderElementsOf(lines(got.substring(0, got.indexOf("\r\n\r\n") + 4)));
    assertThat(asked).endsWith("\r\n\r\n");
  }

  /** Of a head, but for the moment. */
  private static List<String> lines(String head) {
    return head.lines().map(line -> line.toLowerCase(java.util.Locale.ROOT)).filter(line -> !line.isEmpty() && !line.startsWith("date:"))
        .toList();
  }

  @Test
  void doesNotListFolders(Vertx vertx) throws Exception {
    write("empty/a.txt", "a");
    int port = deploy(vertx, new JsonObject(), 1);
    assertThat(get(port, "/empty/")).startsWith("HTTP/1.1 404");
  }

  @Test
  void answersOtherMethodsByAShortText(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    assertThat(exchange(port, "POST /mine.html HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
        .matches("(?s)HTTP/1.1 40[45] .*");
    assertThat(exchange(port, "HEAD /mine.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 200")
        .endsWith("\r\n\r\n");
  }

  @Test
  void refusesHeadsThatAreTooLong(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    assertThat(get(port, "/" + "a".repeat(80_000))).startsWith("HTTP/1.0 414");
    assertThat(exchange(port, "GET / HTTP/1.1\r\nHost: localhost\r\n" + ("X: " + "a".repeat(1000) + "\r\n").repeat(100) + "\r\n"))
        .startsWith("HTTP/1.1 431");
    assertThat(exchange(port, "GET / HTTP/1.1\r\nno colon\r\n\r\n")).startsWith("HTTP/1.1 400");
  }

  @Test
  void sharesOneFreePortAmongItsInstances(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 4);
    for (int i = 0; i < 8; i++) assertThat(get(port, "/health")).startsWith("HTTP/1.1 200");
    for (int i = 0; i < 40; i++) assertThat(get(managementPort, "/ready")).contains("\"gateway-4\":\"ok\"");
  }

  @Test
  void opensEachListenerWithItsOwnFirstPage(Vertx vertx) throws Exception {
    JsonArray listeners = new JsonArray().add(new JsonObject().put("port", 0))
        .add(new JsonObject().put("port", 0).put("index", "foo/index.html"));
    write("index.html", "first");
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(settings(new JsonObject().put("listeners", listeners))));
    done(vertx.deployVerticle(gateway));
    assertThat(get(port(gateway.urls().get(0)), "/")).endsWith("first");
    assertThat(get(port(gateway.urls().get(1)), "/")).endsWith("foo");
  }

  @Test
  void failsToStartWhereThePortIsTaken(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    Vertx other = Vertx.vertx();
    Throwable failure = other.deployVerticle(new GatewayVerticle(GatewayOptions.from(settings(new JsonObject()
        .put("listeners", new JsonArray().add(new JsonObject().put("port", port)))))))
        .toCompletionStage().handle((id, cause) -> cause).toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(failure).hasMessageStartingWith("127.0.0.1:" + port + " is in use by another program");
    done(other.close());
  }

  @Test
  void closesAConnectionWhoseRequestDoesNotArriveWithinTenSeconds(Vertx vertx) throws Exception {
    int port = deploy(vertx, new JsonObject(), 1);
    try (Socket silent = connect(port); Socket slow = connect(port)) {
      long begun = System.nanoTime();
      slow.getOutputStream().write("GET / HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
      Thread drip = new Thread(() -> drip(slow));
      drip.start();
      assertThat(silent.getInputStream().read()).isEqualTo(-1);
      assertThat(ended(slow)).isTrue();
      assertThat(System.nanoTime() - begun).isGreaterThan(TimeUnit.SECONDS.toNanos(9));
      drip.interrupt();
      drip.join();
    }
  }

  @Test
  void stopsListeningWhenItIsUndeployed(Vertx vertx) throws Exception {
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(settings(new JsonObject())));
    String id = done(vertx.deployVerticle(gateway));
    int port = port(gateway.urls().get(0));
    try (Socket idle = connect(port)) {
      done(vertx.undeploy(id));
      assertThat(ended(idle)).isTrue();
    }
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> connect(port)).isInstanceOf(IOException.class);
  }

  private static void drip(Socket socket) {
    try {
      while (true) {
        Thread.sleep(200);
        socket.getOutputStream().write('a');
      }
    } catch (IOException | InterruptedException closed) {
      // The server closed it, which is what the test waits for.
    }
  }

  private static boolean ended(Socket socket) {
    try {
      return socket.getInputStream().read() == -1;
    } catch (IOException reset) {
      return true;
    }
  }

  private int deploy(Vertx vertx, JsonObject http, int instances) throws Exception {
    List<GatewayVerticle> gateways = new java.util.concurrent.CopyOnWriteArrayList<>();
    GatewayOptions options = GatewayOptions.from(settings(http));
    done(vertx.deployVerticle(() -> {
      GatewayVerticle gateway = new GatewayVerticle(options);
      gateways.add(gateway);
      return gateway;
    }, new DeploymentOptions().setInstances(instances)));
    assertThat(gateways.stream().map(GatewayVerticle::urls).distinct()).hasSize(1);
    assertThat(gateways.stream().map(GatewayVerticle::managementUrls).distinct()).hasSize(1);
    managementPort = port(gateways.get(0).managementUrls().get(0));
    return port(gateways.get(0).urls().get(0));
  }

  private JsonObject settings(JsonObject http) {
    if (!http.containsKey("listeners")) http.put("listeners", new JsonArray().add(new JsonObject().put("port", 0)));
    JsonObject inMemory = new JsonObject().put("namespaces", new JsonObject().put("/chat", "memory"));
    return new JsonObject().put("recovery", inMemory).put("http", http.put("webroot", webroot.toString()))
        .put("shutdown", new JsonObject().put("drain_ms", 1000));
  }

  private static int port(String url) {
    return java.net.URI.create(url).getPort();
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** By hand, since clients tidy paths up. */
  private static String get(int port, String path) throws IOException {
    return exchange(port, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  private static String exchange(int port, String request) throws IOException {
    try (Socket socket = connect(port)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress("127.0.0.1", port), 5000);
    socket.setSoTimeout(30_000);
    return socket;
  }

  private void write(String file, String text) throws IOException {
    Path path = webroot.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
