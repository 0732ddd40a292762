package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Counters.Count;
import dev.magpie.transport.CloseReason;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What Socket.IO and plain clients have in common when they join a namespace. */
@ExtendWith(OnLoop.class)
class NamespaceAdmissionTest {

  enum Kind {
    SOCKET_IO {
      @Override
      FakeLink asks(Io io) {
        FakeLink link = FakeLink.socketIo(io);
        link.say("0/x,");
        return link;
      }
    },
    PLAIN {
      @Override
      FakeLink asks(Io io) {
        return FakeLink.plain(io, "ns=/x");
      }
    },
    MAGPIE_V1 {
      @Override
      FakeLink asks(Io io) {
        FakeLink link = FakeLink.magpieV1(io, "ns=/x");
        link.say("{\"auth\":{}}");
        return link;
      }
    };

    /** A client that asks to join the namespace {@code /x}. */
    abstract FakeLink asks(Io io);
  }

  private final Clock clock = new Clock();
  private final Promise<Void> check = Promise.promise();
  private final List<Socket> sockets = new ArrayList<>();
  private Io io;
  private Namespace x;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions(), clock.timers);
    x = io.of("/x").onConnection(sockets::add);
  }

  @ParameterizedTest
  @EnumSource
  void answersConnectBeforeAnyEvent(Kind kind) {
    x.use(context -> check.future());
    x.onConnection(socket -> {
      socket.emit("first");
      x.emit("second");
    });
    FakeLink client = kind.asks(io);
    x.emit("before it was admitted");
    assertThat(client.heard()).isEmpty();
    check.complete();
    List<String> heard = client.heard();
    if (kind != Kind.PLAIN) assertThat(heard.remove(0)).contains(sockets.get(0).id());
    assertThat(heard).hasSize(2);
    assertThat(heard.get(0)).contains("first");
    assertThat(heard.get(1)).contains("second");
  }

  @ParameterizedTest
  @EnumSource
  void joinsNoClientThatHasLeft(Kind kind) {
    x.use(context -> check.future());
    FakeLink client = kind.asks(io);
    client.end(CloseReason.TRANSPORT_CLOSE);
    check.complete();
    assertThat(sockets).isEmpty();
    assertThat(x.size()).isZero();
    assertThat(client.messages).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void doesNotCountAsRefusedWhoHasLeft(Kind kind) {
    x.use(context -> check.future());
    FakeLink client = kind.asks(io);
    client.end(CloseReason.TRANSPORT_CLOSE);
    check.fail(new ClientError("members only"));
    assertThat(client.messages).isEmpty();
    assertThat(io.counters().get(Count.CONNECTS_REFUSED)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void tellsARefusedClientWhy(Kind kind) {
    x.use(context -> check.future());
    FakeLink client = kind.asks(io);
    check.fail(new ClientError("members only"));
    if (kind == Kind.SOCKET_IO) assertThat(client.heard()).containsExactly("4/x,{\"message\":\"members only\"}");
    else assertThat(client.closeDetail).isEqualTo("members only");
    assertThat(io.counters().get(Count.CONNECTS_REFUSED)).isEqualTo(1);
  }
}
