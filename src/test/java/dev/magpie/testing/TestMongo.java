package dev.magpie.testing;

import com.mongodb.ConnectionString;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The MongoDB that a test uses: a {@link MongoServer}, killed when it is to go away; or the one that the environment's {@code
 * MAGPIE_TEST_MONGO} names, which is not ours to kill, behind a {@link CutWire}. Owned by one test, or by one class of tests.
 */
public final class TestMongo implements AutoCloseable {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final MongoServer server;
  private final CutWire wire;
  private final String given;
  private final List<String> databases = new ArrayList<>();

  private TestMongo(MongoServer server, CutWire wire, String given) {
    this.server = server;
    this.wire = wire;
    this.given = given;
  }

  /** @param data of a server of our own */
  public static TestMongo start(Path data) throws IOException, InterruptedException {
    if (MongoServer.given().isEmpty()) return new TestMongo(MongoServer.start(data), null, null);
    String given = MongoServer.given().get();
    String[] host = new ConnectionString(given).getHosts().get(0).split(":");
    return new TestMongo(null, CutWire.to(host[0], host.length > 1 ? Integer.parseInt(host[1]) : 27017), given);
  }

  /** An address without a database. A driver that finds nobody there says so after a second. */
  public String connectionString() {
    if (server != null) return server.connectionString() + "/?serverSelectionTimeoutMS=1000";
    String hosts = String.join(",", new ConnectionString(given).getHosts());
    String[] parts = given.replace(hosts, "127.0.0.1:" + wire.port()).split("[?]", 2);
    String address = parts[0].indexOf('/', "mongodb://".length()) > 0 ? parts[0] : parts[0] + "/";
    // A replica set would tell the driver its members' own addresses.
    return address + "?" + (parts.length > 1 ? parts[1] + "&" : "") + "directConnection=true&serverSelectionTimeoutMS=1000";
  }

  /** The name of one that nobody uses; it is dropped at the end. */
  public String newDatabase() {
    databases.add("magpie-test-" + ProcessHandle.current().pid() + "-" + DATABASES.incrementAndGet());
    return databases.get(databases.size() - 1);
  }

  /** At once, in the middle of whatever it does. */
  public void goAway() throws IOException, InterruptedException {
    if (server != null) server.kill();
    else wire.cut();
  }

  /** Returns when it can be reached. */
  public void comeBack() throws IOException, InterruptedException {
    if (server != null) server.startAgain();
    else wire.mend();
  }

  @Override
  public void close() throws IOException {
    if (server != null) {
      server.close();
      return;
    }
    Vertx vertx = Vertx.vertx();
    try {
      for (String database : databases) {
        MongoClient client = MongoClient.create(vertx, new JsonObject().put("connection_string", given).put("db_name", database));
        client.runCommand("dropDatabase", new JsonObject().put("dropDatabase", 1)).await(20, TimeUnit.SECONDS);
      }
    } catch (TimeoutException late) {
      throw new IOException("not all of these databases were dropped: " + databases, late);
    } finally {
      wire.close();
      vertx.close();
    }
  }
}
