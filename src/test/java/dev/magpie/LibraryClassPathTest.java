package dev.magpie;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.magpie.core.Io;
import dev.magpie.testing.MagpieProcess;
import dev.magpie.testing.TestIo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an application gets that names Magpie alone as a dependency: the jars, and an {@link Io} that works with no more of them. The build
 * writes the list; a run without the build has none, and skips.
 */
@Timeout(60)
class LibraryClassPathTest {
  /** One line of {@code dependency:list}. */
  private static final Pattern LINE = Pattern.compile(
      "\\s*[\\w.-]+:([\\w.-]+):jar:(?:[\\w.-]+:)?([\\w.-]+):(?:compile|runtime):(.+?\\.jar)\\b(.*)");

  private static List<Jar> mandatory;

  private record Jar(String artifact, String version, String file, boolean optional) {}

  @TempDir
  Path folder;

  @BeforeAll
  static void read() throws IOException {
    String list = System.getProperty("magpie.dependencies");
    assumeTrue(list != null, "only Maven's build knows the jars");
    try (Stream<String> lines = Files.lines(Path.of(list), UTF_8)) {
      mandatory = lines.map(line -> line.replaceAll("\u001B\\[[0-9;]*m", "")).map(LINE::matcher).filter(Matcher::matches)
          .map(found -> new Jar(found.group(1), found.group(2), found.group(3), found.group(4).contains("(optional)")))
          .filter(jar -> !jar.optional).toList();
    }
  }

  @Test
  void theMandatoryJarsAreVertxWithItsNettyJacksonAndSlf4j() {
    assertThat(mandatory).extracting(Jar::artifact).containsExactlyInAnyOrder(
        "vertx-core", "vertx-core-logging",
        "vertx-web", "vertx-web-common", "vertx-auth-common", "vertx-bridge-common", "vertx-eventbus-bridge-common",
        "jackson-core", "jackson-databind", "jackson-annotations",
        "slf4j-api",
        "netty-common", "netty-buffer", "netty-transport", "netty-transport-classes-epoll", "netty-transport-native-unix-common",
        "netty-handler", "netty-handler-proxy", "netty-resolver", "netty-resolver-dns", "netty-tcnative-classes",
        "netty-codec-base", "netty-codec-compression", "netty-codec-http", "netty-codec-http2", "netty-codec-http3",
        "netty-codec-classes-quic", "netty-codec-socks", "netty-codec-dns");
  }

  @Test
  void theGuidesBillOfMaterialsNamesTheVersionsOfTheBuild() throws IOException {
    String guide = Files.readString(Path.of("src/site/markdown/library-dependencies.md"));
    assertThat(guide).contains("an `Io` needs, with its transports, protocols, cluster and event bus: " + mandatory.size() + " jars");
    assertThat(guide).contains("<version>" + version("netty-common") + "</version>", "<version>" + version("vertx-core") + "</version>");
  }

  private static String version(String artifact) {
    return mandatory.stream().filter(jar -> jar.artifact.equals(artifact)).findFirst().orElseThrow().version;
  }

  @Test
  void anIoServesOnTheMandatoryJarsAlone() throws Exception {
    Process server = start("MEMORY");
    Vertx vertx = Vertx.vertx();
    try {
      int port = Integer.parseInt(line(server));
      Future<TestIo> alice = TestIo.connect(vertx, port);
      Future<TestIo> bob = TestIo.connect(vertx, port);
      Future<String> heard = Future.all(alice, bob).compose(both -> {
        alice.result().emit("say", "hello");
        return bob.result().next("said");
      }).map(arguments -> arguments.getString(0));
      assertThat(heard.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS)).isEqualTo("hello");
    } finally {
      server.destroyForcibly().waitFor();
      vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void aDurableNamespaceNamesTheJarsThatTheStoreNeeds() throws Exception {
    Process server = start("DURABLE");
    try {
      assertThat(line(server)).isEqualTo(
          "the store needs more jars on the class path: io.vertx:vertx-mongo-client, de.bwaldvogel:mongo-java-server-h2-backend");
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  @Test
  void anEarlierNettyIsRefusedWithTheVersionToSet() throws Exception {
    Jar transport = mandatory.stream().filter(jar -> jar.artifact.equals("netty-transport")).findFirst().orElseThrow();
    List<String> classPath = classPath();
    classPath.set(classPath.indexOf(transport.file), earlier(transport).toString());
    Process refused = start(String.join(File.pathSeparator, classPath), List.of(), "NONE");
    String line = line(refused);
    refused.destroyForcibly().waitFor();
    assertThat(line).contains("IllegalStateException: Vert.x 5 needs Netty 4.2, but the class path has netty-transport 4.1.128.Final: "
        + "set Netty's version to " + transport.version + ", in a build of Spring Boot 3 by the property netty.version");
  }

  /** A copy of the jar without the class that Netty 4.1 does not have. */
  private Path earlier(Jar transport) throws IOException {
    Path copy = Files.copy(Path.of(transport.file), folder.resolve("netty-transport.jar"));
    try (FileSystem jar = FileSystems.newFileSystem(copy)) {
      Files.delete(jar.getPath("io/netty/channel/MultiThreadIoEventLoopGroup.class"));
      Path versions = jar.getPath("META-INF/io.netty.versions.properties");
      Files.writeString(versions, Files.readString(versions).replace(transport.version, "4.1.128.Final"));
    }
    return copy;
  }

  @Test
  void onTheModulePathTheMissingOptionsAreNamedAndWithThemItServes() throws Exception {
    Process refused = startOnTheModulePath(List.of());
    String line = line(refused);
    refused.destroyForcibly().waitFor();
    assertThat(line).isEqualTo("the module path lacks options of java: "
        + "--add-exports io.vertx.core/io.vertx.core.http.impl.http1=dev.magpie "
        + "--add-exports io.vertx.core/io.vertx.core.net.impl=dev.magpie");
    List<String> options = List.of(line.substring(line.indexOf("--")).split(" "));
    assertThat(Files.readString(Path.of("src/site/markdown/library-dependencies.md"))).contains(options);
    Process server = startOnTheModulePath(options);
    Vertx vertx = Vertx.vertx();
    try {
      Future<String> heard = TestIo.connect(vertx, Integer.parseInt(line(server)))
          .compose(alice -> alice.emit("say", "hello").next("said")).map(arguments -> arguments.getString(0));
      assertThat(heard.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS)).isEqualTo("hello");
    } finally {
      server.destroyForcibly().waitFor();
      vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
  }

  /** A process of its own whose class path is the mandatory jars, Magpie and the application. */
  private Process start(String recovery) throws IOException {
    return start(String.join(File.pathSeparator, classPath()), List.of(), recovery);
  }

  private List<String> classPath() throws IOException {
    List<String> classPath = new ArrayList<>(mandatory.stream().map(Jar::file).toList());
    classPath.add(magpie());
    classPath.add(application().toString());
    return classPath;
  }

  /** The same with the jars as modules; the application is in Magpie's, since a package belongs to one module. */
  private Process startOnTheModulePath(List<String> exports) throws IOException {
    Path manifest = Files.writeString(folder.resolve("MANIFEST.MF"), "Automatic-Module-Name: dev.magpie\n");
    Path jar = folder.resolve("magpie.jar");
    assertThat(ToolProvider.findFirst("jar").orElseThrow().run(System.out, System.err, "--create", "--file", jar.toString(),
        "--manifest", manifest.toString(), "-C", magpie(), ".", "-C", application().toString(), ".")).isZero();
    List<String> modules = new ArrayList<>(mandatory.stream().map(Jar::file).toList());
    modules.add(jar.toString());
    List<String> options = new ArrayList<>(List.of("-p", String.join(File.pathSeparator, modules), "--add-modules", "ALL-MODULE-PATH"));
    options.addAll(exports);
    return start(Files.createDirectories(folder.resolve("none")).toString(), options, "MEMORY");
  }

  private Process start(String classPath, List<String> more, String recovery) throws IOException {
    List<String> options = new ArrayList<>(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m"));
    options.addAll(more);
    return MagpieProcess.of(LibraryServer.class, recovery).classPath(classPath).options(options).builder()
        .directory(folder.toFile())
        .redirectError(folder.resolve("server.err").toFile())
        .start();
  }

  private static String magpie() {
    return new File(Io.class.getProtectionDomain().getCodeSource().getLocation().getPath()).getPath();
  }

  /** A folder with the application's class. */
  private Path application() throws IOException {
    Path root = folder.resolve("application");
    Path compiled = root.resolve(LibraryServer.class.getName().replace('.', '/') + ".class");
    Files.createDirectories(compiled.getParent());
    try (InputStream from = LibraryServer.class.getResourceAsStream("LibraryServer.class")) {
      Files.copy(from, compiled, StandardCopyOption.REPLACE_EXISTING);
    }
    return root;
  }

  private String line(Process server) throws IOException {
    BufferedReader out = server.inputReader();
    String line = out.readLine();
    return line == null ? "ended: " + Files.readString(folder.resolve("server.err")) : line;
  }
}
