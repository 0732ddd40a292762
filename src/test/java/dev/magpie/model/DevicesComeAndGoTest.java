package dev.magpie.model;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.core.PresenceOptions;
import dev.magpie.state.PresenceMember;
import dev.magpie.testing.Await;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two instances, real sockets and real time: devices connect and leave at random, and in the end exactly those are present who are there.
 * For a few seconds in a build, for a minute in {@code mvn verify -Pchaos}.
 */
@Timeout(300)
class DevicesComeAndGoTest {
  private static final long MILLIS = Long.getLong("chaos.seconds", 20) >= 60 ? 60_000 : 4_000;
  private static final long SEED = Long.getLong("model.seed", System.nanoTime() & 0xffffff);
  private static final int USERS = 4;
  private static final long GRACE = 500;
  private static final String NAMESPACE = "/who";

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(3));
  private final List<MountedIo> instances = new ArrayList<>();

  @AfterEach
  void close() {
    await(vertx.close());
  }

  @Test
  void inTheEndExactlyThoseArePresentWhoAreThere() {
    System.out.println("devices come and go: -Dmodel.seed=" + SEED);
    for (int i = 0; i < 2; i++) instances.add(MountedIo.start(vertx, new IoOptions(), DevicesComeAndGoTest::serve));
    Set<String> shown = new ConcurrentSkipListSet<>();
    TestIo watcher = await(connect("watcher", 0));
    watcher.on("presence:state", args -> shown.addAll(ids(args.getJsonObject(0))));
    watcher.on("presence:join", args -> shown.addAll(ids(args.getJsonObject(0))));
    watcher.on("presence:leave", args -> shown.removeAll(ids(args.getJsonObject(0))));
    await(watcher.emitWithAck("join"));

    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < 2 * USERS; i++) devices.add(new Device("user-" + i / 2, new Random(SEED + i)));
    long end = System.nanoTime() + MILLIS * 1_000_000;
    for (Device device : devices) device.start(end);
    assertThat(Await.holdsWithin(Duration.ofMillis(MILLIS + 60_000), () -> devices.stream().allMatch(device -> device.done.future()
        .isComplete()))).isTrue();
    Set<String> expected = new TreeSet<>(Set.of("watcher"));
    for (Device device : devices) if (await(device.done.future())) expected.add(device.user);

    Await.until("exactly " + expected + " are present", () -> listed(0).equals(expected) && listed(1).equals(expected)
        && shown.equals(expected));
    // Nobody comes back, and nobody is forgotten later.
    await(vertx.timer(2 * GRACE));
    assertThat(listed(0)).isEqualTo(listed(1)).isEqualTo(shown).isEqualTo(expected);
    long sockets = 1 + devices.stream().filter(device -> device.joined).count();
    assertThat(await(instances.get(0).io.of(NAMESPACE).count("room")).sockets()).isEqualTo(sockets);
  }

  private static void serve(Io io) {
    Namespace who = io.of(NAMESPACE);
    who.use(request -> {
      request.identify(request.auth().getString("user"));
      return Future.succeededFuture();
    });
    who.presence(new PresenceOptions().setGrace(GRACE).setInterval(50));
    who.onConnection(socket -> {
      socket.on("join", (args, ack) -> {
        socket.join("room");
        ack.send();
      });
      socket.on("leave", (args, ack) -> {
        socket.leave("room");
        ack.send();
      });
    });
  }

  private Set<String> listed(int instance) {
    List<PresenceMember> members = await(instances.get(instance).io.of(NAMESPACE).presence("room").list());
    return new TreeSet<>(members.stream().map(PresenceMember::key).toList());
  }

  private static List<String> ids(JsonObject message) {
    return message.getJsonArray("members").stream().map(member -> ((JsonObject) member).getString("id")).toList();
  }

  private Future<TestIo> connect(String user, int instance) {
    return TestIo.connect(vertx, new TestIoOptions(instances.get(instance).port).setNamespace(NAMESPACE)
        .setTimeout(Duration.ofSeconds(60)).setAuth(new JsonObject().put("user", user)));
  }

  /** Connects, joins, leaves and goes, one after the other and each a random moment later. */
  private final class Device {
    final String user;
    /** Whether it is in the room when it has done its last. */
    final Promise<Boolean> done = Promise.promise();
    volatile boolean joined;
    private final Random random;
    private TestIo client;
    private long end;

    Device(String user, Random random) {
      this.user = user;
      this.random = random;
    }

    void start(long until) {
      end = until;
      next();
    }

    private void next() {
      if (System.nanoTime() > end) {
        done.complete(joined);
        return;
      }
      vertx.timer(1 + random.nextInt(80)).compose(passed -> step()).onSuccess(did -> next()).onFailure(done::fail);
    }

    private Future<?> step() {
      if (client == null) return connect(user, random.nextInt(2)).onSuccess(connected -> client = connected);
      int dice = random.nextInt(4);
      if (dice == 0) return gone(client.drop());
      if (dice == 1) return gone(client.close());
      joined = !joined;
      return client.emitWithAck(joined ? "join" : "leave");
    }

    private Future<?> gone(Future<Void> closed) {
      client = null;
      joined = false;
      return closed;
    }
  }
}
