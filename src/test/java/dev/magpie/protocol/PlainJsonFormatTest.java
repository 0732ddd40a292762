package dev.magpie.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainJsonFormatTest {
  private final PacketDecoder plain = PlainJsonFormat.ARRAYS.newDecoder(DecoderLimits.DEFAULT);
  private final PacketDecoder v1 = PlainJsonFormat.MAGPIE_V1.newDecoder(DecoderLimits.DEFAULT, "/chat");

  private static Packet event(Object... arguments) {
    return Packet.event("/", array(arguments));
  }

  private static JsonArray array(Object... values) {
    JsonArray array = new JsonArray();
    for (Object value : values) array.add(value);
    return array;
  }

  private static String arrays(Packet packet) {
    return PlainJsonFormat.ARRAYS.encode(packet).text();
  }

  private static String objects(Packet packet) {
    return PlainJsonFormat.MAGPIE_V1.encode(packet).text();
  }

  // From the client

  @Test
  void readsAnArrayAsThatEvent() {
    assertThat(plain.text("[\"e\",1,{\"a\":[]}]")).contains(event("e", 1, new JsonObject().put("a", new JsonArray())));
  }

  @Test
  void readsAnObjectWithAnEventAsThatEvent() {
    assertThat(plain.text("{\"event\":\"e\",\"args\":[1,2]}")).contains(event("e", 1, 2));
    assertThat(plain.text(" {\"event\":\"e\"}\n")).contains(event("e"));
  }

  @Test
  void readsAnEventThatAsksForAnAcknowledgement() {
    assertThat(plain.text("{\"event\":\"e\",\"args\":[1],\"ack\":7}")).contains(Packet.event("/", 7, array("e", 1)));
    assertThat(plain.text("{\"event\":\"e\",\"ack\":0}")).contains(Packet.event("/", 0, array("e")));
  }

  @Test
  void readsAnAcknowledgement() {
    assertThat(plain.text("{\"ack\":7,\"args\":[\"x\"]}")).contains(Packet.ack("/", 7, array("x")));
    assertThat(plain.text("{\"ack\":7}")).contains(Packet.ack("/", 7, new JsonArray()));
  }

  @Test
  void readsBase64ObjectsAsBuffersAtAnyDepth() {
    assertThat(plain.text("[\"e\",{\"$binary\":\"aGk=\"},{\"a\":[{\"$binary\":\"\"}]}]"))
        .contains(event("e", Buffer.buffer("hi"), new JsonObject().put("a", array(Buffer.buffer()))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"$binary\":\"%\"}", "{\"$binary\":1}", "{\"$binary\":\"aGk=\",\"x\":1}"})
  void leavesObjectsThatOnlyLookLikeBinaryUntouched(String object) {
    assertThat(plain.text("[\"e\"," + object + "]").orElseThrow().arguments().getJsonObject(1)).isEqualTo(new JsonObject(object));
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", "hello", "ping", "套餐", " ", "[", "{", "[1,2]", "[]", "[null]", "{}", "[\"e\"", "[\"e\"] x", "[\"e\",]", "{\"a\":1}",
        "{\"event\":1}", "{\"event\":\"e\",\"args\":{}}",
    "{\"event\":\"e\",\"ack\":-1}", "{\"event\":\"e\",\"ack\":\"7\"}", "{\"event\":\"e\",\"ack\":null}", "{\"ack\":1.5,\"args\":[]}",
    "{\"ack\":1,\"args\":1}", "[\"connect\"]",
    "{\"event\":\"disconnect\"}", "\"text\"", "1", "null", "[\"e\",1e999999999]", "{\"auth\":{}}", "{\"resume\":{}}", "{\"open\":{}}",
    "{\"$binary\":\"aGk=\"}", "2[\"e\"]"
  })
  void readsAnyOtherTextAsAMessage(String text) {
    assertThat(plain.text(text)).contains(event("message", text));
  }

  @Test
  void readsTextBeyondTheLimitsAsAMessageToo() {
    for (String text : new String[] {"[".repeat(100_000), "[\"" + "n".repeat(257) + "\"]", "[\"e\"," + "1".repeat(1001) + "]"}) {
      assertThat(plain.text(text)).contains(event("message", text));
    }
  }

  @Test
  void readsABinaryFrameAsAMessage() {
    assertThat(plain.binary(Buffer.buffer("b"))).contains(event("message", Buffer.buffer("b")));
    assertThat(plain.awaitingAttachments()).isFalse();
  }

  @Test
  void saysTheConnectionsNamespaceInEveryPacket() {
    assertThat(v1.text("[\"e\"]")).contains(Packet.event("/chat", array("e")));
    assertThat(v1.text("{\"ack\":1}")).contains(Packet.ack("/chat", 1, new JsonArray()));
    assertThat(v1.text("hello")).contains(Packet.event("/chat", array("message", "hello")));
  }

  @Test
  void readsAuthAndResumeAsConnect() {
    JsonObject auth = new JsonObject().put("token", "x");
    JsonObject resume = new JsonObject().put("pid", "p").put("offset", "o");
    assertThat(v1.text("{\"auth\":{\"token\":\"x\"}}")).contains(Packet.connect("/chat", new JsonObject().put("auth", auth)));
    assertThat(v1.text("{\"resume\":{\"pid\":\"p\",\"offset\":\"o\"}}"))
        .contains(Packet.connect("/chat", new JsonObject().put("resume", resume)));
    assertThat(v1.text("{\"resume\":{\"pid\":\"p\",\"offset\":\"o\"},\"auth\":{\"token\":\"x\"}}"))
        .contains(Packet.connect("/chat", new JsonObject().put("auth", auth).put("resume", resume)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"auth\":1}", "{\"resume\":\"x\"}", "{\"resume\":{},\"auth\":null}", "{\"open\":{}}", "{\"close\":{}}"})
  void readsAMalformedLifeCycleFrameAsAMessage(String text) {
    assertThat(v1.text(text)).contains(Packet.event("/chat", array("message", text)));
  }

  // To the client

  @Test
  void writesAnEventAsAnArray() {
    assertThat(arrays(event("e", 1, "套餐"))).isEqualTo("[\"e\",1,\"套餐\"]");
  }

  @Test
  void writesAnEventThatAsksForAnAcknowledgementAsAnObject() {
    assertThat(arrays(Packet.event("/", 7, array("e", 1)))).isEqualTo("{\"event\":\"e\",\"args\":[1],\"ack\":7}");
  }

  @Test
  void writesAnAcknowledgementAsAnObject() {
    assertThat(arrays(Packet.ack("/", 0, array("x")))).isEqualTo("{\"ack\":0,\"args\":[\"x\"]}");
  }

  @Test
  void writesBinaryArgumentsAsBase64() {
    assertThat(arrays(event("e", Buffer.buffer("hi"), Map.of("b", new byte[] {1}))))
        .isEqualTo("[\"e\",{\"$binary\":\"aGk=\"},{\"b\":{\"$binary\":\"AQ==\"}}]");
  }

  @Test
  void writesAnEventOfOneBufferAsABinaryFrame() {
    EncodedPacket encoded = PlainJsonFormat.ARRAYS.encode(event("e", Buffer.buffer("hi")));
    assertThat(encoded.text()).isNull();
    assertThat(encoded.attachments()).containsExactly(Buffer.buffer("hi"));
    assertThat(PlainJsonFormat.ARRAYS.encode(event("e", new byte[] {1})).attachments()).containsExactly(Buffer.buffer(new byte[] {1}));
  }

  @Test
  void leavesTheOffsetOutOfAnArray() {
    assertThat(PlainJsonFormat.ARRAYS.encode(event("e"), "o").text()).isEqualTo("[\"e\"]");
  }

  @Test
  void writesNothingForTheLifeCycle() {
    assertThat(PlainJsonFormat.ARRAYS.encode(Packet.connect("/", new JsonObject())).isEmpty()).isTrue();
    assertThat(PlainJsonFormat.ARRAYS.encode(Packet.connectError("/", "no")).isEmpty()).isTrue();
    assertThat(PlainJsonFormat.ARRAYS.encode(Packet.disconnect("/")).isEmpty()).isTrue();
  }

  @Test
  void writesObjectsAlwaysInMagpieV1() {
    assertThat(objects(event("e", 1))).isEqualTo("{\"event\":\"e\",\"args\":[1]}");
    assertThat(objects(Packet.event("/", 7, array("e")))).isEqualTo("{\"event\":\"e\",\"args\":[],\"ack\":7}");
    assertThat(objects(event("e", Buffer.buffer("hi")))).isEqualTo("{\"event\":\"e\",\"args\":[{\"$binary\":\"aGk=\"}]}");
    assertThat(objects(Packet.ack("/", 7, array(1)))).isEqualTo("{\"ack\":7,\"args\":[1]}");
  }

  @Test
  void writesTheOffsetAsTheEventsId() {
    assertThat(PlainJsonFormat.MAGPIE_V1.encode(event("e", 1), "12").text()).isEqualTo("{\"event\":\"e\",\"args\":[1],\"id\":\"12\"}");
  }

  @Test
  void writesConnectAsOpen() {
    assertThat(objects(Packet.connect("/", new JsonObject().put("id", "a").put("interval", 25000))))
        .isEqualTo("{\"open\":{\"id\":\"a\",\"interval\":25000}}");
  }

  @Test
  void writesARefusalAndADisconnectAsClose() {
    assertThat(objects(Packet.connectError("/", new JsonObject().put("message", "Invalid namespace"))))
        .isEqualTo("{\"close\":{\"reason\":\"Invalid namespace\"}}");
    assertThat(objects(Packet.connectError("/", new JsonObject().put("message", "no").put("data", 1))))
        .isEqualTo("{\"close\":{\"reason\":\"no\",\"data\":1}}");
    assertThat(objects(Packet.disconnect("/", "server shutting down"))).isEqualTo("{\"close\":{\"reason\":\"server shutting down\"}}");
    assertThat(objects(Packet.disconnect("/"))).isEqualTo("{\"close\":{\"reason\":\"io server disconnect\"}}");
  }

  @Test
  void readsBackWhatItWrote() {
    Packet packet = Packet.event("/chat", 3, array("e", Buffer.buffer("x"), new JsonObject().put("k", array(1, "二"))));
    assertThat(v1.text(objects(packet))).contains(packet);
    assertThat(PlainJsonFormat.ARRAYS.newDecoder(DecoderLimits.DEFAULT, "/chat").text(arrays(packet))).contains(packet);
  }

  @Test
  void haveASlotEach() {
    assertThat(PlainJsonFormat.ARRAYS.slot()).isNotEqualTo(PlainJsonFormat.MAGPIE_V1.slot()).isNotEqualTo(SocketIoFormat.V5.slot());
  }
}
