package dev.magpie.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.magpie.testing.Rule;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SocketIoDecoderTest {
  private final PacketDecoder decoder = SocketIoFormat.V5.newDecoder(DecoderLimits.DEFAULT);
  private final PacketDecoder v4 = SocketIoFormat.V4.newDecoder(DecoderLimits.DEFAULT);

  private Packet decode(String text) {
    return decoder.text(text).orElseThrow();
  }

  private Object firstArgument(String text) {
    return decode(text).arguments().getList().get(1);
  }

  private void refuses(String text, String why) {
    assertThatThrownBy(() -> decoder.text(text)).isInstanceOf(ProtocolException.class).hasMessageContaining(why);
  }

  // Packet types

  @Test
  void readsConnect() {
    assertThat(decode("0")).isEqualTo(Packet.connect("/", null));
  }

  @Test
  @Rule({44, 59})
  void readsConnectWithAPayload() {
    assertThat(decode("0/admin,{\"pid\":\"p\",\"offset\":\"o\"}"))
        .isEqualTo(Packet.connect("/admin", new JsonObject().put("pid", "p").put("offset", "o")));
  }

  @Test
  void readsDisconnect() {
    assertThat(decode("1")).isEqualTo(Packet.disconnect("/"));
  }

  @Test
  void readsAnEventFromWhatFollowsTheEngineTypeFour() {
    assertThat(decode("2[\"e\",1,\"a\"]")).isEqualTo(Packet.event("/", new JsonArray().add("e").add(1).add("a")));
  }

  @Test
  void readsAnAcknowledgement() {
    assertThat(decode("3/admin,12[]")).isEqualTo(Packet.ack("/admin", 12, new JsonArray()));
  }

  @Test
  @Rule(41)
  void readsAConnectErrorAsAnObject() {
    assertThat(decode("4/admin,{\"message\":\"no\"}")).isEqualTo(Packet.connectError("/admin", new JsonObject().put("message", "no")));
  }

  @ParameterizedTest
  @Rule(51)
  @ValueSource(strings = {"", "7", "9", "x", "abc", "٣", "-", " 2[\"a\"]", "/", "\0"})
  void refusesAnUnknownPacketType(String text) {
    refuses(text, "unknown packet type");
  }

  @ParameterizedTest
  @Rule(44)
  @ValueSource(strings = {"0[]", "0null", "0\"x\"", "01", "0/a,[]", "0true", "0{", "0{}{}", "0 {}"})
  void refusesAConnectPayloadThatIsNoObject(String text) {
    assertThatThrownBy(() -> decoder.text(text)).isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @Rule(44)
  @ValueSource(strings = {"1{}", "1/admin,{}", "1[]", "1null", "11"})
  void refusesADisconnectWithAPayload(String text) {
    refuses(text, "DISCONNECT has no payload");
  }

  @ParameterizedTest
  @Rule(41)
  @ValueSource(strings = {"4", "4\"no\"", "4[]"})
  void refusesAConnectErrorThatIsNoObject(String text) {
    refuses(text, "CONNECT_ERROR");
  }

  // Namespaces

  @ParameterizedTest
  @Rule({45, 46})
  @CsvSource(delimiter = '|', value = {
    "0/custom|/custom", "0/custom,|/custom", "0/|/", "0/,|/", "0/a?b=1|/a?b=1", "0/../|/../", "0/房间,|/房间", "0/a[\"{ 1|/a[\"{ 1",
        "0/a/b,{}|/a/b"
  })
  void endsTheNamespaceAtTheFirstCommaOrTheEnd(String text, String namespace) {
    assertThat(decode(text).namespace()).isEqualTo(namespace);
  }

  @Test
  @Rule(45)
  void leavesADisconnectWithoutACommaItsNamespace() {
    assertThat(decode("1/custom")).isEqualTo(Packet.disconnect("/custom"));
  }

  @Test
  @Rule(45)
  void readsAnEventsArgumentsBehindTheNamespacesComma() {
    assertThat(decode("2/custom,5[\"a,b\",\"/x,\"]")).isEqualTo(Packet.event("/custom", 5, new JsonArray().add("a,b").add("/x,")));
  }

  @Test
  void acceptsANamespaceOf256Characters() {
    String namespace = "/" + "n".repeat(255);
    assertThat(decode("0" + namespace + ",").namespace()).isEqualTo(namespace);
  }

  @Test
  void refusesALongerNamespace() {
    refuses("0/" + "n".repeat(256), "namespace too long: at most 256");
    refuses("0/" + "n".repeat(1_000_000) + ",", "namespace too long: at most 256");
  }

  // Acknowledgement ids

  @ParameterizedTest
  @Rule(48)
  @CsvSource({"0,0", "1,1", "42,42", "9223372036854775807,9223372036854775807"})
  void readsAnIdAsALong(String digits, long id) {
    assertThat(decode("2" + digits + "[\"e\"]").id()).isEqualTo(id);
  }

  @Test
  @Rule(48)
  void tellsNoIdFromIdZero() {
    assertThat(decode("2[\"e\"]").hasId()).isFalse();
    assertThat(decode("20[\"e\"]").hasId()).isTrue();
  }

  @ParameterizedTest
  @Rule(48)
  @ValueSource(strings = {"2abc[\"e\"]", "21 [\"e\"]", "2-1[\"e\"]", "21.5[\"e\"]", "2٣[\"e\"]", "29223372036854775808[\"e\"]",
      "207[\"e\"]", "21e3[\"e\"]"})
  void refusesAnIdThatIsNoDecimalNumber(String text) {
    assertThatThrownBy(() -> decoder.text(text)).isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @Rule(48)
  @ValueSource(strings = {"3", "31", "31null", "31{}", "31\"x\"", "3[]", "3/a,1"})
  void refusesAnAcknowledgementWithoutIdOrArguments(String text) {
    assertThatThrownBy(() -> decoder.text(text)).isInstanceOf(ProtocolException.class);
  }

  // Event names and arguments

  @Test
  @Rule(50)
  void acceptsANumberAsAnEventsName() {
    assertThat(decode("2[1,2]").arguments()).isEqualTo(new JsonArray().add(1).add(2));
  }

  @ParameterizedTest
  @Rule(50)
  @ValueSource(strings = {"2", "2/a,", "2{}", "2[]", "2[null]", "2[true,1]", "2[{\"toString\":\"foo\"}]", "2[[[\"a\"]]]", "2null",
      "2\"a\""})
  void refusesAnEventWithoutAName(String text) {
    assertThatThrownBy(() -> decoder.text(text)).isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @Rule(50)
  @ValueSource(strings = {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
  void refusesAReservedEventName(String name) {
    refuses("2[\"" + name + "\"]", "reserved event name");
  }

  @Test
  void takesTheNameErrorAsAnyOther() {
    assertThat(decode("2[\"error\",{}]").arguments().getString(0)).isEqualTo("error");
  }

  @Test
  void acceptsAnEventNameOf256Characters() {
    String name = "n".repeat(256);
    assertThat(decode("2[\"" + name + "\"]").arguments().getString(0)).isEqualTo(name);
  }

  @Test
  void refusesALongerEventName() {
    refuses("2[\"" + "n".repeat(257) + "\"]", "event name too long: at most 256");
  }

  // JSON

  @ParameterizedTest
  @ValueSource(strings = {
    "2[\"a\"", "2[\"a\",NaN]", "2[\"a\",Infinity]", "2['a']", "2[\"a\",]", "2[\"a\",,1]", "2[\"a\"][\"b\"]", "2[\"a\"]x", "2[\"a\"]]",
        "2 [\"a\"]", "2\n[\"a\"]",
    "2[\"a\",01]", "2[\"a\",+1]", "2[\"a\",.5]", "2[\"a\",1.]", "2[\"a\",0x1]", "2[\"a\",{b:1}]", "2[\"a\",{\"b\":1,}]", "2[\"a\",//\n1]",
    "2[\"a\",/**/1]",
    "2[\"a\",\"\\x\"]", "2[\"a\",\"\n\"]", "2[\"a\",\"\\u12\"]", "2[\"a\",tru]", "2[\"a\",undefined]", "2[\"a\",{\"b\"}]", "2[\"a\",{1:2}]"
  })
  void refusesWhatIsNotExactlyOneJsonDocument(String text) {
    assertThatThrownBy(() -> decoder.text(text)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void acceptsADepthOf64() {
    decode("2[\"a\"," + "[".repeat(63) + "]".repeat(63) + "]");
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 1_001, 400_000})
  void refusesAGreaterDepth(int depth) {
    assertThatThrownBy(() -> decoder.text("2[\"a\"," + "[".repeat(depth))).isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> decoder.text("2[\"a\"," + "{\"a\":".repeat(depth))).isInstanceOf(ProtocolException.class);
  }

  @Test
  void readsNumbersIntoTheSmallestTypeThatHoldsThem() {
    assertThat(decode("2[\"n\",1,-2147483649,12345678901234567890,0.5,1e3]").arguments().stream().toList())
        .containsExactly("n", 1, -2147483649L, new BigInteger("12345678901234567890"), 0.5, 1000.0);
  }

  @Test
  void refusesANumberOfAHundredThousandDigits() {
    refuses("2[\"n\"," + "1".repeat(100_000) + "]", "1000 characters of a number");
    refuses("2[\"n\",0." + "1".repeat(100_000) + "]", "1000 characters of a number");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e999999999", "-1e999999999", "1e309"})
  void refusesANumberBeyondADoubleWithoutWorkingItOut(String number) {
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> refuses("2[\"n\"," + number + "]", "number out of range"));
  }

  @Test
  void readsATinyNumberAsZero() {
    assertThat(firstArgument("2[\"n\",1e-999999999]")).isEqualTo(0.0);
  }

  @Test
  void takesTheLastOfDuplicateMembers() {
    assertThat(firstArgument("2[\"a\",{\"k\":1,\"k\":2}]")).isEqualTo(new JsonObject().put("k", 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"__proto__", "constructor", "$where", "a.b", "", "toString", "$binary"})
  void takesAnyMemberNameAsData(String name) {
    assertThat(firstArgument("2[\"a\",{\"" + name + "\":{\"x\":1}}]")).isEqualTo(new JsonObject().put(name, new JsonObject().put("x", 1)));
  }

  @Test
  void readsAHundredThousandCollidingNamesInTime() {
    StringBuilder names = new StringBuilder("2[\"a\",{");
    // "Aa" and "BB" have one hash; so have all words of them of one length.
    for (int i = 0; i < 1 << 16; i++) {
      names.append(i == 0 ? "\"" : ",\"");
      for (int bit = 0; bit < 16; bit++) names.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      names.append("\":1");
    }
    String text = names.append("}]").toString();
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertThat((JsonObject) firstArgument(text)).hasSize(1 << 16));
  }

  @Test
  @Rule(56)
  void readsNullForWhatABrowserHadNoValueFor() {
    assertThat(decode("2[\"a\",null]").arguments().stream().toList()).containsExactly("a", null);
  }

  @Test
  @Rule(56)
  void readsAllDigitsOfANumber() {
    assertThat(decode("2[\"a\",9007199254740993,12345678901234567890,12345678901234567.89,0.1,1e300]").arguments().stream().toList())
        .containsExactly("a", 9007199254740993L, new BigInteger("12345678901234567890"), new BigDecimal("12345678901234567.89"), 0.1,
        1e300);
  }

  // Attachments

  @Test
  @Rule(52)
  void completesABinaryEventWithItsLastAttachment() {
    assertThat(decoder.text("52-/admin,7[\"e\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]")).isEmpty();
    assertThat(decoder.awaitingAttachments()).isTrue();
    assertThat(decoder.binary(Buffer.buffer("x"))).isEmpty();
    assertThat(decoder.binary(Buffer.buffer("y")))
        .contains(Packet.event("/admin", 7, new JsonArray().add("e").add(Buffer.buffer("x")).add(Buffer.buffer("y"))));
    assertThat(decoder.awaitingAttachments()).isFalse();
  }

  @Test
  @Rule(52)
  void completesABinaryAcknowledgement() {
    decoder.text("61-7[{\"_placeholder\":true,\"num\":0}]");
    assertThat(decoder.binary(Buffer.buffer("x"))).contains(Packet.ack("/", 7, new JsonArray().add(Buffer.buffer("x"))));
  }

  @Test
  @Rule(54)
  void matchesPlaceholdersByNumberNotByPosition() {
    decoder.text("52-[\"e\",{\"_placeholder\":true,\"num\":1},{\"num\":0,\"_placeholder\":true}]");
    decoder.binary(Buffer.buffer("zero"));
    Packet packet = decoder.binary(Buffer.buffer("one")).orElseThrow();
    assertThat(packet.arguments().getBuffer(1)).isEqualTo(Buffer.buffer("one"));
    assertThat(packet.arguments().getBuffer(2)).isEqualTo(Buffer.buffer("zero"));
  }

  @Test
  @Rule(54)
  void fillsPlaceholdersNestedInArraysAndObjects() {
    decoder.text("51-[\"e\",{\"a\":[1,{\"b\":{\"_placeholder\":true,\"num\":0}}]}]");
    Packet packet = decoder.binary(Buffer.buffer("x")).orElseThrow();
    assertThat(packet.arguments().getJsonObject(1).getJsonArray("a").getJsonObject(1).getBuffer("b")).isEqualTo(Buffer.buffer("x"));
  }

  @Test
  @Rule(54)
  void fillsOneAttachmentIntoEveryPlaceholderOfItsNumber() {
    decoder.text("51-[\"e\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]");
    Packet packet = decoder.binary(Buffer.buffer("x")).orElseThrow();
    assertThat(packet.arguments().getBuffer(1)).isSameAs(packet.arguments().getBuffer(2));
  }

  @Test
  void leavesALaterMemberOfAPlaceholdersNameInItsPlace() {
    decoder.text("51-[\"e\",{\"a\":{\"_placeholder\":true,\"num\":0},\"a\":1}]");
    assertThat(decoder.binary(Buffer.buffer("x")).orElseThrow().arguments().getJsonObject(1)).isEqualTo(new JsonObject().put("a", 1));
  }

  @ParameterizedTest
  @Rule(54)
  @ValueSource(strings = {"5", "1", "-1", "0.5", "0.0", "\"0\"", "\"splice\"", "null", "true", "[]", "4294967296", "1e0"})
  void refusesAPlaceholderOfNoAttachment(String num) {
    refuses("51-[\"e\",{\"_placeholder\":true,\"num\":" + num + "}]", "illegal attachments");
    assertThat(decoder.awaitingAttachments()).isFalse();
  }

  @Test
  @Rule(54)
  void refusesAPlaceholderWithoutANumber() {
    refuses("51-[\"e\",{\"_placeholder\":true}]", "illegal attachments");
  }

  @Test
  void refusesAPlaceholderAsAnEventsName() {
    refuses("51-[{\"_placeholder\":true,\"num\":0}]", "starts with its name");
  }

  @Test
  @Rule(55)
  void leavesWhatLooksLikeAPlaceholderInATextEventUntouched() {
    assertThat(firstArgument("2[\"e\",{\"_placeholder\":true,\"num\":0}]"))
        .isEqualTo(new JsonObject().put("_placeholder", true).put("num", 0));
  }

  @ParameterizedTest
  @Rule(55)
  @ValueSource(strings = {"\"true\"", "1", "false", "null", "{}"})
  void leavesAnObjectThatIsNoPlaceholderInABinaryEventUntouched(String mark) {
    decoder.text("51-[\"e\",{\"_placeholder\":" + mark + ",\"num\":0}]");
    assertThat(decoder.binary(Buffer.buffer("x")).orElseThrow().arguments().getJsonObject(1).getInteger("num")).isZero();
  }

  @Test
  @Rule(54)
  void emitsABinaryEventWithoutAttachmentsAtOnce() {
    assertThat(decoder.text("50-[\"e\",1]")).contains(Packet.event("/", new JsonArray().add("e").add(1)));
    assertThat(decoder.awaitingAttachments()).isFalse();
  }

  @Test
  void waitsForAttachmentsThatNothingRefersTo() {
    assertThat(decoder.text("51-[\"e\"]")).isEmpty();
    assertThat(decoder.binary(Buffer.buffer("x"))).contains(Packet.event("/", new JsonArray().add("e")));
  }

  @ParameterizedTest
  @Rule(52)
  @ValueSource(strings = {"5", "5a-", "5-", "5-[\"e\"]", "51.23-[\"e\"]", "51", "51[\"e\"]", "5 1-[\"e\"]", "501-[\"e\"]", "5٣-[\"e\"]",
      "5+1-[\"e\"]", "61[]"})
  void refusesAMalformedCountOfAttachments(String text) {
    assertThatThrownBy(() -> decoder.text(text)).isInstanceOf(ProtocolException.class);
  }

  @Test
  @Rule(54)
  void acceptsTenAttachments() {
    decoder.text("510-[\"e\"]");
    assertThat(decoder.awaitingAttachments()).isTrue();
  }

  @ParameterizedTest
  @Rule(54)
  @ValueSource(strings = {"511-[\"e\"]", "5100-[\"e\"]", "51832742252-[\"e\"]", "599999999999999999999999-[\"e\"]", "611-1[]"})
  void refusesMoreAttachmentsThanAllowed(String text) {
    refuses(text, "too many attachments: at most 10");
  }

  @Test
  @Rule(54)
  void holdsALimitOfAnySize() {
    for (int limit : new int[] {0, 3, 9, 10, 25}) {
      PacketDecoder limited = SocketIoFormat.V5.newDecoder(new DecoderLimits(limit, 64, 256, 256, 1000, 100_000));
      assertThatThrownBy(() -> limited.text("5" + (limit + 1) + "-[\"e\"]")).hasMessageContaining("too many attachments");
      assertThat(limited.text("5" + limit + "-[\"e\"]").isPresent()).isEqualTo(limit == 0);
    }
  }

  @Test
  void refusesEndlessDigitsWithoutReadingThem() {
    for (String digits : new String[] {"1".repeat(900_000), "0".repeat(900_000)}) {
      assertTimeoutPreemptively(Duration.ofSeconds(20),
          () -> assertThatThrownBy(() -> decoder.text("5" + digits)).isInstanceOf(ProtocolException.class));
    }
  }

  @Test
  @Rule(52)
  void refusesATextWhileAttachmentsAreOutstanding() {
    decoder.text("51-[\"e\",{\"_placeholder\":true,\"num\":0}]");
    refuses("2[\"e\"]", "got plaintext data when reconstructing a packet");
  }

  @Test
  @Rule(52)
  void refusesBinaryDataThatNoPacketAnnounced() {
    assertThatThrownBy(() -> decoder.binary(Buffer.buffer("x"))).isInstanceOf(ProtocolException.class)
        .hasMessageContaining("got binary data");
  }

  @Test
  void refusesAttachmentsLargerThanAPacketMayHold() {
    PacketDecoder limited = SocketIoFormat.V5.newDecoder(new DecoderLimits(10, 64, 256, 256, 1000, 100_000, 5));
    limited.text("52-[\"e\"]");
    limited.binary(Buffer.buffer("123"));
    assertThatThrownBy(() -> limited.binary(Buffer.buffer("456"))).isInstanceOf(ProtocolException.class)
        .hasMessageContaining("at most 5 bytes");
  }

  @Test
  void throwsWithoutWalkingTheStack() {
    assertThatThrownBy(() -> decoder.text("x")).satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }

  // Version 4, for Engine.IO 3 clients

  @Test
  @Rule(45)
  void takesTheQueryOffTheNamespaceOfAnOlderClient() {
    assertThat(v4.text("0/admin?x=1&y=a%20b,")).contains(Packet.connect("/admin", new JsonObject().put("x", "1").put("y", "a b")));
  }

  @Test
  @Rule(45)
  void takesRepeatedParametersAsAnArray() {
    assertThat(v4.text("0/?x=1&x=2&x=3&y"))
        .contains(Packet.connect("/", new JsonObject().put("x", new JsonArray().add("1").add("2").add("3")).put("y", "")));
  }

  @Test
  @Rule(45)
  void refusesAMalformedEscapeInAQuery() {
    assertThatThrownBy(() -> v4.text("0/admin?x=%zz,")).isInstanceOf(ProtocolException.class);
  }

  @Test
  void readsAnOlderClientsConnectWithoutAPayload() {
    assertThat(v4.text("0/admin,")).contains(Packet.connect("/admin", null));
  }

  @Test
  void refusesAPayloadInAnOlderClientsConnect() {
    assertThatThrownBy(() -> v4.text("0/admin,{}")).isInstanceOf(ProtocolException.class).hasMessageContaining("no payload");
  }

  @ParameterizedTest
  @Rule(41)
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"4\"no\"|no", "4/a,\"no\"|no", "4404|404"})
  void readsAnOlderClientsErrorAsAnyJsonValue(String text, String error) {
    assertThat(v4.text(text).map(Packet::data).map(String::valueOf)).isEqualTo(Optional.of(error));
  }
}
