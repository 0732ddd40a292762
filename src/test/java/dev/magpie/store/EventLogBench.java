package dev.magpie.store;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What the embedded log costs: {@code java … dev.magpie.store.EventLogBench [events]}. Prints appends a second with so many in flight, the
 * acknowledgement's latency at 200 messages a second, and how long a page of history and a replay take behind so many events (1,000,000).
 */
public final class EventLogBench {
  private EventLogBench() {}

  public static void main(String[] args) throws Exception {
    int events = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    Path data = Files.createTempDirectory("magpie-bench");
    Vertx vertx = Vertx.vertx();
    try {
      RecoveryOptions recovery = RecoveryOptions.DEFAULT
          .withRetention(10_000_000, Long.MAX_VALUE / 4)
          .withSettings(new JsonObject().put("data", new JsonObject().put("path", data.toString())));
      Io io = Io.create(vertx, new IoOptions().setRecovery(recovery));
      Namespace chat = io.of("/chat").recoverable(Recovery.DURABLE);
      await(io.ready());
      for (int inFlight : new int[] {1, 10, 100, 1000, 1, 10, 100, 1000}) throughput(chat, inFlight, inFlight == 1 ? 2_000 : 20_000);
      latency(chat, 200, 10);
      fill(chat, events);
      history(chat);
      latency(chat, 200, 10);
      try (var files = Files.list(data)) {
        System.out.printf("files %,d bytes%n", files.mapToLong(file -> file.toFile().length()).sum());
      }
      await(io.close());
      replay(vertx, data);
    } finally {
      await(vertx.close());
      try (var files = Files.list(data)) {
        for (Path file : files.toList()) Files.delete(file);
      }
      Files.delete(data);
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(600, TimeUnit.SECONDS);
  }

  private static int made;

  private static LogEntry message() {
    int n = made++;
    return LogEntry.to("room:" + n % 1000).cid("bench-message-number-" + n).by("user" + n % 100).numbered("seq")
        .event("message", new JsonObject().put("room", "room:" + n % 1000).put("text",
        "a message of an ordinary length, as people write it in a chat").put("from", "user" + n % 100).put("at", 1_700_000_000_000L + n));
  }

  private static void throughput(Namespace chat, int inFlight, int messages) throws Exception {
    Semaphore places = new Semaphore(inFlight);
    CountDownLatch left = new CountDownLatch(messages);
    long start = System.nanoTime();
    for (int i = 0; i < messages; i++) {
      places.acquire();
      chat.append(message()).onComplete(appended -> {
        places.release();
        left.countDown();
      });
    }
    left.await();
    System.out.printf("append, %d in flight: %,.0f/s%n", inFlight, messages / ((System.nanoTime() - start) / 1e9));
  }

  private static void latency(Namespace chat, int rate, int seconds) throws Exception {
    long[] nanos = new long[rate * seconds];
    CountDownLatch left = new CountDownLatch(nanos.length);
    long begin = System.nanoTime();
    for (int i = 0; i < nanos.length; i++) {
      int n = i;
      long due = begin + i * 1_000_000_000L / rate;
      while (System.nanoTime() < due) java.util.concurrent.locks.LockSupport.parkNanos(due - System.nanoTime());
      chat.append(message()).onComplete(appended -> {
        nanos[n] = System.nanoTime() - due;
        left.countDown();
      });
    }
    left.await();
    print("acknowledgement at " + rate + "/s", nanos);
  }

  private static void print(String what, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf("%s: p50 %.2f ms, p99 %.2f ms, max %.2f ms%n", what, nanos[nanos.length / 2] / 1e6,
        nanos[nanos.length * 99 / 100] / 1e6, nanos[nanos.length - 1] / 1e6);
  }

  private static void fill(Namespace chat, int events) throws Exception {
    long start = System.nanoTime();
    int from = made;
    Semaphore places = new Semaphore(5_000);
    while (made < events) {
      places.acquire();
      chat.append(message()).onComplete(appended -> places.release());
    }
    places.acquire(5_000);
    System.out.printf("filled to %,d events: %,.0f/s%n", events, (made - from) / ((System.nanoTime() - start) / 1e9));
  }

  private static void history(Namespace chat) throws Exception {
    long head = await(chat.log().head());
    time("history, newest 50 of a room", 500, n -> chat.log().before("room:" + n * 7 % 1000, Long.MAX_VALUE, 50));
    time("history, 50 from anywhere", 500, n -> chat.log().before("room:" + n * 7 % 1000, head * n / 500, 50));
    time("history, upwards from anywhere", 500, n -> chat.log().after("room:" + n * 7 % 1000, head * n / 500, 50));
  }

  private static void replay(Vertx vertx, Path data) throws Exception {
    EmbeddedMongo mongo = EmbeddedMongo.open(data);
    StoreThreads threads = new StoreThreads("bench");
    EventLog log = await(EmbeddedEventLog.open(mongo, "/chat", StoredRecovery.newEpoch(), threads, System::currentTimeMillis));
    long head = await(log.extent()).head();
    Map<String, Long> rooms = new HashMap<>(Map.of("", 1L, "somebody", 1L));
    for (int i = 0; i < 5; i++) rooms.put("room:" + i * 13, 1L);
    time("replay of 5 rooms, 1,000 events ago", 500, n -> log.read(rooms, head - 1_000, head, 1_001));
    time("replay of 5 rooms, from anywhere, to 1,001 missed", 200, n -> log.read(rooms, head * n / 200, head, 1_001));
    time("gap of 500, from anywhere", 200, n -> log.read(head * n / 200, head * n / 200 + 500, 500));
    threads.close();
    mongo.close();
  }

  private interface Question {
    Future<?> ask(int n);
  }

  private static void time(String what, int times, Question question) throws Exception {
    long[] nanos = new long[times];
    for (int i = 0; i < times; i++) {
      long start = System.nanoTime();
      await(question.ask(i));
      nanos[i] = System.nanoTime() - start;
    }
    print(what, nanos);
  }
}
