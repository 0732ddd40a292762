package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.magpie.core.Counters.Count;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Handlers of one to four typed arguments, and what becomes of payloads that are not of these types. */
@ExtendWith(OnLoop.class)
class TypedHandlersTest {
  private final Clock clock = new Clock();
  private final List<Object> got = new ArrayList<>();
  private Io io;
  private FakeLink client;
  private Socket socket;

  /** As an application has them. */
  record Order(String item, int count) {
    Order {
      if (count < 0) throw new ClientError("0 or more");
    }
  }

  record Cart(List<Order> orders) {}

  enum Size { SMALL, LARGE }

  record Part(int count, double share, boolean fresh, String name, Size size) {}

  @BeforeEach
  void start() {
    serve(new IoOptions());
  }

  private void serve(IoOptions options) {
    io = Io.create(Vertx.currentContext().owner(), options, clock.timers);
    io.onConnection(joined -> socket = joined);
    client = FakeLink.joined(io);
  }

  private static JsonObject refusal(String event, String path, String expected) {
    return new JsonObject().put("error", "invalid payload").put("event", event).put("path", path).put("expected", expected);
  }

  /** What the client is answered to an event with these arguments, as they are in JSON. */
  private JsonObject refused(String event, String arguments) {
    client.say("21[\"" + event + "\"," + arguments + "]");
    List<String> heard = client.heard();
    assertThat(heard).hasSize(1);
    return new JsonArray(heard.get(0).substring(2)).getJsonObject(0);
  }

  @Test
  void takesOneToFourArguments() {
    socket.on("one", String.class, a -> got.add(List.of(a)));
    socket.on("two", String.class, Integer.class, (a, b) -> got.add(List.of(a, b)));
    socket.on("three", String.class, Integer.class, Boolean.class, (a, b, c) -> got.add(List.of(a, b, c)));
    socket.on("four", String.class, Integer.class, Boolean.class, Order.class, (a, b, c, d) -> got.add(List.of(a, b, c, d)));
    for (String event : List.of("one", "two", "three", "four"))
      client.say("2[\"" + event + "\",\"x\",2,true,{\"item\":\"tea\",\"count\":1}]");
    assertThat(got).containsExactly(List.of("x"), List.of("x", 2), List.of("x", 2, true), List.of("x", 2, true, new Order("tea", 1)));
  }

  @Test
  void theAcknowledgementIsBesideTheArguments() {
    socket.on("one", String.class, (String a, Ack ack) -> ack.send(a));
    socket.on("two", String.class, Integer.class, (a, b, ack) -> ack.send(a, b));
    socket.on("three", String.class, Integer.class, Boolean.class, (a, b, c, ack) -> ack.send(a, b, c));
    socket.on("four", String.class, Integer.class, Boolean.class, String.class, (a, b, c, d, ack) -> ack.send(a, b, c, d));
    for (String event : List.of("one", "two", "three", "four")) client.say("21[\"" + event + "\",\"x\",2,true,\"y\"]");
    assertThat(client.heard()).containsExactly("31[\"x\"]", "31[\"x\",2]", "31[\"x\",2,true]", "31[\"x\",2,true,\"y\"]");
  }

  @Test
  void theFutureOfAHandlerOfSeveralArgumentsIsTheAcknowledgement() {
    socket.onAck("one", String.class, a -> Future.succeededFuture(a));
    socket.onAck("two", String.class, Integer.class, (a, b) -> Future.succeededFuture(a + b));
    socket.onAck("three", String.class, Integer.class, Boolean.class, (a, b, c) -> Future.succeededFuture(a + b + c));
    socket.onAck("four", String.class, Integer.class, Boolean.class, String.class, (a, b, c, d) -> Future.succeededFuture(a + b + c + d));
    for (String event : List.of("one", "two", "three", "four")) client.say("21[\"" + event + "\",\"x\",2,true,\"y\"]");
    assertThat(client.heard()).containsExactly("31[\"x\"]", "31[\"x2\"]", "31[\"x2true\"]", "31[\"x2truey\"]");
  }

  @Test
  void genericTypesAreGivenAsTypeReferences() {
    socket.on("list", new TypeReference<List<Order>>() {}, orders -> got.add(orders.get(0).count()));
    socket.on("map", new TypeReference<String>() {}, new TypeReference<Map<String, Order>>() {},
        (name, orders) -> got.add(orders.get(name)));
    socket.onAck("ask", new TypeReference<List<Integer>>() {}, numbers -> Future.succeededFuture(numbers.size()));
    client.say("2[\"list\",[{\"item\":\"tea\",\"count\":3}]]");
    client.say("2[\"map\",\"a\",{\"a\":{\"item\":\"tea\",\"count\":4}}]");
    client.say("21[\"ask\",[1,2]]");
    assertThat(got).containsExactly(3, new Order("tea", 4));
    assertThat(client.heard()).containsExactly("31[2]");
    assertThat(refused("list", "[{\"item\":\"tea\",\"count\":1},{\"item\":\"tea\",\"count\":\"x\"}]"))
        .isEqualTo(refusal("list", "args[0][1].count", "a whole number of 32 bits"));
  }

  @Test
  void primitiveTypesAreThoseOfJava() {
    socket.on("int", int.class, number -> got.add(number));
    socket.on("long", long.class, double.class, boolean.class, (a, b, c) -> got.add(List.of(a, b, c)));
    socket.on("short", short.class, byte.class, float.class, char.class, (a, b, c, d) -> got.add(List.of(a, b, c, d)));
    client.say("2[\"int\",7]");
    client.say("2[\"long\",7,7,true]");
    client.say("2[\"short\",7,-7,0.5,\"x\"]");
    assertThat(got).containsExactly(7, List.of(7L, 7.0, true), List.of((short) 7, (byte) -7, 0.5f, 'x'));
    assertThat(refused("short", "7,200,1,\"x\"")).isEqualTo(refusal("short", "args[1]", "a whole number of 8 bits"));
    assertThat(io.counters().get(Count.HANDLER_FAILURES)).isZero();
  }

  @Test
  void anArgumentOfAPrimitiveTypeIsRequired() {
    socket.on("int", String.class, int.class, (name, count) -> got.add(count));
    assertThat(refused("int", "\"x\"")).isEqualTo(refusal("int", "args[1]", "a whole number of 32 bits"));
    assertThat(refused("int", "\"x\",null")).isEqualTo(refusal("int", "args[1]", "a whole number of 32 bits"));
    assertThat(got).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      {"count": 5.7}    | count | a whole number of 32 bits
      {"count": ""}     | count | a whole number of 32 bits
      {"count": true}   | count | a whole number of 32 bits
      {"count": null}   | count | a whole number of 32 bits
      {"share": 1}      | count | a whole number of 32 bits
      {"share": ""}     | share | a number
      {"fresh": 1}      | fresh | true or false
      {"fresh": "true"} | fresh | true or false
      {"name": 5}       | name  | a string
      {"name": 0.5}     | name  | a string
      {"name": true}    | name  | a string
      {"size": 0}       | size  | one of SMALL, LARGE
      {"size": ""}      | size  | one of SMALL, LARGE
      """)
  void membersOfARecordAreNotCoerced(String part, String member, String expected) {
    socket.on("part", Part.class, read -> got.add(read));
    assertThat(refused("part", part)).isEqualTo(refusal("part", "args[0]." + member, expected));
    assertThat(got).isEmpty();
  }

  @Test
  void digitsInARecordMayComeAsTheTextThatNumbersAsStringsSends() {
    socket.on("part", Part.class, part -> got.add(part));
    client.say("2[\"part\",{\"count\":\"5\",\"share\":1,\"fresh\":true,\"name\":\"x\",\"size\":\"LARGE\"}]");
    assertThat(got).containsExactly(new Part(5, 1, true, "x", Size.LARGE));
  }

  @Test
  void anotherMissingArgumentIsNull() {
    socket.on("two", String.class, Order.class, (name, order) -> got.add(name + order));
    client.say("2[\"two\",\"x\"]");
    client.say("2[\"two\"]");
    assertThat(got).containsExactly("xnull", "nullnull");
  }

  @Test
  void aMissingArgumentOfAnOptionalTypeIsEmpty() {
    socket.on("two", new TypeReference<String>() {}, new TypeReference<Optional<Order>>() {}, (name, order) -> got.add(order));
    client.say("2[\"two\",\"x\"]");
    client.say("2[\"two\",\"x\",{\"item\":\"tea\",\"count\":1}]");
    assertThat(got).containsExactly(Optional.empty(), Optional.of(new Order("tea", 1)));
  }

  @Test
  void aHandlerOrTypeThatIsNullIsRefusedAtTheRegistration() {
    List<Runnable> registrations = List.of(() -> socket.on("e", (Consumer<JsonArray>) null),
        () -> socket.on("e", (Class<String>) null, (String e) -> {}), () -> socket.on("e", String.class, (Consumer<String>) null),
        () -> socket.onAny(null), () -> socket.onDisconnect(null),
        () -> io.onConnection(null), () -> io.onError(null), () -> io.observe(null), () -> io.onConnectionError(null),
        () -> io.of("/").observeRooms(null));
    for (Runnable registration : registrations) assertThatNullPointerException().isThrownBy(registration::run);
  }

  @Test
  void voidIsRefusedAtTheRegistration() {
    assertThatIllegalArgumentException().isThrownBy(() -> socket.on("void", void.class, nothing -> {}));
  }

  @Test
  void aRefusedPayloadIsAnsweredWithItsPathAndWhatIsExpected() {
    socket.on("text", String.class, text -> got.add(text));
    socket.on("cart", String.class, Cart.class, (name, cart) -> got.add(cart));
    socket.on("kind", Thread.State.class, kind -> got.add(kind));
    assertThat(refused("text", "5")).isEqualTo(refusal("text", "args[0]", "a string"));
    assertThat(refused("cart", "\"x\",\"y\"")).isEqualTo(refusal("cart", "args[1]", "an object"));
    assertThat(refused("cart", "\"x\",{\"orders\":5}")).isEqualTo(refusal("cart", "args[1].orders", "an array"));
    assertThat(refused("cart", "\"x\",{\"orders\":[{\"item\":\"tea\",\"count\":[]}]}"))
        .isEqualTo(refusal("cart", "args[1].orders[0].count", "a whole number of 32 bits"));
    assertThat(refused("cart", "\"x\",{\"orders\":[],\"total\":1}")).isEqualTo(refusal("cart", "args[1].total", "no member of this name"));
    assertThat(refused("kind", "\"DEAD\"").getString("expected")).startsWith("one of NEW, RUNNABLE, ");
    assertThat(got).isEmpty();
    assertThat(io.counters().get(Count.HANDLER_FAILURES)).isZero();
  }

  @Test
  void whatIsExpectedIsNamedForEachKindOfValue() {
    Map<Class<?>, String> expected = Map.of(ByteBuffer.class, "binary", Date.class, "a time as in ISO 8601", ZoneId.class, "a time zone",
        char[].class, "a string", OptionalInt.class, "a whole number of 32 bits", UUID.class, "a UUID");
    expected.forEach((type, shape) -> {
      socket.on(type.getSimpleName(), type, value -> got.add(value));
      assertThat(refused(type.getSimpleName(), "{}")).isEqualTo(refusal(type.getSimpleName(), "args[0]", shape));
    });
    assertThat(got).isEmpty();
  }

  @Test
  void aConstructorThatChecksItsArgumentsSaysWhatIsExpected() {
    socket.on("order", Order.class, order -> got.add(order));
    assertThat(refused("order", "{\"item\":\"tea\",\"count\":-1}")).isEqualTo(refusal("order", "args[0]", "0 or more"));
  }

  @Test
  void noNameOfAClassAndNoLongNameReachesTheClient() {
    socket.on("order", Order.class, order -> got.add(order));
    String name = "x".repeat(5_000);
    JsonObject answer = refused("order", "{\"count\":1,\"" + name + "\":1}");
    assertThat(answer.getString("path")).startsWith("args[0].xxx").hasSizeLessThan(300);
    for (String payload : List.of("[]", "5", "{\"count\":{}}", "{\"item\":{}}", "\"x\""))
      assertThat(refused("order", payload).encode()).doesNotContain("dev.magpie", "java.", "Order", "jackson");
  }

  @Test
  void theValidatorRefusesValuesThatAreOfTheirType() {
    Function<Object, Collection<Violation>> validator = value -> {
      if (!(value instanceof Order order) || order.count() > 0) return List.of();
      return List.of(new Violation("item", "b"), new Violation("count", "at least 1"));
    };
    serve(new IoOptions().setValidator(validator));
    socket.on("order", String.class, Order.class, (name, order) -> got.add(order));
    socket.on("all", new TypeReference<List<Order>>() {}, orders -> got.add(orders));
    assertThat(refused("order", "\"x\",{\"item\":\"tea\",\"count\":0}")).isEqualTo(refusal("order", "args[1].count", "at least 1"));
    assertThat(refused("all", "[null,{\"item\":\"tea\",\"count\":1},{\"item\":\"tea\",\"count\":0}]"))
        .isEqualTo(refusal("all", "args[0][2].count", "at least 1"));
    assertThat(got).isEmpty();
    client.say("2[\"order\",\"x\",{\"item\":\"tea\",\"count\":1}]");
    assertThat(got).containsExactly(new Order("tea", 1));
  }

  @Test
  void aValidatorThatFailsIsAFailureOfTheHandler() {
    serve(new IoOptions().setValidator(value -> { throw new IllegalStateException("secret"); }));
    socket.on("order", Order.class, order -> got.add(order));
    assertThat(refused("order", "{\"item\":\"tea\",\"count\":1}")).isEqualTo(new JsonObject().put("error", "internal error"));
    assertThat(io.counters().get(Count.HANDLER_FAILURES)).isEqualTo(1);
  }

  @Test
  void aTypedHandlerIsRemovedByItsObject() {
    Functions.Consumer3<String, Integer, Ack> handler = (a, b, ack) -> got.add(a);
    socket.on("two", String.class, Integer.class, handler);
    socket.off("two", handler);
    client.say("2[\"two\",\"x\",1]");
    assertThat(got).isEmpty();
  }
}
