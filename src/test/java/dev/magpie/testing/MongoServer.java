package dev.magpie.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of MongoDB's wire protocol in a process of its own, which can be killed, stopped and started again with the same data on the
 * same port: {@code nx-27017}, installed below {@code target/} once. Owned by one test; not for transactions, which it gets wrong.
 *
 * <pre>{@code
 * try (MongoServer mongo = MongoServer.start(directory)) {
 *   MongoClient client = MongoClient.create(vertx, new JsonObject().put("connection_string", mongo.connectionString()));
 *   mongo.kill();
 *   mongo.startAgain();
 * }
 * }</pre>
 */
public final class MongoServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MongoServer.class);

  private static final Path BASE = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
  private static final Path INSTALLED = BASE.resolve("target/nx-27017");
  private static final Path REQUIREMENTS = BASE.resolve("src/test/python/requirements.txt");
  private static final long INSTALL_SECONDS = 300;
  private static final long START_SECONDS = 60;
  private static final long STOP_SECONDS = 20;

  private final Path data;
  private final int port;
  private Process process;

  private MongoServer(Path data, int port) {
    this.data = data;
    this.port = port;
  }

  /** Another server that the tests are to use where none is killed: the environment's {@code MAGPIE_TEST_MONGO}, a connection string. */
  public static Optional<String> given() {
    return Optional.ofNullable(System.getenv("MAGPIE_TEST_MONGO")).filter(address -> !address.isBlank());
  }

  /**
   * Starts a server on a free port of 127.0.0.1; returns when it answers. Where Python cannot install it, the test is skipped with a loud
   * line, but fails where {@code CI=true}.
   *
   * @param data a directory, made when it is not there
   */
  public static MongoServer start(Path data) throws IOException, InterruptedException {
    install();
    Files.createDirectories(data);
    MongoServer server = new MongoServer(data.toAbsolutePath(), freePort());
    server.startAgain();
    return server;
  }

  public int port() {
    return port;
  }

  public String connectionString() {
    return "mongodb://127.0.0.1:" + port;
  }

  /** As its machine's power cut: {@code SIGKILL}. Returns when it is gone. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) throw new IllegalStateException("the MongoDB server outlived SIGKILL");
  }

  /** As an operator does. Returns when it is gone. */
  public void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) kill();
  }

  /** After {@link #kill} or {@link #stop}: with the same data, on the same port. Returns when it answers. */
  public void startAgain() throws IOException, InterruptedException {
    Path out = data.resolve("server.out");
    process =
        new ProcessBuilder(
                INSTALLED.resolve("bin/nx-27017").toString(), "--data-dir", data.toString(), "--host", "127.0.0.1", "-p", Integer.toString(port),
                "--log-file", data.resolve("server.log").toString(), "--pid-file", data.resolve("server.pid").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
            .start();
    process.getOutputStream().close();
    long patientUntil = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!answers()) {
      if (!process.isAlive() || System.nanoTime() > patientUntil) {
        close();
        throw new IOException("the MongoDB server did not start: " + Files.readString(out));
      }
      Thread.sleep(20);
    }
  }

  /** Its process, for whoever wants to freeze it. */
  public long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress("127.0.0.1", 0));
      return socket.getLocalPort();
    }
  }

  /** Fetches nothing when what the requirements name is there already. */
  private static synchronized void install() throws IOException, InterruptedException {
    Path done = INSTALLED.resolve("installed.txt");
    if (Files.exists(done) && Files.mismatch(done, REQUIREMENTS) < 0) return;
    Files.createDirectories(INSTALLED);
    Path out = INSTALLED.resolve("install.out");
    boolean installed =
        run(out, List.of("python3", "-m", "venv", INSTALLED.toString()))
            && run(out, List.of(INSTALLED.resolve("bin/pip").toString(), "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS.toString()));
    if (installed) {
      Files.copy(REQUIREMENTS, done, StandardCopyOption.REPLACE_EXISTING);
      return;
    }
    String why = "no MongoDB server for tests, for Python did not install it: " + Files.readString(out).strip();
    if ("true".equals(System.getenv("CI"))) throw new IOException(why);
    log.error("SKIPPED {}", why);
    throw new TestAbortedException(why);
  }

  private static boolean run(Path out, List<String> command) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile())).start();
    } catch (IOException noSuchProgram) {
      Files.writeString(out, noSuchProgram.getMessage());
      return false;
    }
    process.getOutputStream().close();
    if (process.waitFor(INSTALL_SECONDS, TimeUnit.SECONDS)) return process.exitValue() == 0;
    process.destroyForcibly();
    Files.writeString(out, "not done after " + INSTALL_SECONDS + " s");
    return false;
  }
}
