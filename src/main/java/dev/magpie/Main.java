package dev.magpie;

import dev.magpie.api.KeysCommand;
import dev.magpie.articles.ArticlesCommand;
import dev.magpie.files.ProcessFolder;
import dev.magpie.logging.LogText;
import dev.magpie.logging.Reason;
import dev.magpie.ops.Metrics;
import dev.magpie.settings.Secrets;
import dev.magpie.settings.Settings;
import dev.magpie.settings.SettingsException;
import dev.magpie.staff.StaffCommand;
import dev.magpie.store.DataCommand;
import dev.magpie.store.StoreOptions;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.launcher.application.HookContext;
import io.vertx.launcher.application.VertxApplication;
import io.vertx.launcher.application.VertxApplicationHooks;
import java.io.Console;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The program: checks the command line and the settings, then runs Vert.x's launcher. A start that is refused prints one line on standard
 * error and has exit code 2.
 */
public final class Main extends VertxApplication implements VertxApplicationHooks {
  private static final int REFUSED = 2;

  private static final String RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

  /** Minimum heap: an idle program uses half of it. */
  private static final int LEAST_HEAP_MB = 64;

  /** Whether a start was refused: the reason is on standard error, and the shutdown hooks print nothing more. */
  private static final AtomicBoolean REFUSING = new AtomicBoolean();

  private final CommandLine commandLine;
  private final Settings settings;
  private final long begun = System.nanoTime();
  private Logger log;
  private Optional<ProcessFolder> temporary = Optional.empty();
  private volatile boolean started;
  private volatile boolean stopping;

  private Main(CommandLine commandLine, Settings settings) {
    super(commandLine.rest().toArray(new String[0]), null, false, true);
    this.commandLine = commandLine;
    this.settings = settings;
  }

  public static void main(String[] args) {
    failFast();
    refuseRenegotiation();
    try {
      if (args.length > 0 && args[0].equals("articles")) System.exit(articles(List.of(args).subList(1, args.length)));
      if (args.length > 0 && args[0].equals("staff")) System.exit(staff(List.of(args).subList(1, args.length)));
      if (args.length > 0 && args[0].equals("data")) System.exit(data(List.of(args).subList(1, args.length)));
      if (args.length > 0 && args[0].equals("keys")) System.exit(keys(List.of(args).subList(1, args.length)));
      CommandLine commandLine = CommandLine.parse(args);
      if (commandLine.help()) {
        new VertxApplication(new String[] {"-help"}).launch();
        return;
      }
      new Main(commandLine, Settings.load(commandLine.conf(), System.getenv())).run();
    } catch (SettingsException e) {
      refuse(e.getMessage());
    }
  }

  /**
   * Called before Netty is loaded. By default Netty gets direct memory from the JDK, which waits half a second for collections on the event
   * loop when there is none. With this option Netty counts its memory itself and fails at once, which costs one connection.
   */
  static void failFast() {
    if (System.getProperty("io.netty.tryReflectionSetAccessible") == null)
      System.setProperty("io.netty.tryReflectionSetAccessible", "true");
  }

  /** A client of TLS 1.2 could ask for one handshake after the other on one connection. Called before TLS is loaded. */
  private static void refuseRenegotiation() {
    if (System.getProperty(RENEGOTIATION) == null) System.setProperty(RENEGOTIATION, "true");
  }

  /** Logs nothing to standard output, where exported articles go. */
  private static int articles(List<String> words) {
    List<String> rest = CommandLine.separated(words);
    String file = takeConf(rest);
    try {
      ArticlesCommand.Arguments arguments = ArticlesCommand.Arguments.parse(rest);
      Settings settings = Settings.load(file, System.getenv());
      Logging.apply(new Settings.Log("off", Map.of("ROOT", "off"), false));
      Optional<ProcessFolder> temporary = keepTemporaryFiles(settings);
      try {
        return new ArticlesCommand(System.out, System.err, onTerminal()).run(arguments, StoreOptions.from(settings.json()));
      } finally {
        temporary.ifPresent(ProcessFolder::release);
      }
    } catch (IllegalArgumentException e) {
      throw SettingsException.of(e.getMessage());
    }
  }

  private static int staff(List<String> words) {
    // Not separated at '=': no option of this command has one, and a password must not be taken for one.
    List<String> rest = new ArrayList<>(words);
    String file = takeConf(rest);
    try {
      StaffCommand.Arguments arguments = StaffCommand.Arguments.parse(rest);
      Settings settings = Settings.load(file, System.getenv());
      Logging.apply(new Settings.Log("off", Map.of("ROOT", "off"), false));
      Console terminal = onTerminal() ? System.console() : null;
      return new StaffCommand(System.out, System.err, System.in, terminal).run(arguments, StoreOptions.from(settings.json()));
    } catch (IllegalArgumentException e) {
      throw SettingsException.of(e.getMessage());
    }
  }

  private static int data(List<String> words) {
    List<String> rest = CommandLine.separated(words);
    String file = takeConf(rest);
    try {
      Settings settings = Settings.load(file, System.getenv());
      Logging.apply(new Settings.Log("off", Map.of("ROOT", "off"), false));
      return new DataCommand(System.out, System.err, StoreOptions.from(settings.json())).run(rest);
    } catch (IllegalArgumentException e) {
      throw SettingsException.of(e.getMessage());
    }
  }

  private static int keys(List<String> words) {
    List<String> rest = CommandLine.separated(words);
    String file = takeConf(rest);
    try {
      KeysCommand.Arguments arguments = KeysCommand.Arguments.parse(rest);
      Settings settings = Settings.load(file, System.getenv());
      Logging.apply(new Settings.Log("off", Map.of("ROOT", "off"), false));
      return new KeysCommand(System.out, System.err).run(arguments, StoreOptions.from(settings.json()));
    } catch (IllegalArgumentException e) {
      throw SettingsException.of(e.getMessage());
    }
  }

  /** Takes {@code -conf FILE} out of a command's words. @return the file, or null */
  private static String takeConf(List<String> words) {
    int conf = Math.max(words.indexOf("-conf"), words.indexOf("--conf"));
    if (conf < 0) return null;
    if (conf + 1 == words.size()) throw SettingsException.of("command line: " + words.get(conf) + ": its value is missing");
    String file = words.remove(conf + 1);
    words.remove(conf);
    return file;
  }

  /** From Java 22 on there is a console also without a terminal. */
  private static boolean onTerminal() {
    try {
      return System.console() != null && (boolean) java.io.Console.class.getMethod("isTerminal").invoke(System.console());
    } catch (ReflectiveOperationException before22) {
      return true;
    }
  }

  private void run() {
    Logging.apply(settings.log());
    HeapExhaustion.endsTheProgram();
    log = LoggerFactory.getLogger(Main.class);
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    // The maximum that the virtual machine reports is a little less than -Xmx.
    if (heap < LEAST_HEAP_MB * 9 / 10)
      log.warn("heap too small max={}MB least={}MB: it may run out, which ends the program with code {}", heap, LEAST_HEAP_MB,
          HeapExhaustion.EXIT_CODE);
    temporary = keepTemporaryFiles(settings);
    log.info("settings read from {}", settings.source());
    launch();
  }

  /**
   * Puts natives and caches of libraries below {@code data/}: the system's temporary folder may be read-only, and nobody deletes there what
   * a killed process has left. Called before a library looks for the folder.
   */
  private static Optional<ProcessFolder> keepTemporaryFiles(Settings settings) {
    try {
      ProcessFolder folder = ProcessFolder.take(StoreOptions.from(settings.json()).data().resolve("tmp"), "process-");
      System.setProperty("java.io.tmpdir", folder.path().toString());
      return Optional.of(folder);
    } catch (UncheckedIOException e) {
      LoggerFactory.getLogger(Main.class).warn("temporary files stay in the system's folder folder={} reason={}",
          System.getProperty("java.io.tmpdir"), e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public JsonObject afterConfigParsed(JsonObject none) {
    return settings.json();
  }

  @Override
  public void beforeStartingVertx(HookContext context) {
    VertxOptions options = context.vertxOptions();
    options.setPreferNativeTransport(true);
    options.setMetricsOptions(Metrics.options());
  }

  @Override
  public void afterFailureToStartVertx(HookContext context, Throwable failure) {
    refuse(reason(failure));
  }

  @Override
  public void afterVerticleDeployed(HookContext context) {
    started = true;
    Settings.path(commandLine.conf())
        .ifPresent(file -> new SettingsWatch(file, settings, () -> Settings.load(commandLine.conf(), System.getenv())).start());
    log.info("started verticle={} in={}ms", context.mainVerticle(), (System.nanoTime() - begun) / 1_000_000);
  }

  @Override
  public void afterFailureToDeployVerticle(HookContext context, Throwable failure) {
    log.debug("not started", failure);
    // A signal came during the start: not an error, and the exit code stays that of the signal.
    if (stopping) return;
    if (failure instanceof ClassNotFoundException) refuse(context.mainVerticle() + ": no such verticle on the class path");
    else if (failure instanceof ClassCastException) refuse(context.mainVerticle() + ": a class that is no verticle");
    else refuse(reason(failure));
  }

  @Override
  public void beforeStoppingVertx(HookContext context) {
    stopping = true;
    if (started) log.info("stopping");
  }

  @Override
  public void afterVertxStopped(HookContext context) {
    temporary.ifPresent(ProcessFolder::release);
    if (started) log.info("stopped");
    else if (!REFUSING.get()) log.info("stopped before it had started");
  }

  @Override
  public void afterFailureToStopVertx(HookContext context, Throwable failure) {
    log.error("not stopped cleanly: {}", reason(failure));
  }

  private static String reason(Throwable failure) {
    if (failure == null) return "took longer than two minutes";
    return Reason.of(failure);
  }

  /** Prints the reason and exits; the shutdown hooks close what is open. */
  private static void refuse(String reason) {
    REFUSING.set(true);
    System.err.println("magpie: " + LogText.escape(Secrets.withoutCredentials(reason)));
    System.exit(REFUSED);
  }
}
