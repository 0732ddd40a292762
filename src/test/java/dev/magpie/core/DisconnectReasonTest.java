package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Rule;
import dev.magpie.transport.CloseReason;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What handlers are told when a socket leaves, and what its client is told. */
@ExtendWith(OnLoop.class)
class DisconnectReasonTest {
  private final List<String> reasons = new ArrayList<>();
  private final List<Socket> sockets = new ArrayList<>();
  private Io io;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions(), new Clock().timers);
    for (Namespace namespace : List.of(io.of("/"), io.of("/custom"))) {
      namespace.onConnection(socket -> {
        sockets.add(socket);
        socket.join("room");
        socket.onDisconnecting(reason -> reasons.add("disconnecting in " + socket.rooms().size() + " rooms: " + reason));
        socket.onDisconnect(reason -> reasons.add("disconnect in " + socket.rooms().size() + " rooms: " + reason));
      });
    }
  }

  @Test
  void saysClientNamespaceDisconnect() {
    FakeLink client = FakeLink.joined(io);
    client.say("1");
    assertThat(reasons)
        .containsExactly("disconnecting in 2 rooms: client namespace disconnect", "disconnect in 0 rooms: client namespace disconnect");
    assertThat(client.heard()).isEmpty();
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void saysServerNamespaceDisconnectAndTellsTheClient() {
    FakeLink client = FakeLink.joined(io);
    sockets.get(0).disconnect();
    sockets.get(0).disconnect();
    assertThat(reasons).last().isEqualTo("disconnect in 0 rooms: server namespace disconnect");
    assertThat(reasons).hasSize(2);
    assertThat(client.heard()).containsExactly("1");
    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void closesTheConnectionWithAllItsNamespacesWhenTheServerSaysSo() {
    FakeLink client = FakeLink.joined(io);
    client.say("0/custom,");
    client.heard();
    sockets.get(0).disconnect(true);
    assertThat(client.heard()).containsExactly("1", "1/custom,");
    assertThat(client.closed).isEqualTo(CloseReason.FORCED_SERVER_CLOSE);
    assertThat(reasons).filteredOn(reason -> reason.equals("disconnect in 0 rooms: server namespace disconnect")).hasSize(2);
    assertThat(reasons).hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(CloseReason.class)
  @Rule(36)
  void saysWhyTheLinkEndedAndSendsNoDisconnect(CloseReason reason) {
    FakeLink client = FakeLink.joined(io);
    client.end(reason);
    assertThat(reasons).containsExactly("disconnecting in 2 rooms: " + reason.text(), "disconnect in 0 rooms: " + reason.text());
    assertThat(client.heard()).isEmpty();
  }

  @Test
  void saysParseErrorWhenTheClientBreaksTheProtocol() {
    FakeLink.joined(io).say("abc");
    assertThat(reasons).last().isEqualTo("disconnect in 0 rooms: parse error");
  }

  @Test
  @Rule(36)
  void saysServerShuttingDownAndLetsClientsComeBack() {
    FakeLink client = FakeLink.joined(io);
    io.close();
    assertThat(client.closed).isEqualTo(CloseReason.SERVER_SHUTTING_DOWN);
    assertThat(client.heard()).isEmpty();
    assertThat(reasons).last().isEqualTo("disconnect in 0 rooms: server shutting down");
  }

  @Test
  void runsTheOtherHandlersWhenOneThrows() {
    FakeLink client = FakeLink.socketIo(io);
    io.onConnection(socket -> socket.onDisconnect(reason -> { throw new IllegalStateException("bug"); }));
    io.onConnection(socket -> socket.onDisconnect(reason -> reasons.add("still told")));
    client.say("0");
    client.end(CloseReason.PING_TIMEOUT);
    assertThat(reasons).last().isEqualTo("still told");
    assertThat(io.of("/").size()).isZero();
  }

  @Test
  void doesNotGreetASocketThatAHandlerHasDisconnected() {
    io.of("/strict").onConnection(Socket::disconnect).onConnection(socket -> reasons.add("greeted"));
    FakeLink client = FakeLink.joined(io, "/strict");
    assertThat(reasons).isEmpty();
    assertThat(client.isOpen()).isTrue();
  }
}
