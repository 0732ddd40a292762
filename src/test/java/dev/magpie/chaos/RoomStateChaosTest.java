package dev.magpie.chaos;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.chaos.Schedule.Store;
import dev.magpie.core.Application;
import dev.magpie.testing.Alone;
import dev.magpie.testing.Await;
import dev.magpie.testing.MongoServer;
import dev.magpie.testing.TestIo;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The room state of a durable namespace, while its server is killed again and again: no acknowledged write is lost, no compare-and-set
 * succeeds twice, and who does not come back is gone after the grace time. A build kills the server of the embedded store only, and
 * twice; {@code mvn verify -Pchaos} kills for ten minutes on each store.
 */
@Timeout(value = 90, unit = TimeUnit.MINUTES)
@Alone
class RoomStateChaosTest {
  private static final long SECONDS = Long.getLong("chaos.seconds", 20);
  private static final boolean LONG = SECONDS >= 60;
  private static final String STORE = System.getProperty("chaos.store", "");
  private static final long SEED = Long.getLong("chaos.seed", System.nanoTime() & 0xffffff);
  private static final int OWNERS = 6;
  private static final int COUNTING = 3;

  private final Vertx vertx = Vertx.vertx();
  private final Random random = new Random(SEED);
  private final List<Keeping> clients = new ArrayList<>();
  private ServerProcess server;

  @ParameterizedTest
  @EnumSource(Store.class)
  void losesNoAcknowledgedWriteAndKeepsNoGhost(Store store) throws Exception {
    Assumptions.assumeTrue(STORE.isEmpty() ? LONG || store == Store.EMBEDDED : STORE.equalsIgnoreCase(store.name()), "another store");
    String name = store.name().toLowerCase(Locale.ROOT);
    System.out.println("room state chaos: mvn verify -Pchaos -Dchaos.seed=" + SEED + " -Dchaos.seconds=" + SECONDS + " -Dchaos.store="
        + name);
    Path folder = Path.of("target", "chaos", "state-" + name + "-" + SEED + "-" + System.currentTimeMillis()).toAbsolutePath();
    try (MongoServer mongo = store == Store.MONGO ? MongoServer.start(Files.createDirectories(folder.resolve("mongo"))) : null) {
      server = new ServerProcess(folder, settings(mongo), services(folder));
      server.start();
      server.awaitListening();
      write();
      checkWrites();
      checkGhosts();
    } finally {
      if (server != null) server.close();
      await(vertx.close());
    }
  }

  private static JsonObject settings(MongoServer mongo) {
    JsonObject settings = new JsonObject()
        .put("heartbeat", new JsonObject().put("interval_ms", 1_000).put("timeout_ms", 2_000))
        .put("applications", new JsonArray().add("keeper"))
        .put("gateway", new JsonObject().put("instances", 2));
    if (mongo != null) settings.put("mongo", new JsonObject().put("connection_string", mongo.connectionString()));
    return settings;
  }

  private static Path services(Path folder) throws Exception {
    Path services = Files.createDirectories(folder.resolve("classes/META-INF/services"));
    Files.writeString(services.resolve(Application.class.getName()), Keeper.class.getName());
    return folder.resolve("classes");
  }

  /** They write, and the server is killed meanwhile. */
  private void write() throws Exception {
    for (int i = 0; i < OWNERS; i++) clients.add(new Keeping(vertx, server.port(), "owner-" + i, "key-" + i));
    for (int i = 0; i < COUNTING; i++) clients.add(new Keeping(vertx, server.port(), "counting-" + i, null));
    clients.forEach(Keeping::start);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    do {
      long before = acknowledged();
      Await.until("more writes are acknowledged", () -> acknowledged() > before + OWNERS);
      Thread.sleep(random.nextInt(LONG ? 5_000 : 500));
      server.kill();
      server.start();
      server.awaitListening();
    } while (LONG && System.nanoTime() < end);
    long before = acknowledged();
    Await.until("writes are acknowledged after the last start", () -> acknowledged() > before + OWNERS);
  }

  private long acknowledged() {
    return clients.stream().mapToLong(client -> client.acknowledged).sum();
  }

  private void checkWrites() {
    for (Keeping client : clients) await(client.stop());
    Map<String, Long> values = new ConcurrentHashMap<>();
    TestIo late = await(Keeping.connect(vertx, server.port(), "late"));
    late.on("set", args -> values.put(args.getJsonObject(0).getString("key"), args.getJsonObject(0).getLong("n")));
    await(late.emitWithAck("join"));
    Await.until("who joins late gets all keys", () -> values.size() == OWNERS + 1);
    for (int i = 0; i < OWNERS; i++) {
      Keeping owner = clients.get(i);
      assertThat(values.get("key-" + i)).as("value of " + owner.user + ", seed " + SEED).isBetween(owner.acknowledged, owner.tried);
    }
    long counted = clients.stream().skip(OWNERS).mapToLong(client -> client.acknowledged).sum();
    long unknown = clients.stream().skip(OWNERS).mapToLong(client -> client.unknown).sum();
    assertThat(values.get("counter")).as("increments, seed " + SEED).isBetween(counted, counted + unknown);
    System.out.println("room state chaos: " + acknowledged() + " writes acknowledged, " + counted + " of them compare-and-set");
    await(late.close());
  }

  /** All are there; the server is killed, and half of them come back; another one falls silent. */
  private void checkGhosts() throws Exception {
    try (Proxy proxy = new Proxy(server.port())) {
      TestIo silent = await(Keeping.connect(vertx, proxy.port(), "silent"));
      await(silent.emitWithAck("join"));
      TestIo watcher = await(Keeping.connect(vertx, server.port(), "watcher"));
      await(watcher.emitWithAck("join"));
      // The clients that wrote still have their connections.
      Set<String> all = new TreeSet<>(Set.of("silent", "watcher"));
      clients.forEach(client -> all.add(client.user));
      Await.until("all are present", () -> members(watcher).equals(all));
      proxy.blackHole(1);
      all.remove("silent");
      Await.until("who is silent has gone", () -> members(watcher).equals(all));

      server.kill();
      server.start();
      server.awaitListening();
      TestIo back = await(Keeping.connect(vertx, server.port(), "watcher"));
      await(back.emitWithAck("join"));
      Await.until("only who has come back is present", () -> members(back).equals(Set.of("watcher")));
      // And it stays so.
      await(vertx.timer(Keeper.GRACE_MILLIS));
      assertThat(members(back)).containsExactly("watcher");
    }
  }

  private static Set<String> members(TestIo client) {
    Set<String> members = new TreeSet<>();
    await(client.emitWithAck("members")).getJsonArray(0).forEach(member -> members.add((String) member));
    return members;
  }
}
