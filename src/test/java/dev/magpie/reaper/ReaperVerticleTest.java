package dev.magpie.reaper;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.LocalCodec;
import dev.magpie.bus.Tick;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Vertx;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class ReaperVerticleTest {
  @Test
  @SuppressWarnings("deprecation") // A checkpoint that is passed several times has no other name yet.
  void ticksInOrderToEveryGateway(Vertx vertx, VertxTestContext test) {
    Checkpoint first = test.checkpoint(3);
    Checkpoint second = test.checkpoint(3);
    AtomicLong count = new AtomicLong();
    vertx.eventBus().<Tick>localConsumer(Addresses.REAPER_TICK, tick -> {
      if (count.incrementAndGet() > 3) return;
      test.verify(() -> Assertions.assertThat(tick.body().count()).isEqualTo(count.get()));
      first.flag();
    });
    AtomicLong seconds = new AtomicLong();
    vertx.eventBus().<Tick>localConsumer(Addresses.REAPER_TICK, tick -> {
      if (seconds.incrementAndGet() <= 3) second.flag();
    });
    vertx.deployVerticle(new ReaperVerticle()).onFailure(test::failNow);
  }

  @Test
  void ticksAsOftenAsATimerWheelExpects() {
    Assertions.assertThat(ReaperVerticle.PERIOD_MS).isEqualTo(TimerWheel.TICK_MS);
  }

  @Test
  void handsTheSameTickToEveryone(Vertx vertx, VertxTestContext test) {
    LocalCodec.register(vertx.eventBus(), Tick.class);
    LocalCodec.register(vertx.eventBus(), Tick.class);
    Tick sent = new Tick(1, 2);
    vertx.eventBus().<Tick>localConsumer("here", tick -> {
      test.verify(() -> Assertions.assertThat(tick.body()).isSameAs(sent));
      test.completeNow();
    });
    vertx.eventBus().publish("here", sent);
  }
}
