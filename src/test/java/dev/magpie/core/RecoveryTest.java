package dev.magpie.core;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.log.Appended;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.log.LoggedEvent;
import dev.magpie.log.Offset;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.log.RecoveryState;
import dev.magpie.log.RecoveryStore;
import dev.magpie.testing.Await;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.authorization.RoleBasedAuthorization;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Recovery over a log in memory, link by link. */
class RecoveryTest {
  private static final String PLACE = "[A-Za-z0-9_-]{8}\\.[0-9a-z]+";

  private final AtomicLong clock = new AtomicLong(1_000_000);
  private final List<Socket> sockets = new ArrayList<>();
  private RecoveryOptions options = RecoveryOptions.DEFAULT;
  private Vertx vertx;
  private Instance one;
  /** Null in most tests. */
  private HeldSaves saves;

  /** An instance on a loop of its own, and what tests do with it from theirs. */
  private final class Instance {
    final Context loop = vertx.getOrCreateContext();
    final TimerWheel timers = new TimerWheel(System::nanoTime);
    Io io;

    Instance start() {
      io = on(() -> {
        Io made = Io.create(vertx, new IoOptions().setRecovery(options).setClock(clock::get), timers);
        made.of("/x").recoverable(Recovery.MEMORY).onConnection(sockets::add);
        made.of("/y").recoverable(Recovery.MEMORY);
        return made;
      });
      await(io.ready());
      return this;
    }

    <T> T on(Callable<T> action) {
      CompletableFuture<T> done = new CompletableFuture<>();
      loop.runOnContext(run -> {
        try {
          done.complete(action.call());
        } catch (Throwable failure) {
          done.completeExceptionally(failure);
        }
      });
      return await(done);
    }

    void run(Runnable action) {
      on(() -> {
        action.run();
        return null;
      });
    }

    Namespace x() {
      return io.of("/x");
    }

    /** All that was said before has been delivered, here. */
    void settle() {
      await(x().append(LogEntry.to("nobody").event("barrier")));
    }

    FakeLink connect(String payload) {
      return on(() -> {
        FakeLink link = FakeLink.socketIo(io);
        link.say("0/x," + payload);
        return link;
      });
    }

    List<String> heard(FakeLink link) {
      settle();
      return on(link::heard);
    }

    /** Leaves without a word. */
    void cut(FakeLink link) {
      run(() -> link.end(CloseReason.TRANSPORT_CLOSE));
    }
  }

  /** A client as the official one keeps it. */
  private final class Client {
    String sid;
    String pid;
    String offset;
    boolean recovered;
    final List<String> events = new ArrayList<>();
    FakeLink link;
    Instance at;

    Client connect(Instance instance) {
      at = instance;
      String payload = pid == null ? "" : new JsonObject().put("pid", pid).put("offset", offset).encode();
      link = instance.connect(payload);
      read();
      return this;
    }

    Client read() {
      for (String text : at.heard(link)) {
        if (text.startsWith("0/x,")) {
          JsonObject opening = new JsonObject(text.substring(4));
          recovered = opening.getString("pid").equals(pid);
          pid = opening.getString("pid");
          sid = opening.getString("sid");
        } else if (text.startsWith("2/x,[")) {
          JsonArray event = new JsonArray(text.substring(4));
          Object last = event.getValue(event.size() - 1);
          assertThat(last).asString().matches(PLACE);
          offset = (String) last;
          event.remove(event.size() - 1);
          events.add(event.encode());
        } else throw new AssertionError(text);
      }
      return this;
    }

    void cut() {
      at.cut(link);
    }

    Socket socket() {
      return at.on(() -> at.x().socket(sid).orElseThrow());
    }
  }

  @BeforeEach
  void open() {
    vertx = Vertx.vertx();
    one = new Instance().start();
  }

  @AfterEach
  void close() throws Exception {
    if (saves != null) saves.pass();
    await(vertx.close());
  }

  private void say(String text) {
    one.x().emit("said", text);
  }

  @Test
  void greetsANewClientWithASecretAndNothingElse() {
    List<String> heard = one.heard(one.connect(""));
    assertThat(heard).hasSize(1);
    assertThat(heard.get(0)).matches("0/x,\\{\"sid\":\"~[A-Za-z0-9_-]{20}\",\"pid\":\"[A-Za-z0-9_-]{24}\"}");
  }

  @Test
  void replaysFromTheSessionsBeginningToAClientThatHeardNothingYet() {
    say("before its time");
    one.settle();
    Client client = new Client().connect(one);
    client.cut();
    say("missed");
    client.connect(one);
    assertThat(client.recovered).isTrue();
    assertThat(client.events).containsExactly("[\"said\",\"missed\"]");
  }

  /** As after a restore of the log alone: the sessions are there, and its numbers are those of other events. */
  @Test
  void tellsAClientThatHeardNothingYetWhenTheLogIsAnotherThanItsSessionBeganWith() throws Exception {
    Client client = new Client().connect(one);
    client.cut();
    say("missed");
    one.settle();
    Field epoch = Class.forName("dev.magpie.log.MemoryEventLog").getDeclaredField("epoch");
    epoch.setAccessible(true);
    epoch.set(one.x().recovery().events(), "restored");
    client.connect(one);
    assertThat(client.recovered).isFalse();
    assertThat(client.events).singleElement().asString().startsWith("[\"sys:sync\"");
  }

  @Test
  void replaysOfARoomWhatWasSaidSinceItWasJoined() {
    Client client = new Client().connect(one);
    one.x().to("r").emit("said", "before it joined");
    one.settle();
    await(client.socket().join("r"));
    client.cut();
    one.x().to("r").emit("said", "missed");
    client.connect(one);
    assertThat(client.events).containsExactly("[\"said\",\"missed\"]");
  }

  @Test
  void onRequestOnlyClientsThatAskForItHaveASession() {
    one.run(() -> one.x().recoversOnRequest());
    FakeLink other = one.connect("{\"recovery\":false}");
    FakeLink asks = one.connect("{\"recovery\":true}");
    FakeLink back = one.connect("{\"pid\":\"of-nobody-at-all-0000000\"}");
    FakeLink plain = one.on(() -> FakeLink.magpieV1(one.io, "ns=/x"));
    one.run(() -> plain.say("{\"resume\":{}}"));
    assertThat(one.heard(other)).singleElement().asString().doesNotContain("pid");
    assertThat(one.heard(asks)).singleElement().asString().contains("pid");
    assertThat(one.heard(back)).first().asString().contains("pid");
    assertThat(one.heard(plain)).singleElement().asString().contains("pid");
  }

  @Test
  void noOffsetIsBehindTheArgumentsForAClientWithoutASession() {
    one.run(() -> one.x().recoversOnRequest());
    FakeLink other = one.connect("");
    FakeLink second = one.connect("");
    FakeLink asks = one.connect("{\"recovery\":true}");
    one.run(() -> {
      other.messages.clear();
      second.messages.clear();
      asks.messages.clear();
      sockets.get(0).emit("to one");
    });
    say("logged");
    one.settle();
    one.run(() -> {
      one.x().all().unreliable().emit("volatile");
      one.x().local().emit("local");
      sockets.get(0).unreliable().emit("to one, volatile");
    });
    // Made once for all of a kind.
    assertThat(one.on(() -> other.messages.get(1))).isSameAs(one.on(() -> second.messages.get(0)));
    assertThat(one.heard(other)).containsExactly(
        "2/x,[\"to one\"]", "2/x,[\"said\",\"logged\"]", "2/x,[\"volatile\"]", "2/x,[\"local\"]", "2/x,[\"to one, volatile\"]");
    assertThat(one.heard(asks)).hasSize(3).allMatch(text -> text.matches(".*,\"" + PLACE + "\"]"));
  }

  @Test
  void appendsThePlaceInTheLogToEveryEvent() {
    Client client = new Client().connect(one);
    say("a");
    say("b");
    client.read();
    assertThat(client.events).containsExactly("[\"said\",\"a\"]", "[\"said\",\"b\"]");
  }

  @Test
  void replaysWhatWasMissedOnceAndInOrder() {
    Client client = new Client().connect(one);
    say("a");
    client.read().cut();
    for (int i = 0; i < 50; i++) say("missed " + i);
    client.events.clear();
    client.connect(one);
    assertThat(client.recovered).isTrue();
    assertThat(client.events).hasSize(50).startsWith("[\"said\",\"missed 0\"]").endsWith("[\"said\",\"missed 49\"]");
  }

  /** A page may be there at any moment: before the replay asks whether it is, between that and its waiting for it, or later. */
  @Test
  void readsOnWheneverTheLogAnswers() throws Exception {
    ExecutorService store = Executors.newSingleThreadExecutor();
    one.run(() -> answersFrom(store));
    Client client = new Client().connect(one);
    for (int round = 0; round < 2_000; round++) {
      client.cut();
      say("missed " + round);
      String meanwhile = "while it comes back " + round;
      String payload = new JsonObject().put("pid", client.pid).put("offset", client.offset).encode();
      client.link = one.on(() -> {
        FakeLink link = FakeLink.socketIo(one.io);
        link.say("0/x," + payload);
        say(meanwhile);
        return link;
      });
      client.events.clear();
      long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
      while (client.read().events.size() < 2 && System.nanoTime() < patience) Thread.onSpinWait();
      assertThat(client.events).containsExactly("[\"said\",\"missed " + round + "\"]", "[\"said\",\"" + meanwhile + "\"]");
    }
    store.shutdown();
  }

  /** Lets the log of this instance answer from another thread, a few microseconds sooner or later. */
  private void answersFrom(Executor store) {
    replace("events", EventLog.class, (method, args, original) -> {
      Object answer = original.call();
      if (!(answer instanceof Future<?> future)) return answer;
      Promise<Object> later = Promise.promise();
      store.execute(() -> {
        long end = System.nanoTime() + ThreadLocalRandom.current().nextInt(5_000);
        while (System.nanoTime() < end) Thread.onSpinWait();
        later.complete(future.result());
      });
      return later.future();
    });
  }

  /** What a replaced log or store does when one of its methods is called. */
  private interface Answers {
    Object answer(String method, Object[] args, Callable<Object> original) throws Exception;
  }

  /** Puts something between this instance and its log ({@code events}) or its sessions ({@code store}). */
  private void replace(String name, Class<?> type, Answers answers) {
    try {
      NamespaceRecovery recovery = one.x().recovery();
      Field field = NamespaceRecovery.class.getDeclaredField(name);
      field.setAccessible(true);
      Object replaced = field.get(recovery);
      field.set(recovery, Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
          (proxy, method, args) -> answers.answer(method.getName(), args, () -> method.invoke(replaced, args))));
    } catch (ReflectiveOperationException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void saysConnectBeforeWhatWasMissed() {
    Client client = new Client().connect(one);
    client.cut();
    say("missed");
    FakeLink link = one.connect(new JsonObject().put("pid", client.pid).put("offset", client.offset).encode());
    assertThat(one.heard(link)).hasSize(2).first().asString()
        .startsWith("0/x,{\"sid\":\"" + client.sid + "\",\"pid\":\"" + client.pid + "\"}");
  }

  @Test
  void recoversAClientThatHeardNothingYet() {
    Client client = new Client().connect(one);
    client.cut();
    client.connect(one);
    assertThat(client.recovered).isTrue();
    assertThat(client.events).isEmpty();
  }

  @Test
  void recoversASecondTime() {
    Client client = new Client().connect(one);
    for (int round = 0; round < 3; round++) {
      client.cut();
      say("round " + round);
      client.connect(one);
      assertThat(client.recovered).isTrue();
    }
    assertThat(client.events).containsExactly("[\"said\",\"round 0\"]", "[\"said\",\"round 1\"]", "[\"said\",\"round 2\"]");
  }

  @Test
  void restoresRoomsAndData() {
    Client client = new Client().connect(one);
    one.run(() -> one.x().socket(client.sid).orElseThrow().data().put("name", "Ana"));
    await(client.socket().join("room"));
    client.cut();
    client.connect(one);
    assertThat(client.socket().rooms()).containsExactlyInAnyOrder(client.sid, "room");
    assertThat(client.socket().data()).isEqualTo(new JsonObject().put("name", "Ana"));
    assertThat(client.socket().recovered()).isTrue();
    assertThat(sockets).extracting(Socket::recovered).containsExactly(false, true);
  }

  @Test
  void dropsTheOldConnectionThatStillSeemsAlive() {
    Client client = new Client().connect(one);
    FakeLink old = client.link;
    client.connect(one);
    assertThat(client.recovered).isTrue();
    assertThat(old.closed).isEqualTo(CloseReason.SESSION_TAKEN_OVER);
    say("after");
    assertThat(client.read().events).containsExactly("[\"said\",\"after\"]");
    assertThat(one.x().size()).isOne();
  }

  @Test
  void closesAClientWhoseSessionIsTakenOverWhileItIsAdmitted() {
    for (boolean plain : List.of(false, true)) {
      Admission held = new Admission(plain);
      one.run(() -> held.session().fence());
      held.save.complete();
      one.settle();
      assertThat(held.link.closed).isEqualTo(CloseReason.SESSION_TAKEN_OVER);
      assertThat(one.on(held.link::heard)).isEmpty();
      assertThat(sockets).isEmpty();
    }
  }

  @Test
  void keepsTheSessionOfAClientThatLeavesWhileItIsAdmitted() {
    for (boolean plain : List.of(false, true)) {
      Admission held = new Admission(plain);
      one.cut(held.link);
      held.save.complete();
      one.settle();
      assertThat(sockets).isEmpty();
      assertThat(held.states).extracting(RecoveryState::connected).containsExactly(true, false);
    }
  }

  @Test
  void closesAClientWhoseSessionIsTakenOverWhileItsMissedEventsAreRead() {
    Client client = new Client().connect(one);
    client.cut();
    say("missed");
    one.settle();
    CompletableFuture<Void> reading = new CompletableFuture<>();
    Promise<Void> read = Promise.promise();
    replace("events", EventLog.class, (method, args, original) -> {
      if (!method.equals("read") || !reading.complete(null)) return original.call();
      Future<?> answer = (Future<?>) original.call();
      return read.future().compose(released -> answer);
    });
    FakeLink first = one.connect(new JsonObject().put("pid", client.pid).put("offset", client.offset).encode());
    await(reading);
    client.connect(one);
    assertThat(client.recovered).isTrue();
    read.complete();
    one.settle();
    assertThat(first.closed).isEqualTo(CloseReason.SESSION_TAKEN_OVER);
    assertThat(one.on(first::heard)).isEmpty();
    assertThat(one.x().size()).isOne();
    say("live");
    assertThat(client.read().events).containsExactly("[\"said\",\"missed\"]", "[\"said\",\"live\"]");
  }

  /** A client whose admission waits for its new session to be saved. */
  private final class Admission {
    final Promise<Void> save = Promise.promise();
    final List<RecoveryState> states = new CopyOnWriteArrayList<>();
    final FakeLink link;
    private final CompletableFuture<ConnectContext> asked = new CompletableFuture<>();

    Admission(boolean plain) {
      CompletableFuture<Void> saving = new CompletableFuture<>();
      replace("store", RecoveryStore.class, (method, args, original) -> {
        if (!method.equals("save")) return original.call();
        states.add((RecoveryState) args[0]);
        saving.complete(null);
        return save.future();
      });
      one.run(() -> one.x().use(context -> {
        asked.complete(context);
        return Future.succeededFuture();
      }));
      link = one.on(() -> plain ? FakeLink.magpieV1(one.io, "ns=/x") : FakeLink.socketIo(one.io));
      one.run(() -> link.say(plain ? "{\"auth\":{}}" : "0/x,"));
      await(saving);
    }

    SocketRecovery session() {
      return await(asked).session();
    }
  }

  @Test
  void givesASecretOfItsOwnToADuplicateThatTakesTurns() {
    Client client = new Client().connect(one);
    for (int steal = 0; steal < 3; steal++) {
      client.connect(one);
      assertThat(client.recovered).isTrue();
    }
    FakeLink holder = client.link;
    String before = client.sid;
    client.connect(one);
    assertThat(client.recovered).isFalse();
    assertThat(client.sid).isNotEqualTo(before);
    assertThat(holder.isOpen()).isTrue();
  }

  @Test
  void takesTurnsAgainWhenTimeHasPassed() {
    Client client = new Client().connect(one);
    for (int steal = 0; steal < 6; steal++) {
      client.connect(one);
      assertThat(client.recovered).isTrue();
      clock.addAndGet(4_000);
    }
  }

  @Test
  void recoversOnAnotherInstance() {
    Instance two = new Instance().start();
    Client client = new Client().connect(one);
    await(client.socket().join("room"));
    client.cut();
    one.x().to("room").emit("said", "missed");
    client.connect(two);
    assertThat(client.recovered).isTrue();
    two.x().to("room").emit("said", "live");
    assertThat(client.read().events).containsExactly("[\"said\",\"missed\"]", "[\"said\",\"live\"]");
  }

  @Test
  void dropsTheOldConnectionOnAnotherInstance() {
    Instance two = new Instance().start();
    Client client = new Client().connect(one);
    FakeLink old = client.link;
    client.connect(two);
    assertThat(client.recovered).isTrue();
    for (int i = 0; i < 100 && one.on(old::isOpen); i++) one.settle();
    assertThat(old.closed).isEqualTo(CloseReason.SESSION_TAKEN_OVER);
  }

  @Test
  void givesAllInstancesTheSameOrder() {
    Instance two = new Instance().start();
    Client a = new Client().connect(one);
    Client b = new Client().connect(two);
    for (int i = 0; i < 200; i++) (i % 2 == 0 ? one : two).x().emit("said", i);
    two.settle();
    one.settle();
    assertThat(a.read().events).hasSize(200).isEqualTo(b.read().events);
    assertThat(a.offset.substring(0, 8)).isEqualTo(b.offset.substring(0, 8));
  }

  @Test
  void startsAnewAfterTheWindow() {
    Client client = new Client().connect(one);
    client.cut();
    clock.addAndGet(120_001);
    client.connect(one);
    assertThat(client.recovered).isFalse();
    assertThat(client.events).singleElement().asString().startsWith("[\"sys:sync\",{\"g\":");
  }

  @Test
  void startsAnewWhenTheLogHasForgotten() {
    options = options.withMemoryEvents(10);
    restart();
    Client client = new Client().connect(one);
    client.cut();
    for (int i = 0; i < 20; i++) say("x");
    one.settle();
    client.connect(one);
    assertThat(client.recovered).isFalse();
    assertThat(client.events).singleElement().asString().startsWith("[\"sys:sync\"");
  }

  @Test
  void startsAnewWhenTooMuchWasMissed() {
    options = options.withMaxMissed(10);
    restart();
    Client client = new Client().connect(one);
    client.cut();
    for (int i = 0; i < 10; i++) say("x");
    one.settle();
    client.connect(one);
    assertThat(client.recovered).isTrue();
    client.cut();
    for (int i = 0; i < 11; i++) say("x");
    one.settle();
    client.connect(one);
    assertThat(client.recovered).isFalse();
  }

  @Test
  void startsAnewForThePlaceOfAnotherLogOrOfTheFuture() {
    Client client = new Client().connect(one);
    say("a");
    String offset = client.read().offset;
    for (String wrong : List.of("AAAAAAAA.1", offset.substring(0, 9) + "zzzz")) {
      client.cut();
      client.offset = wrong;
      client.connect(one);
      assertThat(client.recovered).as(wrong).isFalse();
    }
  }

  @Test
  void startsAnewForGarbage() {
    Client client = new Client().connect(one);
    client.cut();
    List<JsonObject> garbage = List.of(
        new JsonObject().put("pid", 7).put("offset", client.offset),
        new JsonObject().put("pid", new JsonObject().put("$ne", 1)).put("offset", client.offset),
        new JsonObject().put("pid", "short").put("offset", client.offset),
        new JsonObject().put("pid", client.pid).put("offset", new JsonArray().add(1)),
        new JsonObject().put("pid", client.pid).put("offset", "x".repeat(100_000)),
        new JsonObject().put("pid", client.pid).put("offset", "a.-1"),
        new JsonObject().put("pid", client.pid).put("offset", "a.zzzzzzzzzzzzzzzzzz"));
    for (JsonObject auth : garbage) {
      List<String> heard = one.heard(one.connect(auth.encode()));
      assertThat(heard.get(0)).startsWith("0/x,{").doesNotContain(client.pid);
      assertThat(heard.get(1)).startsWith("2/x,[\"sys:sync\"");
    }
  }

  @Test
  void givesASessionOnlyToWhoItWas() {
    one.run(() -> one.x().use(context -> {
      context.identify(context.auth().getString("user"));
      return Future.succeededFuture();
    }));
    FakeLink ana = one.connect("{\"user\":\"ana\"}");
    String pid = new JsonObject(one.heard(ana).get(0).substring(4)).getString("pid");
    one.cut(ana);
    String place = Offset.text(one.x().recovery().events().epoch(), 0);
    String mallory = one.heard(one.connect(new JsonObject().put("user", "mallory").put("pid", pid).put("offset", place).encode())).get(0);
    assertThat(mallory).doesNotContain(pid);
  }

  @Test
  void asksTheMiddlewareAgain() {
    Client client = new Client().connect(one);
    client.cut();
    one.run(() -> one.x().use(context -> Future.failedFuture("banned")));
    FakeLink link = one.connect(new JsonObject().put("pid", client.pid).put("offset", client.offset).encode());
    assertThat(one.heard(link)).containsExactly("4/x,{\"message\":\"banned\"}");
  }

  @Test
  void doesNotReplayASendersOwnWord() {
    Client client = new Client().connect(one);
    await(client.socket().join("room"));
    Socket socket = client.socket();
    client.cut();
    one.run(() -> socket.to("room").emit("said", "mine"));
    one.x().to("room").emit("said", "another's");
    assertThat(client.connect(one).events).containsExactly("[\"said\",\"another's\"]");
  }

  @Test
  void showsNothingFromBeforeARoomWasJoinedAgain() {
    Client client = new Client().connect(one);
    await(client.socket().join("room"));
    one.x().to("room").emit("said", 1);
    one.settle();
    // It has not read that yet.
    String before = client.offset;
    await(client.socket().leave("room"));
    one.x().to("room").emit("said", 2);
    one.settle();
    await(client.socket().join("room"));
    one.x().to("room").emit("said", 3);
    one.settle();
    client.cut();
    client.offset = before;
    assertThat(client.connect(one).events).containsExactly("[\"said\",3]");
  }

  @Test
  void keepsThePlaceThroughEventsThatAreNotLogged() {
    Client client = new Client().connect(one);
    say("logged");
    client.read();
    String place = client.offset;
    one.run(() -> one.x().unreliable().emit("typing"));
    one.run(() -> one.x().local().emit("here"));
    List<String> heard = one.on(client.link::heard);
    assertThat(heard.get(0)).matches("2/x,\\[\"typing\",\"" + PLACE + "\"]");
    assertThat(heard.get(1)).matches("2/x,\\[\"here\",\"" + PLACE + "\"]");
    client.offset = heard.get(1).replaceAll(".*\"(" + PLACE + ")\"]", "$1");
    assertThat(client.offset.length()).isEqualTo(place.length());
    client.cut();
    say("missed");
    client.events.clear();
    assertThat(client.connect(one).events).containsExactly("[\"said\",\"missed\"]");
  }

  @Test
  void doesNotLogWhatAsksForAnAcknowledgement() {
    Client client = new Client().connect(one);
    long head = await(one.x().log().head());
    one.run(() -> one.x().socket(client.sid).orElseThrow().emitWithAck("sure?"));
    assertThat(one.on(client.link::heard)).containsExactly("2/x,0[\"sure?\"]");
    assertThat(await(one.x().log().head())).isEqualTo(head);
  }

  @Test
  void logsWhatIsSaidToOneClient() {
    Client client = new Client().connect(one);
    one.run(() -> one.x().socket(client.sid).orElseThrow().emit("you", 1));
    one.settle();
    client.cut();
    // Lost on the way.
    one.run(client.link.messages::clear);
    assertThat(client.connect(one).events).containsExactly("[\"you\",1]");
  }

  @Test
  void forgetsAClientThatSaidGoodbye() {
    Client client = new Client().connect(one);
    one.run(() -> client.link.say("1/x,"));
    client.connect(one);
    assertThat(client.recovered).isFalse();
  }

  @Test
  void forgetsAClientThatWasSentAway() {
    Client client = new Client().connect(one);
    one.run(() -> one.x().disconnectSockets(true));
    one.on(client.link::heard);
    client.connect(one);
    assertThat(client.recovered).isFalse();
  }

  @Test
  void isFullForASenderWhileItIsReplayed() {
    Client client = new Client().connect(one);
    client.cut();
    for (int i = 0; i < 900; i++) say("a".repeat(1000) + i);
    one.settle();
    AtomicInteger drained = new AtomicInteger();
    FakeLink link = one.on(() -> {
      FakeLink slow = FakeLink.socketIo(one.io);
      slow.writable = false;
      slow.say("0/x," + new JsonObject().put("pid", client.pid).put("offset", client.offset).encode());
      return slow;
    });
    Socket socket = one.on(() -> sockets.get(sockets.size() - 1).drainHandler(ready -> drained.incrementAndGet()));
    one.run(() -> link.writable = true);
    assertThat(one.on(socket::writeQueueFull)).isTrue();
    assertThat(drained).hasValue(0);
    // Unreliable events are not held back behind a replay.
    one.run(() -> socket.unreliable().emit("now"));
    one.run(() -> one.x().local().unreliable().emit("now"));
    assertThat(one.io.counters().get(Counters.Count.UNRELIABLE_DROPPED)).isEqualTo(2);
    one.run(link::drain);
    one.settle();
    assertThat(drained).hasValue(1);
    assertThat(one.on(socket::writeQueueFull)).isFalse();
    assertThat(one.heard(link)).hasSize(1 + 900);
  }

  @Test
  void sendsAReplayAsFastAsItIsRead() {
    Client client = new Client().connect(one);
    client.cut();
    for (int i = 0; i < 900; i++) say("a".repeat(1000) + i);
    one.settle();
    FakeLink link = one.on(() -> {
      FakeLink slow = FakeLink.socketIo(one.io);
      slow.writable = false;
      slow.say("0/x," + new JsonObject().put("pid", client.pid).put("offset", client.offset).encode());
      return slow;
    });
    int first = one.on(() -> link.messages.size());
    assertThat(first).isBetween(10, 100);
    say("live");
    one.run(() -> one.x().local().emit("not logged"));
    one.settle();
    assertThat(one.on(() -> link.messages.size())).isEqualTo(first);
    one.run(link::drain);
    List<String> heard = one.heard(link);
    assertThat(heard).hasSize(1 + 900 + 2);
    assertThat(heard.get(901)).contains("\"live\"");
    assertThat(heard.get(902)).contains("not logged");
    String last = heard.get(902).replaceAll(".*\\.", "");
    assertThat(Long.parseLong(last.replace("\"]", ""), 36))
        .isGreaterThanOrEqualTo(Long.parseLong(heard.get(901).replaceAll(".*\\.", "").replace("\"]", ""), 36));
  }

  @Test
  void keepsTwoNamespacesOfOneConnectionApart() {
    FakeLink link = one.connect("");
    one.run(() -> link.say("0/y,"));
    List<String> heard = one.heard(link);
    String x = new JsonObject(heard.get(0).substring(4)).getString("pid");
    String y = new JsonObject(heard.get(1).substring(4)).getString("pid");
    one.run(() -> one.io.of("/y").local().emit("said"));
    String placeInY = one.heard(link).get(0).replaceAll(".*\"(" + PLACE + ")\"]", "$1");
    assertThat(x).isNotEqualTo(y);
    one.cut(link);
    assertThat(one.heard(one.connect(new JsonObject().put("pid", x).put("offset", placeInY).encode())).get(0)).doesNotContain(x);
    assertThat(one.heard(one.connect(new JsonObject().put("pid", y).put("offset", placeInY).encode())).get(0)).doesNotContain(y);
  }

  @Test
  void servesOldClientsWithoutASession() {
    FakeLink link = one.on(() -> {
      FakeLink old = FakeLink.version3(one.io);
      old.say("0/x");
      return old;
    });
    assertThat(one.heard(link)).containsExactly("0", "0/x,");
    say("a");
    assertThat(one.heard(link)).containsExactly("2/x,[\"said\",\"a\"]");
  }

  @Test
  void resumesAPlainClient() {
    FakeLink link = one.on(() -> FakeLink.magpieV1(one.io, "ns=/x&room=r"));
    assertThat(one.heard(link)).isEmpty();
    one.run(() -> link.say("{\"resume\":{}}"));
    List<String> heard = one.heard(link);
    JsonObject open = new JsonObject(heard.get(0)).getJsonObject("open");
    assertThat(open.fieldNames()).containsExactlyInAnyOrder("id", "pid", "interval", "timeout");
    assertThat(heard).hasSize(1);
    one.cut(link);
    one.x().to("r").emit("said", "missed");
    JsonObject resume = new JsonObject().put("resume", new JsonObject().put("pid", open.getString("pid")));
    FakeLink again = one.on(() -> FakeLink.magpieV1(one.io, "ns=/x"));
    one.run(() -> again.say(resume.encode()));
    List<String> then = one.heard(again);
    assertThat(new JsonObject(then.get(0)).getJsonObject("open").getString("pid")).isEqualTo(open.getString("pid"));
    assertThat(new JsonObject(then.get(1)).getJsonArray("args")).isEqualTo(new JsonArray().add("missed"));
    assertThat(new JsonObject(then.get(1)).getString("id")).matches(PLACE);
    one.run(() -> one.x().local().emit("unlogged"));
    assertThat(one.on(again::heard)).containsExactly("{\"event\":\"unlogged\",\"args\":[]}");
  }

  @Test
  void opensAPlainClientThatSaysNothing() throws Exception {
    FakeLink link = one.on(() -> FakeLink.magpieV1(one.io, "ns=/x"));
    for (int i = 0; i < 60 && one.on(() -> link.messages.isEmpty()); i++) {
      Thread.sleep(50);
      one.run(one.timers::tick);
    }
    assertThat(one.heard(link).get(0)).startsWith("{\"open\":");
  }

  @Test
  void appendsOnceWhateverIsTriedAgain() {
    Client client = new Client().connect(one);
    String cid = "0123456789abcdef";
    LogEntry entry = LogEntry.toAll().cid(cid).by("ana").numbered("seq").event("message", new JsonObject().put("text", "hi"));
    Future<Appended> first = one.x().append(entry);
    Future<Appended> meanwhile = one.x().append(entry);
    await(first);
    Appended later = await(one.x().append(entry));
    assertThat(await(meanwhile).seq()).isEqualTo(await(first).seq()).isEqualTo(later.seq());
    assertThat(later.duplicate()).isTrue();
    assertThat(await(first).event().args().getJsonObject(0).getLong("seq")).isEqualTo(later.seq());
    assertThat(client.read().events).containsExactly("[\"message\",{\"text\":\"hi\",\"seq\":" + later.seq() + "}]");
  }

  @Test
  void acknowledgesAfterItHasDelivered() {
    Client client = new Client().connect(one);
    List<String> order = new ArrayList<>();
    one.run(() -> client.link.messages.clear());
    await(one.x().append(LogEntry.toAll().event("said", 1)).onSuccess(appended -> order.addAll(client.link.heard())));
    assertThat(order).hasSize(1);
  }

  @Test
  void pagesAndErasesHistory() {
    for (int i = 0; i < 10; i++) await(one.x().append("r", "cid-of-message-" + i + "..", i % 2 == 0 ? "ana" : "bo", "said", i));
    NamespaceLog log = one.x().log();
    EventLog.Page newest = await(log.before("r", Long.MAX_VALUE, 3));
    assertThat(newest.events()).extracting(LoggedEvent::seq).containsExactly(8L, 9L, 10L);
    assertThat(newest.more()).isTrue();
    EventLog.Page oldest = await(log.after("r", 0, 20));
    assertThat(oldest.events()).hasSize(10);
    assertThat(oldest.more()).isFalse();
    assertThat(await(log.replace(10, "said", "edited"))).isTrue();
    assertThat(await(log.find(10)).orElseThrow().args().getString(0)).isEqualTo("edited");
    assertThat(await(log.eraseAll("ana"))).containsExactly(1L, 3L, 5L, 7L, 9L);
    assertThat(await(log.after("r", 0, 20)).events()).extracting(LoggedEvent::uid).containsOnly("bo");
    assertThat(await(one.x().append("r", "cid-of-message-0..", "ana", "said", 0)).duplicate()).isTrue();
  }

  @Test
  void hearsAVerticlesWordOnceThoughAllInstancesHearIt() {
    Instance two = new Instance().start();
    Client a = new Client().connect(one);
    Client b = new Client().connect(two);
    vertx.eventBus().publish("magpie.emit",
        new JsonObject().put("namespace", "/x").put("event", "news").put("args", new JsonArray().add(1)));
    for (int i = 0; i < 100 && (a.read().events.isEmpty() || b.read().events.isEmpty()); i++) two.settle();
    assertThat(a.read().events).containsExactly("[\"news\",1]");
    assertThat(b.read().events).containsExactly("[\"news\",1]");
  }

  private void identifyAll(Instance instance, String user) {
    instance.run(() -> instance.x().use(context -> {
      context.identify(user);
      return Future.succeededFuture();
    }));
  }

  @Test
  void replaysWhatWasSentToAUserWhoseDeviceWasAway() {
    identifyAll(one, "ana");
    Client client = new Client().connect(one);
    client.cut();
    one.run(() -> {
      one.x().toUser("ana").emit("said", "missed");
      one.x().toUser("bob").emit("said", "to another");
      one.x().exceptUser("ana").emit("said", "to all others");
    });
    client.connect(one);
    assertThat(client.recovered).isTrue();
    one.run(() -> one.x().toUser("ana").emit("said", "live"));
    assertThat(client.read().events).containsExactly("[\"said\",\"missed\"]", "[\"said\",\"live\"]");
  }

  @Test
  void showsNoRoomOfAUserToTheMiddleware() {
    identifyAll(one, "ana");
    Client client = new Client().connect(one);
    await(client.socket().join("tea"));
    client.cut();
    List<String> rooms = new ArrayList<>();
    one.run(() -> one.x().use(context -> {
      rooms.addAll(context.rooms());
      return Future.succeededFuture();
    }));
    client.connect(one);
    assertThat(client.recovered).isTrue();
    assertThat(rooms).containsExactly("tea");
  }

  @Test
  void noSessionOfADisconnectedUserIsRecovered() {
    Instance two = new Instance().start();
    identifyAll(one, "ana");
    identifyAll(two, "ana");
    Client away = new Client().connect(one);
    away.cut();
    Client here = new Client().connect(two);
    Client third = new Client().connect(one);
    await(one.io.disconnectUser("ana"));
    assertThat(one.on(third.link::isOpen)).isFalse();
    Await.until("the other instance has closed the connection", () -> !two.on(here.link::isOpen));
    for (Client client : List.of(away, here, third)) {
      client.connect(two);
      assertThat(client.recovered).isFalse();
    }
    // What began afterwards is a session like others.
    away.cut();
    away.connect(one);
    assertThat(away.recovered).isTrue();
  }

  @Test
  void sessionsOfOthersAreKeptWhenAUserIsDisconnected() {
    one.run(() -> one.x().use(context -> {
      context.identify(sockets.isEmpty() ? "bob" : "ana");
      return Future.succeededFuture();
    }));
    Client bob = new Client().connect(one);
    bob.cut();
    Client ana = new Client().connect(one);
    await(one.io.disconnectUser("ana"));
    sockets.clear();
    bob.connect(one);
    assertThat(bob.recovered).isTrue();
    assertThat(one.on(ana.link::isOpen)).isFalse();
  }

  /** Users by tokens of the form {@code name;role;seconds since 1970 when it expires}. */
  private void authenticateAll(String namespace) {
    one.run(() -> one.io.of(namespace).authenticate(credentials -> {
      String[] token = ((TokenCredentials) credentials).getToken().split(";");
      User user = User.create(new JsonObject().put("sub", token[0]), new JsonObject().put("exp", Long.parseLong(token[2])));
      user.authorizations().put("test", RoleBasedAuthorization.create(token[1]));
      return Long.parseLong(token[2]) * 1000 > clock.get() ? Future.succeededFuture(user) : ClientError.future("unauthorized");
    }).authorizeRooms(room -> room.startsWith("staff:") ? RoleBasedAuthorization.create("editor") : null));
  }

  private FakeLink comesBack(Client client, String token) {
    return one.connect(new JsonObject().put("jwt", token).put("pid", client.pid).put("offset", client.offset).encode());
  }

  private Client comesWith(String token) {
    Client client = new Client();
    client.at = one;
    client.link = comesBack(client, token);
    return client.read();
  }

  @Test
  void aSessionIsRecoveredByANewTokenOfItsUserButNotByAnExpiredOneNorByThatOfAnother() {
    authenticateAll("/x");
    Client ana = comesWith("ana;editor;1050");
    ana.cut();
    clock.set(1_060_000);
    assertThat(one.heard(comesBack(ana, "ana;editor;1050"))).containsExactly("4/x,{\"message\":\"unauthorized\"}");
    FakeLink bob = comesBack(ana, "bob;editor;9000");
    assertThat(one.heard(bob)).first().asString().startsWith("0/x,").doesNotContain(ana.pid);
    assertThat(one.heard(comesBack(ana, "ana;editor;9000"))).first().asString().contains(ana.pid);
  }

  @Test
  void aRecoveredSessionDoesNotHaveARoomThatItsUserMayNotJoinAnyMore() {
    authenticateAll("/x");
    Client ana = comesWith("ana;editor;9000");
    await(ana.socket().join("lobby", "staff:desk"));
    ana.cut();
    one.x().to("staff:desk").emit("said", "secret");
    one.x().to("lobby").emit("said", "news");
    ana.link = comesBack(ana, "ana;reader;9000");
    ana.read();
    assertThat(ana.recovered).isTrue();
    assertThat(ana.events).containsExactly("[\"said\",\"news\"]");
    assertThat(one.on(() -> sockets.get(1).rooms())).containsExactlyInAnyOrder(ana.sid, "lobby");
  }

  /** Otherwise the position behind the notice would skip what it has not got. */
  @Test
  void theNoticeOfAnExpiryWaitsForTheEndOfAReplay() {
    authenticateAll("/x");
    Client ana = comesWith("ana;editor;1100");
    ana.cut();
    say("missed");
    one.settle();
    clock.set(1_080_000);
    ana.link = one.on(() -> {
      FakeLink link = FakeLink.socketIo(one.io);
      link.writable = false;
      link.say("0/x," + new JsonObject().put("jwt", "ana;editor;1100").put("pid", ana.pid).put("offset", ana.offset));
      return link;
    });
    one.settle();
    one.run(() -> {
      one.timers.tick();
      ana.link.drain();
    });
    Await.until("the client is told", () -> {
      one.run(one.timers::tick);
      ana.read();
      return ana.events.size() == 2;
    });
    assertThat(ana.events.get(0)).isEqualTo("[\"said\",\"missed\"]");
    assertThat(ana.events.get(1)).startsWith("[\"auth:expiring\"");
  }

  /** Keeps saves of sessions back until they are let go, one after the other. */
  private final class HeldSaves {
    private final Queue<Runnable> held = new ArrayDeque<>();
    private boolean passing;

    HeldSaves() {
      saves = this;
      one.run(() -> replace("store", RecoveryStore.class, (method, args, original) -> {
        if (passing || !method.equals("save")) return original.call();
        Promise<Object> saved = Promise.promise();
        held.add(() -> {
          try {
            ((Future<?>) original.call()).<Object>map(done -> null).onComplete(saved);
          } catch (Exception failure) {
            saved.fail(failure);
          }
        });
        return saved.future();
      }));
    }

    void release() {
      while (one.on(() -> {
        Runnable next = held.poll();
        if (next != null) next.run();
        return next != null;
      })) one.settle();
    }

    void pass() {
      one.run(() -> passing = true);
      release();
    }
  }

  @Test
  void aSaveThatIsUnderWayDoesNotBringBackASessionThatTheServerEnded() {
    Client client = new Client().connect(one);
    new HeldSaves();
    one.run(() -> {
      Socket socket = one.x().socket(client.sid).orElseThrow();
      socket.join("first");
      socket.join("second");
      socket.disconnect();
    });
    saves.release();
    FakeLink link = one.connect(new JsonObject().put("pid", client.pid).put("offset", client.offset).encode());
    saves.release();
    assertThat(one.heard(link)).first().asString().doesNotContain(client.pid);
  }

  @Test
  void aSaveThatIsUnderWayDoesNotBringBackASessionOfADisconnectedUser() {
    identifyAll(one, "ana");
    Client client = new Client().connect(one);
    new HeldSaves();
    Promise<Void> disconnected = Promise.promise();
    one.run(() -> {
      Socket socket = one.x().socket(client.sid).orElseThrow();
      socket.join("first");
      socket.join("second");
      one.io.disconnectUser("ana").onComplete(disconnected);
    });
    saves.release();
    await(disconnected.future());
    FakeLink link = one.connect(new JsonObject().put("pid", client.pid).put("offset", client.offset).encode());
    saves.release();
    assertThat(one.heard(link)).first().asString().doesNotContain(client.pid);
  }

  @Test
  void theLastSaveOfADeviceThatHasJustLeftDoesNotBringBackItsSessionEither() {
    identifyAll(one, "ana");
    Client client = new Client().connect(one);
    new HeldSaves();
    one.run(() -> one.x().socket(client.sid).orElseThrow().join("first"));
    client.cut();
    Future<Void> disconnected = one.on(() -> one.io.disconnectUser("ana"));
    saves.release();
    await(disconnected);
    FakeLink link = one.connect(new JsonObject().put("pid", client.pid).put("offset", client.offset).encode());
    saves.release();
    assertThat(one.heard(link)).first().asString().doesNotContain(client.pid);
  }

  /** So that a device misses nothing when the server is killed before the session is saved a second time. */
  @Test
  void theRoomOfTheUserIsInTheSessionFromItsFirstSaveOn() {
    identifyAll(one, "ana");
    List<RecoveryState> saved = new CopyOnWriteArrayList<>();
    one.run(() -> replace("store", RecoveryStore.class, (method, args, original) -> {
      if (method.equals("save")) saved.add((RecoveryState) args[0]);
      return original.call();
    }));
    new Client().connect(one);
    assertThat(saved.get(0).rooms()).containsKey("\0ana");
  }

  @Test
  void tellsWhoeverDisconnectsAUserThatSessionsMayBeLeft() {
    identifyAll(one, "ana");
    Client client = new Client().connect(one);
    one.run(() -> replace("store", RecoveryStore.class, (method, args, original) ->
        method.equals("removeAll") ? Future.failedFuture(new LogUnavailableException("away", null)) : original.call()));
    Future<Void> disconnected = one.on(() -> one.io.disconnectUser("ana"));
    assertThatThrownBy(() -> await(disconnected)).hasCauseInstanceOf(LogUnavailableException.class);
    assertThat(one.on(client.link::isOpen)).isFalse();
  }

  @Test
  void ofVeryManyDisconnectedUsersTheFirstAreNotKnownByNameButByTheirTime() {
    Revocations revocations = new Revocations(clock::get, 1_000);
    assertThat(revocations.unnamedUntil()).isLessThan(clock.get());
    for (int i = 0; i < Revocations.MOST; i++) revocations.add("user " + i);
    assertThat(revocations.unnamedUntil()).isLessThan(clock.get());
    clock.addAndGet(10);
    revocations.add("the last");
    assertThat(revocations.users()).hasSize(Revocations.MOST).contains("the last", "user 1").doesNotContain("user 0");
    assertThat(revocations.unnamedUntil()).isEqualTo(clock.get() - 10 + 1_000);
    clock.addAndGet(1_000);
    assertThat(revocations.users()).isEmpty();
  }

  @Test
  void noSessionOfAUserThatIsNotKnownByNameIsRecoveredInANamespaceThatIsMadeLater() {
    Instance two = new Instance().start();
    one.run(() -> one.io.of("/late").recoverable(Recovery.MEMORY).use(context -> {
      context.identify("ana");
      return Future.succeededFuture();
    }));
    await(one.io.of("/late").append(LogEntry.to("nobody").event("barrier")));
    String pid = pidIn(one, null);
    two.run(() -> {
      two.io.loop().revocations().add("ana");
      for (int i = 0; i < Revocations.MOST; i++) two.io.loop().revocations().add("user " + i);
      assertThat(two.io.loop().revocations().users()).doesNotContain("ana");
      two.io.of("/late").recoverable(Recovery.MEMORY).use(context -> {
        context.identify("ana");
        return Future.succeededFuture();
      });
    });
    await(two.io.of("/late").append(LogEntry.to("nobody").event("barrier")));
    assertThat(pidIn(two, pid)).isNotEqualTo(pid);
    clock.addAndGet(1);
    String later = pidIn(two, null);
    assertThat(pidIn(two, later)).isEqualTo(later);
  }

  /** Connects to the namespace of the test, and leaves it; returns the secret of its session. */
  private String pidIn(Instance instance, String pid) {
    FakeLink link = instance.on(() -> {
      FakeLink made = FakeLink.socketIo(instance.io);
      made.say("0/late," + (pid == null ? "" : new JsonObject().put("pid", pid).encode()));
      return made;
    });
    List<String> heard = new ArrayList<>();
    Await.until("it has joined", () -> instance.on(() -> heard.addAll(link.heard())) || !heard.isEmpty());
    instance.cut(link);
    instance.settle();
    return new JsonObject(heard.get(0).substring("0/late,".length())).getString("pid");
  }

  private void restart() {
    await(one.io.close());
    one = new Instance().start();
  }
}
