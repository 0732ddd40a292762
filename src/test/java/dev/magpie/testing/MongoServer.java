package dev.magpie.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

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
  private static final PythonProgram INSTALLED = new PythonProgram("nx-27017", "requirements.txt");
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
    INSTALLED.install();
    Files.createDirectories(data);
    MongoServer server = new MongoServer(data.toAbsolutePath(), Ports.free());
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
                INSTALLED.path(), "--data-dir", data.toString(), "--host", "127.0.0.1", "-p", Integer.toString(port),
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
}
