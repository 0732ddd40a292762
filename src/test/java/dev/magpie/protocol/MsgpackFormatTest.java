package dev.magpie.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.Rule;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes are those of socket.io-msgpack-parser 3.0.2 with notepack.io 2.2.0, unless a test says whose they are. */
@Rule(63)
class MsgpackFormatTest {
  /** {@code {type: 2, nsp: "/", data: ["e", …]}} up to the argument. */
  private static final String EVENT = "83a47479706502a36e7370a12fa46461746192a165";

  private static final DecoderLimits FEW = new DecoderLimits(2, 3, 4, 5, 1000, 12, 6);

  record Point(int x, LocalDate at, Buffer raw) {}

  private static Buffer bytes(String hex) {
    return Buffer.buffer(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  private static Packet decode(String hex) {
    return MsgpackFormat.V5.newDecoder(DecoderLimits.DEFAULT).binary(bytes(hex)).orElseThrow();
  }

  private static Object argument(String hex) {
    return decode(EVENT + hex).arguments().getList().get(1);
  }

  private static void refuses(String hex, String why) {
    refuses(DecoderLimits.DEFAULT, bytes(hex), why);
  }

  private static void refuses(DecoderLimits limits, Buffer packet, String why) {
    assertThatThrownBy(() -> MsgpackFormat.V5.newDecoder(limits).binary(packet)).isInstanceOf(ProtocolException.class)
        .hasMessageContaining(why);
  }

  private static Buffer encode(Packet packet) {
    return encode(packet, null);
  }

  private static Buffer encode(Packet packet, String offset) {
    EncodedPacket encoded = MsgpackFormat.V5.encode(packet, offset);
    assertThat(encoded.text()).isNull();
    assertThat(encoded.attachments()).hasSize(1);
    return encoded.attachments().get(0);
  }

  private static Packet event(Object... arguments) {
    List<Object> event = new ArrayList<>(List.of("e"));
    event.addAll(Arrays.asList(arguments));
    return Packet.event("/", new JsonArray(event));
  }

  private static String hex(Buffer buffer) {
    return HexFormat.of().formatHex(buffer.getBytes());
  }

  // Packets

  @Test
  void readsAConnectWithoutPayloadWhoseDataIsUndefined() {
    assertThat(decode("83a47479706500a464617461d40000a36e7370a62f61646d696e")).isEqualTo(Packet.connect("/admin", null));
    assertThat(decode("82a47479706500a36e7370a12f")).isEqualTo(Packet.connect("/", null));
  }

  @Test
  void readsAConnectWithAPayload() {
    assertThat(decode("83a47479706500a46461746181a161a162a36e7370a12f")).isEqualTo(Packet.connect("/", new JsonObject().put("a", "b")));
  }

  @Test
  void readsAnEventWithTheOptionsThatTheOfficialClientAdds() {
    assertThat(decode("85a47479706502a46461746193a16501c40161a76f7074696f6e7381a8636f6d7072657373c3a2696407a36e7370a12f"))
        .isEqualTo(Packet.event("/", 7, new JsonArray().add("e").add(1).add(Buffer.buffer("a"))));
  }

  @Test
  void readsDisconnectAcknowledgementAndConnectError() {
    assertThat(decode("82a47479706501a36e7370a22f61")).isEqualTo(Packet.disconnect("/a"));
    assertThat(decode("84a47479706503a2696400a46461746190a36e7370a12f")).isEqualTo(Packet.ack("/", 0, new JsonArray()));
    assertThat(decode("83a47479706504a46461746181a76d657373616765a26e6fa36e7370a12f"))
        .isEqualTo(Packet.connectError("/", new JsonObject().put("message", "no")));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "80|unknown packet type", "81a36e7370a12f|unknown packet type", "82a4747970650ba36e7370a12f|unknown packet type",
    "82a474797065ffa36e7370a12f|unknown packet type", "82a474797065a132a36e7370a12f|unknown packet type",
    "82a474797065cb4000000000000000a36e7370a12f|unknown packet type", "82a474797065cf8000000000000000a36e7370a12f|unknown packet type",
    "83a47479706505a46461746191a165a36e7370a12f|unknown packet type", "83a47479706506a46461746190a36e7370a12f|unknown packet type",
    "81a47479706500|invalid namespace", "82a47479706500a36e737001|invalid namespace", "82a47479706500a36e7370a0|invalid namespace",
    "82a47479706500a36e7370a161|invalid namespace", "82a47479706500a36e7370a42f612c62|invalid namespace",
    "83a47479706500a36e7370a12fa464617461c0|invalid payload", "83a47479706500a36e7370a12fa46461746190|invalid payload",
    "83a47479706501a36e7370a12fa46461746180|DISCONNECT has no payload", "82a47479706504a36e7370a12f|invalid payload",
    "82a47479706502a36e7370a12f|invalid payload", "83a47479706502a36e7370a12fa46461746180|invalid payload",
    "83a47479706502a36e7370a12fa46461746190|an event starts with its name", "83a47479706502a36e7370a12fa46461746191c3|starts with its name",
    "83a47479706502a36e7370a12fa46461746191a7636f6e6e656374|reserved event name",
    "84a47479706502a36e7370a12fa46461746191a165a26964ff|invalid packet id",
    "84a47479706502a36e7370a12fa46461746191a165a26964c0|invalid packet id",
    "84a47479706502a36e7370a12fa46461746191a165a26964a137|invalid packet id",
    "84a47479706502a36e7370a12fa46461746191a165a26964cb3ff0000000000000|invalid packet id",
    "84a47479706502a36e7370a12fa46461746191a165a26964cf8000000000000000|invalid packet id",
    "83a47479706503a36e7370a12fa46461746190|an acknowledgement has an id", "90|a packet is a map", "c0|a packet is a map",
    "07|a packet is a map",
    "83a47479706500a36e7370a12fa47479706500|occurs twice", "83a474797065c0a36e7370a12fa47479706500|occurs twice",
    "82a47479706500a36e7370a12f00|more than one packet", "8201a36e7370|the name of a member is a string",
    "82c40474797065 00a36e7370a12f|the name of a member is a string"
  })
  void refusesAPacketThatIsNone(String packet, String why) {
    refuses(packet, why);
  }

  @Test
  void refusesAnEmptyMessageAndEachThatEndsTooEarly() {
    String whole = "85a47479706502a46461746193a16501c40161a76f7074696f6e7381a8636f6d7072657373c3a2696407a36e7370a12f";
    for (int end = 0; end < whole.length(); end += 2) refuses(whole.substring(0, end), "ends too early");
  }

  @Test
  void refusesAText() {
    assertThatThrownBy(() -> MsgpackFormat.V5.newDecoder(DecoderLimits.DEFAULT).text("2[\"e\"]")).isInstanceOf(ProtocolException.class);
  }

  @Test
  void writesEachPacketAsAMap() {
    assertThat(hex(encode(Packet.connect("/a", new JsonObject().put("sid", "x"))))).isEqualTo(
        "83a47479706500a36e7370a22f61a46461746181a3736964a178");
    assertThat(hex(encode(Packet.connect("/a", null)))).isEqualTo("82a47479706500a36e7370a22f61");
    assertThat(hex(encode(Packet.disconnect("/a", "of no interest")))).isEqualTo("82a47479706501a36e7370a22f61");
    assertThat(hex(encode(Packet.connectError("/", new JsonObject().put("message", "no").putNull("data")))))
        .isEqualTo("83a47479706504a36e7370a12fa46461746181a76d657373616765a26e6f");
    assertThat(hex(encode(Packet.ack("/", 200, new JsonArray())))).isEqualTo("84a47479706503a36e7370a12fa26964ccc8a46461746190");
  }

  @Test
  @Rule(59)
  void writesTheOffsetBehindTheArgumentsOfAnEventWithoutAcknowledgement() {
    assertThat(hex(encode(event(), "o"))).isEqualTo("83a47479706502a36e7370a12fa46461746192a165a16f");
    assertThat(hex(encode(Packet.event("/", 1, new JsonArray().add("e")), "o")))
        .isEqualTo("84a47479706502a36e7370a12fa2696401a46461746191a165");
  }

  // Values in both directions

  static Stream<Arguments> values() {
    return Stream.of(
        Arguments.of(0, "00"), Arguments.of(127, "7f"), Arguments.of(128, "cc80"), Arguments.of(255, "ccff"), Arguments.of(256, "cd0100"),
        Arguments.of(65_535, "cdffff"), Arguments.of(65_536, "ce00010000"), Arguments.of(4_294_967_295L, "ceffffffff"),
        Arguments.of(4_294_967_296L, "cf0000000100000000"), Arguments.of(9_007_199_254_740_991L, "cf001fffffffffffff"),
        Arguments.of(Long.MAX_VALUE, "cf7fffffffffffffff"), Arguments.of(new BigInteger("18446744073709551615"), "cfffffffffffffffff"),
        Arguments.of(-1, "ff"), Arguments.of(-32, "e0"), Arguments.of(-33, "d0df"), Arguments.of(-128, "d080"),
        Arguments.of(-129, "d1ff7f"),
        Arguments.of(-32_768, "d18000"), Arguments.of(-32_769, "d2ffff7fff"), Arguments.of(Integer.MIN_VALUE, "d280000000"),
        Arguments.of(-2_147_483_649L, "d3ffffffff7fffffff"), Arguments.of(Long.MIN_VALUE, "d38000000000000000"),
        Arguments.of(1.5, "cb3ff8000000000000"), Arguments.of(true, "c3"), Arguments.of(false, "c2"), Arguments.of(null, "c0"),
        Arguments.of("", "a0"), Arguments.of("é😀", "a6c3a9f09f9880"), Arguments.of("\uFFFD", "a3efbfbd"),
        Arguments.of(new JsonArray(), "90"),
        Arguments.of(new JsonObject(), "80"), Arguments.of(Buffer.buffer(new byte[] {0, 1, -1}), "c4030001ff"),
        Arguments.of(new JsonObject().put("a", new JsonArray().add(Buffer.buffer("b")).addNull()), "81a16192c40162c0"));
  }

  @ParameterizedTest
  @MethodSource("values")
  @Rule(56)
  void readsAndWritesAValue(Object value, String hex) {
    assertThat(argument(hex)).isEqualTo(value);
    assertThat(hex(encode(event(value)))).isEqualTo(EVENT + hex);
  }

  @ParameterizedTest
  @ValueSource(ints = {31, 32, 255, 256, 65_535, 65_536})
  void readsAndWritesTextsAndBuffersOfEachSize(int length) {
    Packet text = event("x".repeat(length));
    Packet buffer = event(Buffer.buffer(new byte[length]));
    assertThat(decode(hex(encode(text)))).isEqualTo(text);
    assertThat(decode(hex(encode(buffer)))).isEqualTo(buffer);
    String size = length < 256 ? "%02x".formatted(length) : length < 65_536 ? "%04x".formatted(length) : "%08x".formatted(length);
    assertThat(hex(encode(text))).startsWith(EVENT + (length < 32 ? "bf" : (length < 256 ? "d9" : length < 65_536 ? "da" : "db") + size));
    assertThat(hex(encode(buffer))).startsWith(EVENT + (length < 256 ? "c4" : length < 65_536 ? "c5" : "c6") + size);
  }

  @ParameterizedTest
  @ValueSource(ints = {15, 16, 65_535, 65_536})
  void readsAndWritesArraysAndObjectsOfEachSize(int size) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) object.put(Integer.toString(i), 0);
    Packet array = event(new JsonArray(Collections.nCopies(size, 0)));
    Packet map = event(new JsonObject(object));
    assertThat(decode(hex(encode(array)))).isEqualTo(array);
    assertThat(decode(hex(encode(map)))).isEqualTo(map);
    String header = size < 65_536 ? "%04x".formatted(size) : "%08x".formatted(size);
    assertThat(hex(encode(array))).startsWith(EVENT + (size < 16 ? "9f" : (size < 65_536 ? "dc" : "dd") + header));
    assertThat(hex(encode(map))).startsWith(EVENT + (size < 16 ? "8f" : (size < 65_536 ? "de" : "df") + header));
  }

  @Test
  void readsWhatItHasWritten() {
    Random random = new Random(3);
    for (int i = 0; i < 500; i++) {
      Packet packet = Packet.event("/n", random.nextBoolean() ? i : Packet.NO_ID, new JsonArray().add("e").add(any(random, 4)));
      assertThat(decode(hex(encode(packet)))).isEqualTo(packet);
    }
  }

  private static Object any(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 5 : 7)) {
      case 0 -> random.nextInt();
      case 1 -> random.nextDouble();
      case 2 -> random.nextBoolean();
      case 3 -> random.nextInt(0x1_0000, 0x11_0000) + Character.toString(random.nextInt(0x1_0000, 0x11_0000));
      case 4 -> "text".repeat(random.nextInt(20));
      case 5 -> new JsonArray(random.ints(random.nextInt(20)).mapToObj(i -> any(random, depth - 1)).toList());
      default -> new JsonObject().put("a", any(random, depth - 1)).put("b", any(random, depth - 1));
    };
  }

  // Only read

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "d7000000018bcfe5687b, 2023-11-14T22:13:20.123Z", "d700ffffffffffffffff, 1969-12-31T23:59:59.999Z",
    "d6ff00000001, 1970-01-01T00:00:01.000Z",
    "d7ff1dcd650000000001, 1970-01-01T00:00:01.125Z", "c70cff00000001ffffffffffffffff, 1969-12-31T23:59:59.000000001Z"
  })
  void readsADateAsTheTextThatJsonHasForIt(String hex, String date) {
    assertThat(argument(hex)).isEqualTo(date);
  }

  @Test
  void readsUndefinedAsNullInAnArrayAndAsMissingInAnObject() {
    assertThat(argument("81a16192d4000082a162d40000a16301"))
        .isEqualTo(new JsonObject().put("a", new JsonArray().addNull().add(new JsonObject().put("c", 1))));
    assertThat(argument("d40000")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cb7ff8000000000000", "cb7ff0000000000000", "cbfff0000000000000", "ca7fc00000", "ca7f800000"})
  void readsNotANumberAndTheInfinitiesAsNull(String hex) {
    assertThat(argument(hex)).isNull();
  }

  @Test
  void readsTheArrayBufferOfTheOfficialClientAsABuffer() {
    assertThat(argument("c7010007")).isEqualTo(Buffer.buffer(new byte[] {7}));
    assertThat(argument("c8000200 0102")).isEqualTo(Buffer.buffer(new byte[] {1, 2}));
    assertThat(argument("c90000000000")).isEqualTo(Buffer.buffer());
  }

  @Test
  void readsAFloatOf32BitsAndLongerFormsThanNeeded() {
    assertThat(argument("ca3fc00000")).isEqualTo(1.5);
    assertThat(argument("cf0000000000000001")).isEqualTo(1);
    assertThat(argument("d30000000000000001")).isEqualTo(1);
    assertThat(argument("d90161")).isEqualTo("a");
    assertThat(argument("dd0000000101")).isEqualTo(new JsonArray().add(1));
    assertThat(argument("df00000001d9016101")).isEqualTo(new JsonObject().put("a", 1));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "c1|has no meaning", "d40100|extension of type 1", "d5000000|extension of type 0 and 2 bytes",
    "d8ff00000000000000000000000000000000|a timestamp of 16 bytes", "c7010500|extension of type 5", "d7ffffffffff00000000|nanoseconds",
    "c70cff000000007fffffffffffffff|out of range",
    "a1ff|not UTF-8", "a3eda080|not UTF-8", "a2c080|not UTF-8", "81c001|the name of a member", "8101c0|the name of a member",
    "ddffffffff|ends too early", "dfffffffff|ends too early", "dbffffffff|ends too early", "c6ffffffff|ends too early",
    "c9ffffffff00|ends too early"
  })
  void refusesAValueThatIsNone(String value, String why) {
    refuses(EVENT + value, why);
  }

  // Limits

  @Test
  @Rule({54, 63})
  void keepsTheLimitsOfPackets() {
    refuses(FEW, encode(Packet.event("/", new JsonArray().add("event"))), "event name too long");
    refuses(FEW, encode(Packet.event("/space", new JsonArray().add("e"))), "namespace too long");
    refuses(FEW, encode(event(new JsonArray().add(new JsonArray().add(new JsonArray())))), "nested deeper than 3");
    refuses(FEW, encode(event(Collections.nCopies(8, 0))), "more than 12 values");
    refuses(FEW, encode(event(Buffer.buffer(), Buffer.buffer(), Buffer.buffer())), "more than 2 buffers");
    refuses(FEW, encode(event(Buffer.buffer("1234567"))), "more than 6 bytes in buffers");
    Packet within = Packet.event("/name", new JsonArray().add("even").add(new JsonArray().add(new JsonArray()))
        .add(Buffer.buffer("123")).add(Buffer.buffer("456")));
    assertThat(MsgpackFormat.V5.newDecoder(FEW).binary(encode(within))).contains(within);
  }

  // Only written

  @Test
  void writesRecordsWithTheBytesInThem() {
    Packet written = decode(hex(encode(event(new Point(1, LocalDate.of(2026, 11, 27), Buffer.buffer("r"))))));
    assertThat(written.arguments().getValue(1))
        .isEqualTo(new JsonObject().put("x", 1).put("at", "2026-11-27").put("raw", Buffer.buffer("r")));
  }

  @Test
  void writesDecimalsAndNumbersBeyond64BitsAsFractions() {
    assertThat(argument(hex(encode(event(new BigDecimal("1.25")))).substring(EVENT.length()))).isEqualTo(1.25);
    assertThat(argument(hex(encode(event(new BigInteger("100000000000000000000")))).substring(EVENT.length()))).isEqualTo(1e20);
    assertThat(hex(encode(event(new BigDecimal("7"))))).isEqualTo(EVENT + "07");
    assertThat(hex(encode(event(new BigDecimal("1e400"))))).isEqualTo(EVENT + "cb7ff0000000000000");
    assertThat(hex(encode(event((short) 7)))).isEqualTo(EVENT + "07");
  }

  @Test
  void writesNumbersThatABrowserRoundsAsStringsWhereThatIsChosen() {
    Packet packet = event(9_007_199_254_740_993L, 9_007_199_254_740_991L);
    EncodedPacket encoded = MsgpackFormat.V5.numbersAsStrings().encode(packet);
    assertThat(hex(encoded.attachments().get(0))).endsWith("93a165b039303037313939323534373430393933cf001fffffffffffff");
    assertThat(MsgpackFormat.V5.numbersAsStrings().slot()).isLessThan(WireFormat.SLOTS).isNotEqualTo(MsgpackFormat.V5.slot());
  }

  @Test
  void writesAnUnpairedSurrogateAsTheReplacementCharacter() {
    assertThat(hex(encode(event("\ud83dx")))).isEqualTo(EVENT + "a4efbfbd78");
  }

  @Test
  void refusesWhatTheDefaultParserRefusesWithThePath() {
    assertThatThrownBy(() -> encode(event(1, new JsonObject().put("a", new JsonArray().add(Double.NaN)))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("event \"e\": args[1].a[0]: NaN");
    JsonArray cyclic = new JsonArray();
    cyclic.add(cyclic);
    assertThatThrownBy(() -> encode(event(cyclic))).hasMessageContaining("contains itself");
  }
}
