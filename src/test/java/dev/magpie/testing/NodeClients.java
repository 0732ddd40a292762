package dev.magpie.testing;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * The official clients for Node, versions 2 and 4, installed below {@code target/} once and driven by the scripts in {@code src/test/node}.
 */
public final class NodeClients {
  private static final Path BASE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final Path SOURCE = BASE.resolve("src/test/node");
  private static final Path INSTALLED = BASE.resolve("target/node-clients");
  private static final long INSTALL_SECONDS = 180;
  /** Longer than the script gives itself. */
  private static final long SCENARIO_SECONDS = 45;

  private NodeClients() {}

  /** Fetches nothing when what the lock file names is there already. */
  @SuppressWarnings("try")
  public static synchronized void install() throws IOException, InterruptedException {
    try (FileChannel installing = FileLocks.acquire("node-clients", false)) {
      installIfMissing();
    }
  }

  private static void installIfMissing() throws IOException, InterruptedException {
    Files.createDirectories(INSTALLED);
    copy("interop.mjs");
    copy("delivery.mjs");
    copy("asks.mjs");
    copy("chaos.mjs");
    copy("emitter.mjs");
    Path done = INSTALLED.resolve("installed.json");
    if (Files.exists(done) && Files.mismatch(done, SOURCE.resolve("package-lock.json")) < 0) return;
    copy("package.json");
    copy("package-lock.json");
    Path log = INSTALLED.resolve("npm.log");
    Process npm = new ProcessBuilder(npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline",
        "--loglevel=error")
        .directory(INSTALLED.toFile()).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    npm.getOutputStream().close();
    if (!finished(npm, INSTALL_SECONDS) || npm.exitValue() != 0) throw new IOException("npm ci failed: " + Files.readString(log));
    Files.copy(SOURCE.resolve("package-lock.json"), done, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Starts a script, whose complaints go into the log. */
  public static Process start(String script, Path log, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(System.getProperty("node.executable", "node"), script));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(INSTALLED.toFile()).redirectError(log.toFile()).start();
  }

  private static void copy(String file) throws IOException {
    Path source = SOURCE.resolve(file);
    Path copy = INSTALLED.resolve(file);
    // A script that another JVM's test reads at this moment stays as it is.
    if (Files.exists(copy) && Files.mismatch(source, copy) < 0) return;
    Files.copy(source, copy, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String npm() {
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows");
    return System.getProperty("npm.executable", "npm") + (windows ? ".cmd" : "");
  }

  /** What happens when the script says {@code ready}. */
  interface WhenReady {
    void run() throws Exception;
  }

  /**
   * Runs one scenario to its end.
   *
   * @param client its version, {@code 4} or {@code 2}, or {@code msgpack} for version 4 with that parser
   * @return the facts it saw, each as its name and its JSON: {@code auth {"token":"x"}}
   */
  static List<String> run(int port, String client, String transport, String scenario, WhenReady whenReady) throws Exception {
    return run(interop("http://127.0.0.1:" + port, client, transport, scenario), whenReady);
  }

  /**
   * The same by TLS.
   *
   * @param authority a PEM file with the authority of the server's certificate
   */
  public static List<String> runByTls(int port, Path authority, String client, String transport, String scenario) throws Exception {
    ProcessBuilder node = interop("https://127.0.0.1:" + port, client, transport, scenario);
    node.environment().put("NODE_EXTRA_CA_CERTS", authority.toString());
    return run(node, () -> {});
  }

  private static ProcessBuilder interop(String url, String client, String transport, String scenario) {
    return new ProcessBuilder(System.getProperty("node.executable", "node"), "interop.mjs", url, client, transport, scenario);
  }

  private static List<String> run(ProcessBuilder interop, WhenReady whenReady) throws Exception {
    Process node = interop.directory(INSTALLED.toFile()).redirectErrorStream(true).start();
    List<String> facts = new ArrayList<>();
    try (BufferedReader lines = node.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String fact = fact(line);
        facts.add(fact);
        if (fact.equals("ready")) whenReady.run();
      }
      if (!finished(node, SCENARIO_SECONDS)) facts.add("did not end");
      else if (node.exitValue() != 0) facts.add("exit code " + node.exitValue());
    } finally {
      node.destroyForcibly();
    }
    return facts;
  }

  private static String fact(String line) {
    // Node's own complaints are shown as they are.
    if (!line.startsWith("{")) return line;
    JsonObject fact = new JsonObject(line);
    return fact.getString("fact") + (fact.containsKey("value") ? " " + Json.encode(fact.getValue("value")) : "");
  }

  private static boolean finished(Process process, long seconds) throws InterruptedException {
    boolean finished = process.waitFor(seconds, TimeUnit.SECONDS);
    if (!finished) process.destroyForcibly();
    return finished;
  }
}
