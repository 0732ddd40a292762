package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.transport.CloseReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnLoop.class)
class PlainClientTest {
  private final Clock clock = new Clock();
  private final List<Object> got = new ArrayList<>();
  private Io io;
  private Socket socket;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions(), clock.timers);
    io.onConnection(this::greet);
    io.of("/chat").onConnection(this::greet);
  }

  private void greet(Socket joined) {
    socket = joined;
    joined.on("message", args -> got.add(args.getList().get(0)));
    joined.on("echo", (args, ack) -> ack.send(args.getList().toArray()));
  }

  @Test
  void joinsAtOnceTheNamespaceAndRoomsOfItsQuery() {
    FakeLink client = FakeLink.plain(io, "ns=/chat&room=tea&roomid=7");
    assertThat(socket.namespace().name()).isEqualTo("/chat");
    assertThat(socket.rooms()).containsExactlyInAnyOrder(socket.id(), "tea", "7");
    assertThat(client.heard()).isEmpty();
    clock.pass(20_000);
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void joinsTheMainNamespaceByDefault() {
    FakeLink.plain(io, "");
    assertThat(socket.namespace().name()).isEqualTo("/");
    assertThat(socket.rooms()).containsExactly(socket.id());
  }

  @Test
  void meetsSocketIoClientsInTheSameRooms() {
    FakeLink other = FakeLink.joined(io);
    FakeLink client = FakeLink.plain(io, "room=tea");
    io.to("tea").emit("e", 1);
    socket.broadcast().emit("e", 2);
    assertThat(client.heard()).containsExactly("[\"e\",1]");
    assertThat(other.heard()).containsExactly("2[\"e\",2]");
  }

  @Test
  void readsEventsTextsAndBinary() {
    FakeLink client = FakeLink.plain(io, "");
    client.say("hello");
    client.say("[\"message\",\"named\"]");
    client.say(Buffer.buffer("abc"));
    client.say("{\"event\":\"echo\",\"args\":[1],\"ack\":7}");
    assertThat(got).containsExactly("hello", "named", Buffer.buffer("abc"));
    assertThat(client.heard()).containsExactly("{\"ack\":7,\"args\":[1]}");
  }

  @Test
  void asksForAnAcknowledgement() {
    FakeLink client = FakeLink.plain(io, "");
    var answer = socket.emitWithAck("question", 1);
    assertThat(client.heard()).containsExactly("{\"event\":\"question\",\"args\":[1],\"ack\":0}");
    client.say("{\"ack\":0,\"args\":[2]}");
    assertThat(answer.result().getInteger(0)).isEqualTo(2);
  }

  @Test
  void closesWhenItsNamespaceDoesNotExistOrRefusesIt() {
    io.of("/closed").use(wish -> ClientError.future("members only"));
    FakeLink unknown = FakeLink.plain(io, "ns=/none");
    assertThat(unknown.closed).isEqualTo(CloseReason.NAMESPACE_REFUSED);
    assertThat(unknown.closed.code()).isEqualTo(4404);
    assertThat(unknown.closeDetail).isEqualTo("Invalid namespace");
    FakeLink refused = FakeLink.plain(io, "ns=/closed");
    assertThat(refused.closeDetail).isEqualTo("members only");
    assertThat(refused.heard()).isEmpty();
    assertThat(clock.timers.size()).isZero();
  }

  @Test
  void isRefusedARoomThatIsAnotherSocketsId() {
    FakeLink victim = FakeLink.plain(io, "");
    for (String query : List.of("room=" + socket.id(), "roomid=" + socket.id(), "room=tea&roomid=" + socket.id())) {
      FakeLink eavesdropper = FakeLink.plain(io, query);
      assertThat(eavesdropper.closed).as(query).isEqualTo(CloseReason.NAMESPACE_REFUSED);
      assertThat(eavesdropper.closeDetail).isEqualTo("Invalid room: a socket's id");
    }
    io.to(socket.id()).emit("secret");
    assertThat(victim.heard()).containsExactly("[\"secret\"]");
  }

  @Test
  void idsOfSocketsAreToldFromNamesThatOnlyLookRandom() {
    FakeLink.plain(io, "");
    assertThat(Namespace.isSocketId(socket.id())).isTrue();
    FakeLink.plain(io, "ns=/chat");
    assertThat(Namespace.isSocketId(socket.id())).isTrue();
    FakeLink.joined(io);
    assertThat(Namespace.isSocketId(socket.id())).isTrue();
    // Ids of Firestore, of others' databases, and of Magpie's own sessions.
    for (String name : List.of("lobby", "k3JqT8sYv0bN2mZxR5aP", "a_-k3JqT8sYv0bN2mZxR", "~tea", ""))
      assertThat(Namespace.isSocketId(name)).as(name).isFalse();
  }

  @Test
  void keepsWhatComesBeforeItsNamespaceHasAdmittedIt() {
    Promise<Void> check = Promise.promise();
    io.use(wish -> check.future());
    FakeLink client = FakeLink.plain(io, "");
    client.say("first");
    client.say("second");
    assertThat(got).isEmpty();
    check.complete();
    assertThat(got).containsExactly("first", "second");
    FakeLink flood = FakeLink.plain(io, "");
    assertThat(flood.isOpen()).isTrue();
  }

  @Test
  void boundsWhatItKeeps() {
    io.use(wish -> Promise.promise().future());
    FakeLink client = FakeLink.plain(io, "");
    for (int i = 0; i < 64; i++) client.say("x");
    assertThat(client.isOpen()).isTrue();
    client.say("x");
    assertThat(client.closed).isEqualTo(CloseReason.RATE_LIMIT);
  }

  @Test
  void closesTheConnectionWhenTheServerDisconnectsItsSocket() {
    FakeLink client = FakeLink.plain(io, "");
    socket.onDisconnect(got::add);
    socket.disconnect();
    assertThat(client.closed).isEqualTo(CloseReason.FORCED_SERVER_CLOSE);
    assertThat(got).containsExactly("server namespace disconnect");
    assertThat(io.of("/").size()).isZero();
  }

  @Test
  void opensMagpieV1WithItsIdAndHeartbeat() {
    FakeLink client = FakeLink.magpieV1(io, "");
    assertThat(client.heard()).containsExactly("{\"open\":{\"id\":\"" + socket.id() + "\",\"interval\":25000,\"timeout\":20000}}");
    io.emit("e", 1);
    assertThat(client.heard()).containsExactly("{\"event\":\"e\",\"args\":[1]}");
    socket.disconnect();
    assertThat(client.heard()).containsExactly("{\"close\":{\"reason\":\"io server disconnect\"}}");
  }

  @Test
  void aMagpieV1ClientThatSaysNothingJoinsANamespaceThatLetsInWhoSaysNothing() {
    io.of("/open").use(wish -> Future.<Void>succeededFuture()).onConnection(this::greet);
    FakeLink silent = FakeLink.magpieV1(io, "ns=/open");
    clock.pass(3_100);
    assertThat(silent.heard()).hasSize(1);
    clock.pass(10_000);
    assertThat(silent.isOpen()).isTrue();
  }

  @Test
  void asksMagpieV1WhoItIsWhereTheNamespaceWantsToKnow() {
    io.of("/closed").use(wish -> "x".equals(wish.auth().getString("token")) ? Future.<Void>succeededFuture()
        : ClientError.future("who are you?"));
    io.of("/closed").onConnection(this::greet);
    FakeLink client = FakeLink.magpieV1(io, "ns=/closed");
    assertThat(client.heard()).isEmpty();
    client.say("{\"auth\":{\"token\":\"x\"}}");
    assertThat(client.heard()).hasSize(1);
    assertThat(socket.auth().getString("token")).isEqualTo("x");
    FakeLink stranger = FakeLink.magpieV1(io, "ns=/closed");
    stranger.say("{\"event\":\"message\"}");
    assertThat(stranger.closed).isEqualTo(CloseReason.NAMESPACE_REFUSED);
    FakeLink silent = FakeLink.magpieV1(io, "ns=/closed");
    clock.pass(2_900);
    assertThat(silent.isOpen()).isTrue();
    clock.pass(200);
    assertThat(silent.closed).isEqualTo(CloseReason.NAMESPACE_REFUSED);
  }
}
