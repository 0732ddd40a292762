package dev.magpie.delivery;

import dev.magpie.testing.Await;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What it costs that nothing is lost: {@code mvn -q test-compile exec:java@delivery}, or a part of it by {@code -Dexec.args=durable} or
 * {@code memory}. Prints whether a durable room of 1,000 keeps up with 200 messages a second on the embedded store, with the
 * acknowledgements' latency; and bytes and time of a delivery with a log in memory and without. {@code dev.magpie.store.EventLogBench}
 * measures history and replay behind 1,000,000 events.
 */
public final class DeliveryBench {
  private static final int CLIENTS = 1_000;
  private static final int SPEAKERS = 10;
  private static final int PER_SECOND = 200;
  private static final int SECONDS = 20;

  private DeliveryBench() {}

  public static void main(String[] args) throws Exception {
    List<String> parts = args.length == 0 ? List.of("durable", "memory") : List.of(args);
    if (parts.contains("durable")) durable();
    if (parts.contains("memory")) memory();
  }

  private static void durable() throws Exception {
    Path data = Files.createTempDirectory("magpie-delivery");
    Vertx vertx = Vertx.vertx();
    try {
      Lab lab = Await.await(new Lab(0, Lab.embedded(data), io -> {}).deploy(vertx));
      String join = "42/chat,0" + new JsonArray().add("join").add(new JsonObject().put("room", "bench")).encode();
      try (Listeners listeners = new Listeners(lab.port(), "/chat", CLIENTS, join)) {
        List<TestIo> speakers = new ArrayList<>();
        for (int i = 0; i < SPEAKERS; i++) {
          TestIo speaker = Await.await(TestIo.connect(vertx, new TestIoOptions(lab.port()).setNamespace("/chat")));
          Await.await(speaker.emitWithAck("join", new JsonObject().put("room", "bench")));
          speakers.add(speaker);
        }
        say(listeners, speakers, 3, false);
        say(listeners, speakers, SECONDS, true);
      }
    } finally {
      Await.await(vertx.close());
      try (var files = Files.walk(data)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
      }
    }
  }

  private static void say(Listeners listeners, List<TestIo> speakers, int seconds, boolean print) throws Exception {
    long[] nanos = new long[PER_SECOND * seconds];
    long heard = listeners.heard();
    CountDownLatch left = new CountDownLatch(nanos.length);
    long begin = System.nanoTime();
    for (int i = 0; i < nanos.length; i++) {
      int n = i;
      long due = begin + i * 1_000_000_000L / PER_SECOND;
      while (System.nanoTime() < due) LockSupport.parkNanos(due - System.nanoTime());
      JsonObject message = new JsonObject().put("room", "bench").put("cid", "bench-" + begin + "-" + i)
          .put("text", "# a message of an ordinary length, as people write it");
      speakers.get(i % SPEAKERS).emitWithAck("message", message).onComplete(answer -> {
        if (answer.failed() || !answer.result().getJsonObject(0).getBoolean("ok")) throw new IllegalStateException("refused: " + answer);
        nanos[n] = System.nanoTime() - due;
        left.countDown();
      });
    }
    if (!left.await(120, TimeUnit.SECONDS)) throw new IllegalStateException(left.getCount() + " were not acknowledged");
    long acknowledged = System.nanoTime();
    listeners.awaitHeard(heard + (long) CLIENTS * nanos.length);
    if (!print) return;
    Arrays.sort(nanos);
    System.out.printf(
        "durable, %d clients, %d/s for %d s: %d deliveries, the last %.0f ms after the last message was due, %.0f ms after its "
        + "acknowledgement%n",
        CLIENTS, PER_SECOND, seconds, CLIENTS * nanos.length, (System.nanoTime() - begin) / 1e6 - 1000.0 * (nanos.length - 1) / PER_SECOND,
        (System.nanoTime() - acknowledged) / 1e6);
    System.out.printf("acknowledgement: p50 %.2f ms, p99 %.2f ms, max %.2f ms%n", nanos[nanos.length / 2] / 1e6,
        nanos[nanos.length * 99 / 100] / 1e6, nanos[nanos.length - 1] / 1e6);
  }

  private static void memory() throws Exception {
    List<LogCost.Cost> costs = new LogCost(1_000, 200, 5).measure();
    LogCost.Cost none = costs.get(0);
    LogCost.Cost log = costs.get(1);
    System.out.printf("one delivery without a log: %.1f bytes, %.0f ns; with one in memory: %.1f bytes, %.0f ns; %.2f and %.2f times%n",
        none.bytes(), none.nanos(), log.bytes(), log.nanos(), log.bytes() / none.bytes(), log.nanos() / none.nanos());
  }
}
