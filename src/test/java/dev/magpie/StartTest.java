package dev.magpie;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.MagpieProcess;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process of its own, started in an empty folder. */
@Timeout(120)
class StartTest {
  private static final Pattern LISTENING = Pattern.compile("listening url=(http://\\S+)");
  private static final Pattern MANAGEMENT = Pattern.compile("listening url=(http://\\S+) listener=management");

  @TempDir
  Path folder;

  private Process process;

  /** What {@code ulimit -n} allows; 0: what this machine does. */
  private int descriptors;

  /** Before everything else on the class path. */
  private String moreClassPath = "";

  @AfterEach
  void end() throws InterruptedException {
    if (process != null) process.destroyForcibly().waitFor();
  }

  @Test
  void servesFromAnyFolderWithoutArguments() throws Exception {
    start(Map.of("MAGPIE_HTTP_PORT", "0"));
    String url = url();
    assertThat(get(url + "health")).isEqualTo(200);
    awaitReady(url);
    assertThat(get(url + "metrics")).as("for operators only").isEqualTo(404);
    assertThat(get(await(MANAGEMENT) + "metrics")).isEqualTo(200);
    assertThat(get(url.replace("127.0.0.1", "localhost") + "health")).isEqualTo(200);
  }

  @Test
  void readsTheSettingsBesideWhereItIsStarted() throws Exception {
    write("conf/magpie.json", "{\"http\": {\"listeners\": [{\"port\": 0, \"name\": \"mine\"}]}}");
    start(Map.of());
    url();
    assertThat(out()).contains("settings read from " + Path.of("conf/magpie.json")).contains("listener=mine");
  }

  @Test
  void changesTheLogLevelsWhileItRuns() throws Exception {
    write("conf/magpie.json", "{}");
    start(Map.of("MAGPIE_HTTP_PORT", "0"), "run", "dev.magpie.reaper.ReaperVerticle");
    await(Pattern.compile("(started) verticle="));
    write("conf/magpie.json", "{\"log\": {\"levels\": {\"io.vertx\": \"info\"}}}");
    await(Pattern.compile("log levels (changed) level=info levels=\\{io.vertx=info}"));
  }

  @Test
  void writesItsLogAsJson() throws Exception {
    start(Map.of("MAGPIE_LOG_FORMAT", "json"), "run", "dev.magpie.reaper.ReaperVerticle");
    await(Pattern.compile("(started) verticle="));
    assertThat(out().lines()).isNotEmpty().allSatisfy(line -> assertThat(new JsonObject(line)).contains(Map.entry("level", "INFO")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run dev.magpie.MainVerticle", "run dev.magpie.gateway.GatewayVerticle",
      "dev.magpie.gateway.GatewayVerticle -instances 3"})
  void servesByTheCommandOfVertx(String arguments) throws Exception {
    write("conf/other.json", "{\"http\": {\"listeners\": [{\"port\": 0}]}}");
    start(Map.of(), (arguments + " -conf conf/other.json").split(" "));
    awaitReady(url());
  }

  @Test
  void runsTheReaperAlone() throws Exception {
    write("conf/other.json", "{}");
    start(Map.of(), "run", "dev.magpie.reaper.ReaperVerticle", "-conf", "conf/other.json");
    await(Pattern.compile("started verticle=(dev.magpie.reaper.ReaperVerticle)"));
  }

  @Test
  void stopsCleanlyOnATermination() throws Exception {
    start(Map.of("MAGPIE_HTTP_PORT", "0"));
    url();
    await(Pattern.compile("(started) verticle="));
    process.destroy();
    assertThat(process.waitFor(30, SECONDS)).isTrue();
    assertThat(process.exitValue()).isIn(0, 143);
    assertThat(out().stripTrailing()).endsWith("stopped");
    assertThat(err()).isEmpty();
  }

  @Test
  void aTerminationWhileItIsStillStartingIsNoRefusal() throws Exception {
    // A database that takes the connection and never answers.
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String address = "mongodb://127.0.0.1:" + silent.getLocalPort() + "/?serverSelectionTimeoutMS=60000";
      start(Map.of("MAGPIE_HTTP_PORT", "0", "MAGPIE_MONGO_CONNECTION_STRING", address));
      url();
      process.destroy();
      assertThat(process.waitFor(60, SECONDS)).isTrue();
    }
    assertThat(process.exitValue()).isEqualTo(143);
    assertThat(out().stripTrailing()).endsWith("stopped before it had started");
    assertThat(err()).isEmpty();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void withFewDescriptorsItRefusesConnectionsAndGoesOnAnswering() throws Exception {
    // Each jar takes one; an installed program has one jar.
    long jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator)).filter(entry -> entry.endsWith(".jar"))
        .count();
    descriptors = (int) jars + 160;
    start(Map.of("MAGPIE_HTTP_PORT", "0"));
    String url = url();
    awaitReady(url);
    int port = URI.create(url).getPort();
    List<RawWebSocket> clients = new ArrayList<>();
    try {
      int served = 0;
      int refused = 0;
      while (refused < 20 && clients.size() < 400) {
        RawWebSocket client = RawWebSocket.tcp(port);
        clients.add(client);
        int status = client.send(RawWebSocket.upgradeRequest("/ws")).readAnswer().status();
        assertThat(status).isIn(101, 503);
        if (status == 101) served++;
        else refused++;
      }
      assertThat(served).isPositive();
      assertThat(refused).isEqualTo(20);
      assertThat(get(url + "health")).isEqualTo(200);
    } finally {
      for (RawWebSocket client : clients) client.close();
    }
    assertThat(out() + err()).doesNotContain("Too many open files").doesNotContain("\tat ");
  }

  @Test
  void keepsTemporaryFilesBelowItsDataWithoutTheSystemsFolderAndCleansUpAfterAKill() throws Exception {
    // A file in its place: nobody can write below it, not even root.
    write("tmp", "");
    Map<String, String> environment = Map.of("MAGPIE_HTTP_PORT", "0", "JDK_JAVA_OPTIONS", "-Djava.io.tmpdir=" + folder.resolve("tmp"));
    start(environment);
    await(Pattern.compile("(meaning ready) entries=100"));
    process.destroyForcibly().waitFor();
    assertThat(folder.resolve("data/tmp")).as("a killed process cleans nothing up").isNotEmptyDirectory();
    start(environment);
    String url = url();
    awaitReady(url);
    process.destroy();
    assertThat(process.waitFor(30, SECONDS)).isTrue();
    assertThat(folder.resolve("data/tmp")).isEmptyDirectory();
  }

  @Test
  void isNotReadyWhenAModelDoesNotFitAndSaysSo() throws Exception {
    start(Map.of("MAGPIE_HTTP_PORT", "0", "JDK_JAVA_OPTIONS", "-XX:MaxDirectMemorySize=12m"));
    await(Pattern.compile("(searching by words alone) language=EN"));
    HttpRequest ready = HttpRequest.newBuilder(URI.create(await(MANAGEMENT) + "ready")).build();
    String said = HttpClient.newHttpClient().send(ready, BodyHandlers.ofString()).body();
    assertThat(said).contains("not ready",
        "searches by words alone, though bot.meaning is true: bge-small-zh-v1.5-q not loaded: not enough memory for it: ");
  }

  @Test
  void anApplicationsOwnProviderBesideMagpiesIsChosenBySetting() throws Exception {
    write("own/META-INF/services/dev.magpie.log.RecoveryProvider", "dev.magpie.testing.OtherRecovery");
    moreClassPath = folder.resolve("own") + File.pathSeparator;
    start(Map.of("MAGPIE_HTTP_PORT", "0"));
    assertRefused("magpie: recovery.provider: not set, and the class path has 2; allowed: dev.magpie.store.StoredRecovery, "
        + "dev.magpie.testing.OtherRecovery");
    start(Map.of("MAGPIE_HTTP_PORT", "0", "MAGPIE_RECOVERY_PROVIDER", "dev.magpie.testing.OtherRecovery"));
    assertRefused("magpie: the other recovery was asked");
    start(Map.of("MAGPIE_HTTP_PORT", "0", "MAGPIE_RECOVERY_PROVIDER", "dev.magpie.store.StoredRecovery"));
    url();
  }

  @Test
  void refusesAPortInUse() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      start(Map.of("MAGPIE_HTTP_PORT", "" + taken.getLocalPort()));
      assertRefused("magpie: 127.0.0.1:" + taken.getLocalPort()
          + " is in use by another program; http.listeners or MAGPIE_HTTP_PORT names another port");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
      ``                                   ~ magpie: conf.json: no such file
      {"http":                             ~ magpie: conf.json:1: not JSON: Unexpected end-of-input within/between Object entries
      {"htp": {}}                          ~ magpie: conf.json:1: htp: not a setting; allowed: http, applications, gateway, engine, \
      heartbeat, limits, recovery, state, auth, mongo, data, bot, chat, staff, tutorial, log, shutdown
      {"data": {"path": 7}}                ~ magpie: conf.json:1: data.path: 7; allowed: a folder
      {"http": {"listeners": [{"port": 99999}]}} ~ magpie: conf.json:1: http.listeners[0].port: 99999; allowed: a whole number from -1 to \
      65535
      """)
  void refusesWrongSettings(String json, String line) throws Exception {
    if (!json.isEmpty()) write("conf.json", json);
    start(Map.of(), "run", "dev.magpie.MainVerticle", "-conf", "conf.json");
    assertRefused(line);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
      {"certificates": [{"certificate": "no.pem", "key": "no.key"}]} ~ .certificates[0].certificate: no.pem does not exist; allowed: a PEM \
      file that this user may read
      {"certificates": [{"certificate": "conf.json", "key": "no.key"}]} ~ .certificates[0].certificate: conf.json has no certificate; \
      allowed: PEM, which begins with -----BEGIN CERTIFICATE-----
      {}                                   ~ : no certificates; allowed: certificates with their keys, or self_signed for a trial
      """)
  void refusesTlsWithoutACertificate(String tls, String line) throws Exception {
    write("conf.json", "{\"http\": {\"listeners\": [{\"port\": 0, \"tls\": " + tls + "}]}}");
    start(Map.of(), "-conf", "conf.json");
    assertRefused("magpie: http.listeners[0].tls" + line);
  }

  @Test
  void refusesAnotherHandshakeOnAConnectionOfTls() throws Exception {
    write("conf.json", "{\"http\": {\"listeners\": [{\"port\": 0, \"tls\": {\"self_signed\": true}}]}}");
    start(Map.of(), "-conf", "conf.json");
    URI url = URI.create(await(Pattern.compile("listening url=(https://\\S+)")));
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore known = KeyStore.getInstance("PKCS12");
    known.load(null, null);
    try (InputStream made = Files.newInputStream(folder.resolve("data/tls/main.pem"))) {
      known.setCertificateEntry("own", CertificateFactory.getInstance("X.509").generateCertificate(made));
    }
    trust.init(known);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", url.getPort())) {
      socket.setSoTimeout(30_000);
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.startHandshake();
      assertThatThrownBy(() -> {
        socket.startHandshake();
        socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        while (socket.getInputStream().read() >= 0) {}
        throw new IOException("closed");
      }).isInstanceOf(IOException.class);
    }
  }

  @Test
  void refusesDamagedData() throws Exception {
    write("data/magpie.mv.db", "no store ".repeat(2_000));
    start(Map.of("MAGPIE_HTTP_PORT", "0"));
    Path data = folder.toRealPath().resolve("data");
    assertRefused("magpie: data " + data + " is damaged: the file cannot be opened: Store header is corrupt: "
        + data.resolve("magpie.mv.db") + "; the command data repair keeps what is readable, data restore puts a backup in its place");
  }

  @Test
  void refusesASecondInstanceOfTheWholeServer() throws Exception {
    start(Map.of("MAGPIE_HTTP_PORT", "0"), "-instances", "2");
    assertRefused("magpie: command line: -instances: 2; allowed: 1, since dev.magpie.MainVerticle is the whole server; the setting "
        + "gateway.instances makes it use more event loops");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      --config conf.json         ~ magpie: command line: --config: not an option; -help lists them
      -conf                      ~ magpie: command line: -conf: its value is missing
      -instances=many            ~ magpie: command line: -instances: many; allowed: a whole number from 1 to 9999
      data -conf                 ~ magpie: command line: -conf: its value is missing
      """)
  void refusesMistypedOptions(String arguments, String line) throws Exception {
    start(Map.of(), arguments.split(" "));
    assertRefused(line);
  }

  @Test
  void refusesAClusterAndAVerticleThatIsNotThere() throws Exception {
    start(Map.of(), "run", "dev.magpie.MainVerticle", "-cluster");
    assertRefused("magpie: command line: -cluster: this version runs as a single node");
    start(Map.of(), "run", "dev.magpie.NoVerticle");
    assertRefused("magpie: dev.magpie.NoVerticle: no such verticle on the class path");
  }

  private void assertRefused(String line) throws Exception {
    assertThat(process.waitFor(60, SECONDS)).isTrue();
    assertThat(err()).isEqualTo(line + System.lineSeparator());
    assertThat(process.exitValue()).isEqualTo(2);
    assertThat(out()).doesNotContain("\tat ");
  }

  private void start(Map<String, String> environment, String... arguments) throws IOException {
    ProcessBuilder builder = MagpieProcess.program(arguments).classPath(moreClassPath + MagpieProcess.testClassPath())
        .descriptors(descriptors).builder().directory(folder.toFile())
        .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile());
    builder.environment().putAll(environment);
    process = builder.start();
  }

  private String url() throws Exception {
    return await(LISTENING);
  }

  private String await(Pattern line) throws Exception {
    long until = System.nanoTime() + SECONDS.toNanos(60);
    while (System.nanoTime() < until) {
      Matcher found = line.matcher(out());
      if (found.find()) return found.group(1);
      assertThat(process.isAlive()).as("%s%s", out(), err()).isTrue();
      Thread.sleep(50);
    }
    throw new AssertionError("no " + line + " in:\n" + out() + err());
  }

  private static int get(String url) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    return client.send(HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(), BodyHandlers.discarding())
        .statusCode();
  }

  private void write(String file, String text) throws IOException {
    Files.createDirectories(folder.resolve(file).getParent());
    Files.writeString(folder.resolve(file), text);
  }

  private String out() throws IOException {
    return Files.readString(folder.resolve("out"));
  }

  private String err() throws IOException {
    return Files.readString(folder.resolve("err"));
  }

  /** The bot's index is built beside what is served already. */
  private static void awaitReady(String url) throws Exception {
    long patience = System.nanoTime() + SECONDS.toNanos(60);
    while (get(url + "ready") != 200 && System.nanoTime() < patience) Thread.sleep(100);
    assertThat(get(url + "ready")).isEqualTo(200);
  }
}
