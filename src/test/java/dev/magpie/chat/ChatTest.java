package dev.magpie.chat;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.ops.Metrics;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The chat's words on the wire, with four gateways, so that two clients are seldom on the same one. */
class ChatTest {
  private static final String MODERATOR = "a-secret-of-moderators";
  private static final String CID = "0123456789abcdef";

  @TempDir Path data;
  private Vertx vertx;
  private int port;
  private String deployment;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    port = deploy(4, new JsonObject().put("moderators", new JsonArray().add(MODERATOR)));
  }

  @AfterEach
  void end() throws Exception {
    await(vertx.close());
  }

  // --- Joining and leaving

  @Test
  void joiningTellsTheNamesAndGivesAToken() throws Exception {
    JsonObject joined = ask(visitor(), "join", room().put("name", "阿明"));
    assertThat(joined.getString("token")).matches("[A-Za-z0-9_-]{32}");
    joined.remove("token");
    assertThat((String) joined.remove("author")).matches("[A-Za-z0-9_-]{16}");
    assertThat(((Number) joined.remove("seq")).longValue()).isNotNegative();
    assertThat(joined.encode()).isEqualTo("{\"ok\":true,\"members\":[\"阿明\"],\"count\":1,\"name\":\"阿明\"}");
  }

  @Test
  void joiningTellsThePlaceOfTheLastMessage() throws Exception {
    TestIo alice = member("alice");
    JsonObject said = say(alice, "one");
    long seq = ask(visitor(), "join", room()).getLong("seq");
    assertThat(seq).isGreaterThanOrEqualTo(said.getLong("seq"));
    assertThat(say(alice, "two").getLong("seq")).isGreaterThan(seq);
  }

  @Test
  void whoGivesNoNameGetsOne() throws Exception {
    assertThat(ask(visitor(), "join", room()).getString("name")).startsWith("guest-");
  }

  @Test
  void othersHearWhoJoinsAndWhoLeaves() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    assertThat(next(alice, "joined").encode()).isEqualTo("{\"room\":\"tea\",\"name\":\"bob\",\"members\":[\"alice\",\"bob\"],\"count\":2}");
    assertThat(ask(bob, "leave", room()).encode()).isEqualTo("{\"ok\":true}");
    assertThat(next(alice, "left").encode()).isEqualTo("{\"room\":\"tea\",\"name\":\"bob\",\"members\":[\"alice\"],\"count\":1}");
    say(alice, "anybody here?");
    hearsNo(bob, "message");
  }

  @Test
  void othersHearWhenAConnectionEndsWithoutAWord() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    await(bob.drop());
    assertThat(next(alice, "left").getJsonArray("members")).containsExactly("alice");
  }

  @Test
  void membersAreThoseOfAllGateways() throws Exception {
    List<TestIo> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) all.add(member("guest " + i));
    assertThat(ask(visitor(), "join", room().put("name", "last")).getJsonArray("members")).hasSize(9)
        .contains("guest 0", "guest 7", "last");
  }

  @Test
  void membersOutliveNoGateway() throws Exception {
    member("alice");
    await(vertx.undeploy(deployment));
    port = deploy(1, new JsonObject());
    assertThat(ask(visitor(), "join", room().put("name", "bob")).getJsonArray("members")).containsExactly("bob");
  }

  @Test
  void aGuestWithTwoWindowsIsHereOnce() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = visitor();
    String token = ask(bob, "join", room().put("name", "bob")).getString("token");
    next(alice, "joined");
    TestIo second = visitor(token);
    assertThat(ask(second, "join", room().put("name", "bob")).getJsonArray("members")).containsExactly("alice", "bob");
    ask(bob, "leave", room());
    say(alice, "still here?");
    assertThat(next(second, "message").getString("text")).isEqualTo("still here?");
    hearsNo(alice, "left");
    hearsNo(alice, "joined");
  }

  @Test
  void aGuestMayTakeAnotherName() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    next(alice, "joined");
    assertThat(ask(bob, "join", room().put("name", "bert")).getJsonArray("members")).containsExactly("alice", "bert");
    assertThat(next(alice, "left").getString("name")).isEqualTo("bob");
    assertThat(next(alice, "joined").getString("name")).isEqualTo("bert");
  }

  @Test
  void bothWindowsOfAGuestHearThatItsFormerNameHasLeft() throws Exception {
    TestIo first = visitor();
    String token = ask(first, "join", room().put("name", "bob")).getString("token");
    TestIo second = visitor(token);
    ask(second, "join", room().put("name", "bob"));
    ask(second, "join", room().put("name", "bert"));
    assertThat(next(first, "joined").getString("name")).isEqualTo("bert");
    ask(first, "join", room().put("name", "bert"));
    assertThat(next(second, "left").encode()).isEqualTo("{\"room\":\"tea\",\"name\":\"bob\",\"members\":[\"bert\"],\"count\":1}");
    hearsNo(first, "left");
    hearsNo(second, "joined");
  }

  @Test
  void aLargeRoomIsToldItsSizeButNotWhoComesAndGoes() throws Exception {
    TestIo alice = member("alice");
    List<JsonArray> joined = new CopyOnWriteArrayList<>();
    alice.on("joined", joined::add);
    for (int i = 2; i <= 201; i++) member("guest " + i);
    assertThat(await(alice.next("count")).getJsonObject(0).encode()).isEqualTo("{\"room\":\"tea\",\"count\":201}");
    assertThat(joined).isNotEmpty().allSatisfy(event -> {
      assertThat(event.getJsonObject(0).getInteger("count")).isLessThanOrEqualTo(200);
      assertThat(event.getJsonObject(0).getJsonArray("members")).hasSizeLessThanOrEqualTo(100);
      assertThat(event.getJsonObject(0).getString("name")).isNotEqualTo("guest 201");
    });
  }

  @Test
  void joiningAndLeavingInOneBreathLeavesNobodyBehind() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = visitor();
    Future<JsonArray> joined = bob.emitWithAck("join", room().put("name", "bob"));
    Future<JsonArray> left = bob.emitWithAck("leave", room());
    await(Future.all(joined, left));
    say(alice, "gone?");
    hearsNo(bob, "message");
    assertThat(ask(alice, "join", room().put("name", "alice")).getJsonArray("members")).containsExactly("alice");
  }

  // --- Names

  @ParameterizedTest
  @ValueSource(strings = {"alice", "Alice", " alice ", "ａｌｉｃｅ", "ali\u200bce"})
  void aNameCannotBeTakenOver(String lookalike) throws Exception {
    member("alice");
    refused(visitor(), "join", room().put("name", lookalike), "NAME_TAKEN");
  }

  @Test
  void aNameCannotBeTakenOverWhileItsOwnerIsAway() throws Exception {
    TestIo alice = visitor();
    String token = ask(alice, "join", room().put("name", "alice")).getString("token");
    await(alice.close());
    refused(visitor(), "join", room().put("name", "alice"), "NAME_TAKEN");
    refused(visitor("another-token-of-somebody"), "join", room().put("name", "alice"), "NAME_TAKEN");
    assertThat(ask(visitor(token), "join", room()).getString("name")).isEqualTo("alice");
  }

  @Test
  void aClientWithoutAuthSendsItsTokenWhenItJoins() throws Exception {
    TestIo alice = visitor();
    String token = ask(alice, "join", room().put("name", "alice")).getString("token");
    await(alice.close());
    TestIo again = visitor();
    assertThat(ask(again, "join", room().put("name", "alice").put("token", token)).getBoolean("ok")).isTrue();
    // But nobody changes who they are on the way.
    assertThat(ask(again, "join", room().put("token", "another-token-of-somebody")).getString("token")).isEqualTo(token);
  }

  // --- Messages

  @Test
  void aMessageReachesAllMembersItsSenderToo() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    TestIo elsewhere = visitor();
    ask(elsewhere, "join", new JsonObject().put("room", "coffee"));
    JsonObject ack = ask(alice, "message", room().put("cid", CID).put("text", "<script>alert(1)</script>\u202e"));
    assertThat(ack.fieldNames()).containsExactly("ok", "seq");
    for (TestIo member : List.of(alice, bob)) {
      JsonObject message = next(member, "message");
      assertThat((String) message.remove("author")).isNotBlank();
      assertThat((Long) message.remove("at")).isBetween(System.currentTimeMillis() - 60_000, System.currentTimeMillis());
      assertThat(message.encode())
          .isEqualTo("{\"room\":\"tea\",\"seq\":" + ack.getLong("seq") + ",\"cid\":\"" + CID
          + "\",\"from\":\"alice\",\"text\":\"<script>alert(1)</script>\u202e\"}");
    }
    hearsNo(elsewhere, "message");
  }

  @Test
  void aMessageToARoomJoinsIt() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = visitor();
    // As the official client's queue does after a reconnect: first what waited, then what stands behind it.
    Future<JsonArray> said = bob.emitWithAck("message", room().put("cid", CID).put("text", "hello"));
    Future<JsonArray> joined = bob.emitWithAck("join", room().put("name", "bob"));
    assertThat(await(said).getJsonObject(0).getBoolean("ok")).isTrue();
    assertThat(await(joined).getJsonObject(0).getJsonArray("members")).containsExactly("alice", "bob");
    assertThat(next(alice, "message").getString("from")).startsWith("guest-");
    assertThat(next(bob, "message").getString("text")).isEqualTo("hello");
  }

  @Test
  void aRetryGetsTheOriginalResultAndIsSaidOnce() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    say(bob, "before");
    JsonObject first = ask(alice, "message", room().put("cid", CID).put("text", "once"));
    JsonObject again = ask(alice, "message", room().put("cid", CID).put("text", "once"));
    assertThat(again).isEqualTo(first);
    // Also from another connection, as after a reload.
    assertThat(ask(member("alice in another window"), "message", room().put("cid", CID).put("text", "once"))).isEqualTo(first);
    assertThat(next(bob, "message").getString("text")).isEqualTo("before");
    assertThat(next(bob, "message").getString("text")).isEqualTo("once");
    hearsNo(bob, "message");
  }

  @Test
  void allMembersHearOneOrder() throws Exception {
    List<TestIo> members = new ArrayList<>();
    for (int i = 0; i < 6; i++) members.add(member("guest " + i));
    List<List<Long>> heard = new ArrayList<>();
    for (TestIo member : members) {
      List<Long> seqs = new CopyOnWriteArrayList<>();
      heard.add(seqs);
      member.on("message", args -> seqs.add(args.getJsonObject(0).getLong("seq")));
    }
    List<Future<?>> said = new ArrayList<>();
    for (int i = 0; i < 30; i++) for (TestIo member : members) said.add(member.emitWithAck("message", room().put("text", "text " + i)));
    await(Future.all(said));
    for (TestIo member : members) await(member.barrier());
    assertThat(heard).allSatisfy(seqs -> assertThat(seqs).hasSize(180).isSorted().doesNotHaveDuplicates());
  }

  @Test
  void typingIsToldToTheOthers() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    assertThat(ask(alice, "typing", room()).encode()).isEqualTo("{\"ok\":true}");
    assertThat(next(bob, "typing").encode()).isEqualTo("{\"room\":\"tea\",\"from\":\"alice\"}");
    hearsNo(alice, "typing");
  }

  // --- History

  @Test
  void historyIsPagedBothWays() throws Exception {
    TestIo alice = member("alice");
    long[] seq = new long[6];
    for (int i = 1; i <= 5; i++) seq[i] = say(alice, "text " + i).getLong("seq");
    assertThat(texts(ask(alice, "history", room().put("limit", 2)))).containsExactly("text 4", "text 5", "more");
    assertThat(texts(ask(alice, "history", room().put("before", seq[4]).put("limit", 2)))).containsExactly("text 2", "text 3", "more");
    assertThat(texts(ask(alice, "history", room().put("before", seq[3])))).containsExactly("text 1", "text 2");
    assertThat(texts(ask(alice, "history", room().put("after", 0).put("limit", 2)))).containsExactly("text 1", "text 2", "more");
    assertThat(texts(ask(alice, "history", room().put("after", seq[4])))).containsExactly("text 5");
    assertThat(texts(ask(alice, "history", room().put("after", seq[5])))).isEmpty();
  }

  @Test
  void historyHoldsMessagesAsTheyWereSaid() throws Exception {
    TestIo alice = member("alice");
    ask(alice, "message", room().put("cid", CID).put("text", "hello"));
    assertThat(ask(alice, "history", room()).getJsonArray("messages").getJsonObject(0)).isEqualTo(next(alice, "message"));
  }

  @Test
  void theLimitOfAPageIsClamped() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    // Two speakers: a hundred requests of one would meet the limit of its rate.
    for (int i = 0; i < 51; i++) {
      say(alice, "text " + i);
      say(bob, "text " + i);
    }
    assertThat(ask(alice, "history", room().put("limit", -1)).getJsonArray("messages")).hasSize(1);
    assertThat(ask(alice, "history", room().put("limit", 1_000_000_000)).getJsonArray("messages")).hasSize(100);
  }

  @Test
  void historyIsForMembersOnly() throws Exception {
    say(member("alice"), "private");
    refused(visitor(), "history", room(), "NOT_MEMBER");
    refused(visitor(), "typing", room(), "NOT_MEMBER");
  }

  // --- Editing and deleting

  @Test
  void onesOwnMessageCanBeEditedAndDeleted() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    long seq = ask(alice, "message", room().put("cid", CID).put("text", "helo")).getLong("seq");
    assertThat(ask(alice, "edit", room().put("seq", seq).put("text", "hello")).encode()).isEqualTo("{\"ok\":true,\"seq\":" + seq + "}");
    JsonObject edited = next(bob, "edited");
    assertThat(List.of(edited.getLong("seq"), edited.getString("text"), edited.getBoolean("edited"))).containsExactly(seq, "hello", true);
    assertThat(ask(alice, "delete", room().put("seq", seq)).encode()).isEqualTo("{\"ok\":true,\"seq\":" + seq + "}");
    JsonObject deleted = next(bob, "deleted");
    assertThat(List.of(deleted.getLong("seq"), deleted.getString("text"), deleted.getBoolean("deleted"))).containsExactly(seq, "", true);
    assertThat(ask(alice, "history", room()).getJsonArray("messages").getJsonObject(0).getString("text")).isEmpty();
    refused(alice, "edit", room().put("seq", seq).put("text", "again"), "NOT_FOUND");
  }

  @Test
  void somebodyElsesMessageCanNot() throws Exception {
    long seq = say(member("alice"), "mine").getLong("seq");
    TestIo bob = member("bob");
    refused(bob, "edit", room().put("seq", seq).put("text", "yours"), "FORBIDDEN");
    refused(bob, "delete", room().put("seq", seq), "FORBIDDEN");
    refused(bob, "delete", room().put("seq", 7_000), "NOT_FOUND");
    refused(visitor(), "delete", room().put("seq", seq), "NOT_MEMBER");
    ask(bob, "join", new JsonObject().put("room", "coffee"));
    refused(bob, "edit", new JsonObject().put("room", "coffee").put("seq", seq).put("text", "x"), "NOT_FOUND");
  }

  // --- Authors

  @Test
  void anAuthorIsKnownAgainByTheTokenUnderWhateverName() throws Exception {
    TestIo alice = visitor();
    JsonObject joined = ask(alice, "join", room().put("name", "alice"));
    say(alice, "one");
    ask(alice, "join", room().put("name", "alicia"));
    say(alice, "two");
    TestIo later = visitor(joined.getString("token"));
    assertThat(ask(later, "join", room()).getString("author")).isEqualTo(joined.getString("author"));
    for (Object message : ask(later, "history", room()).getJsonArray("messages")) {
      assertThat(((JsonObject) message).getString("author")).isEqualTo(joined.getString("author"));
    }
    assertThat(ask(visitor(), "join", room()).getString("author")).isNotEqualTo(joined.getString("author"));
  }

  @Test
  void aRefusedNameChangesNothing() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    next(alice, "joined");
    refused(bob, "join", room().put("name", "Alice"), "NAME_TAKEN");
    hearsNo(alice, "left");
    say(bob, "still bob");
    assertThat(next(alice, "message").getString("from")).isEqualTo("bob");
    assertThat(next(bob, "message").getString("text")).isEqualTo("still bob");
  }

  // --- Moderators

  @Test
  void aModeratorMutes() throws Exception {
    TestIo alice = member("alice");
    TestIo moderator = moderator();
    assertThat(ask(moderator, "mute", room().put("name", "alice").put("seconds", 60)).encode()).isEqualTo("{\"ok\":true}");
    assertThat(next(alice, "muted").encode()).isEqualTo("{\"room\":\"tea\",\"name\":\"alice\",\"seconds\":60}");
    refused(alice, "message", room().put("text", "but"), "MUTED");
    ask(moderator, "mute", room().put("name", "alice").put("seconds", 0));
    assertThat(say(alice, "thanks").getBoolean("ok")).isTrue();
  }

  @Test
  void aModeratorKicks() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    TestIo moderator = moderator();
    assertThat(ask(moderator, "kick", room().put("name", "Alice")).encode()).isEqualTo("{\"ok\":true}");
    assertThat(next(alice, "kicked").encode()).isEqualTo("{\"room\":\"tea\",\"name\":\"alice\"}");
    assertThat(next(bob, "left").getString("name")).isEqualTo("alice");
    say(bob, "is she gone?");
    await(alice.barrier());
    hearsNo(alice, "message");
    refused(alice, "message", room().put("text", "no"), "FORBIDDEN");
    refused(alice, "join", room(), "FORBIDDEN");
    refused(alice, "history", room(), "NOT_MEMBER");
    assertThat(ask(alice, "join", new JsonObject().put("room", "coffee")).getBoolean("ok")).isTrue();
  }

  @Test
  void aModeratorDeletesMessagesOfOthers() throws Exception {
    long seq = say(member("alice"), "rude").getLong("seq");
    TestIo moderator = moderator();
    ask(moderator, "join", room());
    assertThat(ask(moderator, "delete", room().put("seq", seq)).getBoolean("ok")).isTrue();
    refused(moderator, "edit", room().put("seq", seq).put("text", "polite"), "NOT_FOUND");
  }

  @Test
  void othersAreNoModerators() throws Exception {
    member("alice");
    for (TestIo other : List.of(visitor(), connect(new JsonObject().put("moderator", "a-secret-of-moderator")),
        connect(new JsonObject().put("moderator", 1)))) {
      refused(other, "mute", room().put("name", "alice"), "FORBIDDEN");
      refused(other, "kick", room().put("name", "alice"), "FORBIDDEN");
    }
    refused(moderator(), "kick", room().put("name", "nobody"), "NOT_FOUND");
    assertThat(ask(visitor(), "mute", room().put("name", "alice").put("moderator", MODERATOR)).getBoolean("ok")).isTrue();
  }

  @Test
  void afterFiveWrongSecretsAConnectionIsNotHeardAnyMore() throws Exception {
    member("alice");
    TestIo guesser = visitor();
    for (int i = 0; i < 5; i++) refused(guesser, "kick", room().put("name", "alice").put("moderator", "a-wrong-secret-" + i), "FORBIDDEN");
    refused(guesser, "kick", room().put("name", "alice").put("moderator", MODERATOR), "RATE_LIMIT");
    assertThat(Metrics.of(vertx).scrape()).contains("magpie_chat_wrong_secrets_total{listener=\"main\"} 6.0");
    assertThat(ask(moderator(), "kick", room().put("name", "alice")).getBoolean("ok")).isTrue();
  }

  @Test
  void whoTriedTooManySecretsMayStillDeleteWhatIsItsOwn() throws Exception {
    TestIo alice = member("alice");
    for (int i = 0; i < 5; i++) refused(alice, "mute", room().put("name", "alice").put("moderator", "a-wrong-secret-" + i), "FORBIDDEN");
    long seq = say(alice, "mine").getLong("seq");
    assertThat(ask(alice, "delete", room().put("seq", seq).put("moderator", "another-wrong-secret")).getBoolean("ok")).isTrue();
  }

  @Test
  void afterTwentyWrongSecretsAnAddressIsNotHeardForAMinuteWhicheverConnectionItTakes() throws Exception {
    member("alice");
    for (int i = 0; i < 20; i++) {
      refused(connect(new JsonObject().put("moderator", "a-wrong-secret-" + i)), "kick", room().put("name", "alice"), "FORBIDDEN");
    }
    refused(moderator(), "kick", room().put("name", "alice"), "RATE_LIMIT");
    assertThat(Metrics.of(vertx).scrape()).contains("magpie_chat_wrong_secrets_total{listener=\"main\"} 21.0");
  }

  @Test
  void aModeratorPurgesAllThatOnePersonSaid() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    ask(alice, "join", new JsonObject().put("room", "coffee"));
    long one = say(alice, "one").getLong("seq");
    long two = ask(alice, "message", new JsonObject().put("room", "coffee").put("cid", CID).put("text", "two")).getLong("seq");
    ask(alice, "edit", room().put("seq", one).put("text", "one and a half"));
    say(bob, "mine");
    TestIo moderator = moderator();
    assertThat(ask(moderator, "purge", room().put("seq", one)).getInteger("count")).isGreaterThanOrEqualTo(3);
    assertThat(next(bob, "purged").getJsonArray("seqs").stream().map(seq -> ((Number) seq).longValue()).toList()).contains(one, two);
    assertThat(texts(ask(bob, "history", room()))).containsExactly("mine");
    assertThat(ask(alice, "history", new JsonObject().put("room", "coffee")).getJsonArray("messages")).isEmpty();
    // A retry of what is gone brings nothing back.
    assertThat(ask(alice, "message", new JsonObject().put("room", "coffee").put("cid", CID).put("text", "two")).getLong("seq"))
        .isEqualTo(two);
    assertThat(ask(alice, "history", new JsonObject().put("room", "coffee")).getJsonArray("messages")).isEmpty();
    assertThat(ask(moderator, "purge", new JsonObject().put("name", "bob")).getInteger("count")).isPositive();
    assertThat(texts(ask(bob, "history", room()))).isEmpty();
    refused(alice, "purge", room().put("name", "bob"), "FORBIDDEN");
    refused(moderator, "purge", new JsonObject().put("name", "nobody"), "NOT_FOUND");
    refused(moderator, "purge", room().put("seq", one), "NOT_FOUND");
  }

  @Test
  void aRetryOfWhatWasSaidBeforeGetsItsAnswerThoughItsAuthorIsMutedOrOut() throws Exception {
    TestIo alice = member("alice");
    TestIo moderator = moderator();
    JsonObject message = room().put("cid", CID).put("text", "in time");
    JsonObject said = ask(alice, "message", message);
    ask(moderator, "mute", room().put("name", "alice"));
    assertThat(ask(alice, "message", message)).isEqualTo(said);
    ask(moderator, "kick", room().put("name", "alice"));
    assertThat(ask(alice, "message", message)).isEqualTo(said);
    refused(alice, "message", room().put("text", "too late"), "FORBIDDEN");
  }

  // --- Restarts

  @Test
  void namesSanctionsMessagesAndCidsOutliveARestart() throws Exception {
    String token = "the-token-of-alice-and-of-nobody-else";
    TestIo alice = visitor(token);
    ask(alice, "join", room().put("name", "alice"));
    JsonObject said = ask(alice, "message", room().put("cid", CID).put("text", "before"));
    member("bob");
    TestIo carol = visitor("the-token-of-carol-and-of-nobody-else");
    ask(carol, "join", room().put("name", "carol"));
    ask(moderator(), "mute", room().put("name", "alice"));
    ask(moderator(), "kick", room().put("name", "carol"));
    await(vertx.close());
    vertx = Vertx.vertx();
    port = deploy(4, new JsonObject());
    refused(visitor(), "join", room().put("name", "Alice"), "NAME_TAKEN");
    refused(visitor(), "join", room().put("name", "bob"), "NAME_TAKEN");
    alice = visitor(token);
    assertThat(ask(alice, "join", room()).getString("name")).isEqualTo("alice");
    assertThat(texts(ask(alice, "history", room()))).containsExactly("before");
    refused(alice, "message", room().put("text", "after"), "MUTED");
    assertThat(ask(alice, "message", room().put("cid", CID).put("text", "before"))).isEqualTo(said);
    refused(visitor("the-token-of-carol-and-of-nobody-else"), "join", room(), "FORBIDDEN");
  }

  @Test
  void whereTheSettingsKeepNothingItIsHeardByThoseWhoAreHere() throws Exception {
    await(vertx.undeploy(deployment));
    port = deploy(2, new JsonObject(), "none");
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    long first = say(alice, "one").getLong("seq");
    assertThat(next(bob, "message").getString("text")).isEqualTo("one");
    assertThat(say(bob, "two").getLong("seq")).isGreaterThan(first);
    assertThat(ask(bob, "history", room()).getJsonArray("messages")).isEmpty();
    refused(alice, "delete", room().put("seq", first), "NOT_FOUND");
  }

  // --- Refusals

  @ParameterizedTest
  @ValueSource(strings = {"\"\"", "\"   \"", "\"\\n\\t\"", "\"\\u0301\\u0302\"", "\"\\u200b\"", "null", "7", "[\"a\"]", "{\"a\":1}",
      "true"})
  void aTextIsAStringThatCanBeSeen(String text) throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    refused(alice, "message", room().put("text", new JsonArray("[" + text + "]").getValue(0)), "INVALID");
    hearsNo(bob, "message");
  }

  @Test
  void aTextHasAtMostTenThousandCharacters() throws Exception {
    TestIo alice = member("alice");
    assertThat(say(alice, "长".repeat(10_000)).getBoolean("ok")).isTrue();
    refused(alice, "message", room().put("text", "长".repeat(10_001)), "INVALID");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"room\":\"\"}", "{\"room\":\" \"}", "{\"room\":1}", "{\"room\":null}", "{\"room\":[\"tea\"]}",
      "{\"room\":\"a\\u0000b\"}"})
  void aRoomIsAShortText(String request) throws Exception {
    refused(visitor(), "join", new JsonObject(request), "INVALID");
    refused(visitor(), "join", new JsonObject().put("room", "r".repeat(65)), "INVALID");
  }

  @ParameterizedTest
  @ValueSource(strings = {"k3JqT8sYv0bN2mZxR5aP", "0123456789abcdef-_XY", "~tea"})
  void aRoomMayBeNamedLikeADocumentOfFirestore(String room) throws Exception {
    TestIo alice = visitor();
    assertThat(ask(alice, "join", new JsonObject().put("room", room)).getBoolean("ok")).isTrue();
    assertThat(ask(alice, "message", new JsonObject().put("room", room).put("text", "hello")).getBoolean("ok")).isTrue();
    assertThat(next(alice, "message").getString("room")).isEqualTo(room);
  }

  @Test
  void nobodyJoinsTheRoomOfAnothersSocket() throws Exception {
    TestIo alice = member("alice");
    refused(visitor(), "join", new JsonObject().put("room", alice.id()), "INVALID");
    refused(visitor(), "message", new JsonObject().put("room", alice.id()).put("text", "hello"), "INVALID");
  }

  @Test
  void whatIsOutOfItsBoundsIsRefused() throws Exception {
    TestIo alice = member("alice");
    refused(alice, "join", room().put("name", "n".repeat(33)), "INVALID");
    refused(alice, "join", room().put("name", 7), "INVALID");
    refused(alice, "join", room().put("name", "\u202e"), "INVALID");
    refused(alice, "message", room().put("text", "x").put("cid", "short"), "INVALID");
    refused(alice, "message", room().put("text", "x").put("cid", "c".repeat(65)), "INVALID");
    refused(alice, "history", room().put("before", "abc"), "INVALID");
    refused(alice, "history", room().put("after", 1.5), "INVALID");
    refused(alice, "history", room().put("before", 1).put("after", 1), "INVALID");
    refused(alice, "edit", room().put("seq", "1").put("text", "x"), "INVALID");
    for (Object nothing : new Object[] {null, "tea", 1, new JsonArray()}) {
      assertThat(await(alice.emitWithAck("join", nothing)).getJsonObject(0).getString("code")).isEqualTo("INVALID");
    }
    assertThat(await(alice.emitWithAck("join")).getJsonObject(0).getString("code")).isEqualTo("INVALID");
  }

  @Test
  void aNumberBeyondSixtyFourBitsIsNotTakenForAnotherOne() throws Exception {
    TestIo alice = member("alice");
    long seq = say(alice, "one").getLong("seq");
    // Its lowest 64 bits are the number of the message.
    BigInteger beyond = BigInteger.ONE.shiftLeft(64).add(BigInteger.valueOf(seq));
    refused(alice, "delete", room().put("seq", beyond), "NOT_FOUND");
    refused(alice, "edit", room().put("seq", beyond).put("text", "two"), "NOT_FOUND");
    assertThat(texts(ask(alice, "history", room().put("before", beyond)))).containsExactly("one");
    for (Number last : List.of(beyond, Long.MAX_VALUE)) assertThat(texts(ask(alice, "history", room().put("after", last)))).isEmpty();
    assertThat(texts(ask(alice, "history", room().put("limit", beyond)))).containsExactly("one");
  }

  @Test
  void whoAsksTooMuchIsToldSo() throws Exception {
    TestIo alice = member("alice");
    List<Future<JsonArray>> answers = new ArrayList<>();
    for (int i = 0; i < 400; i++) answers.add(alice.emitWithAck("typing", room()));
    await(Future.join(answers));
    assertThat(answers).extracting(answer -> answer.result().getJsonObject(0).getString("code")).contains("RATE_LIMIT", (String) null);
    assertThat(await(member("bob").emitWithAck("typing", room())).getJsonObject(0).getBoolean("ok")).isTrue();
  }

  @Test
  void messagesWaitForTheirTurnInsteadOfBeingLost() throws Exception {
    TestIo alice = member("alice");
    List<Future<JsonArray>> answers = new ArrayList<>();
    for (int i = 0; i < 150; i++) answers.add(alice.emitWithAck("message", room().put("text", "text " + i)));
    await(Future.join(answers));
    assertThat(answers).extracting(answer -> answer.result().getJsonObject(0).getBoolean("ok")).containsOnly(true);
  }

  @Test
  void nobodyIsInMoreThanFiftyRooms() throws Exception {
    TestIo alice = visitor();
    for (int i = 0; i < 50; i++) assertThat(ask(alice, "join", new JsonObject().put("room", "room " + i)).getBoolean("ok")).isTrue();
    refused(alice, "join", room(), "TOO_MANY_ROOMS");
    ask(alice, "leave", new JsonObject().put("room", "room 0"));
    assertThat(ask(alice, "join", room()).getBoolean("ok")).isTrue();
  }

  @Test
  void aRequestThatWantsNoAnswerGetsNone() throws Exception {
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    alice.emit("message", room().put("text", "hello")).emit("message", "nonsense").emit("kick", room());
    assertThat(next(bob, "message").getString("text")).isEqualTo("hello");
  }

  // --- The bot

  @Test
  void theBotAnswersTheAskerAlone() throws Exception {
    vertx.eventBus().<JsonObject>consumer(Addresses.BOT_ASK, message -> message.reply(
        Answer.of("about " + message.body().getString("text")).result(List.of(new Answer.Hit("5d0a7c3e8f1b2a3c4d5e0001", "<b>title")))
        .toJson()));
    JsonObject answer = ask(visitor(), "ask", new JsonObject().put("text", "套餐"));
    assertThat(answer.encode())
        .isEqualTo("{\"ok\":true,\"outcome\":\"ANSWER\",\"text\":\"about "
        + "套餐\",\"result\":[{\"_id\":\"5d0a7c3e8f1b2a3c4d5e0001\",\"title\":\"<b>title\"}]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"SUGGEST", "NOT_FOUND", "PASS"})
  void theBotMayNotKnow(String outcome) throws Exception {
    vertx.eventBus().<JsonObject>consumer(Addresses.BOT_ASK,
        message -> message.reply(new JsonObject().put("outcome", outcome).put("text", "?")));
    JsonObject answer = ask(visitor(), "ask", new JsonObject().put("text", "x"));
    assertThat(answer.getString("outcome")).isEqualTo(outcome.equals("PASS") ? "NOT_FOUND" : outcome);
    assertThat(answer.getJsonArray("result")).isEmpty();
  }

  @Test
  void aBotThatIsAwayIsSaidToBe() throws Exception {
    refused(visitor(), "ask", new JsonObject().put("text", "x"), "UNAVAILABLE");
    refused(visitor(), "ask", new JsonObject().put("text", new JsonObject().put("$ne", (Object) null)), "INVALID");
  }

  // --- Plain clients

  @Test
  void plainClientsTalkInTheSameRooms() throws Exception {
    TestIo alice = member("alice");
    try (RawWebSocket plain = RawWebSocket.connect(port, "/ws?ns=/chat")) {
      plain.sendText("{\"event\":\"join\",\"args\":[{\"room\":\"tea\",\"name\":\"bob\"}],\"ack\":1}");
      JsonObject joined = new JsonObject(plain.readFrame().text());
      assertThat(joined.getInteger("ack")).isEqualTo(1);
      assertThat(joined.getJsonArray("args").getJsonObject(0).getJsonArray("members")).containsExactly("alice", "bob");
      assertThat(next(alice, "joined").getString("name")).isEqualTo("bob");
      plain.sendText("[\"message\",{\"room\":\"tea\",\"text\":\"from a plain one\"}]");
      assertThat(next(alice, "message").getString("from")).isEqualTo("bob");
      assertThat(new JsonArray(plain.readFrame().text()).getJsonObject(1).getString("text")).isEqualTo("from a plain one");
      say(alice, "to a plain one");
      assertThat(new JsonArray(plain.readFrame().text()).getJsonObject(1).getString("text")).isEqualTo("to a plain one");
    }
    assertThat(next(alice, "left").getString("name")).isEqualTo("bob");
  }

  @Test
  void whoWroteItsBytesOfAMinuteIsRefusedOverBothProtocolsAndNothingIsStored() throws Exception {
    await(vertx.undeploy(deployment));
    port = deploy(2, new JsonObject().put("user_bytes_per_minute", 2 * 10_256));
    TestIo alice = member("alice");
    JsonObject first = room().put("cid", CID).put("text", "1".repeat(10_000));
    JsonObject answer = ask(alice, "message", first);
    assertThat(say(alice, "2".repeat(10_000)).getBoolean("ok")).isTrue();
    refused(alice, "message", room().put("text", "three"), "RATE_LIMIT");
    refused(alice, "edit", room().put("seq", answer.getLong("seq")).put("text", "other"), "RATE_LIMIT");
    // A retry of what is stored gets its answer.
    assertThat(ask(alice, "message", first)).isEqualTo(answer);
    try (RawWebSocket plain = RawWebSocket.connect(port, "/ws?ns=/chat")) {
      for (String text : List.of("4".repeat(10_000), "5".repeat(10_000), "six")) {
        JsonObject message = new JsonObject().put("room", "coffee").put("text", text);
        plain.sendText(new JsonObject().put("event", "message").put("args", new JsonArray().add(message)).put("ack", 7).encode());
      }
      assertThat(acknowledged(plain).getBoolean("ok")).isTrue();
      assertThat(acknowledged(plain).getBoolean("ok")).isTrue();
      assertThat(acknowledged(plain).getString("code")).isEqualTo("RATE_LIMIT");
    }
    assertThat(texts(ask(alice, "history", room()))).containsExactly("1".repeat(10_000), "2".repeat(10_000));
    assertThat(Metrics.of(vertx).scrape()).contains("magpie_chat_over_quota_total{listener=\"main\",reason=\"user\"} 4.0");
  }

  @Test
  void allUsersOfAnAddressShareItsBytesOfAMinute() throws Exception {
    await(vertx.undeploy(deployment));
    port = deploy(2, new JsonObject().put("address_bytes_per_minute", 2 * 10_256));
    TestIo alice = member("alice");
    TestIo bob = member("bob");
    assertThat(say(alice, "1".repeat(10_000)).getBoolean("ok")).isTrue();
    assertThat(say(bob, "2".repeat(10_000)).getBoolean("ok")).isTrue();
    refused(alice, "message", room().put("text", "three"), "RATE_LIMIT");
    refused(bob, "message", room().put("text", "four"), "RATE_LIMIT");
    assertThat(Metrics.of(vertx).scrape()).contains("magpie_chat_over_quota_total{listener=\"main\",reason=\"address\"} 2.0");
  }

  /** Events are passed over. */
  private static JsonObject acknowledged(RawWebSocket plain) throws Exception {
    for (;;) {
      String text = plain.readFrame().text();
      if (!text.startsWith("{")) continue;
      JsonObject frame = new JsonObject(text);
      if (frame.containsKey("ack")) return frame.getJsonArray("args").getJsonObject(0);
    }
  }

  @Test
  void plainClientsComeIntoTheRoomOfTheirQueryByTheDoor() throws Exception {
    TestIo alice = member("alice");
    try (RawWebSocket plain = RawWebSocket.connect(port, "/ws?ns=/chat&room=tea&name=bob")) {
      assertThat(next(alice, "joined").getString("name")).isEqualTo("bob");
      say(alice, "hello bob");
      assertThat(new JsonArray(plain.readFrame().text()).getJsonObject(1).getString("text")).isEqualTo("hello bob");
    }
    try (RawWebSocket listener = RawWebSocket.connect(port, "/ws?ns=/chat&room=tea&name=alice")) {
      listener.sendText("{\"event\":\"history\",\"args\":[{\"room\":\"tea\"}],\"ack\":1}");
      assertThat(listener.readFrame().text()).contains("NOT_MEMBER");
    }
  }

  // --- Set-up

  private static JsonObject room() {
    return new JsonObject().put("room", "tea");
  }

  private TestIo visitor() throws Exception {
    return connect(null);
  }

  private TestIo visitor(String token) throws Exception {
    return connect(new JsonObject().put("token", token));
  }

  private TestIo moderator() throws Exception {
    return connect(new JsonObject().put("moderator", MODERATOR));
  }

  private TestIo connect(JsonObject auth) throws Exception {
    return await(TestIo.connect(vertx, new TestIoOptions(port).setNamespace("/chat").setAuth(auth)));
  }

  private TestIo member(String name) throws Exception {
    TestIo member = visitor();
    assertThat(ask(member, "join", room().put("name", name)).getBoolean("ok")).isTrue();
    return member;
  }

  private static JsonObject ask(TestIo client, String event, JsonObject request) throws Exception {
    return await(client.emitWithAck(event, request)).getJsonObject(0);
  }

  private static JsonObject say(TestIo client, String text) throws Exception {
    return ask(client, "message", room().put("text", text));
  }

  private static void refused(TestIo client, String event, JsonObject request, String code) throws Exception {
    JsonObject answer = ask(client, event, request);
    assertThat(answer.fieldNames()).containsExactly("ok", "code", "message");
    assertThat(answer.getBoolean("ok")).isFalse();
    assertThat(answer.getString("code")).isEqualTo(code);
    assertThat(answer.getString("message")).isNotBlank();
  }

  private static JsonObject next(TestIo client, String event) throws Exception {
    return await(client.next(event)).getJsonObject(0);
  }

  /** What was said before this is asked has been handed to its gateway by then. */
  private static void hearsNo(TestIo client, String event) throws Exception {
    Future<JsonArray> heard = client.next(event);
    await(client.barrier());
    assertThat(heard.isComplete()).as(event).isFalse();
  }

  private static List<String> texts(JsonObject page) {
    List<String> texts = new ArrayList<>();
    page.getJsonArray("messages").forEach(message -> texts.add(((JsonObject) message).getString("text")));
    if (page.getBoolean("more")) texts.add("more");
    return texts;
  }

  private int deploy(int instances, JsonObject chat) throws Exception {
    return deploy(instances, chat, "durable");
  }

  private int deploy(int instances, JsonObject chat, String recovery) throws Exception {
    JsonObject modes = new JsonObject().put("namespaces", new JsonObject().put("/chat", recovery));
    List<GatewayVerticle> gateways = new CopyOnWriteArrayList<>();
    JsonObject http = new JsonObject()
        .put("listeners", new JsonArray().add(new JsonObject().put("port", 0).put("applications", new JsonArray().add("chat"))));
    deployment = await(vertx.deployVerticle(() -> {
      GatewayVerticle gateway = new GatewayVerticle();
      gateways.add(gateway);
      return gateway;
    }, new DeploymentOptions().setInstances(instances)
        .setConfig(new JsonObject().put("http", http).put("chat", chat).put("recovery", modes)
        .put("data", new JsonObject().put("path", data.toString())).put("shutdown", new JsonObject().put("drain_ms", 1000)))));
    return URI.create(gateways.get(0).urls().get(0)).getPort();
  }
}
