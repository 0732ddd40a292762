package dev.magpie.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * The proxies of {@code src/main/proxy}, each started as a process with the file that the documentation shows. Where the program is not
 * found its tests are skipped with a loud line, but for {@code CI=true}.
 */
public enum ReverseProxy {
  NGINX("nginx", "nginx.conf", "(?ms)^  upstream magpie \\{$.*?^  \\}\n"),
  HAPROXY("haproxy", "haproxy.cfg", "(?ms)^backend magpie$.*\\z"),
  /** Forwards connections, with the PROXY protocol. */
  NGINX_TCP("nginx", "nginx-tcp.conf", null),
  /** Forwards connections, with the PROXY protocol. */
  HAPROXY_TCP("haproxy", "haproxy-tcp.cfg", null);

  /** The documentation, which shows the files and what takes the place of one part of them for several servers. */
  public static final Path PAGE = Path.of("src/site/markdown/reverse-proxy.md");

  private static final Pattern EXAMPLE = Pattern.compile("(?ms)^```(\\w+)\n(.*?)^```$");
  private static final int ATTEMPTS = 10;

  /** The host that the configurations name. */
  public static final String HOST = "chat.example.com";

  /** Has signed the proxies' certificate, for that host and for 127.0.0.1. */
  public static final TestCertificates AUTHORITY = new TestCertificates("Authority of the proxies");

  private static final String STREAM_MODULE = "modules/ngx_stream_module.so";

  private final String program;
  private final Path file;
  private final Pattern servers;

  ReverseProxy(String program, String file, String servers) {
    this.program = program;
    this.file = Path.of("src/main/proxy", file);
    this.servers = servers == null ? null : Pattern.compile(servers);
  }

  public String configuration() throws IOException {
    return Files.readString(file);
  }

  /** The file, with the part that the documentation shows for several servers. */
  public String configurationForSeveralServers() throws IOException {
    String page = Files.readString(PAGE);
    Matcher example = EXAMPLE.matcher(page.substring(page.indexOf("\n## Several servers\n")));
    while (example.find()) {
      String part = Matcher.quoteReplacement(example.group(2));
      if (example.group(1).equals(program)) return servers.matcher(configuration()).replaceFirst(part);
    }
    throw new IllegalStateException(PAGE + " shows no several servers for " + program);
  }

  /**
   * Starts it on a free port of 127.0.0.1 and waits until it listens.
   *
   * @param folder for its files
   * @param to the ports of the servers, which the configuration has as 8000, 8001 and so on
   */
  public Running start(Path folder, String configuration, int... to) throws Exception {
    Path executable = found();
    TestCertificates.Signed certificate = AUTHORITY.server(HOST, "127.0.0.1");
    certificate.write(folder, HOST);
    Files.writeString(folder.resolve("both.pem"), certificate.certificatePem() + certificate.keyPem());
    for (int attempt = 1; ; attempt++) {
      int port = Ports.free();
      int tlsPort = Ports.free();
      Path own = Files.writeString(folder.resolve(program + ".conf"), adapted(folder, configuration, port, tlsPort, to));
      Path output = folder.resolve(program + ".out");
      ProcessBuilder builder = new ProcessBuilder(command(executable, own)).directory(folder.toFile());
      builder.redirectErrorStream(true).redirectOutput(output.toFile());
      Running running = new Running(port, tlsPort, builder.start());
      if (running.listens()) return running;
      running.close();
      // Somebody else may have taken the port since.
      if (attempt == ATTEMPTS) throw new IllegalStateException(program + " does not listen: " + Files.readString(output));
    }
  }

  private Path found() {
    for (String folder : (System.getenv("PATH") + ":/usr/sbin").split(":")) {
      if (Files.isExecutable(Path.of(folder, program))) return Path.of(folder, program);
    }
    String lack = "NO " + program.toUpperCase(Locale.ROOT) + ": the PATH has none; its tests";
    if ("true".equals(System.getenv("CI"))) throw new IllegalStateException(lack + " must run where CI=true");
    System.err.println("\n!!!!!!!! " + lack + " ARE SKIPPED !!!!!!!!\n");
    return Assumptions.abort(lack + " skipped");
  }

  /** Debian has it in a package of its own. */
  private static Path streamModule() {
    String given = System.getenv().getOrDefault("NGINX_MODULES", "/usr/lib/nginx/modules");
    Path module = Path.of(given, "ngx_stream_module.so");
    if (Files.exists(module)) return module;
    String lack = "NO STREAM MODULE OF NGINX (libnginx-mod-stream): its tests";
    if ("true".equals(System.getenv("CI"))) throw new IllegalStateException(lack + " must run where CI=true");
    System.err.println("\n!!!!!!!! " + lack + " ARE SKIPPED !!!!!!!!\n");
    return Assumptions.abort(lack + " skipped");
  }

  /** With the ports and the size of a test and, for nginx, folders that it may write to. */
  private static String adapted(Path folder, String configuration, int port, int tlsPort, int... to) {
    String folders = """
        http {
          access_log off;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path f;
          uwsgi_temp_path u;
          scgi_temp_path s;
        """;
    String adapted = configuration
        .replace("http {\n", folders)
        .replace("worker_processes auto", "worker_processes 1")
        .replace("worker_connections 16384", "worker_connections 256")
        .replace("maxconn 16384", "maxconn 256")
        .replace("listen 80;", "listen 127.0.0.1:" + port + ";")
        .replace("bind :80\n", "bind 127.0.0.1:" + port + "\n")
        .replace("listen 443 ssl", "listen 127.0.0.1:" + tlsPort + " ssl")
        .replace("bind :443 ssl", "bind 127.0.0.1:" + tlsPort + " ssl")
        // Those that forward connections have one port.
        .replace("listen 443;", "listen 127.0.0.1:" + port + ";")
        .replace("bind :443\n", "bind 127.0.0.1:" + port + "\n")
        .replace("/etc/ssl/private/" + HOST + ".pem", folder.resolve("both.pem").toString())
        .replace("/etc/ssl/" + HOST, folder.resolve(HOST).toString());
    if (adapted.contains(STREAM_MODULE)) adapted = adapted.replace(STREAM_MODULE, streamModule().toString());
    Matcher server = Pattern.compile("(server (?:\\w+ )?127\\.0\\.0\\.1:)80(\\d\\d)").matcher(adapted);
    return server.replaceAll(found -> found.group(1) + to[Integer.parseInt(found.group(2))]);
  }

  private List<String> command(Path executable, Path configuration) {
    if (program.equals("haproxy")) return List.of(executable.toString(), "-db", "-f", configuration.toString());
    String user = System.getProperty("user.name").equals("root") ? "user root; " : "";
    String own = user + "daemon off; pid nginx.pid; error_log stderr;";
    return List.of(executable.toString(), "-p", configuration.getParent().toString(), "-c", configuration.toString(), "-g", own);
  }

  /** A proxy's process; ends with {@link #close}. */
  public static final class Running implements AutoCloseable {
    public final int port;
    /** Where TLS ends, of those that end it. */
    public final int tlsPort;
    private final Process process;

    private Running(int port, int tlsPort, Process process) {
      this.port = port;
      this.tlsPort = tlsPort;
      this.process = process;
    }

    /** Waits until it does, and says false where it never will. */
    private boolean listens() {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (process.isAlive() && System.nanoTime() < deadline) {
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
          return true;
        } catch (IOException notYet) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
      }
      return false;
    }

    @Override
    public void close() throws InterruptedException {
      process.destroy();
      if (!process.waitFor(5, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
    }
  }
}
