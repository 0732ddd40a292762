package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.bus.Emit;
import dev.magpie.core.Counters.Count;
import dev.magpie.log.LogEntry;
import dev.magpie.log.Recovery;
import dev.magpie.transport.CloseReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users: who a client is, what is sent to a user, and the names that belong to users alone. Link by link. */
@ExtendWith(OnLoop.class)
class UsersTest {
  private final Clock clock = new Clock();
  private final List<Socket> sockets = new ArrayList<>();
  private final List<String> roomEvents = new ArrayList<>();
  private Io io;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions(), clock.timers);
    for (Namespace namespace : List.of(io.of("/"), io.of("/x"))) {
      namespace.use(this::identify);
      namespace.onConnection(sockets::add);
    }
  }

  private Future<Void> identify(ConnectContext joining) {
    String user = joining.auth().getString("user", joining.handshake().query("user"));
    if (user != null) joining.identify(user);
    return Future.succeededFuture();
  }

  /** A Socket.IO client of this user in the main namespace. */
  private FakeLink of(String user) {
    FakeLink link = FakeLink.socketIo(io);
    link.say("0" + new JsonObject().put("user", user));
    link.heard();
    return link;
  }

  @Test
  void theUserIsVertxsOwnAndItsSubjectIsTheId() {
    User ana = User.create(new JsonObject().put("sub", "ana").put("role", "agent"));
    io.of("/y").use(joining -> {
      joining.identify(ana);
      return Future.succeededFuture();
    }).onConnection(sockets::add);
    FakeLink.joined(io, "/y");
    assertThat(sockets.get(0).user()).isSameAs(ana);
    assertThat(sockets.get(0).userId()).isEqualTo("ana");
  }

  /** Vert.x prefers it, and some issuers of tokens let users choose it. */
  @Test
  void theClaimUsernameIsNotTheIdOfAUserThatHasASubject() {
    User ana = User.create(new JsonObject().put("sub", "ana").put("username", "eve"));
    io.of("/y").use(joining -> {
      joining.identify(ana);
      return Future.succeededFuture();
    }).onConnection(sockets::add);
    io.of("/z").authenticate(token -> Future.succeededFuture(ana)).onConnection(sockets::add);
    FakeLink.joined(io, "/y");
    FakeLink.socketIo(io).say("0/z,{\"jwt\":\"a.b.c\"}");
    assertThat(sockets).extracting(Socket::userId).containsExactly("ana", "ana");
  }

  @Test
  void anIdAloneBecomesAUser() {
    of("ana");
    assertThat(sockets.get(0).user().subject()).isEqualTo("ana");
    assertThat(sockets.get(0).userId()).isEqualTo("ana");
  }

  @Test
  void aClientThatIsNotIdentifiedHasNoUser() {
    FakeLink.joined(io);
    assertThat(sockets.get(0).user()).isNull();
    assertThat(sockets.get(0).userId()).isNull();
  }

  @Test
  void aUserWithoutAnIdIsRefused() {
    List<User> without = List.of(User.create(new JsonObject()), User.create(new JsonObject().put("sub", "")));
    for (User user : without) {
      io.of("/y" + without.indexOf(user)).use(joining -> {
        joining.identify(user);
        return Future.succeededFuture();
      });
      FakeLink link = FakeLink.joined(io, "/y" + without.indexOf(user));
      assertThat(sockets).isEmpty();
      assertThat(link.isOpen()).isTrue();
    }
  }

  @Test
  void aLaterChangeOfThePrincipalDoesNotChangeTheId() {
    User ana = User.create(new JsonObject().put("sub", "ana"));
    io.of("/y").use(joining -> {
      joining.identify(ana);
      return Future.succeededFuture();
    }).onConnection(sockets::add);
    FakeLink link = FakeLink.joined(io, "/y");
    ana.principal().put("sub", "eve");
    io.of("/y").toUser("ana").emit("e");
    assertThat(sockets.get(0).userId()).isEqualTo("ana");
    assertThat(link.heard()).containsExactly("2/y,[\"e\"]");
  }

  @Test
  void anEventToAUserReachesAllItsDevicesAndNobodyElse() {
    FakeLink phone = of("ana");
    FakeLink plain = FakeLink.plain(io, "user=ana");
    FakeLink version3 = FakeLink.version3(io);
    FakeLink bob = of("bob");
    version3.heard();
    io.toUser("ana").emit("e", 1);
    assertThat(phone.heard()).containsExactly("2[\"e\",1]");
    assertThat(plain.heard()).containsExactly("[\"e\",1]");
    assertThat(bob.heard()).isEmpty();
    assertThat(version3.heard()).isEmpty();
  }

  @Test
  void usersAndRoomsAreSelectedTogetherAndEachSocketOnce() {
    FakeLink ana = of("ana");
    FakeLink bob = of("bob");
    FakeLink eve = of("eve");
    sockets.get(0).join("tea");
    sockets.get(2).join("tea");
    io.to("tea").toUser("ana", "bob").except(sockets.get(2).id()).emit("e");
    assertThat(ana.heard()).hasSize(1);
    assertThat(bob.heard()).hasSize(1);
    assertThat(eve.heard()).isEmpty();
  }

  @Test
  void aUserIsExcludedWithAllDevices() {
    FakeLink phone = of("ana");
    FakeLink laptop = of("ana");
    FakeLink bob = of("bob");
    io.exceptUser("ana").emit("e");
    assertThat(phone.heard()).isEmpty();
    assertThat(laptop.heard()).isEmpty();
    assertThat(bob.heard()).hasSize(1);
  }

  @Test
  void aSocketReachesTheOtherDevicesOfItsUser() {
    FakeLink phone = of("ana");
    FakeLink laptop = of("ana");
    sockets.get(0).toUser("ana").emit("read", 7);
    assertThat(phone.heard()).isEmpty();
    assertThat(laptop.heard()).containsExactly("2[\"read\",7]");
  }

  @Test
  void noUserAtAllIsRefusedSinceNoRoomMeansEverybody() {
    assertThatIllegalArgumentException().isThrownBy(() -> io.toUser()).withMessage("users: at least one id");
    assertThatIllegalArgumentException().isThrownBy(() -> io.exceptUser()).withMessage("users: at least one id");
    assertThatIllegalArgumentException().isThrownBy(() -> Emit.toUser()).withMessage("users: at least one id");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Broadcast.fromJson(new JsonObject("{\"event\":\"e\",\"users\":[]}"))).withMessage("users: at least one id");
  }

  @Test
  void anEmptyIdIsRefusedSinceNobodyHasIt() {
    String message = "users: an id is not empty";
    assertThatIllegalArgumentException().isThrownBy(() -> io.toUser("ana", "")).withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(() -> io.exceptUser("")).withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(() -> Emit.toUser("")).withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Broadcast.fromJson(new JsonObject("{\"event\":\"e\",\"users\":[\"\"]}"))).withMessage(message);
  }

  @Test
  void aVerticleEmitsToUsers() {
    FakeLink ana = of("ana");
    FakeLink bob = of("bob");
    FakeLink eve = of("eve");
    sockets.get(1).join("tea");
    Broadcast said = Broadcast.fromJson(new JsonObject(Emit.toUser("ana").event("e", 1).toJson().encode()));
    io.of("/").deliver(said);
    assertThat(ana.heard()).containsExactly("2[\"e\",1]");
    assertThat(bob.heard()).isEmpty();
    io.of("/").deliver(Broadcast.fromJson(Emit.to("tea").alsoToUser("ana").event("e", 2).toJson()));
    assertThat(ana.heard()).hasSize(1);
    assertThat(bob.heard()).hasSize(1);
    assertThat(eve.heard()).isEmpty();
  }

  @Test
  void nothingThatListsRoomsShowsAUser() {
    io.of("/").observeRooms(new RoomObserver() {
      @Override
      public void created(String room) {
        roomEvents.add("created " + room);
      }

      @Override
      public void joined(String room, String socketId) {
        roomEvents.add("joined " + room);
      }

      @Override
      public void left(String room, String socketId) {
        roomEvents.add("left " + room);
      }

      @Override
      public void deleted(String room) {
        roomEvents.add("deleted " + room);
      }
    });
    FakeLink ana = of("ana");
    Socket socket = sockets.get(0);
    socket.join("tea");
    assertThat(socket.rooms()).containsExactly(socket.id(), "tea");
    assertThat(socket.isIn("\0ana")).isFalse();
    assertThat(io.of("/").roomNames()).containsExactly("tea");
    assertThat(io.counters().get(Count.ROOMS)).isEqualTo(1);
    RemoteSocket remote = io.fetchSockets().result().results().get(0);
    assertThat(remote.rooms()).containsExactly(socket.id(), "tea");
    assertThat(remote.userId()).isEqualTo("ana");
    ana.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(roomEvents).noneMatch(event -> event.contains("\0")).contains("joined tea", "deleted tea");
    assertThat(io.counters().get(Count.ROOMS)).isZero();
  }

  @Test
  void noMethodTakesANameThatBelongsToAUser() {
    of("eve");
    Socket eve = sockets.get(0);
    Namespace logged = io.of("/logged").recoverable(Recovery.MEMORY);
    RemoteSocket remote = io.fetchSockets().result().results().get(0);
    Map<String, BiConsumer<String, String>> doors = Map.ofEntries(
        Map.entry("join", (fine, name) -> eve.join(fine, name)),
        Map.entry("leave", (fine, name) -> eve.leave(fine, name)),
        Map.entry("socket.to", (fine, name) -> eve.to(fine, name)),
        Map.entry("socket.in", (fine, name) -> eve.in(fine, name)),
        Map.entry("socket.except", (fine, name) -> eve.except(fine, name)),
        Map.entry("to", (fine, name) -> io.to(fine, name)),
        Map.entry("in", (fine, name) -> io.in(fine, name)),
        Map.entry("operator.in", (fine, name) -> io.all().in(fine, name)),
        Map.entry("except", (fine, name) -> io.except(fine, name)),
        Map.entry("socketsJoin", (fine, name) -> io.socketsJoin(fine, name)),
        Map.entry("socketsLeave", (fine, name) -> io.socketsLeave(fine, name)),
        Map.entry("remote.join", (fine, name) -> remote.join(fine, name)),
        Map.entry("remote.leave", (fine, name) -> remote.leave(fine, name)),
        Map.entry("Emit.to", (fine, name) -> Emit.to(fine, name)),
        Map.entry("Emit.except", (fine, name) -> Emit.toAll().except(fine, name)),
        Map.entry("LogEntry.to", (fine, name) -> LogEntry.to(fine, name)),
        Map.entry("LogEntry.except", (fine, name) -> LogEntry.toAll().except(fine, name)),
        Map.entry("append", (fine, name) -> logged.append(
            new LogEntry(List.of(fine, name), List.of(), null, null, null, new JsonArray().add("e"), false))),
        Map.entry("append except", (fine, name) -> logged.append(
            new LogEntry(List.of(), List.of(fine, name), null, null, null, new JsonArray().add("e"), false))),
        Map.entry("before", (fine, name) -> logged.log().before(name, 1, 1)),
        Map.entry("after", (fine, name) -> logged.log().after(name, 1, 1)),
        Map.entry("withhold", (fine, name) ->
            new ConnectContext("/", "", eve.handshake(), null, 0, eve.loop().values()).withhold(name)));
    doors.forEach((door, call) -> {
      for (String name : List.of("\0ana", "\0", "\0\0ana")) {
        assertThatThrownBy(() -> call.accept("fine", name)).as(door).isInstanceOf(IllegalArgumentException.class)
            .hasMessage("a room's name must not start with U+0000");
      }
    });
    assertThat(eve.rooms()).containsExactly(eve.id());
  }

  @Test
  void aVerticleCannotNameTheRoomOfAUser() {
    for (String key : List.of("rooms", "except")) {
      JsonObject said = new JsonObject().put("event", "e").put(key, new JsonArray().add("fine").add("\0ana"));
      assertThatIllegalArgumentException().isThrownBy(() -> Broadcast.fromJson(said))
          .withMessage(key + ": names that do not start with U+0000");
    }
  }

  @Test
  void aNameWithU0000ElsewhereIsAnOrdinaryRoom() {
    of("eve");
    sockets.get(0).join("a\0b");
    assertThat(sockets.get(0).rooms()).contains("a\0b");
  }

  @Test
  void aClientThatChoosesSuchARoomIsToldWhyItMayNot() {
    io.onConnection(socket -> socket.on("join", (args, ack) -> {
      socket.join(args.getString(0));
      ack.send();
    }));
    FakeLink eve = of("eve");
    eve.say("27[\"join\",\"\\u0000ana\"]");
    assertThat(eve.heard()).containsExactly("37[{\"error\":\"a room's name must not start with U+0000\"}]");
    io.toUser("ana").emit("secret");
    assertThat(eve.heard()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"room=%00ana", "roomid=%00ana", "room=tea&roomid=%00ana", "room=%00"})
  void aPlainClientThatNamesTheRoomOfAUserIsRefused(String query) {
    FakeLink eve = FakeLink.plain(io, query);
    assertThat(eve.closed).isEqualTo(CloseReason.NAMESPACE_REFUSED);
    assertThat(eve.closeDetail).isEqualTo("Invalid room: a name must not start with U+0000");
    assertThat(sockets).isEmpty();
  }

  @Test
  void aDisconnectedUserLeavesAllNamespacesAndItsClientsDoNotReconnect() {
    FakeLink phone = FakeLink.socketIo(io);
    phone.say("0{\"user\":\"ana\"}");
    phone.say("0/x,{\"user\":\"ana\"}");
    FakeLink plain = FakeLink.plain(io, "ns=/x&user=ana");
    FakeLink bob = of("bob");
    phone.heard();
    assertThat(io.disconnectUser("ana").succeeded()).isTrue();
    assertThat(phone.heard()).containsExactlyInAnyOrder("1", "1/x,");
    assertThat(phone.isOpen()).isFalse();
    assertThat(plain.isOpen()).isFalse();
    assertThat(bob.isOpen()).isTrue();
    assertThat(io.of("/").size() + io.of("/x").size()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientWhoseAdmissionIsPendingIsRefusedWhenItsUserIsDisconnected(boolean identifiedBefore) {
    Promise<Void> check = Promise.promise();
    io.of("/y").use(joining -> {
      if (identifiedBefore) joining.identify("ana");
      return check.future().onSuccess(passed -> joining.identify("ana"));
    }).onConnection(sockets::add);
    FakeLink phone = FakeLink.joined(io, "/y");
    io.disconnectUser("ana");
    check.complete();
    assertThat(phone.heard()).containsExactly("4/y,{\"message\":\"disconnected by the server\"}");
    assertThat(sockets).isEmpty();
    FakeLink.joined(io, "/y");
    assertThat(sockets).hasSize(1);
  }

  @Test
  void anAdmissionOfAnotherUserIsNotConcerned() {
    Promise<Void> check = Promise.promise();
    io.of("/y").use(joining -> {
      joining.identify("bob");
      return check.future();
    }).onConnection(sockets::add);
    FakeLink.joined(io, "/y");
    io.disconnectUser("ana");
    check.complete();
    assertThat(sockets).hasSize(1);
  }
}
