package dev.magpie.core;

import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.protocol.Parser;
import dev.magpie.testing.Await;
import dev.magpie.transport.CloseReason;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Retained values link by link: what each kind of client gets, and when. */
class RetainedRoomsTest {
  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private Io io;

  @BeforeEach
  void start() {
    io = on(() -> {
      Io made = Io.create(vertx, new IoOptions());
      made.use(context -> {
        String user = context.handshake().query("user");
        if (user != null) context.identify(user);
        return Future.succeededFuture();
      });
      made.onConnection(socket -> {
        socket.emit("welcome");
        socket.join("room");
      });
      return made;
    });
  }

  @AfterEach
  void stop() {
    Await.await(vertx.close());
  }

  private <T> T on(Callable<T> action) {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.runOnContext(run -> {
      try {
        done.complete(action.call());
      } catch (Throwable failure) {
        done.completeExceptionally(failure);
      }
    });
    return Await.await(done);
  }

  private FakeLink connect(Callable<FakeLink> link) {
    return on(() -> {
      FakeLink made = link.call();
      made.say("0");
      return made;
    });
  }

  private FakeLink connect() {
    return connect(() -> FakeLink.socketIo(io));
  }

  /** What it has got, once all that was asked of the hub before has come back. */
  private List<String> heard(FakeLink link) {
    Await.await(io.to("nobody").retain("barrier").get());
    return on(link::heard);
  }

  private void set(String key, Object value) {
    Await.await(io.to("room").retain(key).emit("state", value));
  }

  @Test
  void theValuesComeBehindTheAnswerToConnectAndWhatTheHandlersHaveSent() {
    connect();
    set("a", 1);
    List<String> heard = heard(connect());
    assertThat(heard.get(0)).startsWith("0{");
    assertThat(heard.subList(1, heard.size())).containsExactly("2[\"welcome\"]", "2[\"state\",1]");
  }

  @Test
  void clientsOfVersion2GetThem() {
    set("a", 1);
    FakeLink link = on(() -> FakeLink.version3(io));
    assertThat(heard(link)).contains("2[\"state\",1]");
  }

  @Test
  void whoWasThereBeforeTheFirstUseGetsTheStateOfARoomAndOfAUser() {
    FakeLink link = connect(() -> FakeLink.socketIo(io, "user=ana"));
    heard(link);
    Await.await(io.toUser("ana").retain("b").emit("settings", "dark"));
    set("a", 1);
    assertThat(heard(link)).containsExactlyInAnyOrder("2[\"settings\",\"dark\"]", "2[\"state\",1]");
  }

  @Test
  void aClientThatTakesNothingGetsTheValuesOnceItReads() {
    set("a", 1);
    set("b", 1);
    FakeLink link = connect(() -> {
      FakeLink slow = FakeLink.socketIo(io);
      slow.writable = false;
      return slow;
    });
    set("a", 2);
    assertThat(heard(link)).hasSize(2).last().isEqualTo("2[\"welcome\"]");
    on(() -> {
      link.drain();
      return null;
    });
    assertThat(heard(link)).containsExactly("2[\"state\",1]", "2[\"state\",2]");
    set("c", 1);
    assertThat(heard(link)).containsExactly("2[\"state\",1]");
  }

  @Test
  void aValueThatWaitsForASlowClientIsReplacedAndGoesToTheEnd() {
    FakeLink link = connect();
    List<String> keys = new ArrayList<>();
    on(() -> {
      link.messages.clear();
      return null;
    });
    set("a", 1);
    Await.await(io.to("room").retain("a").remove());
    on(() -> {
      link.messages.forEach(message -> keys.add(message.key()));
      return null;
    });
    assertThat(keys).hasSize(2).containsOnly("\0/,room 4 room a");
  }

  @Test
  void whoHasLeftTheRoomGetsNothing() {
    FakeLink link = connect();
    set("a", 1);
    heard(link);
    on(() -> {
      io.of("/").sockets().forEach(socket -> socket.leave("room"));
      return null;
    });
    set("a", 2);
    assertThat(heard(link)).isEmpty();
  }

  @Test
  void whoHasGoneDoesNotKeepTheRoom() {
    FakeLink link = connect();
    set("a", 1);
    on(() -> {
      link.end(CloseReason.TRANSPORT_CLOSE);
      return null;
    });
    set("a", 2);
    assertThat(heard(connect())).contains("2[\"state\",2]");
  }

  @Test
  void clientsOfMessagePackGetThem() {
    Io packed = on(() -> {
      Io made = Io.create(vertx, new IoOptions().setName("packed").setParser(Parser.MSGPACK));
      made.onConnection(socket -> socket.join("room"));
      return made;
    });
    Await.await(packed.to("room").retain("a").emit("state", "packed"));
    FakeLink link = on(() -> {
      FakeLink made = FakeLink.socketIo(packed);
      made.say(dev.magpie.protocol.MsgpackFormat.V5.encode(dev.magpie.protocol.Packet.connect("/", new JsonObject())).attachments().get(0));
      return made;
    });
    until("the value has come", () -> on(() -> link.messages.stream().anyMatch(message -> !message.attachments().isEmpty()
        && message.attachments().get(0).toString().contains("packed"))));
  }
}
