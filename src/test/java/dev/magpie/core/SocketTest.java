package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.magpie.core.Counters.Count;
import dev.magpie.testing.Rule;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.admission.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

@ExtendWith(OnLoop.class)
class SocketTest {
  private final Clock clock = new Clock();
  private final List<Object> got = new ArrayList<>();
  private Io io;
  private FakeLink client;
  private Socket socket;

  /** As an application has them. */
  record Order(String item, int count) {}

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions().setMaxPendingAcks(3).setMaxWaiting(3), clock.timers);
    io.onConnection(joined -> socket = joined);
    client = FakeLink.socketIo(io, "roomid=7&empty=");
    client.say("0{\"token\":\"x\"}");
    client.heard();
  }

  @Test
  void knowsItsHandshake() {
    assertThat(socket.query("roomid")).isEqualTo("7");
    assertThat(socket.query("roomid", "lobby")).isEqualTo("7");
    assertThat(socket.query("empty", "lobby")).isEqualTo("lobby");
    assertThat(socket.query("none", "lobby")).isEqualTo("lobby");
    assertThat(socket.query("none")).isNull();
    assertThat(socket.auth()).isEqualTo(new JsonObject().put("token", "x"));
    assertThat(socket.handshake().header("user-agent")).isEqualTo("test");
    assertThat(socket.transportName()).isEqualTo("websocket");
    assertThat(socket.data().isEmpty()).isTrue();
  }

  @Test
  void handsOnArgumentsAsTheHandlerWantsThem() {
    socket.on("any", args -> got.add(args));
    socket.on("text", String.class, value -> got.add(value));
    socket.on("number", Double.class, value -> got.add(value));
    socket.on("order", Order.class, value -> got.add(value));
    socket.on("bytes", Buffer.class, value -> got.add(value));
    client.say("2[\"any\",1,\"two\",[3]]");
    client.say("2[\"text\",\"hello\"]");
    client.say("2[\"number\",2]");
    client.say("2[\"order\",{\"item\":\"tea\",\"count\":2}]");
    client.say("51-[\"bytes\",{\"_placeholder\":true,\"num\":0}]");
    client.say(Buffer.buffer("abc"));
    client.say("2[\"text\"]");
    assertThat(got)
        .containsExactly(new JsonArray().add(1).add("two").add(new JsonArray().add(3)), "hello", 2.0, new Order("tea", 2),
        Buffer.buffer("abc"), null);
    assertThat(io.counters().get(Count.HANDLER_FAILURES)).isZero();
  }

  @Test
  void handsOnNumbersOfAnySizeToHandlersOfBigNumbers() {
    socket.on("whole", BigInteger.class, value -> got.add(value));
    socket.on("exact", BigDecimal.class, value -> got.add(value));
    socket.on("long", Long.class, value -> got.add(value));
    for (String number : List.of("7", "9007199254740993", "123456789012345678901234567890")) client.say("2[\"whole\"," + number + "]");
    for (String number : List.of("7", "0.5", "0.1234567890123456789")) client.say("2[\"exact\"," + number + "]");
    client.say("21[\"long\",123456789012345678901234567890]");
    client.say("22[\"whole\",0.5]");
    assertThat(got).containsExactly(
        new BigInteger("7"), new BigInteger("9007199254740993"), new BigInteger("123456789012345678901234567890"), new BigDecimal("7"),
        new BigDecimal("0.5"), new BigDecimal("0.1234567890123456789"));
    assertThat(client.heard()).containsExactly(
        "31[{\"error\":\"invalid payload\",\"event\":\"long\",\"path\":\"args[0]\",\"expected\":\"a whole number of 64 bits\"}]",
        "32[{\"error\":\"invalid payload\",\"event\":\"whole\",\"path\":\"args[0]\",\"expected\":\"a whole number\"}]");
  }

  @Test
  void refusesAnArgumentOfAnotherTypeAndSaysWhy() {
    socket.on("text", String.class, value -> got.add(value));
    socket.on("order", Order.class, value -> got.add(value));
    client.say("21[\"text\",5]");
    client.say("22[\"order\",{\"item\":\"tea\",\"count\":\"many\"}]");
    client.say("23[\"order\",{\"item\":\"tea\",\"count\":1,\"prize\":1}]");
    // No class is named, whose fields the client would learn.
    assertThat(client.heard()).containsExactly(
        "31[{\"error\":\"invalid payload\",\"event\":\"text\",\"path\":\"args[0]\",\"expected\":\"a string\"}]",
        "32[{\"error\":\"invalid payload\",\"event\":\"order\",\"path\":\"args[0].count\",\"expected\":\"a whole number of 32 bits\"}]",
        "33[{\"error\":\"invalid payload\",\"event\":\"order\",\"path\":\"args[0].prize\",\"expected\":\"no member of this name\"}]");
    assertThat(got).isEmpty();
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  @Rule(48)
  void answersAcknowledgementsFromZeroOnAndWithNothing() {
    socket.on("echo", (args, ack) -> ack.send(args.getList().toArray()));
    client.say("20[\"echo\",1,\"two\"]");
    client.say("29[\"echo\"]");
    assertThat(client.heard()).containsExactly("30[1,\"two\"]", "39[]");
  }

  @Test
  @Rule(49)
  void answersOnce() {
    socket.on("twice", (args, ack) -> {
      ack.send("first");
      ack.send("second");
    });
    client.say("21[\"twice\"]");
    assertThat(client.heard()).containsExactly("31[\"first\"]");
    client.say("2[\"twice\"]");
    assertThat(client.heard()).isEmpty();
  }

  @Test
  void answersWithWhatAFutureBrings() {
    Promise<Order> saved = Promise.promise();
    socket.onAck("order", Order.class, order -> saved.future());
    socket.onAck("none", Object.class, nothing -> Future.succeededFuture());
    client.say("21[\"order\",{\"item\":\"tea\",\"count\":2}]");
    client.say("22[\"none\"]");
    assertThat(client.heard()).containsExactly("32[]");
    saved.complete(new Order("tea", 2));
    assertThat(client.heard()).containsExactly("31[{\"item\":\"tea\",\"count\":2}]");
  }

  @Test
  void answersWithAnErrorWhenTheFutureFails() {
    socket.onAck("refused", String.class, text -> ClientError.future("sold out", new JsonObject().put("left", 0)));
    socket.onAck("told", String.class, text -> Future.failedFuture("closed"));
    socket.onAck("bug", String.class, text -> { throw new IllegalStateException("secret"); });
    client.say("21[\"refused\"]");
    client.say("22[\"told\"]");
    client.say("23[\"bug\"]");
    assertThat(client.heard())
        .containsExactly(
            "31[{\"error\":\"sold out\",\"data\":{\"left\":0}}]", "32[{\"error\":\"closed\"}]", "33[{\"error\":\"internal error\"}]");
    assertThat(io.counters().get(Count.HANDLER_FAILURES)).isEqualTo(1);
  }

  @Test
  void servesOthersWhenAHandlerThrows() {
    FakeLink other = FakeLink.joined(io);
    socket.on("bug", args -> got.add("other"));
    io.of("/").sockets().forEach(any -> any.on("bad", args -> { throw new IllegalStateException("bug"); }));
    io.of("/").sockets().forEach(any -> any.on("bad", args -> io.emit("said", "to all")));
    client.say("2[\"bad\"]");
    assertThat(client.heard()).containsExactly("2[\"said\",\"to all\"]");
    assertThat(other.heard()).containsExactly("2[\"said\",\"to all\"]");
    assertThat(client.isOpen()).isTrue();
    assertThat(io.counters().get(Count.HANDLER_FAILURES)).isEqualTo(1);
  }

  @Test
  void namesTheEventWhoseHandlerHoldsTheLoop() {
    socket.on("hasty", args -> got.add("hasty"));
    socket.on("heavy", args -> {
      try {
        Thread.sleep(250);
      } catch (InterruptedException ended) {
        throw new IllegalStateException(ended);
      }
    });
    Logger logger = (Logger) LoggerFactory.getLogger(Socket.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    Level before = logger.getLevel();
    logger.setLevel(Level.WARN);
    logger.addAppender(lines);
    try {
      client.say("2[\"hasty\"]");
      client.say("2[\"heavy\"]");
    } finally {
      logger.detachAppender(lines);
      logger.setLevel(before);
    }
    assertThat(lines.list).extracting(ILoggingEvent::getFormattedMessage).filteredOn(line -> line.contains(socket.id())).singleElement()
        .asString()
        .startsWith("handler held the event loop for ").contains("event=heavy", "onBlocking");
  }

  @Test
  void hearsOnceAndNoMore() {
    socket.once("e", args -> got.add("once"));
    Consumer<JsonArray> every = args -> got.add("every");
    socket.on("e", every);
    client.say("2[\"e\"]");
    client.say("2[\"e\"]");
    socket.off("e", every);
    client.say("2[\"e\"]");
    socket.on("e", every).off("e");
    client.say("2[\"e\"]");
    assertThat(got).containsExactly("once", "every", "every");
  }

  @Test
  void letsHandlersPutOnAndTakeOffHandlers() {
    socket.on("e", args -> {
      got.add("first");
      socket.off("e");
      socket.on("e", again -> got.add("later"));
    });
    client.say("2[\"e\"]");
    client.say("2[\"e\"]");
    assertThat(got).containsExactly("first", "later");
  }

  @Test
  void showsEveryEventInAndOut() {
    BiConsumer<String, JsonArray> last = (event, args) -> got.add("last " + event + args);
    socket.onAny(last);
    socket.prependAny((event, args) -> got.add("first " + event + args));
    BiConsumer<String, JsonArray> outgoing = (event, args) -> got.add("out " + event + args);
    socket.onAnyOutgoing(outgoing);
    client.say("2[\"e\",1]");
    socket.emit("reply", 2);
    io.emit("all", 3);
    assertThat(got).map(Object::toString).containsExactly("first e[1]", "last e[1]", "out reply[2]", "out all[3]");
    got.clear();
    socket.offAny(last).offAnyOutgoing(outgoing);
    client.say("2[\"e\",1]");
    socket.emit("reply", 2);
    assertThat(got).map(Object::toString).containsExactly("first e[1]");
  }

  @Test
  void keepsTheOrderOfEventsWhileMiddlewareTakesItsTime() {
    Promise<Void> slow = Promise.promise();
    socket.use(event -> event.getString(0).equals("slow") ? slow.future() : Future.succeededFuture());
    socket.on("slow", args -> got.add("slow"));
    socket.on("fast", args -> got.add("fast"));
    client.say("2[\"slow\"]");
    client.say("2[\"fast\"]");
    assertThat(got).isEmpty();
    slow.complete();
    assertThat(got).containsExactly("slow", "fast");
  }

  @Test
  void dropsAnEventThatMiddlewareRefuses() {
    socket.use(event -> event.getString(0).equals("admin") ? ClientError.future("not yours") : Future.succeededFuture());
    socket.on("admin", args -> got.add("admin"));
    client.say("21[\"admin\"]");
    client.say("2[\"admin\"]");
    assertThat(got).isEmpty();
    assertThat(client.heard()).containsExactly("31[{\"error\":\"not yours\"}]");
  }

  @Test
  void cutsOffAClientWhoseEventsWaitInTooGreatNumber() {
    socket.use(event -> Promise.promise().future());
    for (int i = 0; i < 4; i++) client.say("2[\"e\"]");
    assertThat(client.isOpen()).isTrue();
    client.say("2[\"e\"]");
    assertThat(client.closed).isEqualTo(CloseReason.RATE_LIMIT);
  }

  @Test
  @Rule(50)
  void refusesReservedNames() {
    for (String name : List.of("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener")) {
      assertThatIllegalArgumentException().isThrownBy(() -> socket.emit(name)).withMessageContaining(name);
      assertThatIllegalArgumentException().isThrownBy(() -> io.emit(name));
      assertThatIllegalArgumentException().isThrownBy(() -> socket.on(name, args -> {}));
    }
    assertThat(client.heard()).isEmpty();
  }

  @Test
  void waitsForTheClientsAcknowledgement() {
    Future<JsonArray> answer = socket.emitWithAck("question", 1);
    assertThat(client.heard()).containsExactly("20[\"question\",1]");
    client.say("30[\"yes\"]");
    assertThat(answer.result()).isEqualTo(new JsonArray().add("yes"));
    assertThat(clock.timers.size()).isZero();
  }

  @Test
  @Rule(49)
  void ignoresAcknowledgementsThatNobodyWaitsFor() {
    client.say("31[]");
    Future<JsonArray> answer = socket.emitWithAck("question");
    client.say("30[1]");
    client.say("30[2]");
    assertThat(answer.result()).isEqualTo(new JsonArray().add(1));
    assertThat(io.counters().get(Count.ACKS_IGNORED)).isEqualTo(2);
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void givesUpWhenNoAcknowledgementComesInTime() {
    Future<JsonArray> answer = socket.timeout(500).emitWithAck("question");
    clock.pass(450);
    assertThat(answer.isComplete()).isFalse();
    clock.pass(100);
    assertThat(answer.cause()).isInstanceOf(AckTimeoutException.class);
    client.say("30[]");
    assertThat(io.counters().get(Count.ACKS_IGNORED)).isEqualTo(1);
  }

  @Test
  @Rule(49)
  void failsWhatIsPendingWhenTheSocketLeaves() {
    Future<JsonArray> answer = socket.emitWithAck("question");
    client.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(answer.cause()).isInstanceOf(AckTimeoutException.class).hasMessageContaining("transport close");
    assertThat(clock.timers.size()).isZero();
    assertThat(socket.emitWithAck("late").failed()).isTrue();
  }

  @Test
  void boundsHowManyAcknowledgementsAClientOwes() {
    for (int i = 0; i < 3; i++) socket.emitWithAck("question");
    assertThat(socket.emitWithAck("one more").cause()).isInstanceOf(AckTimeoutException.class).hasMessageContaining("owes 3");
    assertThat(client.heard()).hasSize(3);
  }

  @Test
  @Rule(58)
  void dropsWhatIsUnreliableWhenTheClientCannotBeWrittenTo() {
    client.writable = false;
    socket.unreliable().emit("position", 1);
    io.unreliable().emit("position", 2);
    socket.emit("kept");
    assertThat(client.heard()).containsExactly("2[\"kept\"]");
    assertThat(io.counters().get(Count.UNRELIABLE_DROPPED)).isEqualTo(2);
    client.writable = true;
    socket.unreliable().emit("position", 3);
    assertThat(client.heard()).containsExactly("2[\"position\",3]");
  }

  @Test
  void saysNothingOnceItHasLeft() {
    socket.disconnect();
    client.heard();
    socket.emit("late");
    socket.join("room");
    assertThat(client.heard()).isEmpty();
    assertThat(socket.rooms()).isEmpty();
    assertThat(io.of("/").roomNames()).isEmpty();
  }

  @Test
  @Rule(56)
  void takesRecordsMapsAndBytesAsArguments() {
    socket.emit("e", new Order("tea", 2), java.util.Map.of("a", 1), List.of(1, 2), null);
    io.emit("e", new Order("tea", 2), java.util.Map.of("a", 1), List.of(1, 2), null);
    assertThat(client.heard()).hasSize(2).allMatch("2[\"e\",{\"item\":\"tea\",\"count\":2},{\"a\":1},[1,2],null]"::equals);
    io.emit("e", new byte[] {1});
    assertThat(client.heard()).containsExactly("51-[\"e\",{\"_placeholder\":true,\"num\":0}]", "<1 bytes>");
  }

  @Test
  void acknowledgementsThatAreOwedCountUntilTheyComeOrTheClientGoes() {
    MemoryBudget budget = MemoryBudget.of(io.vertx());
    assertThat(budget.leased()).isZero();
    socket.emitWithAck("question");
    assertThat(budget.leased()).isPositive();
    client.say("30[]");
    assertThat(budget.leased()).isZero();
    socket.timeout(100).emitWithAck("question");
    assertThat(budget.leased()).isPositive();
    clock.pass(200);
    assertThat(budget.leased()).isZero();
    socket.emitWithAck("question");
    socket.emitWithAck("question");
    assertThat(budget.leased()).isPositive();
    client.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(budget.leased()).isZero();
  }

  @Test
  void eventsThatWaitForMiddlewareCountUntilTheyAreCheckedOrTheClientGoes() {
    MemoryBudget budget = MemoryBudget.of(io.vertx());
    List<Promise<Void>> checks = new ArrayList<>();
    socket.use(event -> {
      checks.add(Promise.promise());
      return checks.get(checks.size() - 1).future();
    });
    client.say("2[\"first\"]");
    client.say("2[\"second\"]");
    assertThat(budget.leased()).isPositive();
    checks.get(0).complete();
    checks.get(1).fail("no");
    assertThat(budget.leased()).isZero();
    client.say("2[\"third\"]");
    client.say("2[\"fourth\"]");
    assertThat(budget.leased()).isPositive();
    client.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(budget.leased()).isZero();
    checks.get(2).complete();
    assertThat(budget.leased()).isZero();
  }
}
