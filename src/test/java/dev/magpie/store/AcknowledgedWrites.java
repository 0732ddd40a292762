package dev.magpie.store;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.h2.mvstore.MVMap;
import org.slf4j.LoggerFactory;

/**
 * A program to be killed: inserts documents and changes two maps of its own, and prints a line for whatever was acknowledged. Arguments:
 * data directory, run, number of writers, whether writes wait for their commit.
 */
public final class AcknowledgedWrites {
  static final String COLLECTION = "acknowledged";
  static final String LOG = "test.log";
  static final String DEDUPE = "test.dedupe";

  private static final PrintStream OUT = System.out;

  public static void main(String[] args) {
    System.setOut(System.err); // What logs must not stand between the acknowledgements.
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
    EmbeddedMongo mongo = EmbeddedMongo.open(Path.of(args[0]), Boolean.parseBoolean(args[3]), new StoreWrites());
    Vertx vertx = Vertx.vertx();
    MongoClient client = MongoClient.create(vertx,
        new JsonObject().put("connection_string", mongo.connectionString()).put("db_name", "koa"));
    int writers = Integer.parseInt(args[2]);
    for (int writer = 0; writer < writers; writer++) insertForEver(client, args[1] + "-" + writer, 0);
    new Thread(() -> logForEver(mongo)).start();
    say("started");
  }

  private static void insertForEver(MongoClient client, String writer, int n) {
    String id = writer + "-" + n;
    Future<?> written =
        n % 5 == 4
            ? client.updateCollection(COLLECTION, new JsonObject().put("_id", writer + "-" + (n - 1)),
            new JsonObject().put("$set", new JsonObject().put("again", true)))
            : client.insert(COLLECTION, new JsonObject().put("_id", id).put("unique", id).put("text", "套餐".repeat(20)));
    written
        .onSuccess(
            done -> {
              say((n % 5 == 4 ? "updated " + writer + "-" + (n - 1) : "inserted " + id));
              insertForEver(client, writer, n + 1);
            })
        .onFailure(failure -> say("failed " + failure));
  }

  private static void logForEver(EmbeddedMongo mongo) {
    MVMap<Long, String> events = mongo.mvStore().openMap(LOG);
    MVMap<String, Long> dedupe = mongo.mvStore().openMap(DEDUPE);
    AtomicLong head = new AtomicLong(events.isEmpty() ? 0 : events.lastKey());
    while (true) {
      long g = head.incrementAndGet();
      mongo
          .change(
              () -> {
                events.put(g, "event " + g);
                Thread.yield(); // A commit that cuts changes in two finds its moment here.
                dedupe.put("cid " + g, g);
              })
          .toCompletableFuture()
          .join();
      say("logged " + g);
    }
  }

  private static synchronized void say(String line) {
    OUT.println(line);
    OUT.flush();
  }
}
