package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.protocol.DecoderLimits;
import dev.magpie.protocol.MsgpackFormat;
import dev.magpie.protocol.Packet;
import dev.magpie.protocol.Parser;
import dev.magpie.protocol.SocketIoFormat;
import dev.magpie.testing.Rule;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Message;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An {@link Io} whose clients speak MessagePack. */
@ExtendWith(OnLoop.class)
@Rule(63)
class MsgpackClientTest {
  private final List<Socket> sockets = new ArrayList<>();
  private Io io;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions().setParser(Parser.MSGPACK), new Clock().timers);
    io.onConnection(sockets::add);
  }

  private static Buffer bytes(Packet packet) {
    return MsgpackFormat.V5.encode(packet).attachments().get(0);
  }

  private static Packet packet(Message message) {
    assertThat(message.text()).isNull();
    return MsgpackFormat.V5.newDecoder(DecoderLimits.DEFAULT).binary(message.attachments().get(0)).orElseThrow();
  }

  private FakeLink joined() {
    FakeLink client = FakeLink.socketIo(io);
    client.say(bytes(Packet.connect("/", new JsonObject().put("token", "x"))));
    return client;
  }

  @Test
  void joinsAndIsAnswered() {
    FakeLink client = joined();
    assertThat(sockets).extracting(Socket::auth).containsExactly(new JsonObject().put("token", "x"));
    assertThat(packet(client.messages.get(0))).isEqualTo(Packet.connect("/", new JsonObject().put("sid", sockets.get(0).id())));
  }

  @Test
  @Rule(39)
  void tellsAClientWithTheDefaultParserThatItIsNotOffered() {
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/custom,{\"token\":\"x\"}");
    assertThat(client.heard())
        .containsExactly("4/custom,{\"message\":\"parser not offered: this server speaks socket.io-msgpack-parser only\"}");
    assertThat(client.isOpen()).isTrue();
    assertThat(sockets).isEmpty();
  }

  @Test
  void closesOnAnyOtherText() {
    for (String text : List.of("", "2[\"e\"]", "{\"type\":0,\"nsp\":\"/\"}")) {
      FakeLink client = FakeLink.socketIo(io);
      client.say(text);
      assertThat(client.closed).as(text).isEqualTo(CloseReason.PARSE_ERROR);
    }
    FakeLink client = joined();
    client.say("0/custom,");
    assertThat(client.closed).isEqualTo(CloseReason.PARSE_ERROR);
  }

  @Test
  @Rule({43, 39})
  void closesOnPacketsThatTheDefaultParserMayNotSendEither() {
    for (Packet first : List.of(Packet.event("/", new JsonArray().add("e")), Packet.connectError("/", new JsonObject()))) {
      FakeLink client = FakeLink.socketIo(io);
      client.say(bytes(first));
      assertThat(client.closed).as(first.toString()).isEqualTo(CloseReason.PARSE_ERROR);
    }
    FakeLink twice = joined();
    twice.say(bytes(Packet.connect("/", null)));
    assertThat(twice.closed).isEqualTo(CloseReason.PARSE_ERROR);
  }

  @Test
  void hearsABroadcastThatIsEncodedOnceForAll() {
    FakeLink ann = joined();
    FakeLink bob = joined();
    FakeLink old = FakeLink.version3(io);
    ann.messages.clear();
    bob.messages.clear();
    old.messages.clear();
    io.emit("e", Buffer.buffer("b"));
    assertThat(ann.messages.get(0)).isSameAs(bob.messages.get(0));
    assertThat(packet(ann.messages.get(0))).isEqualTo(Packet.event("/", new JsonArray().add("e").add(Buffer.buffer("b"))));
    assertThat(old.heard()).containsExactly("51-[\"e\",{\"_placeholder\":true,\"num\":0}]", "<1 bytes>");
  }

  @Test
  @Rule(59)
  void hearsNoOffsetWithoutASession() {
    Broadcast logged = new Broadcast(Broadcast.Action.EMIT, "/", List.of(), List.of(), new JsonArray().add("e"), false, "", "o");
    Message bare = logged.message(MsgpackFormat.V5, false);
    assertThat(packet(bare)).isEqualTo(Packet.event("/", new JsonArray().add("e")));
    assertThat(logged.message(MsgpackFormat.V5, false)).isSameAs(bare);
    assertThat(packet(logged.message(MsgpackFormat.V5, true))).isEqualTo(Packet.event("/", new JsonArray().add("e").add("o")));
    assertThat(logged.message(SocketIoFormat.V5, false).text()).isEqualTo("2[\"e\"]");
    assertThat(logged.message(SocketIoFormat.V5, true).text()).isEqualTo("2[\"e\",\"o\"]");
  }
}
