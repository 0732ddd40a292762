package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.gateway.GatewayOptions;
import dev.magpie.ops.Health;
import dev.magpie.settings.Setting;
import dev.magpie.settings.SettingsTable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The operations page, the systemd unit and the Dockerfile say what the program does. */
@ExtendWith(VertxExtension.class)
class OperationsTest {
  private static final Path PAGE = Path.of("src/site/markdown/operations.md");
  private static final Path UNIT = Path.of("src/main/systemd/magpie.service");

  @TempDir Path folder;

  @Test
  void thePageListsTheMetricsThatTheServerShows(Vertx vertx) throws Exception {
    await(deploy(vertx));
    List<String> rows = described(get(vertx, "metrics"));
    assertThat(Files.readAllLines(PAGE)).filteredOn(line -> line.startsWith("| `magpie_")).containsExactlyInAnyOrderElementsOf(rows);
  }

  @Test
  void isNotReadyBeforeAllPartsAreStarted(Vertx vertx) throws Exception {
    Future<String> deploying = deploy(vertx);
    boolean said = false;
    while (!said && !deploying.isComplete())
      said = await(Health.of(vertx).report()).states().getOrDefault("start", "").startsWith("parts are still");
    assertThat(said).isTrue();
    await(deploying);
    assertThat(await(Health.of(vertx).report()).states()).doesNotContainKey("start").containsKeys("database", "gateway-1", "bot-1");
  }

  @Test
  void systemdWaitsLongerForTheEndThanTheServerForItsClients() throws Exception {
    Matcher stop = Pattern.compile("(?m)^TimeoutStopSec=(\\d+)$").matcher(Files.readString(UNIT));
    assertThat(stop.find()).isTrue();
    assertThat(TimeUnit.SECONDS.toMillis(Long.parseLong(stop.group(1)))).isGreaterThanOrEqualTo(GatewayOptions.DEFAULT.drainMs() + 10_000);
  }

  @Test
  void systemdAcceptsTheUnit() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    // The unit's own names are those of a Debian machine.
    Path unit = Files.writeString(folder.resolve("magpie.service"), Files.readString(UNIT).replace("/usr/bin/java", java.toString()));
    Process process;
    try {
      process = new ProcessBuilder("systemd-analyze", "verify", unit.toString()).redirectErrorStream(true).start();
    } catch (java.io.IOException absent) {
      System.err.println("SKIPPED: systemd-analyze is not installed, the unit was not verified");
      Assumptions.abort("systemd-analyze is not installed");
      return;
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).doesNotContain("magpie.service");
  }

  @Test
  void theImageHasWhatTheBuildMakes() throws Exception {
    String dockerfile = Files.readString(Path.of("src/main/docker/Dockerfile"));
    assertThat(Files.readString(Path.of("pom.xml"))).contains("${project.build.directory}/magpie.jar");
    for (Matcher variable = Pattern.compile("MAGPIE_[A-Z_]+").matcher(dockerfile); variable.find(); ) {
      String name = variable.group();
      assertThat(SettingsTable.SETTINGS.stream().map(Setting::variable).anyMatch(name::equals) || name.equals("MAGPIE_HTTP_HOST")).as(name)
          .isTrue();
    }
    assertThat(Path.of("conf/magpie.json")).exists();
  }

  private Future<String> deploy(Vertx vertx) {
    JsonObject config = new JsonObject()
        .put("http", new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", 0))))
        .put("data", new JsonObject().put("path", folder.resolve("data").toString()))
        .put("bot", new JsonObject().put("meaning", false));
    return vertx.deployVerticle(new MainVerticle(), new DeploymentOptions().setConfig(config));
  }

  private static String get(Vertx vertx, String path) throws Exception {
    String url = vertx.sharedData().<String, String>getLocalMap("magpie.gateway.management.urls").keySet().iterator().next();
    return HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(url + path)).build(), BodyHandlers.ofString()).body();
  }

  /** A row of the page's table for each of Magpie's own. */
  private static List<String> described(String scrape) {
    Matcher help = Pattern.compile("# HELP (magpie_\\w+) (.*)\n# TYPE \\w+ (\\w+)").matcher(scrape);
    return help.results().map(each -> "| `" + each.group(1) + "` | " + each.group(3) + " | " + each.group(2) + " |").toList();
  }
}
