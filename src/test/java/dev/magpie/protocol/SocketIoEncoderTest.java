package dev.magpie.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.Rule;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SocketIoEncoderTest {
  record Point(int x, Instant at, Buffer raw) {}

  enum Colour { RED }

  private static String v5(Packet packet) {
    return SocketIoFormat.V5.encode(packet).text();
  }

  private static String v4(Packet packet) {
    return SocketIoFormat.V4.encode(packet).text();
  }

  private static Packet event(Object... arguments) {
    return Packet.event("/", new JsonArray(new ArrayList<>(Arrays.asList(arguments))));
  }

  @Test
  @Rule(46)
  void omitsTheMainNamespace() {
    assertThat(v5(event("e"))).isEqualTo("2[\"e\"]");
  }

  @Test
  @Rule(45)
  void writesANamespaceWithItsComma() {
    assertThat(v5(Packet.event("/custom", new JsonArray().add("e")))).isEqualTo("2/custom,[\"e\"]");
    assertThat(v5(Packet.connect("/custom", null))).isEqualTo("0/custom,");
    assertThat(v5(Packet.disconnect("/custom"))).isEqualTo("1/custom,");
  }

  @Test
  @Rule(48)
  void writesTheIdDirectlyBeforeTheArguments() {
    assertThat(v5(Packet.event("/", 0, new JsonArray().add("e")))).isEqualTo("20[\"e\"]");
    assertThat(v5(Packet.event("/custom", 12, new JsonArray().add("e")))).isEqualTo("2/custom,12[\"e\"]");
  }

  @Test
  @Rule(48)
  void writesAnEmptyAcknowledgementAsAnEmptyArray() {
    assertThat(v5(Packet.ack("/", 0, new JsonArray()))).isEqualTo("30[]");
  }

  @Test
  void writesConnectWithItsPayload() {
    assertThat(v5(Packet.connect("/", new JsonObject().put("sid", "abc")))).isEqualTo("0{\"sid\":\"abc\"}");
  }

  @Test
  void writesConnectForAnOlderClientWithoutAPayload() {
    assertThat(v4(Packet.connect("/", new JsonObject().put("sid", "abc")))).isEqualTo("0");
  }

  @Test
  @Rule(41)
  void writesAnErrorAsAnObject() {
    assertThat(v5(Packet.connectError("/random", new JsonObject().put("message", "Invalid namespace"))))
        .isEqualTo("4/random,{\"message\":\"Invalid namespace\"}");
  }

  @Test
  @Rule(41)
  void writesAnErrorsDataOnlyWhenThereIsAny() {
    assertThat(v5(Packet.connectError("/", new JsonObject().put("message", "no").put("data", new JsonObject().put("code", 1)))))
        .isEqualTo("4{\"message\":\"no\",\"data\":{\"code\":1}}");
    assertThat(v5(Packet.connectError("/", new JsonObject().put("message", "no").putNull("data")))).isEqualTo("4{\"message\":\"no\"}");
  }

  @Test
  @Rule(41)
  void wrapsAnErrorThatIsAString() {
    assertThat(v5(Packet.connectError("/", "no"))).isEqualTo("4{\"message\":\"no\"}");
  }

  @Test
  @Rule(41)
  void writesAnErrorForAnOlderClientAsABareValue() {
    assertThat(v4(Packet.connectError("/", new JsonObject().put("message", "Invalid namespace")))).isEqualTo("4\"Invalid namespace\"");
    assertThat(v4(Packet.connectError("/a", new JsonObject().put("message", "no").put("data", 401)))).isEqualTo("4/a,401");
    assertThat(v4(Packet.connectError("/", "no"))).isEqualTo("4\"no\"");
  }

  @Test
  @Rule(44)
  void writesNoReasonWithADisconnect() {
    assertThat(v5(Packet.disconnect("/", "bye"))).isEqualTo("1");
  }

  @Test
  @Rule({52, 53})
  void setsBinaryDataAsideAtAnyDepthWithoutAMarkBeforeIt() {
    EncodedPacket encoded = SocketIoFormat.V5.encode(
        Packet.event("/custom", 3, new JsonArray().add("e").add(Buffer.buffer("a")).add(Map.of("deep", List.of(1, "b".getBytes())))));
    assertThat(encoded.text())
        .isEqualTo("52-/custom,3[\"e\",{\"_placeholder\":true,\"num\":0},{\"deep\":[1,{\"_placeholder\":true,\"num\":1}]}]");
    assertThat(encoded.attachments()).containsExactly(Buffer.buffer("a"), Buffer.buffer("b"));
  }

  @Test
  @Rule(52)
  void writesABinaryAcknowledgement() {
    EncodedPacket encoded = SocketIoFormat.V5.encode(Packet.ack("/", 4, new JsonArray().add(Buffer.buffer("a"))));
    assertThat(encoded.text()).isEqualTo("61-4[{\"_placeholder\":true,\"num\":0}]");
  }

  @Test
  void readsTheSameBytesForAnEventInBothVersions() {
    assertThat(SocketIoFormat.V4.slot()).isEqualTo(SocketIoFormat.V5.slot()).isLessThan(WireFormat.SLOTS);
    assertThat(v4(event("e", 1))).isEqualTo(v5(event("e", 1)));
  }

  @Test
  @Rule(59)
  void appendsTheOffsetAsTheLastArgument() {
    assertThat(SocketIoFormat.V5.encode(event("e", 1), "o7").text()).isEqualTo("2[\"e\",1,\"o7\"]");
  }

  @Test
  @Rule(59)
  void appendsNoOffsetToAnEventThatAsksForAnAcknowledgement() {
    assertThat(SocketIoFormat.V5.encode(Packet.event("/", 1, new JsonArray().add("e")), "o7").text()).isEqualTo("21[\"e\"]");
  }

  @Test
  @Rule(16)
  void escapesTheSeparatorOfPollingPayloads() {
    assertThat(v5(event("a\u001eb"))).isEqualTo("2[\"a\\u001eb\"]");
  }

  @Test
  void escapesOnlyWhatMustBe() {
    assertThat(v5(event("\"\\/\b\f\n\r\t\u007fé套餐😀\u2028"))).isEqualTo("2[\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\u007fé套餐😀\u2028\"]");
  }

  @Test
  void escapesUnpairedSurrogates() {
    assertThat(v5(event("a\ud83d", "\ude00\ud83db"))).isEqualTo("2[\"a\\ud83d\",\"\\ude00\\ud83db\"]");
  }

  static Stream<Arguments> values() {
    return Stream.of(
        Arguments.of(null, "null"), Arguments.of(true, "true"), Arguments.of(1, "1"), Arguments.of((short) 2, "2"),
        Arguments.of((byte) 3, "3"),
        Arguments.of(4L, "4"), Arguments.of(0.5, "0.5"), Arguments.of(0.5f, "0.5"), Arguments.of(1e300, "1.0E300"),
        Arguments.of(new BigDecimal("12.340"), "12.340"), Arguments.of(new BigInteger("12"), "12"), Arguments.of('c', "\"c\""),
        Arguments.of(new StringBuilder("sb"), "\"sb\""), Arguments.of(Colour.RED, "\"RED\""),
        Arguments.of(Instant.EPOCH, "\"1970-01-01T00:00:00Z\""),
        Arguments.of(LocalDate.of(2026, 1, 2), "\"2026-01-02\""),
        Arguments.of(new JsonObject().put("a", new JsonArray().add(1)), "{\"a\":[1]}"),
        Arguments.of(Map.of("a", List.of(1)), "{\"a\":[1]}"), Arguments.of(Map.of(1, 2), "{\"1\":2}"),
        Arguments.of(new int[] {1, 2}, "[1,2]"),
        Arguments.of(new Object[] {1, "a"}, "[1,\"a\"]"), Arguments.of(java.util.Set.of(1), "[1]"),
        Arguments.of(new java.util.concurrent.atomic.AtomicInteger(7), "7"),
        Arguments.of(java.util.UUID.fromString("00000000-0000-0001-0000-000000000002"), "\"00000000-0000-0001-0000-000000000002\""));
  }

  @ParameterizedTest
  @MethodSource("values")
  void writesEveryKindOfValue(Object value, String json) {
    assertThat(v5(event("e", value))).isEqualTo("2[\"e\"," + json + "]");
  }

  @Test
  @Rule(52)
  void keepsTheBinaryMembersOfARecord() {
    EncodedPacket encoded = SocketIoFormat.V5.encode(event("e", new Point(1, Instant.EPOCH, Buffer.buffer("r"))));
    assertThat(encoded.text()).isEqualTo("51-[\"e\",{\"x\":1,\"at\":\"1970-01-01T00:00:00Z\",\"raw\":{\"_placeholder\":true,\"num\":0}}]");
    assertThat(encoded.attachments()).containsExactly(Buffer.buffer("r"));
  }

  @Test
  @Rule(56)
  void writesNumbersWithAllTheirDigits() {
    assertThat(v5(event("e", 9007199254740992L, 9007199254740993L, -9007199254740993L, new BigInteger("12345678901234567890"))))
        .isEqualTo("2[\"e\",9007199254740992,9007199254740993,-9007199254740993,12345678901234567890]");
  }

  @Test
  void namesThePathOfWhatCannotBeWritten() {
    assertThatThrownBy(() -> v5(event("order", 1, Map.of("items", List.of(0, Map.of("price", Double.NaN))))))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("event \"order\": args[1].items[1].price: NaN is not a JSON number");
    assertThatThrownBy(() -> v5(Packet.ack("/", 1, new JsonArray(Arrays.asList(1, new Object())))))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("[1]: java.lang.Object cannot be written as JSON");
  }

  @Test
  void refusesDataThatContainsItself() {
    List<Object> list = new ArrayList<>();
    list.add(list);
    assertThatThrownBy(() -> v5(event("e", list))).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("contains itself");
  }

  @Test
  void refusesAMemberWithoutAName() {
    assertThatThrownBy(() -> v5(event("e", Collections.singletonMap(null, 1)))).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("args[0]");
  }

  @Test
  void refusesBinaryDataWhereThePacketHasNoPlaceForIt() {
    assertThatThrownBy(() -> v5(Packet.connect("/", new JsonObject().put("b", Buffer.buffer("x")))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("data.b: only events");
  }

  @ParameterizedTest
  @Rule(50)
  @ValueSource(strings = {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
  void letsNoApplicationEmitAReservedName(String name) {
    assertThatThrownBy(() -> EventNames.requireEmittable(name)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(name);
  }

  @Test
  @Rule({52, 54})
  void readsBackWhatItWrote() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    PacketDecoder decoder = SocketIoFormat.V5.newDecoder(new DecoderLimits(1000, 64, 256, 256, 1000, 100_000));
    for (int i = 0; i < 2_000; i++) {
      JsonArray arguments = new JsonArray().add("event" + i);
      for (int n = random.nextInt(4); n > 0; n--) arguments.add(randomValue(random, 0));
      Packet packet = Packet.event(random.nextBoolean() ? "/" : "/n" + i, random.nextInt(3) - 1, arguments);
      EncodedPacket encoded = SocketIoFormat.V5.encode(packet);
      var decoded = decoder.text(encoded.text());
      for (Buffer attachment : encoded.attachments()) decoded = decoder.binary(attachment);
      assertThat(decoded).as("seed %d, packet %d: %s", seed, i, encoded.text()).contains(packet);
    }
  }

  private static Object randomValue(Random random, int depth) {
    return switch (random.nextInt(depth > 4 ? 7 : 9)) {
      case 0 -> null;
      case 1 -> random.nextInt();
      case 2 -> random.nextBoolean();
      case 3 -> (long) Integer.MAX_VALUE + 1 + random.nextInt(1000);
      case 4 -> random.nextGaussian();
      case 5 -> Buffer.buffer("buffer" + random.nextInt());
      case 6 -> random.ints(random.nextInt(12), 0, 0x11000)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
      case 7 -> {
        JsonArray array = new JsonArray();
        for (int n = random.nextInt(4); n > 0; n--) array.add(randomValue(random, depth + 1));
        yield array;
      }
      default -> {
        Map<String, Object> object = new HashMap<>();
        for (int n = random.nextInt(4); n > 0; n--) object.put("k" + random.nextInt(9), randomValue(random, depth + 1));
        yield new JsonObject(object);
      }
    };
  }
}
