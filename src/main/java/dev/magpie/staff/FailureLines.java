package dev.magpie.staff;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.Shareable;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The audit's lines of failed logins: at most {@link #PER_MINUTE} a minute, since anyone can make one fail; the next line tells how many
 * were left out. Shared by all of a Vert.x instance, safe for all threads.
 */
final class FailureLines implements Shareable {
  static final int PER_MINUTE = 60;

  private final LongSupplier nanoTime;

  // Guarded by this.
  private long since;
  private int lines;
  private long leftOut;

  FailureLines(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.since = nanoTime.getAsLong();
  }

  static FailureLines of(Vertx vertx) {
    return vertx.sharedData().<String, FailureLines>getLocalMap("magpie.staff.failures").computeIfAbsent("logins",
        key -> new FailureLines(System::nanoTime));
  }

  /** @param target the id of the account; empty where there is none */
  Future<Void> add(Staff staff, String target, String address, String result) {
    long before = take();
    if (before < 0) return Future.succeededFuture();
    JsonObject details = new JsonObject().put(Audit.ADDRESS, address).put(Audit.RESULT, result);
    return staff.audit("anonymous", "login", target, before == 0 ? details : details.put("leftOut", before));
  }

  /** @return how many lines were left out before this one; -1 if this one is left out */
  synchronized long take() {
    long now = nanoTime.getAsLong();
    if (now - since >= TimeUnit.MINUTES.toNanos(1)) {
      since = now;
      lines = 0;
    }
    if (lines >= PER_MINUTE) {
      leftOut++;
      return -1;
    }
    lines++;
    long before = leftOut;
    leftOut = 0;
    return before;
  }
}
