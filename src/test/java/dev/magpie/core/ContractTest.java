package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.magpie.core.Counters.Count;
import dev.magpie.log.Recovery;
import dev.magpie.testing.LogLines;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** JSON Schemas of events: what clients send is always checked, what this instance sends where the options say so. */
@ExtendWith(OnLoop.class)
class ContractTest {
  private static final JsonSchema ORDER = JsonSchema.of(new JsonObject("""
      {"type": "object", "required": ["item", "count"], "additionalProperties": false,
        "properties": {"item": {"type": "string"}, "count": {"type": "integer", "minimum": 1},
          "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}}},
        "$defs": {"tag": {"enum": ["hot", "cold"]}}}"""));
  private static final JsonSchema NAME = JsonSchema.of(new JsonObject().put("type", "string").put("maxLength", 5));

  private final Clock clock = new Clock();
  private final List<Object> got = new ArrayList<>();
  private Io io;

  record Order(String item, int count) {}

  @BeforeEach
  void start() {
    serve(new IoOptions());
  }

  private void serve(IoOptions options) {
    io = Io.create(Vertx.currentContext().owner(), options, clock.timers);
    io.contract("order", Contracts.of(ORDER, NAME));
    io.onConnection(socket -> {
      socket.on("order", args -> got.add(args));
      socket.on("free", args -> got.add(args));
    });
  }

  private static JsonObject answer(FakeLink client, String arguments) {
    client.say("21[\"order\"," + arguments + "]");
    List<String> heard = client.heard();
    assertThat(heard).hasSize(1);
    return new JsonArray(heard.get(0).substring(2)).getJsonObject(0);
  }

  private static JsonObject refusal(String path, String expected) {
    return new JsonObject().put("error", "invalid payload").put("event", "order").put("path", path).put("expected", expected);
  }

  @Test
  void anEventOutsideItsContractReachesNoHandler() {
    FakeLink client = FakeLink.joined(io);
    assertThat(answer(client, "{\"item\":\"tea\",\"count\":0},\"ann\"")).isEqualTo(refusal("args[0].count", "minimum 1"));
    assertThat(answer(client, "{\"item\":\"tea\",\"count\":\"x\"},\"ann\"")).isEqualTo(refusal("args[0].count", "type \"integer\""));
    assertThat(answer(client, "{\"item\":\"tea\"},\"ann\"")).isEqualTo(refusal("args[0]", "required [\"item\",\"count\"]"));
    assertThat(answer(client, "{\"item\":\"tea\",\"count\":1,\"evil\":1},\"ann\""))
        .isEqualTo(refusal("args[0].evil", "additionalProperties false"));
    assertThat(answer(client, "{\"item\":\"tea\",\"count\":1,\"tags\":[\"hot\",\"big\"]},\"ann\""))
        .isEqualTo(refusal("args[0].tags[1]", "enum [\"hot\",\"cold\"]"));
    assertThat(answer(client, "{\"item\":\"tea\",\"count\":1},\"ann smith\"")).isEqualTo(refusal("args[1]", "maxLength 5"));
    assertThat(answer(client, "{\"item\":\"tea\",\"count\":1}")).isEqualTo(refusal("args[1]", "type \"string\""));
    assertThat(got).isEmpty();
    assertThat(io.counters().get(Count.HANDLER_FAILURES)).isZero();
  }

  @Test
  void anEventAsItsContractSaysIsHandled() {
    FakeLink client = FakeLink.joined(io);
    client.say("2[\"order\",{\"item\":\"tea\",\"count\":1,\"tags\":[\"hot\"]},\"ann\",\"more\"]");
    client.say("2[\"free\",5]");
    assertThat(got).hasSize(2);
    assertThat(client.heard()).isEmpty();
  }

  @Test
  void aRefusedEventWithoutAcknowledgementIsAWarning() {
    try (LogLines log = new LogLines(Failures.class)) {
      FakeLink.joined(io).say("2[\"order\",5]");
      assertThat(log.lines()).containsExactly("payload refused event=order times=1 reason=args[0]: expected type \"object\"");
    }
  }

  @Test
  void whatIsSentIsCheckedInDevelopment() {
    serve(new IoOptions().setCheckSent(true));
    FakeLink client = FakeLink.joined(io);
    Socket socket = io.of("/").sockets().get(0);
    String message = "event \"order\": args[0].count: expected minimum 1";
    assertThatIllegalArgumentException().isThrownBy(() -> io.emit("order", new Order("tea", 0), "ann")).withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(() -> io.emitWithAck("order", new Order("tea", 0), "ann")).withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(() -> socket.emit("order", new Order("tea", 0), "ann")).withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(() -> socket.emitWithAck("order", new Order("tea", 0), "ann")).withMessage(message);
    assertThat(client.heard()).isEmpty();
    Namespace logged = io.of("/logged").recoverable(Recovery.MEMORY).contract("order", Contracts.of(ORDER));
    assertThatIllegalArgumentException().isThrownBy(() -> logged.append("room", "0123456789abcdef", null, "order", new Order("tea", 0)))
        .withMessage(message);
    io.emit("order", new Order("tea", 1), "ann");
    socket.emit("order", new Order("tea", 2), "ann");
    assertThat(client.heard()).hasSize(2);
  }

  @Test
  void whatIsSentIsNotCheckedInProduction() {
    FakeLink client = FakeLink.joined(io);
    io.emit("order", 5);
    assertThat(client.heard()).containsExactly("2[\"order\",5]");
  }

  @Test
  void theMembersOfAFamilyHaveItsContracts() {
    ParentNamespace family = io.of(Pattern.compile("/shop-\\d"));
    family.contract("order", Contracts.of(ORDER));
    FakeLink client = FakeLink.joined(io, "/shop-1");
    client.say("2/shop-1,1[\"order\",5]");
    assertThat(client.heard()).singleElement().asString().startsWith("3/shop-1,1[{\"error\":\"invalid payload\"");
    family.contract("late", Contracts.of(NAME));
    client.say("2/shop-1,2[\"late\",5]");
    assertThat(client.heard()).singleElement().asString().startsWith("3/shop-1,2[{\"error\":\"invalid payload\"");
  }

  @Test
  void binaryDataIsCheckedAsAString() {
    assertThat(Contracts.of(NAME).check(new JsonArray().add(Buffer.buffer("ab")))).isNull();
    assertThat(Contracts.of(ORDER).check(new JsonArray().add(Buffer.buffer("ab")))).isEqualTo(new Violation("[0]", "type \"object\""));
  }

  @Test
  void aContractThatFailsIsAFailureOfTheHandler() {
    io.contract("order", args -> { throw new IllegalStateException("secret"); });
    assertThat(answer(FakeLink.joined(io), "5")).isEqualTo(new JsonObject().put("error", "internal error"));
    assertThat(io.counters().get(Count.HANDLER_FAILURES)).isEqualTo(1);
    assertThat(got).isEmpty();
  }
}
