package dev.magpie.staff;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the first administrator, and removes sessions that are over. One for each server; all of it on its own context. */
public final class StaffVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(StaffVerticle.class);

  private static final long AGAIN_MS = 10_000;
  private static final long SWEEP_MS = 600_000;

  private Staff staff;

  /** Fails only for settings that cannot be used: a database that is away is asked again later. */
  @Override
  public Future<?> start() {
    staff = new Staff(vertx, config());
    vertx.setPeriodic(SWEEP_MS, tick -> sweep());
    return prepare();
  }

  private Future<Void> prepare() {
    return FirstLogin.prepare(staff).recover(failure -> {
      if (failure instanceof IllegalArgumentException) return Future.failedFuture(failure);
      log.warn("staff accounts not read, tried again in={}s reason={}", AGAIN_MS / 1000, failure.getMessage());
      vertx.setTimer(AGAIN_MS,
          timer -> prepare().onFailure(refused -> log.error("no first administrator reason={}", refused.getMessage())));
      return Future.succeededFuture();
    });
  }

  private void sweep() {
    staff.data().compose(data -> data.sessions().sweep().compose(removed -> FirstLogin.removeUsedFile(staff, data)))
        .onFailure(failure -> log.warn("ended staff sessions not removed reason={}", failure.getMessage()));
  }

  @Override
  public Future<?> stop() {
    return staff == null ? Future.succeededFuture() : staff.close();
  }
}
