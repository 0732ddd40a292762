package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnLoop.class)
class ParentNamespaceTest {
  private final List<Socket> sockets = new ArrayList<>();
  private Io io;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions(), new Clock().timers);
  }

  @Test
  void makesANamespaceThatAClientAsksForAndForgetsItWithTheLastSocket() {
    ParentNamespace matches = io.of(Pattern.compile("/match-\\d+")).onConnection(sockets::add);
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/match-7,");
    client.say("0/match-x,");
    assertThat(client.heard())
        .containsExactly("0/match-7,{\"sid\":\"" + sockets.get(0).id() + "\"}", "4/match-x,{\"message\":\"Invalid namespace\"}");
    assertThat(matches.children()).extracting(Namespace::name).containsExactly("/match-7");
    Namespace left = matches.children().get(0);
    client.say("1/match-7,");
    assertThat(matches.children()).isEmpty();
    assertThat(io.of("/match-7")).isNotSameAs(left);
  }

  @Test
  void leavesNothingOfANamespaceWhoseFirstClientIsRefused() {
    ParentNamespace matches = io.of(Pattern.compile("/match-\\d+")).use(wish -> ClientError.future("full"));
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/match-7,");
    assertThat(client.heard()).containsExactly("4/match-7,{\"message\":\"full\"}");
    assertThat(matches.children()).isEmpty();
  }

  @Test
  void asksAPredicateThatMayTakeItsTime() {
    Promise<Boolean> known = Promise.promise();
    io.of((name, auth) -> name.equals("/vip") && "x".equals(auth.getString("token"))).onConnection(sockets::add);
    io.ofAsync((name, auth) -> known.future()).onConnection(sockets::add);
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/vip,{\"token\":\"x\"}");
    assertThat(sockets).hasSize(1);
    client.say("0/other,");
    client.say("0/third,");
    assertThat(sockets).hasSize(1);
    known.complete(true);
    assertThat(sockets).hasSize(3);
  }

  @Test
  void takesAFailingPredicateForANo() {
    io.of((name, auth) -> { throw new IllegalStateException("bug"); });
    io.ofAsync((name, auth) -> Future.failedFuture("no database"));
    FakeLink client = FakeLink.socketIo(io);
    client.say("0/x,");
    assertThat(client.heard()).containsExactly("4/x,{\"message\":\"Invalid namespace\"}");
  }

  @Test
  void reachesAllMembers() {
    ParentNamespace matches = io.of(Pattern.compile("/match-\\d+")).onConnection(sockets::add);
    FakeLink one = FakeLink.joined(io, "/match-1");
    FakeLink two = FakeLink.joined(io, "/match-2");
    matches.emit("all");
    sockets.get(1).join("tea");
    matches.to("tea").emit("tea");
    io.of("/match-1").emit("one");
    assertThat(one.heard()).containsExactly("2/match-1,[\"all\"]", "2/match-1,[\"one\"]");
    assertThat(two.heard()).containsExactly("2/match-2,[\"all\"]", "2/match-2,[\"tea\"]");
    assertThat(matches.fetchSockets().result().results()).extracting(RemoteSocket::namespace).containsExactly("/match-1", "/match-2");
    Future<BroadcastAnswers> answers = matches.emitWithAck("ready?");
    one.say("3/match-1,0[1]");
    two.say("3/match-2,0[2]");
    assertThat(answers.result().answers()).hasSize(2);
  }

  @Test
  void keepsEmptyMembersWhereItsSettingsSaySo() {
    Io keeping = Io.create(Vertx.currentContext().owner(), new IoOptions().setCleanupEmptyChildNamespaces(false), new Clock().timers);
    ParentNamespace matches = keeping.of(Pattern.compile("/match-\\d+"));
    FakeLink.joined(keeping, "/match-7").say("1/match-7,");
    assertThat(matches.children()).hasSize(1);
  }

  @Test
  void makesAMemberThatTheApplicationNamesFirst() {
    ParentNamespace matches = io.of(Pattern.compile("/match-\\d+")).onConnection(sockets::add);
    Namespace seven = io.of("/match-7").onConnection(sockets::add);
    FakeLink.joined(io, "/match-7");
    assertThat(matches.children()).containsExactly(seven);
    assertThat(sockets).hasSize(2);
  }
}
