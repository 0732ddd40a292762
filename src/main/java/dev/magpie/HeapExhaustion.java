package dev.magpie;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Ends the program when its heap is exhausted: what ran out of memory may be an event loop or the store's thread, and a process without
 * them answers nobody and is not started again. The virtual machine's own switch for this cannot stand in a manifest. Used by {@link Main}
 * only; a library does not end its program.
 *
 * <p>An OutOfMemoryError is seen on each way that it can take: thrown out of a thread, or caught and logged, as event loops, Vert.x and the
 * store's commit do. One that is caught in silence is found by a thread that asks for a little memory each second.
 */
final class HeapExhaustion extends TurboFilter implements Thread.UncaughtExceptionHandler {
  static final int EXIT_CODE = 3;

  /** Made now: there is no memory for it later. */
  private static final byte[] LINE = "magpie: the heap is exhausted (java.lang.OutOfMemoryError): give it more by -Xmx\n"
      .getBytes(StandardCharsets.UTF_8);

  private static final FileOutputStream STANDARD_ERROR = new FileOutputStream(FileDescriptor.err);

  private static final int PROBE_BYTES = 64 << 10;
  private static final long PROBE_MS = 1_000;

  /** Where the probe goes, so that it is really made. */
  private static volatile byte[] probe;

  private HeapExhaustion() {}

  /** After the logging is set up, which it is part of. */
  static void endsTheProgram() {
    HeapExhaustion exhaustion = new HeapExhaustion();
    Thread.setDefaultUncaughtExceptionHandler(exhaustion);
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      exhaustion.setContext(context);
      exhaustion.start();
      context.addTurboFilter(exhaustion);
    }
    Thread prober = new Thread(HeapExhaustion::probe, "magpie-heap");
    prober.setDaemon(true);
    prober.start();
  }

  @Override
  public FilterReply decide(Marker marker, Logger logger, Level level, String format, Object[] arguments, Throwable thrown) {
    if (thrown != null) look(thrown);
    // A message with places takes its failure as the last argument.
    else if (arguments != null && arguments.length > 0 && arguments[arguments.length - 1] instanceof Throwable last) look(last);
    return FilterReply.NEUTRAL;
  }

  @Override
  public void uncaughtException(Thread thread, Throwable thrown) {
    look(thrown);
    LoggerFactory.getLogger(HeapExhaustion.class).error("thread ended name={}", thread.getName(), thrown);
  }

  private static void look(Throwable thrown) {
    // Causes may go in a circle.
    int depth = 0;
    for (Throwable cause = thrown; cause != null && depth < 20; cause = cause.getCause(), depth++) if (isOfHeap(cause)) end();
  }

  /** Memory outside the heap is that of one connection's buffer, and costs that connection; threads are the operating system's. */
  static boolean isOfHeap(Throwable thrown) {
    if (thrown.getClass() != OutOfMemoryError.class) return false;
    String message = thrown.getMessage();
    return message == null || message.contains("heap space") || message.contains("GC overhead") || message.contains("Metaspace")
        || message.contains("class space");
  }

  /** The virtual machine has collected all that it can before it refuses so little. */
  private static void probe() {
    try {
      while (true) {
        Thread.sleep(PROBE_MS);
        probe = new byte[PROBE_BYTES];
        probe = null;
      }
    } catch (InterruptedException nobodyElseKnowsThisThread) {
      Thread.currentThread().interrupt();
    } catch (OutOfMemoryError exhausted) {
      end();
    }
  }

  private static void end() {
    try {
      STANDARD_ERROR.write(LINE);
    } catch (IOException unheard) {
      // The exit code says it too.
    }
    Runtime.getRuntime().halt(EXIT_CODE);
  }
}
