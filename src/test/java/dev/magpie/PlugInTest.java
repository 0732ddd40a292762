package dev.magpie;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Await;
import dev.magpie.testing.MagpieProcess;
import dev.magpie.testing.PlugInJar;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.Vertx;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a jar, with jars in the folder {@code plugins} beside it. */
@Timeout(120)
class PlugInTest {
  private static final Pattern LISTENING = Pattern.compile("listening url=(http://\\S+)");

  private static final String GREETER = """
      package greeter;

      import dev.magpie.core.Application;
      import dev.magpie.core.ApplicationContext;
      import io.vertx.core.Future;
      import io.vertx.core.json.JsonObject;

      public final class Greeter implements Application {
        @Override
        public void mount(ApplicationContext context) {
          String greeting = context.settings().getString("greeting") + context.settings().getInteger("times");
          if (greeting.startsWith("no")) throw new IllegalStateException("nobody is to be greeted");
          context.io().of("/greeter").onConnection(socket -> socket.emit("hello", greeting));
          context.router().get("/greeting").handler(routed -> routed.end(greeting));
          context.onClose(() -> context.vertx().timer(1).onComplete(closed -> System.out.println("greeter closed")));
        }

        @Override
        public JsonObject settings() {
          return new JsonObject().put("greeting", "hello").put("times", 1);
        }
      }
      """;

  @TempDir
  Path folder;

  private Process process;

  @BeforeEach
  void writeTheProgram() throws Exception {
    Path classes = Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, Main.class.getName());
    // Without the tests and their applications.
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, Arrays.stream(MagpieProcess.testClassPath().split(File.pathSeparator))
        .filter(entry -> !entry.contains("test-classes")).map(entry -> Path.of(entry).toUri().toString()).collect(Collectors.joining(" ")));
    PlugInJar.pack(folder.resolve("program/magpie.jar"), manifest, classes, null);
    Files.createDirectories(folder.resolve("program/plugins"));
  }

  @AfterEach
  void end() throws InterruptedException {
    if (process != null) process.destroyForcibly().waitFor();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-jar program/magpie.jar", "-cp program/magpie.jar dev.magpie.Main run dev.magpie.gateway.GatewayVerticle",
      "-cp program/magpie.jar io.vertx.launcher.application.VertxApplication dev.magpie.MainVerticle"})
  void mountsThePlugInsBesideTheProgram(String command) throws Exception {
    PlugInJar.write(folder.resolve("program/plugins/greeter.jar"), "greeter.Greeter", GREETER);
    start(command, "\"greeter\": {\"greeting\": \"welcome \"}");
    String url = await(LISTENING);
    assertThat(out()).containsOnlyOnce("plug-in mounted application=greeter class=greeter.Greeter jar=greeter.jar listener=main");
    assertThat(get(url + "greeting")).isEqualTo("welcome 1");
    assertThat(hello(URI.create(url).getPort())).isEqualTo("welcome 1");
    await(Pattern.compile("(started|Succeeded in deploying)"));
    process.destroy();
    assertThat(process.waitFor(60, SECONDS)).isTrue();
    assertThat(out()).contains("greeter closed");
  }

  @Test
  void refusesAPlugInThatCannotBeMounted() throws Exception {
    PlugInJar.write(folder.resolve("program/plugins/greeter.jar"), "greeter.Greeter", GREETER);
    start("-jar program/magpie.jar", "\"greeter\": {\"greeting\": \"no\"}");
    assertRefused("magpie: application greeter (greeter.Greeter in plugins/greeter.jar) was not mounted: "
        + "java.lang.IllegalStateException: nobody is to be greeted");
  }

  @Test
  void refusesAKeyThatThePlugInHasNot() throws Exception {
    PlugInJar.write(folder.resolve("program/plugins/greeter.jar"), "greeter.Greeter", GREETER);
    start("-jar program/magpie.jar", "\"greeter\": {\"greting\": \"hi\"}");
    assertRefused("magpie: conf.json:1: greeter.greting: not a setting; allowed in greeter: greeting, times");
  }

  @Test
  void refusesAPlugInThatIsNamedLikeASectionOfMagpie() throws Exception {
    String named = GREETER.replace("  @Override\n  public JsonObject", """
          @Override
          public String section() {
            return "http";
          }

          @Override
          public JsonObject""");
    PlugInJar.write(folder.resolve("program/plugins/greeter.jar"), "greeter.Greeter", named);
    start("-jar program/magpie.jar", "\"bot\": {}");
    assertThat(refusal()).contains("application greeter (greeter.Greeter in plugins/greeter.jar)")
        .contains("the section \"http\" of the settings is not its own");
  }

  @Test
  void refusesAFileThatIsNoJar() throws Exception {
    Files.writeString(folder.resolve("program/plugins/greeter.jar"), "no jar");
    start("-jar program/magpie.jar", "\"bot\": {}");
    assertThat(refusal()).contains("program/plugins/greeter.jar: no jar: ");
  }

  @Test
  void refusesAJarWithoutTheClassThatItNames() throws Exception {
    PlugInJar.pack(folder.resolve("program/plugins/greeter.jar"), new Manifest(), Files.createDirectory(folder.resolve("empty")),
        "greeter.Greeter");
    start("-jar program/magpie.jar", "\"bot\": {}");
    assertRefused("magpie: an application cannot be loaded: dev.magpie.core.Application: Provider greeter.Greeter not found");
  }

  // Set-up.

  private void start(String command, String section) throws IOException {
    Files.writeString(folder.resolve("conf.json"),
        "{\"http\": {\"listeners\": [{\"port\": 0}]}, \"shutdown\": {\"drain_ms\": 100}, " + section + "}");
    List<String> words = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m"));
    words.addAll(List.of(command.split(" ")));
    words.addAll(List.of("-conf", "conf.json"));
    ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile())
        .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("MAGPIE_") || name.endsWith("JAVA_OPTIONS"));
    process = builder.start();
  }

  private void assertRefused(String line) throws Exception {
    assertThat(refusal()).isEqualTo(line + System.lineSeparator());
  }

  private String refusal() throws Exception {
    assertThat(process.waitFor(60, SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(2);
    // What the virtual machine itself says about native access is no part of it.
    return Files.readString(folder.resolve("err")).lines().filter(line -> !line.startsWith("WARNING:"))
        .map(line -> line + System.lineSeparator()).collect(Collectors.joining());
  }

  private String await(Pattern line) throws Exception {
    long until = System.nanoTime() + SECONDS.toNanos(60);
    while (System.nanoTime() < until) {
      Matcher found = line.matcher(out());
      if (found.find()) return found.group(1);
      assertThat(process.isAlive()).as("%s%s", out(), Files.readString(folder.resolve("err"))).isTrue();
      Thread.sleep(50);
    }
    throw new AssertionError("no " + line + " in:\n" + out());
  }

  private String out() throws IOException {
    return Files.readString(folder.resolve("out")) + Files.readString(folder.resolve("err"));
  }

  private static String get(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString()).body();
  }

  private static String hello(int port) throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      TestIo client = Await.await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace("/greeter")));
      return Await.await(client.next("hello")).getString(0);
    } finally {
      Await.await(vertx.close());
    }
  }
}
