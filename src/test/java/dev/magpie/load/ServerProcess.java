package dev.magpie.load;

import dev.magpie.testing.MagpieProcess;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;

/** The program as a process of its own, with the {@link Stage} as its application, in a folder of its own. Ends with {@link #close}. */
public final class ServerProcess implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening url=http://127\\.0\\.0\\.1:(\\d+)");
  private static final Pattern MANAGED = Pattern.compile("listening url=http://127\\.0\\.0\\.1:(\\d+)/ listener=management");
  private static final Pattern LEFT = Pattern.compile("left n=(-?\\d+) at=(\\d+) reason=(.*)");
  private static final long PATIENCE_SECONDS = 90;

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Path folder;
  private final Process process;
  public final int port;
  private final int managementPort;

  /** How a server is started. */
  public static final class Plan {
    private final JsonObject settings = new JsonObject()
        .put("applications", new JsonArray().add("stage"))
        .put("bot", new JsonObject().put("instances", 0));
    private final List<String> java = new ArrayList<>(List.of("-Xmx512m"));
    private int port;
    private int descriptors;

    /** A setting by its whole name. */
    public Plan with(String key, Object value) {
      String[] names = key.split("\\.");
      JsonObject part = settings;
      for (int i = 0; i < names.length - 1; i++) {
        if (!part.containsKey(names[i])) part.put(names[i], new JsonObject());
        part = part.getJsonObject(names[i]);
      }
      part.put(names[names.length - 1], value);
      return this;
    }

    public Plan heartbeat(long interval, long timeout) {
      return with("heartbeat.interval_ms", interval).with("heartbeat.timeout_ms", timeout);
    }

    public Plan java(String... options) {
      java.addAll(List.of(options));
      return this;
    }

    public Plan port(int port) {
      this.port = port;
      return this;
    }

    public Plan descriptors(int most) {
      descriptors = most;
      return this;
    }

    public ServerProcess start() throws Exception {
      return new ServerProcess(this);
    }
  }

  /** When one client left, by the machine's monotonic clock, and why. */
  public record Left(int number, long at, String reason) {}

  public static Plan plan() {
    return new Plan();
  }

  private ServerProcess(Plan plan) throws Exception {
    folder = Files.createTempDirectory("magpie-stage");
    plan.settings.put("http", plan.settings.getJsonObject("http", new JsonObject())
        .put("listeners", new JsonArray().add(new JsonObject().put("port", plan.port))));
    List<String> classPath = new ArrayList<>();
    for (String entry : MagpieProcess.testClassPath().split(File.pathSeparator)) classPath.add(inAJar(Path.of(entry)).toString());
    process = MagpieProcess.program("run", "dev.magpie.MainVerticle", "-conf", plan.settings.encode())
        .classPath(String.join(File.pathSeparator, classPath)).descriptors(plan.descriptors).options(plan.java)
        .builder().directory(folder.toFile()).redirectErrorStream(true).start();
    Thread reader = new Thread(this::read, "server");
    reader.setDaemon(true);
    reader.start();
    port = Integer.parseInt(await(LISTENING).group(1));
    managementPort = Integer.parseInt(await(MANAGED).group(1));
    await(Pattern.compile("started verticle="));
  }

  /** As the program is shipped: a class that is loaded late needs no descriptor of its own. */
  private Path inAJar(Path entry) throws IOException {
    if (!Files.isDirectory(entry)) return entry;
    Path jar = Files.createTempFile(folder, "classes", ".jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar)); Stream<Path> files = Files.walk(entry)) {
      out.setLevel(Deflater.NO_COMPRESSION);
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        out.putNextEntry(new ZipEntry(entry.relativize(file).toString().replace(File.separatorChar, '/')));
        Files.copy(file, out);
      }
    }
    return jar;
  }

  private void read() {
    try (BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line; (line = in.readLine()) != null; ) lines.add(line);
    } catch (IOException ended) {
      // Seen by whoever waits for a line.
    }
  }

  private Matcher await(Pattern wanted) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() - until < 0) {
      for (String line : lines) {
        Matcher found = wanted.matcher(line);
        if (found.find()) return found;
      }
      if (!process.isAlive()) break;
      Thread.sleep(20);
    }
    throw new IllegalStateException("no " + wanted + " in:\n" + String.join("\n", lines));
  }

  // What is seen of it.

  public List<String> lines() {
    return lines;
  }

  /** Those who left until now, in their order. */
  public List<Left> left() {
    List<Left> left = new ArrayList<>();
    for (String line : lines) {
      Matcher found = LEFT.matcher(line);
      if (found.matches()) left.add(new Left(Integer.parseInt(found.group(1)), Long.parseLong(found.group(2)), found.group(3)));
    }
    return left;
  }

  /** The sum of a metric's values over its labels. */
  public double metric(String name) throws Exception {
    String page = get(managementPort, "/metrics").body();
    Predicate<String> own = line -> line.startsWith(name + " ") || line.startsWith(name + "{");
    return page.lines().filter(own).mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).sum();
  }

  public HttpResponse<String> get(String path) throws Exception {
    return get(port, path);
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Duration.ofSeconds(20)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** File descriptors that it has open; only where the system shows them. */
  public int descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      return (int) open.count();
    }
  }

  // What is done to it.

  /** Makes trouble on the stage, over a connection of its own; what the acknowledgement says. */
  public JsonArray control(String event, Object... args) throws IOException {
    try (RawWebSocket control = RawWebSocket.connect(port, "/ws?ns=/control")) {
      control.socket().setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
      control.sendText(new JsonObject().put("event", event).put("args", new JsonArray(Arrays.asList(args))).put("ack", 1).encode());
      while (true) {
        RawWebSocket.Frame frame = control.readFrame();
        if (frame.opcode() == RawWebSocket.PING) control.sendPong(frame.payload());
        else if (frame.opcode() == RawWebSocket.TEXT && frame.text().contains("\"ack\":1"))
          return new JsonObject(frame.text()).getJsonArray("args");
        else if (frame.opcode() == RawWebSocket.CLOSE) throw new IOException("closed: " + frame);
      }
    }
  }

  /** {@code STOP}, {@code CONT}, {@code TERM}, {@code KILL}. */
  public void signal(String name) throws Exception {
    signal(process, name);
  }

  static void signal(Process process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start().waitFor();
  }

  /** Whether it has ended within this time. */
  public boolean ends(Duration within) throws InterruptedException {
    return process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Of a process that has ended. */
  public int exitCode() {
    return process.exitValue();
  }

  /** Bytes of memory that the process holds, of all kinds; only where the system shows them. */
  public long residentBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", "")) << 10;
    }
    throw new IOException("no VmRSS");
  }

  @Override
  public void close() throws Exception {
    process.destroyForcibly().waitFor();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
