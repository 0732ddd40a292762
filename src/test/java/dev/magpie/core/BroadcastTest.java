package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.magpie.protocol.Arguments;
import dev.magpie.protocol.Values;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnLoop.class)
class BroadcastTest {
  private final Clock clock = new Clock();
  private final List<Socket> sockets = new ArrayList<>();
  private Io io;
  private FakeLink ann;
  private FakeLink bob;
  private FakeLink eve;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions(), clock.timers);
    io.onConnection(sockets::add);
    ann = FakeLink.joined(io);
    bob = FakeLink.joined(io);
    eve = FakeLink.joined(io);
  }

  private Socket socket(int index) {
    return sockets.get(index);
  }

  @Test
  void reachesAllOrARoomOrAllButOne() {
    socket(0).join("tea");
    socket(1).join("tea");
    io.emit("all");
    io.to("tea").emit("tea");
    socket(0).to("tea").emit("others at tea");
    socket(0).broadcast().emit("others");
    io.except("tea").emit("not at tea");
    assertThat(ann.heard()).containsExactly("2[\"all\"]", "2[\"tea\"]");
    assertThat(bob.heard()).containsExactly("2[\"all\"]", "2[\"tea\"]", "2[\"others at tea\"]", "2[\"others\"]");
    assertThat(eve.heard()).containsExactly("2[\"all\"]", "2[\"others\"]", "2[\"not at tea\"]");
  }

  @Test
  void keepsOperatorsApart() {
    BroadcastOperator tea = io.to("tea");
    BroadcastOperator both = tea.to("milk").except("x");
    socket(0).join("tea");
    socket(1).join("milk");
    tea.emit("tea");
    both.emit("both");
    assertThat(ann.heard()).containsExactly("2[\"tea\"]", "2[\"both\"]");
    assertThat(bob.heard()).containsExactly("2[\"both\"]");
  }

  @Test
  void isEncodedOnceForAllClientsOfAForm() {
    FakeLink plain = FakeLink.plain(io, "");
    FakeLink other = FakeLink.plain(io, "");
    FakeLink old = FakeLink.version3(io);
    old.heard();
    io.emit("e", new JsonObject().put("a", 1));
    assertThat(ann.messages.get(0)).isSameAs(bob.messages.get(0)).isSameAs(old.messages.get(0));
    assertThat(plain.messages.get(0)).isSameAs(other.messages.get(0));
    assertThat(ann.heard()).containsExactly("2[\"e\",{\"a\":1}]");
    assertThat(plain.heard()).containsExactly("[\"e\",{\"a\":1}]");
  }

  @Test
  void carriesItsKeyToEachLinkInTheNameOfItsNamespace() {
    FakeLink plain = FakeLink.plain(io, "");
    io.latest("score").emit("e", 1);
    io.emit("e", 2);
    socket(0).latest("mine").emit("e", 3);
    io.of("/").publish(Broadcast.fromJson(new JsonObject().put("event", "e").put("latest", "bus")), true);
    assertThat(bob.messages.stream().map(message -> message.key())).containsExactly("/,score", null, "/,bus");
    assertThat(ann.messages.stream().map(message -> message.key())).containsExactly("/,score", null, "/,mine", "/,bus");
    assertThat(plain.messages.get(0).key()).isEqualTo("/,score");
  }

  @Test
  void isNotChangedByWhoSentIt() {
    JsonObject state = new JsonObject().put("list", new JsonArray().add(1));
    Broadcast[] seen = new Broadcast[1];
    JsonArray event = Arguments.shared(Values.DEFAULT, "e", state);
    seen[0] = new Broadcast(Broadcast.Action.EMIT, "/", List.of(), List.of(), event, false, "", null);
    state.getJsonArray("list").add(2);
    assertThat(seen[0].event().getJsonObject(1)).isEqualTo(new JsonObject().put("list", new JsonArray().add(1)));
  }

  @Test
  void reachesOthersWhenOneClientEndsOnTheWay() {
    socket(0).onDisconnect(reason -> io.emit("left"));
    FakeLink slow = ann;
    socket(0).onAnyOutgoing((event, args) -> slow.close(dev.magpie.transport.CloseReason.SLOW_CONSUMER));
    io.emit("e");
    assertThat(bob.heard()).containsExactlyInAnyOrder("2[\"e\"]", "2[\"left\"]");
    assertThat(eve.heard()).containsExactlyInAnyOrder("2[\"e\"]", "2[\"left\"]");
    assertThat(ann.heard()).isEmpty();
  }

  @Test
  void movesSocketsBetweenRooms() {
    io.socketsJoin("tea");
    io.in("tea").except(socket(0).id()).socketsJoin("milk", "sugar");
    io.in("milk").socketsLeave("sugar");
    assertThat(socket(0).rooms()).containsExactlyInAnyOrder(socket(0).id(), "tea");
    assertThat(socket(1).rooms()).containsExactlyInAnyOrder(socket(1).id(), "tea", "milk");
  }

  @Test
  void disconnectsSockets() {
    io.in(socket(0).id()).disconnectSockets(false);
    io.in(socket(1).id()).disconnectSockets(true);
    assertThat(ann.heard()).containsExactly("1");
    assertThat(ann.isOpen()).isTrue();
    assertThat(bob.isOpen()).isFalse();
    assertThat(socket(2).isConnected()).isTrue();
  }

  @Test
  void fetchesSocketsWithRoomsDataAndHandshake() {
    socket(0).join("tea");
    socket(0).data().put("user", "ann");
    ClusterAnswers<RemoteSocket> found = io.in("tea").fetchSockets().result();
    assertThat(found.isComplete()).isTrue();
    assertThat(found.results()).hasSize(1);
    RemoteSocket socket = found.results().get(0);
    assertThat(socket.id()).isEqualTo(socket(0).id());
    assertThat(socket.rooms()).containsExactly(socket.id(), "tea");
    assertThat(socket.data()).isEqualTo(new JsonObject().put("user", "ann"));
    assertThat(socket.handshake().getString("address")).isEqualTo("127.0.0.1");
    assertThat(socket.handshake().getJsonObject("query").getString("EIO")).isEqualTo("4");
    assertThat(socket.handshake().getJsonObject("headers").getString("via")).isEqualTo("a, b");
    socket.emit("hello");
    assertThat(ann.heard()).containsExactly("2[\"hello\"]");
  }

  @Test
  void collectsAcknowledgements() {
    Future<BroadcastAnswers> answers = io.timeout(500).emitWithAck("ready?", 1);
    assertThat(List.of(ann.heard(), bob.heard(), eve.heard())).allMatch(List.of("20[\"ready?\",1]")::equals);
    eve.say("30[\"eve\"]");
    ann.say("30[\"ann\"]");
    assertThat(answers.isComplete()).isFalse();
    bob.say("30[\"bob\"]");
    assertThat(answers.result()).isEqualTo(
        new BroadcastAnswers(List.of(new JsonArray().add("eve"), new JsonArray().add("ann"), new JsonArray().add("bob")), 0, List.of(),
        List.of(socket(2).id(), socket(0).id(), socket(1).id()), List.of()));
    assertThat(clock.timers.size()).isZero();
  }

  @Test
  void givesWhatCameWhenSomeStaySilentOrGo() {
    Future<BroadcastAnswers> answers = io.timeout(500).emitWithAck("ready?");
    List<String> silent = List.of(socket(1).id(), socket(2).id());
    ann.say("30[\"ann\"]");
    bob.end(CloseReason.TRANSPORT_CLOSE);
    clock.pass(600);
    assertThat(answers.result())
        .isEqualTo(new BroadcastAnswers(List.of(new JsonArray().add("ann")), 2, List.of(), List.of(socket(0).id()), silent));
    assertThat(answers.result().isComplete()).isFalse();
    eve.say("30[\"late\"]");
    assertThat(eve.isOpen()).isTrue();
  }

  /** {@code magpie_pending_bytes}. */
  private long pendingBytes() {
    return MemoryBudget.of(io.vertx()).held();
  }

  @Test
  void anAcknowledgementCountsUntilAllHaveCome() {
    Future<BroadcastAnswers> answers = io.timeout(500).emitWithAck("ready?");
    long owed = pendingBytes();
    ann.say("30[\"" + "x".repeat(50_000) + "\"]");
    assertThat(pendingBytes()).isBetween(owed + 45_000, owed + 60_000);
    bob.say("30[]");
    eve.say("30[]");
    assertThat(answers.result().isComplete()).isTrue();
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void anAcknowledgementCountsUntilTheTimeoutAlsoIfItsClientHasLeft() {
    Future<BroadcastAnswers> answers = io.timeout(500).emitWithAck("ready?");
    ann.say("30[\"" + "x".repeat(50_000) + "\"]");
    ann.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(pendingBytes()).isGreaterThan(50_000);
    clock.pass(600);
    assertThat(answers.result().answers()).hasSize(1);
    assertThat(answers.result().silent()).isEqualTo(2);
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void aClientWhoseAcknowledgementIsMoreThanItsAddressMayHoldIsClosedAndCountsAsSilent() {
    limitPending(1 << 20);
    Future<BroadcastAnswers> answers = io.local().timeout(500).emitWithAck("ready?");
    ann.say("30[\"" + "x".repeat(200_000) + "\"]");
    assertThat(ann.closed).isEqualTo(CloseReason.OUT_OF_MEMORY);
    bob.say("30[\"bob\"]");
    eve.say("30[\"eve\"]");
    assertThat(answers.result().silent()).isEqualTo(1);
    assertThat(answers.result().answers()).hasSize(2);
    assertThat(pendingBytes()).isZero();
  }

  @Test
  void theLargestAcknowledgementGoesWhenAnotherClientFindsNoMemory() {
    int total = 1 << 20;
    limitPending(total);
    // One address may hold half of the total.
    MemoryBudget.Account other = MemoryBudget.of(io.vertx()).open(total, total, "", () -> { });
    Future<BroadcastAnswers> answers = io.local().timeout(500).emitWithAck("ready?");
    ann.say("30[\"" + "x".repeat(400_000) + "\"]");
    bob.say("30[\"bob\"]");
    ann.end(CloseReason.TRANSPORT_CLOSE);
    assertThat(other.hold(900_000)).isFalse();
    assertThat(other.hold(900_000)).isTrue();
    other.hold(0);
    clock.pass(600);
    assertThat(answers.result().answers()).containsExactly(new JsonArray().add("bob"));
    assertThat(answers.result().answered()).hasSize(1);
    assertThat(answers.result().silentSockets()).hasSize(2).doesNotContainAnyElementsOf(answers.result().answered());
    assertThat(pendingBytes()).isZero();
  }

  /** Another instance beside that of the other tests. */
  private void limitPending(long total) {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions().setAdmission(new AdmissionLimits(100, 100, total)), clock.timers);
    ann = FakeLink.joined(io);
    bob = FakeLink.joined(io);
    eve = FakeLink.joined(io);
  }

  @Test
  void isCompleteAtOnceWhenNobodyIsMeant() {
    assertThat(io.to("nowhere").emitWithAck("ready?").result()).isEqualTo(new BroadcastAnswers(List.of(), 0, List.of()));
  }

  @Test
  void usesIdsThatOneSocketsOwnQuestionsDoNotHave() {
    io.emitWithAck("all");
    Future<JsonArray> own = socket(0).emitWithAck("own");
    assertThat(ann.heard()).containsExactly("20[\"all\"]", "21[\"own\"]");
    ann.say("31[7]");
    assertThat(own.result()).isEqualTo(new JsonArray().add(7));
  }

  @Test
  void readsWhatVerticlesPublish() {
    Broadcast said = Broadcast.fromJson(new JsonObject().put("event", "e").put("rooms", new JsonArray().add("tea"))
        .put("args", new JsonArray().add(1)));
    assertThat(said.namespace()).isEqualTo("/");
    assertThat(said.rooms()).containsExactly("tea");
    assertThat(said.event()).isEqualTo(new JsonArray().add("e").add(1));
    for (String wrong : List.of("{}", "{\"event\":1}", "{\"event\":\"\"}", "{\"event\":\"e\",\"args\":{}}",
        "{\"event\":\"e\",\"rooms\":[1]}",
        "{\"event\":\"e\",\"namespace\":\"chat\"}", "{\"event\":\"disconnect\"}")) {
      assertThatIllegalArgumentException().as(wrong).isThrownBy(() -> Broadcast.fromJson(new JsonObject(wrong)));
    }
  }
}
