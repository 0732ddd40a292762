package dev.magpie.transport.http;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of the server's faults in requests. A client can repeat the request that causes one, so each kind (the exception's class and
 * where it was thrown) is logged with its stack trace once a minute, with the number of occurrences. Safe for all threads.
 */
public final class FaultLog {
  private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** Maximum number of distinct kinds; further ones share one entry. */
  private static final int MAX_KINDS = 100;

  private static final Logger log = LoggerFactory.getLogger(FaultLog.class);
  private static final FaultLog ALL = new FaultLog();

  // Guarded by this.
  private final Map<String, Kind> kinds = new HashMap<>();

  FaultLog() {}

  /** @param fact the log message: what failed */
  public static void write(String fact, Throwable fault) {
    long times = ALL.count(kind(fact, fault), System.nanoTime());
    if (times > 0) log.error("{} times={}", fact, times, fault);
  }

  /** Number of occurrences that the due line stands for; 0 if none is due. */
  synchronized long count(String name, long now) {
    Kind kind = kinds.computeIfAbsent(kinds.size() < MAX_KINDS ? name : "other", added -> new Kind(now));
    kind.times++;
    if (now - kind.due < 0) return 0;
    long times = kind.times;
    kind.times = 0;
    kind.due = now + EVERY_NANOS;
    return times;
  }

  private static String kind(String fact, Throwable fault) {
    StackTraceElement[] trace = fault.getStackTrace();
    return fact + " " + fault.getClass().getName() + (trace.length == 0 ? "" : " " + trace[0]);
  }

  private static final class Kind {
    private long due;
    private long times;

    private Kind(long due) {
      this.due = due;
    }
  }
}
