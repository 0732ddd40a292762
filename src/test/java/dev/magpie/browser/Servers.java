package dev.magpie.browser;

import dev.magpie.MainVerticle;
import dev.magpie.ops.Health;
import dev.magpie.testing.Ports;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The servers under test: Magpie as {@code conf/magpie.json} and {@code conf/tutorial.json} make it, but on free ports. With
 * {@code -Dmagpie.browser.ports=8000:18000,3000:13000} (the port of the settings, the port in truth) they are running already, and serve
 * the fixtures as well. Owned by {@link Browser}.
 */
final class Servers implements AutoCloseable {
  private static final String RUNNING = System.getProperty("magpie.browser.ports", "");

  private static final Path TUTORIAL_PAGES = Path.of("src/test/resources/tutorial-pages");
  private static final Pattern PORT = Pattern.compile("localhost:(8000|3000)");
  private static final Pattern PORT_80 = Pattern.compile("http://localhost(?=['\"])");

  private final Map<String, Running> running = new HashMap<>();

  /** The default settings: everything on port 8000. */
  Running magpie() {
    return running.computeIfAbsent("magpie.json", Servers::start);
  }

  /** The settings of the tutorial: its ports 8000 and 3000, its origins. */
  Running tutorial() {
    return running.computeIfAbsent("tutorial.json", Servers::start);
  }

  private static Running start(String settings) {
    Running server = new Running(settings);
    if (RUNNING.isEmpty()) server.start();
    return server;
  }

  @Override
  public void close() {
    running.values().forEach(Running::stop);
  }

  /** One server, and where its ports are in truth. */
  static final class Running {
    private final JsonObject settings;
    private final Map<Integer, Integer> ports = new HashMap<>();
    private final Path webroot;
    private Vertx vertx;

    private Running(String file) {
      try {
        settings = new JsonObject(Files.readString(Path.of("conf", file)));
        settings.put("data", new JsonObject().put("path", Files.createTempDirectory("magpie-browser").toString()));
        webroot = Files.createTempDirectory("magpie-webroot");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      settings.getJsonObject("http").getJsonArray("listeners").stream().map(JsonObject.class::cast).forEach(listener -> {
        int port = listener.getInteger("port");
        ports.put(port, RUNNING.isEmpty() ? Ports.free() : given(port));
        listener.put("port", ports.get(port));
      });
      if (file.equals("tutorial.json")) writeTutorialPages();
    }

    /** The fixtures, with the ports that stand in them where the server is in truth, as the user's own webroot. */
    private void writeTutorialPages() {
      settings.getJsonObject("http").put("webroot", webroot.toString());
      try (Stream<Path> pages = Files.list(TUTORIAL_PAGES)) {
        for (Path page : pages.toList()) Files.writeString(webroot.resolve(page.getFileName()), onTruePorts(Files.readString(page)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String onTruePorts(String page) {
      String text = PORT_80.matcher(page).replaceAll("http://localhost:8000");
      return PORT.matcher(text).replaceAll(found -> "localhost:" + ports.getOrDefault(Integer.parseInt(found.group(1)), 0));
    }

    private static int given(int port) {
      for (String pair : RUNNING.split(","))
        if (pair.startsWith(port + ":")) return Integer.parseInt(pair.substring(pair.indexOf(':') + 1));
      throw new IllegalArgumentException("magpie.browser.ports names no port for " + port);
    }

    boolean restartable() {
      return RUNNING.isEmpty();
    }

    void start() {
      vertx = Vertx.vertx();
      try {
        finish(vertx.deployVerticle(new MainVerticle(), new DeploymentOptions().setConfig(settings.copy())));
        awaitReady();
      } catch (RuntimeException e) {
        stop();
        throw e;
      }
    }

    /** The bot's index is built beside what is served already; a question asked before finds nothing. */
    private void awaitReady() {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!Health.of(vertx).report().await().ready()) {
        if (System.nanoTime() > until) throw new IllegalStateException("not ready within 60 s: " + Health.of(vertx).report().await());
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
      }
    }

    void stop() {
      if (vertx != null) finish(vertx.close());
      vertx = null;
    }

    private static void finish(Future<?> work) {
      try {
        work.await(60, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Where the tutorial's pages lie. */
    Path webroot() {
      return webroot;
    }

    /** Where the port of the settings is in truth. */
    int port(int port) {
      return ports.get(port);
    }

    String url(int port, String path) {
      return "http://127.0.0.1:" + port(port) + path;
    }
  }
}
