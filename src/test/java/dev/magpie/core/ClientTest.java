package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Counters.Count;
import dev.magpie.testing.Rule;
import dev.magpie.transport.CloseReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnLoop.class)
class ClientTest {
  private final Clock clock = new Clock();
  private final List<Socket> sockets = new ArrayList<>();
  private Io io;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions(), clock.timers);
    io.onConnection(sockets::add);
    io.of("/custom").onConnection(sockets::add);
  }

  @Test
  @Rule(38)
  void joinsNothingUntilTheClientAsks() {
    FakeLink client = FakeLink.socketIo(io);
    assertThat(client.heard()).isEmpty();
    assertThat(sockets).isEmpty();
  }

  @Test
  @Rule({38, 61})
  void joinsVersion3ToTheMainNamespaceWithTheEnginesIdAndNoPayload() {
    FakeLink client = FakeLink.version3(io);
    assertThat(client.heard()).containsExactly("0");
    assertThat(sockets).extracting(Socket::id).containsExactly(client.id);
    client.say("0/custom");
    assertThat(client.heard()).containsExactly("0/custom,");
    assertThat(sockets.get(1).id()).isEqualTo("/custom#" + client.id);
  }

  @Test
  @Rule(45)
  void findsAVersion3NamespacesQueryInAuth() {
    FakeLink client = FakeLink.version3(io);
    client.say("0/custom?token=x,");
    assertThat(sockets.get(1).auth()).isEqualTo(new JsonObject().put("token", "x"));
  }

  @Test
  @Rule(39)
  void closesWhenNoNamespaceIsJoinedInTime() {
    FakeLink client = FakeLink.socketIo(io);
    clock.pass(9_900);
    assertThat(client.isOpen()).isTrue();
    clock.pass(200);
    assertThat(client.closed).isEqualTo(CloseReason.CONNECT_TIMEOUT);
    assertThat(clock.timers.size()).isZero();
  }

  @Test
  @Rule(39)
  void tellsAClientWithTheMessagePackParserThatItIsNotOffered() {
    FakeLink client = FakeLink.socketIo(io);
    // {type: 0, data: undefined, nsp: "/custom"}, as the official parser writes it.
    client.say(Buffer.buffer(HexFormat.of().parseHex("83a47479706500a464617461d40000a36e7370a72f637573746f6d")));
    Buffer answer = client.messages.get(0).attachments().get(0);
    assertThat(answer.toString("ISO-8859-1"))
        .startsWith("\u0083\u00a4type\u0004\u00a3nsp\u00a7/custom\u00a4data\u0081\u00a7message\u00d9")
        .endsWith("parser not offered: this server speaks socket.io-parser only");
    assertThat(client.isOpen()).isTrue();
    assertThat(sockets).isEmpty();
  }

  @Test
  void tellsAClientOfSocketIo2WithTheMessagePackParserThatItIsNotOffered() {
    FakeLink client = FakeLink.version3(io);
    client.messages.clear();
    client.say("{\"type\":0,\"query\":\"a=b\",\"nsp\":\"/custom\"}");
    assertThat(client.heard())
        .containsExactly("{\"type\":4,\"nsp\":\"/custom\",\"data\":\"parser not offered: this server speaks socket.io-parser only\"}");
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void closesOnAnyOtherTextThatIsNoPacket() {
    for (String text : List.of("{\"type\":0,\"nsp\":7}", "{\"type\":0,\"nsp\"", "{\"type\":2,\"nsp\":\"/\"}",
        "{\"type\":0,\"nsp\":\"/" + "x".repeat(5_000) + "\"}")) {
      FakeLink client = FakeLink.version3(io);
      client.say(text);
      assertThat(client.closed).as(text).isEqualTo(CloseReason.PARSE_ERROR);
    }
  }

  @Test
  @Rule(52)
  void closesOnAnyOtherBinaryMessageThatComesFirst() {
    for (String hex : List.of("00", "83", "83a47479706500", "83a47479706500a36e7370a9", "83a47479706500a36e7370d9",
        "a47479706500a36e7370a12f")) {
      FakeLink client = FakeLink.socketIo(io);
      client.say(Buffer.buffer(HexFormat.of().parseHex(hex)));
      assertThat(client.closed).as(hex).isEqualTo(CloseReason.PARSE_ERROR);
    }
  }

  @Test
  @Rule(39)
  void keepsAClientThatJoinedInTime() {
    FakeLink client = FakeLink.joined(io);
    clock.pass(20_000);
    assertThat(client.isOpen()).isTrue();
    assertThat(clock.timers.size()).isZero();
  }

  @Test
  @Rule(39)
  void closesWhenTheFirstPacketIsNotConnect() {
    FakeLink client = FakeLink.socketIo(io);
    client.say("2[\"message\"]");
    assertThat(client.closed).isEqualTo(CloseReason.PARSE_ERROR);
    assertThat(client.closeDetail).contains("CONNECT");
  }

  @Test
  @Rule({12, 40})
  void tellsTheSocketsIdWhichIsNotTheConnections() {
    FakeLink client = FakeLink.socketIo(io);
    client.say("0");
    String id = sockets.get(0).id();
    assertThat(client.heard()).containsExactly("0{\"sid\":\"" + id + "\"}");
    assertThat(id).isNotEqualTo(client.id).matches("~[A-Za-z0-9_-]{20}");
  }

  @Test
  @Rule(45)
  void joinsANamespaceWithAndWithoutAComma() {
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/custom");
    assertThat(client.heard()).containsExactly("0/custom,{\"sid\":\"" + sockets.get(0).id() + "\"}");
    client.say("1/custom");
    client.say("0/custom,");
    assertThat(client.heard()).containsExactly("0/custom,{\"sid\":\"" + sockets.get(1).id() + "\"}");
  }

  @Test
  @Rule(41)
  void refusesAnUnknownNamespace() {
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/random,");
    assertThat(client.heard()).containsExactly("4/random,{\"message\":\"Invalid namespace\"}");
    client.say("0/a?b=1,");
    assertThat(client.heard()).containsExactly("4/a?b=1,{\"message\":\"Invalid namespace\"}");
    assertThat(client.isOpen()).isTrue();
    assertThat(sockets).isEmpty();
  }

  @Test
  @Rule(41)
  void refusesVersion3WithABareText() {
    io.use(wish -> ClientError.future("not today"));
    FakeLink client = FakeLink.version3(io);
    assertThat(client.heard()).containsExactly("4\"not today\"");
  }

  @Test
  @Rule(41)
  void tellsARefusalsDataWhereItHasAny() {
    io.of("/a").use(wish -> ClientError.future("no", new JsonObject().put("retry", 5)));
    io.of("/b").use(wish -> Future.failedFuture("nor this"));
    io.of("/c").use(wish -> Future.failedFuture(new IllegalStateException("the database's password is 123")));
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/a,");
    client.say("0/b,");
    client.say("0/c,");
    assertThat(client.heard())
        .containsExactly(
            "4/a,{\"message\":\"no\",\"data\":{\"retry\":5}}", "4/b,{\"message\":\"nor this\"}",
            "4/c,{\"message\":\"Connection refused\"}");
  }

  @Test
  void theReasonThatAMiddlewareThrowsIsTold() {
    io.of("/a").use(wish -> { throw new IllegalArgumentException("the ticket has expired"); });
    io.of("/b").use(wish -> { throw new ClientError("no", new JsonObject().put("retry", 5)); });
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/a,");
    client.say("0/b,");
    assertThat(client.heard()).containsExactly(
        "4/a,{\"message\":\"the ticket has expired\"}", "4/b,{\"message\":\"no\",\"data\":{\"retry\":5}}");
  }

  @Test
  void aFaultOfAMiddlewareIsNotTold() {
    List<RuntimeException> faults = List.of(new NullPointerException("Cannot invoke length()"), new ClassCastException("not a text"),
        new IllegalStateException("Illegal type in Json: class java.lang.Object"), new IllegalStateException(), new RetryLater("away"));
    for (int i = 0; i < faults.size(); i++) {
      RuntimeException fault = faults.get(i);
      io.of("/" + i).use(wish -> { throw fault; });
    }
    io.of("/5").use(wish -> null);
    FakeLink client = FakeLink.socketIo(io);
    for (int i = 0; i < 6; i++) {
      client.say("0/" + i + ",");
      assertThat(client.heard()).containsExactly("4/" + i + ",{\"message\":\"Connection refused\"}");
    }
  }

  @Test
  void runsMiddlewareInTurnAndHandsItsNotesToTheSocket() {
    Promise<Void> first = Promise.promise();
    io.use(wish -> first.future().onSuccess(passed -> wish.data().put("user", wish.auth().getString("token"))));
    io.use(wish -> Future.succeededFuture(wish.data().put("seen", wish.data().containsKey("user"))));
    FakeLink client = FakeLink.socketIo(io);
    client.say("0{\"token\":\"ann\"}");
    assertThat(client.heard()).isEmpty();
    first.complete();
    assertThat(client.heard()).hasSize(1);
    assertThat(sockets.get(0).data()).isEqualTo(new JsonObject().put("user", "ann").put("seen", true));
    assertThat(sockets.get(0).auth()).isEqualTo(new JsonObject().put("token", "ann"));
  }

  @Test
  @Rule(42)
  void forgetsAClientThatVanishedDuringMiddleware() {
    Promise<Void> check = Promise.promise();
    io.use(wish -> check.future());
    FakeLink client = FakeLink.socketIo(io);
    client.say("0");
    client.end(CloseReason.TRANSPORT_CLOSE);
    check.complete();
    assertThat(sockets).isEmpty();
    assertThat(io.of("/").size()).isZero();
    assertThat(client.messages).isEmpty();
    assertThat(io.counters().get(Count.CONNECTIONS)).isZero();
  }

  @Test
  @Rule(43)
  void closesOnASecondConnect() {
    FakeLink client = FakeLink.joined(io);
    client.say("0");
    assertThat(client.closed).isEqualTo(CloseReason.PARSE_ERROR);
  }

  @Test
  @Rule(43)
  void closesOnASecondConnectDuringMiddleware() {
    io.use(wish -> Promise.promise().future());
    FakeLink client = FakeLink.socketIo(io);
    client.say("0");
    client.say("0");
    assertThat(client.closed).isEqualTo(CloseReason.PARSE_ERROR);
  }

  @Test
  @Rule(43)
  void closesOnAnEventOrAnAcknowledgementForANamespaceThatIsNotJoined() {
    FakeLink event = FakeLink.joined(io);
    event.say("2/custom,[\"message\"]");
    assertThat(event.closed).isEqualTo(CloseReason.PARSE_ERROR);
    FakeLink ack = FakeLink.joined(io);
    ack.say("3/custom,1[]");
    assertThat(ack.closed).isEqualTo(CloseReason.PARSE_ERROR);
  }

  @Test
  @Rule(43)
  void ignoresWhatWasUnderWayWhenTheServerMadeTheClientLeave() {
    FakeLink client = FakeLink.joined(io);
    sockets.get(0).disconnect();
    assertThat(client.heard()).containsExactly("1");
    client.say("2[\"message\"]");
    client.say("31[]");
    client.say("1");
    assertThat(client.isOpen()).isTrue();
    client.say("0");
    assertThat(client.heard()).hasSize(1);
    assertThat(sockets).hasSize(2);
  }

  @Test
  @Rule(44)
  void closesOnAConnectThatIsNoObjectAndADisconnectWithData() {
    FakeLink connect = FakeLink.socketIo(io);
    connect.say("0\"token\"");
    assertThat(connect.closed).isEqualTo(CloseReason.PARSE_ERROR);
    FakeLink disconnect = FakeLink.joined(io);
    disconnect.say("1{}");
    assertThat(disconnect.closed).isEqualTo(CloseReason.PARSE_ERROR);
  }

  @Test
  @Rule({46, 47})
  void staysConnectedWhenItLeavesANamespace() {
    FakeLink client = FakeLink.joined(io);
    client.say("0/custom,");
    client.heard();
    client.say("1");
    assertThat(client.isOpen()).isTrue();
    sockets.get(1).emit("hello");
    assertThat(client.heard()).containsExactly("2/custom,[\"hello\"]");
    assertThat(sockets.get(0).isConnected()).isFalse();
  }

  @Test
  void refusesMoreNamespacesThanItsSettingsAllow() {
    for (int i = 0; i < 17; i++) io.of("/n" + i);
    FakeLink client = FakeLink.socketIo(io);
    for (int i = 0; i < 17; i++) client.say("0/n" + i + ",");
    List<String> heard = client.heard();
    assertThat(heard).hasSize(17);
    assertThat(heard.get(15)).startsWith("0/n15,");
    assertThat(heard.get(16)).isEqualTo("4/n16,{\"message\":\"Too many namespaces\","
        + "\"data\":{\"what\":\"max_namespaces\",\"limit\":16,\"until\":null}}");
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  @Rule(50)
  void closesOnAReservedNameOrDataThatIsNoEvent() {
    for (String packet : List.of("2[\"disconnect\"]", "2{}", "2[]", "2[null]", "2", "2[{\"toString\":\"x\"}]")) {
      FakeLink client = FakeLink.joined(io);
      client.say(packet);
      assertThat(client.closed).as(packet).isEqualTo(CloseReason.PARSE_ERROR);
    }
  }

  @Test
  @Rule(51)
  void closesOnAPacketThatIsNone() {
    for (String packet : List.of("abc", "", "9", "4{}")) {
      FakeLink client = FakeLink.joined(io);
      client.say(packet);
      assertThat(client.closed).as(packet).isEqualTo(CloseReason.PARSE_ERROR);
      assertThat(client.closeDetail).as(packet).isNotBlank();
    }
    assertThat(io.counters().get(Count.PARSE_ERRORS)).isEqualTo(4);
  }

  @Test
  @Rule(52)
  void sendsAHeaderAndItsAttachmentsAsOneMessage() {
    FakeLink client = FakeLink.joined(io);
    sockets.get(0).emit("file", Buffer.buffer("abc"), new JsonObject().put("more", Buffer.buffer("de")));
    assertThat(client.messages).hasSize(1);
    assertThat(client.heard())
        .containsExactly(
            "52-[\"file\",{\"_placeholder\":true,\"num\":0},{\"more\":{\"_placeholder\":true,\"num\":1}}]", "<3 bytes>", "<2 bytes>");
  }

  @Test
  @Rule(52)
  void closesOnABinaryThatNothingAnnounced() {
    FakeLink client = FakeLink.joined(io);
    client.say(Buffer.buffer("x"));
    assertThat(client.closed).isEqualTo(CloseReason.PARSE_ERROR);
  }

  @Test
  @Rule(54)
  void closesWhenAttachmentsDoNotComeInTime() {
    FakeLink client = FakeLink.joined(io);
    client.say("51-[\"file\",{\"_placeholder\":true,\"num\":0}]");
    clock.pass(9_900);
    assertThat(client.isOpen()).isTrue();
    clock.pass(200);
    assertThat(client.closed).isEqualTo(CloseReason.PARSE_ERROR);
  }

  @Test
  @Rule(54)
  void hasNoDeadlineOnceTheAttachmentsHaveCome() {
    FakeLink client = FakeLink.joined(io);
    List<Object> files = new ArrayList<>();
    sockets.get(0).on("file", args -> files.add(args.getBuffer(0)));
    client.say("51-[\"file\",{\"_placeholder\":true,\"num\":0}]");
    client.say(Buffer.buffer("abc"));
    assertThat(files).containsExactly(Buffer.buffer("abc"));
    assertThat(clock.timers.size()).isZero();
  }

  @Test
  @Rule(59)
  void sendsNoOffsetWhereNothingIsRecoverable() {
    FakeLink client = FakeLink.joined(io);
    sockets.get(0).emit("e", "last");
    io.emit("e", "last");
    assertThat(client.heard()).containsExactly("2[\"e\",\"last\"]", "2[\"e\",\"last\"]");
  }

  @Test
  void cutsOffAClientThatSendsTooFast() {
    FakeLink client = FakeLink.joined(io);
    for (int i = 0; i < 1_990; i++) client.say("2[\"e\"]");
    assertThat(client.isOpen()).isTrue();
    for (int i = 0; i < 20; i++) client.say("2[\"e\"]");
    assertThat(client.closed).isEqualTo(CloseReason.RATE_LIMIT);
    assertThat(io.counters().get(Count.RATE_WARNINGS)).isEqualTo(1);
  }

  @Test
  void leavesNothingBehindWhenItGoes() {
    FakeLink client = FakeLink.joined(io);
    client.say("0/custom,");
    sockets.forEach(socket -> socket.join("room"));
    sockets.get(0).emitWithAck("question");
    client.end(CloseReason.TRANSPORT_ERROR);
    for (Count count : Count.values()) if (count.isGauge()) assertThat(io.counters().get(count)).as(count.text()).isZero();
    assertThat(io.of("/").roomNames()).isEmpty();
    assertThat(clock.timers.size()).isZero();
  }
}
