package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.magpie.core.Counters.Count;
import dev.magpie.log.LogUnavailableException;
import dev.magpie.testing.LogLines;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a client that asked for an acknowledgement gets, whatever becomes of the handler; and what the application learns of failures. */
@ExtendWith(OnLoop.class)
class AcknowledgementTest {
  private static final String INTERNAL = "{\"error\":\"internal error\"}";

  private final Clock clock = new Clock();
  private final List<String> errors = new ArrayList<>();
  private final IoOptions options = new IoOptions();
  private Io io;
  private FakeLink client;
  private Socket socket;

  /** As an application has them. */
  record Order(String item, int count) {}

  @BeforeEach
  void start() {
    serve();
  }

  private void serve() {
    io = Io.create(Vertx.currentContext().owner(), options, clock.timers);
    io.onError((from, event, failure) -> errors.add((from == null ? "none" : from == socket ? "socket" : "other") + " " + event + " "
        + failure.getClass().getSimpleName()));
    io.onConnection(joined -> socket = joined);
    client = FakeLink.joined(io);
  }

  private long failures() {
    return io.counters().get(Count.HANDLER_FAILURES);
  }

  @Test
  void aHandlerThatThrowsIsAnsweredWithAnErrorWhateverItsForm() {
    socket.on("untyped", args -> { throw new IllegalStateException("secret"); });
    socket.on("with ack", (args, ack) -> { throw new IllegalStateException("secret"); });
    socket.on("typed", String.class, text -> { throw new IllegalStateException("secret"); });
    socket.onAck("future", String.class, text -> { throw new NoClassDefFoundError("secret"); });
    socket.onAck("null", String.class, text -> null);
    socket.once("once", args -> { throw new AssertionError("secret"); });
    List<String> events = List.of("untyped", "with ack", "typed", "future", "null", "once");
    for (int i = 0; i < events.size(); i++) client.say("2" + i + "[\"" + events.get(i) + "\"]");
    assertThat(client.heard()).containsExactly("30[" + INTERNAL + "]", "31[" + INTERNAL + "]", "32[" + INTERNAL + "]",
        "33[" + INTERNAL + "]", "34[" + INTERNAL + "]", "35[" + INTERNAL + "]");
    assertThat(failures()).isEqualTo(6);
    assertThat(errors).containsExactly("socket untyped IllegalStateException", "socket with ack IllegalStateException",
        "socket typed IllegalStateException", "socket future NoClassDefFoundError", "socket null NullPointerException",
        "socket once AssertionError");
  }

  @Test
  void aPlainClientAndAnOldOneAreAnsweredAsWell() {
    io.onConnection(joined -> joined.on("bug", args -> { throw new IllegalStateException("secret"); }));
    FakeLink plain = FakeLink.magpieV1(io, "");
    FakeLink old = FakeLink.version3(io);
    plain.heard();
    old.heard();
    plain.say("{\"event\":\"bug\",\"ack\":1}");
    old.say("21[\"bug\"]");
    assertThat(plain.heard()).containsExactly("{\"ack\":1,\"args\":[" + INTERNAL + "]}");
    assertThat(old.heard()).containsExactly("31[" + INTERNAL + "]");
  }

  @Test
  void aHandlerThatThrowsAfterItsAnswerChangesNothing() {
    socket.on("late", (args, ack) -> {
      ack.send("done");
      throw new IllegalStateException("too late");
    });
    client.say("21[\"late\"]");
    assertThat(client.heard()).containsExactly("31[\"done\"]");
    assertThat(errors).containsExactly("socket late IllegalStateException");
  }

  @Test
  void aRefusalOfAnyHandlerIsTold() {
    socket.on("with ack", (args, ack) -> { throw new ClientError("sold out", new JsonObject().put("left", 0)); });
    client.say("21[\"with ack\"]");
    assertThat(client.heard()).containsExactly("31[{\"error\":\"sold out\",\"data\":{\"left\":0}}]");
    assertThat(failures()).isZero();
    assertThat(errors).containsExactly("socket with ack ClientError");
  }

  @Test
  void aHandlerWithoutTheAcknowledgementLeavesTheAnswerToTheOneThatHasIt() {
    Promise<String> stored = Promise.promise();
    socket.on("save", args -> { throw new IllegalStateException("cannot count"); });
    socket.onAck("save", String.class, text -> stored.future());
    client.say("21[\"save\",\"x\"]");
    assertThat(client.heard()).isEmpty();
    stored.complete("stored");
    assertThat(client.heard()).containsExactly("31[\"stored\"]");
    assertThat(failures()).isEqualTo(1);
  }

  @Test
  void aResultThatCannotBeWrittenIsAnsweredWithAnErrorAndReportedOnce() {
    JsonObject cyclic = new JsonObject();
    cyclic.put("self", cyclic);
    socket.onAck("object", String.class, text -> Future.succeededFuture(new Object()));
    socket.onAck("cyclic", String.class, text -> Future.succeededFuture(cyclic));
    socket.on("sent", (args, ack) -> ack.send(new Object()));
    for (String say : List.of("21[\"object\"]", "22[\"cyclic\"]", "23[\"sent\"]")) client.say(say);
    assertThat(client.heard()).containsExactly("31[" + INTERNAL + "]", "32[" + INTERNAL + "]", "33[" + INTERNAL + "]");
    assertThat(failures()).isEqualTo(3);
    assertThat(errors).hasSize(3);
  }

  @Test
  void anAnswerThatCannotBeWrittenFailsAtTheCallAndIsNotSentTwice() {
    socket.on("tried", (args, ack) -> {
      assertThatIllegalArgumentException().isThrownBy(() -> ack.send(1, new Object())).withMessageContaining("[1]");
      ack.send("second try");
    });
    client.say("21[\"tried\"]");
    assertThat(client.heard()).containsExactly("31[" + INTERNAL + "]");
    assertThat(failures()).isEqualTo(1);
  }

  @Test
  void anAcknowledgementOfAnEarlierEventThatCannotBeWrittenLeavesNeitherUnanswered() {
    List<Ack> kept = new ArrayList<>();
    socket.on("begin", (args, ack) -> kept.add(ack));
    socket.on("end", (args, ack) -> kept.get(0).send(new Object()));
    client.say("21[\"begin\"]");
    client.say("22[\"end\"]");
    assertThat(client.heard()).containsExactly("31[" + INTERNAL + "]", "32[" + INTERNAL + "]");
    assertThat(errors).containsExactly("socket begin Unwritable");
  }

  @Test
  void aTemporaryFailureStaysUnansweredAndIsCounted() {
    options.setHandlerTimeout(1_000);
    serve();
    socket.onAck("log", String.class, text -> Future.failedFuture(new LogUnavailableException("away", null)));
    socket.on("later", (args, ack) -> { throw new RetryLater("away"); });
    socket.onAck("future", String.class, text -> RetryLater.future("away"));
    for (String say : List.of("21[\"log\"]", "22[\"later\"]", "23[\"future\"]")) client.say(say);
    clock.pass(5_000);
    assertThat(client.heard()).isEmpty();
    assertThat(io.counters().get(Count.ACKS_WITHHELD)).isEqualTo(3);
    assertThat(failures()).isZero();
    assertThat(errors).containsExactly("socket log LogUnavailableException", "socket later RetryLater", "socket future RetryLater");
  }

  @Test
  void aTemporaryFailureOfAnEventWithoutAcknowledgementIsAFailure() {
    socket.on("later", args -> { throw new RetryLater("away"); });
    client.say("2[\"later\"]");
    assertThat(failures()).isEqualTo(1);
    assertThat(io.counters().get(Count.ACKS_WITHHELD)).isZero();
  }

  @Test
  void aHandlerThatNeverAcknowledgesIsAnsweredAfterTheLimit() {
    options.setHandlerTimeout(1_000);
    serve();
    List<Ack> kept = new ArrayList<>();
    socket.on("forgets", (args, ack) -> kept.add(ack));
    socket.on("has none", args -> {});
    for (String say : List.of("21[\"forgets\"]", "22[\"has none\"]", "23[\"nobody\"]", "2[\"forgets\"]")) client.say(say);
    clock.pass(900);
    assertThat(client.heard()).isEmpty();
    try (LogLines log = new LogLines(Failures.class)) {
      clock.pass(300);
      assertThat(log.lines()).hasSize(3).allMatch(line -> line.startsWith("handler failed socket=" + socket.id() + " namespace=/ event="));
    }
    assertThat(client.heard()).containsExactlyInAnyOrder("31[{\"error\":\"handler timeout\"}]", "32[{\"error\":\"handler timeout\"}]",
        "33[{\"error\":\"handler timeout\"}]");
    kept.get(0).send("too late");
    assertThat(client.heard()).isEmpty();
    assertThat(errors).containsOnly("socket forgets HandlerTimeout", "socket has none HandlerTimeout", "socket nobody HandlerTimeout");
  }

  @Test
  void anAnswerInTimeEndsTheLimit() {
    options.setHandlerTimeout(1_000);
    serve();
    Promise<String> saved = Promise.promise();
    socket.onAck("save", String.class, text -> saved.future());
    int idle = clock.timers.size();
    client.say("21[\"save\"]");
    assertThat(clock.timers.size()).isEqualTo(idle + 1);
    saved.complete("ok");
    assertThat(clock.timers.size()).isEqualTo(idle);
    clock.pass(2_000);
    assertThat(client.heard()).containsExactly("31[\"ok\"]");
    assertThat(errors).isEmpty();
  }

  @Test
  void withoutALimitAnEventWithoutHandlersStaysUnanswered() {
    client.say("21[\"nobody\"]");
    clock.pass(20_000);
    assertThat(client.heard()).isEmpty();
  }

  @Test
  void aFailedCheckOfAnEventIsAnsweredAndReported() {
    socket.use(event -> { throw new IllegalStateException("secret"); });
    client.say("21[\"any\"]");
    assertThat(client.heard()).containsExactly("31[" + INTERNAL + "]");
    assertThat(errors).containsExactly("socket any IllegalStateException");
  }

  @Test
  void theErrorMapperChoosesTheAnswer() {
    options.setErrorMapper(failure -> failure instanceof ClientError ? null
        : Map.of("code", 500, "of", failure.getClass().getSimpleName()));
    serve();
    socket.on("bug", args -> { throw new IllegalStateException("secret"); });
    socket.on("refused", args -> { throw new ClientError("no"); });
    client.say("21[\"bug\"]");
    client.say("22[\"refused\"]");
    List<String> heard = client.heard();
    assertThat(new JsonArray(heard.get(0).substring(2)).getJsonObject(0))
        .isEqualTo(new JsonObject().put("code", 500).put("of", "IllegalStateException"));
    assertThat(heard.get(1)).isEqualTo("32[{\"error\":\"no\"}]");
    assertThat(failures()).isEqualTo(1);
  }

  @Test
  void anErrorMapperThatFailsLeavesTheDefault() {
    options.setErrorMapper(failure -> {
      if (failure.getMessage().equals("first")) throw new IllegalStateException("bug in the mapper");
      return new Object();
    });
    serve();
    socket.on("bug", args -> { throw new IllegalStateException(args.getString(0)); });
    client.say("21[\"bug\",\"first\"]");
    client.say("22[\"bug\",\"second\"]");
    assertThat(client.heard()).containsExactly("31[" + INTERNAL + "]", "32[" + INTERNAL + "]");
  }

  @Test
  void anErrorHandlerThatFailsHarmsNobody() {
    io.onError((from, event, failure) -> { throw new IllegalStateException("bug in the error handler"); });
    io.onError((from, event, failure) -> errors.add("second " + event));
    socket.on("bug", args -> { throw new IllegalStateException("secret"); });
    client.say("21[\"bug\"]");
    assertThat(client.heard()).containsExactly("31[" + INTERNAL + "]");
    assertThat(errors).containsExactly("socket bug IllegalStateException", "second bug");
  }

  @Test
  void failuresOutsideOfEventsAreReportedToo() {
    io.onConnection(joined -> { throw new IllegalStateException("no welcome"); });
    io.of("/guarded").use(context -> Future.failedFuture(new IllegalStateException("secret")));
    io.on("reload", args -> { throw new IllegalStateException("not now"); });
    FakeLink other = FakeLink.joined(io);
    other.say("0/guarded,");
    io.of("/").serverEvent(new JsonArray().add("reload"), false);
    socket.onDisconnect(reason -> { throw new IllegalStateException("never ends"); });
    socket.disconnect();
    assertThat(errors).containsExactly("socket connection IllegalStateException", "none connect IllegalStateException",
        "none reload IllegalStateException", "socket disconnect IllegalStateException");
  }

  @Test
  void aRefusedPayloadIsAWarningOncePerEventAndMinuteWithItsPath() {
    socket.on("order", Order.class, order -> {});
    try (LogLines log = new LogLines(Failures.class)) {
      for (int i = 0; i < 3; i++) client.say("2[\"order\",{\"item\":\"tea\",\"count\":\"many\"}]");
      assertThat(log.lines())
          .containsExactly("payload refused event=order times=1 reason=args[0].count: expected a whole number of 32 bits");
    }
    assertThat(errors).containsExactly("socket order InvalidPayload", "socket order InvalidPayload", "socket order InvalidPayload");
  }
}
