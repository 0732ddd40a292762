package dev.magpie.reaper;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.LocalCodec;
import dev.magpie.bus.Tick;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes ticks on the local event bus, by which each gateway processes its expired timers and closes connections whose pong is missing.
 * Has no state of connections.
 */
public final class ReaperVerticle extends VerticleBase {
  /** What the timer wheels of the gateways expect ({@code TimerWheel.TICK_MS}), which this package does not import. */
  static final long PERIOD_MS = 100;

  private static final Logger log = LoggerFactory.getLogger(ReaperVerticle.class);

  private final DeliveryOptions local = new DeliveryOptions().setLocalOnly(true).setCodecName(Tick.class.getName());
  private long timer;
  private long count;

  @Override
  public Future<?> start() {
    LocalCodec.register(vertx.eventBus(), Tick.class);
    timer = vertx.setPeriodic(PERIOD_MS, id -> tick());
    log.info("reaper started period={}ms", PERIOD_MS);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    vertx.cancelTimer(timer);
    log.info("reaper stopped ticks={}", count);
    return Future.succeededFuture();
  }

  private void tick() {
    vertx.eventBus().publish(Addresses.REAPER_TICK, new Tick(++count, System.nanoTime()), local);
  }
}
