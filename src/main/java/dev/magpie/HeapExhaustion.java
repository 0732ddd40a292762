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
 * Ends the program when its heap is exhausted: the thread that failed may be an event loop or the store's, and a process without them
 * serves nobody and is not restarted. The option of the virtual machine for this cannot be set in a manifest. Used by {@link Main} only: a
 * library does not end its program.
 *
 * <p>An OutOfMemoryError is noticed when it ends a thread, and when it is caught and logged, as event loops, Vert.x and the store's commit
 * do. For one that is caught and not logged, a thread of its own allocates a little memory each second.
 */
final class HeapExhaustion extends TurboFilter implements Thread.UncaughtExceptionHandler {
  static final int EXIT_CODE = 3;

  /** Allocated at the start: there is no memory for it later. */
  private static final byte[] LINE = "magpie: the heap is exhausted (java.lang.OutOfMemoryError): give it more by -Xmx\n"
      .getBytes(StandardCharsets.UTF_8);

  private static final FileOutputStream STANDARD_ERROR = new FileOutputStream(FileDescriptor.err);

  private static final int PROBE_BYTES = 64 << 10;
  private static final long PROBE_MS = 1_000;

  /** A field, so that the compiler does not remove the allocation. */
  private static volatile byte[] probe;

  private HeapExhaustion() {}

  /** Called after logging is set up, which this filter is part of. */
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
    // A message with placeholders has its exception as the last argument.
    else if (arguments != null && arguments.length > 0 && arguments[arguments.length - 1] instanceof Throwable last) look(last);
    return FilterReply.NEUTRAL;
  }

  @Override
  public void uncaughtException(Thread thread, Throwable thrown) {
    look(thrown);
    LoggerFactory.getLogger(HeapExhaustion.class).error("thread ended name={}", thread.getName(), thrown);
  }

  private static void look(Throwable thrown) {
    // Causes may form a cycle.
    int depth = 0;
    for (Throwable cause = thrown; cause != null && depth < 20; cause = cause.getCause(), depth++) if (isOfHeap(cause)) end();
  }

  /** Whether the heap was exhausted: not memory outside of it, which costs one connection, and not threads of the operating system. */
  static boolean isOfHeap(Throwable thrown) {
    if (thrown.getClass() != OutOfMemoryError.class) return false;
    String message = thrown.getMessage();
    return message == null || message.contains("heap space") || message.contains("GC overhead") || message.contains("Metaspace")
        || message.contains("class space");
  }

  /** Allocates a little: the virtual machine has collected all that it can before it refuses that. */
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
      // The exit code is enough.
    }
    Runtime.getRuntime().halt(EXIT_CODE);
  }
}
