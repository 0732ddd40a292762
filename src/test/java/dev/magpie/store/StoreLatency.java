package dev.magpie.store;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.mvstore.MVMap;
import org.slf4j.LoggerFactory;

/** Measures acknowledged inserts into the embedded database, and commits of a map of our own: {@code StoreLatency [documents]}. */
public final class StoreLatency {
  public static void main(String[] args) throws Exception {
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    int documents = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
    Path directory = Files.createTempDirectory("magpie-latency");
    Vertx vertx = Vertx.vertx();
    EmbeddedMongo mongo = EmbeddedMongo.open(directory);
    MongoClient client = MongoClient.create(vertx,
        new JsonObject().put("connection_string", mongo.connectionString()).put("db_name", "koa"));
    inserts(client, 1, documents / 2); // Warms up.
    for (int writers : new int[] {1, 16}) inserts(client, writers, documents);
    commits(mongo, documents);
    System.out.printf("file %d kB after %d documents%n", Files.size(mongo.file()) / 1024, documents * 5 / 2);
    mongo.close();
    System.out.printf("file %d kB closed%n", Files.size(mongo.file()) / 1024);
    client.close().compose(closed -> vertx.close());
  }

  private static void inserts(MongoClient client, int writers, int documents) throws Exception {
    long[] nanos = new long[documents];
    AtomicInteger next = new AtomicInteger();
    CountDownLatch ended = new CountDownLatch(writers);
    long start = System.nanoTime();
    for (int writer = 0; writer < writers; writer++) insert(client, next, nanos, ended);
    ended.await();
    print("insert, " + writers + " writers", nanos, System.nanoTime() - start);
  }

  private static void insert(MongoClient client, AtomicInteger next, long[] nanos, CountDownLatch ended) {
    int n = next.getAndIncrement();
    if (n >= nanos.length) {
      ended.countDown();
      return;
    }
    long start = System.nanoTime();
    client
        .insert("latency", new JsonObject().put("room", "room-1").put("text", "您当前的套餐".repeat(8)))
        .onComplete(
            id -> {
              nanos[n] = System.nanoTime() - start;
              insert(client, next, nanos, ended);
            },
            failure -> {
              failure.printStackTrace();
              System.exit(1);
            });
  }

  private static void commits(EmbeddedMongo mongo, int changes) {
    MVMap<Long, String> map = mongo.mvStore().openMap("latency");
    List<Long> nanos = new ArrayList<>();
    long begin = System.nanoTime();
    for (long i = 0; i < changes; i++) {
      long n = i;
      long start = System.nanoTime();
      mongo.change(() -> map.put(n, "您当前的套餐".repeat(8))).toCompletableFuture().join();
      nanos.add(System.nanoTime() - start);
    }
    print("map of our own, 1 writer", nanos.stream().mapToLong(Long::longValue).toArray(), System.nanoTime() - begin);
  }

  private static void print(String what, long[] nanos, long total) {
    Arrays.sort(nanos);
    System.out.printf(
        "%s: p50 %.2f ms, p99 %.2f ms, max %.1f ms, %.0f/s%n",
        what, nanos[nanos.length / 2] / 1e6, nanos[nanos.length * 99 / 100] / 1e6, nanos[nanos.length - 1] / 1e6,
        nanos.length / (total / 1e9));
  }
}
