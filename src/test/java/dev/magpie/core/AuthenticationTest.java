package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.magpie.transport.CloseReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authentication.Credentials;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.authorization.Authorization;
import io.vertx.ext.auth.authorization.RoleBasedAuthorization;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Authentication and authorization of namespaces, rooms and events by an application's provider. Link by link. */
@ExtendWith(OnLoop.class)
class AuthenticationTest {
  /** Seconds since 1970 at the start of a test. */
  private static final long START = 1_800_000_000;

  private static final Authorization EDITOR = RoleBasedAuthorization.create("editor");

  private final Clock clock = new Clock();
  private final List<Socket> sockets = new ArrayList<>();
  private final List<String> tokens = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();
  private long wall = START * 1000;
  private Io io;

  @BeforeEach
  void start() {
    io = Io.create(Vertx.currentContext().owner(), new IoOptions().setClock(() -> wall), clock.timers);
    io.onNewNamespace(made -> made.onConnection(this::joined));
    io.onConnection(this::joined);
  }

  private void joined(Socket socket) {
    sockets.add(socket);
    socket.onDisconnect(reasons::add);
  }

  /** Takes {@code name}, {@code name;role}, {@code name;role;seconds that it is valid}; refuses the rest. */
  private Future<User> check(Credentials credentials) {
    String token = ((TokenCredentials) credentials).getToken();
    tokens.add(token);
    String[] parts = token.split(";");
    if (!parts[0].matches("ana|bob|jwt\\.of\\.ana")) return Future.failedFuture("bad token " + token);
    User user = User.create(new JsonObject().put("sub", parts[0].replace("jwt.of.", "")));
    if (parts.length > 1) user.authorizations().put("test", RoleBasedAuthorization.create(parts[1]));
    if (parts.length > 2) user.attributes().put("exp", START + Long.parseLong(parts[2]));
    return Future.succeededFuture(user);
  }

  private void pass(long millis) {
    for (long left = millis; left > 0; left -= 500) {
      wall += Math.min(500, left);
      clock.pass(Math.min(500, left));
    }
  }

  private static String auth(String member, String token) {
    return new JsonObject().put(member, token).encode();
  }

  private static FakeLink says(FakeLink link, String text) {
    link.say(text);
    return link;
  }

  private FakeLink of(String token) {
    FakeLink link = says(FakeLink.socketIo(io), "0" + auth("jwt", token));
    assertThat(link.heard()).hasSize(1).allMatch(text -> text.startsWith("0{"));
    return link;
  }

  private static String refused(String message, String code, String reason) {
    return "4" + new JsonObject().put("message", message).put("data", new JsonObject().put("code", code).put("reason", reason)).encode();
  }

  // --- Who

  @ParameterizedTest
  @ValueSource(strings = {"{\"jwt\":\"ana\"}", "{\"token\":\"jwt.of.ana\"}", "{\"jwt\":\"ana\",\"token\":\"jwt.of.bob\"}"})
  void aTokenInTheAuthOfConnectIdentifies(String auth) {
    io.authenticate(this::check);
    FakeLink link = says(FakeLink.socketIo(io), "0" + auth);
    assertThat(link.heard()).hasSize(1).allMatch(text -> text.startsWith("0{"));
    assertThat(sockets.get(0).userId()).isEqualTo("ana");
    assertThat(sockets.get(0).user().subject()).isEqualTo("ana");
  }

  @Test
  void theAuthorizationHeaderOfTheOpeningRequestIdentifies() {
    io.authenticate(this::check);
    says(FakeLink.socketIoWith(io, "Authorization", "bearer ana"), "0");
    assertThat(sockets.get(0).userId()).isEqualTo("ana");
  }

  @Test
  void aClientWithoutATokenIsToldWhereItBelongs() {
    io.authenticate(this::check);
    FakeLink link = says(FakeLink.socketIo(io), "0{\"token\":\"the-secret-of-a-guest\"}");
    assertThat(link.heard()).containsExactly(refused("unauthorized", "token_missing",
        "a token is required: as auth.jwt, as auth.token or in the header Authorization: Bearer"));
    assertThat(tokens).isEmpty();
    assertThat(sockets).isEmpty();
  }

  @Test
  void aTokenThatTheProviderRefusesIsNotRepeatedToTheClient() {
    io.authenticate(this::check);
    FakeLink link = says(FakeLink.socketIo(io), "0" + auth("jwt", "eve"));
    assertThat(link.heard()).containsExactly(refused("unauthorized", "token_refused", "the token was not accepted"));
  }

  @Test
  void aProviderThatSaysWhyIsHeard() {
    JsonObject data = new JsonObject().put("code", "account_closed").put("reason", "the account is closed");
    io.authenticate(token -> ClientError.future("unauthorized", data));
    assertThat(says(FakeLink.socketIo(io), "0" + auth("jwt", "ana")).heard())
        .containsExactly(refused("unauthorized", "account_closed", "the account is closed"));
  }

  @Test
  void aProviderThatThrowsOrGivesNothingRefuses() {
    List<AuthenticationProvider> broken = List.of(token -> {
      throw new IllegalStateException("broken with " + token);
    }, token -> null, token -> Future.succeededFuture(), token -> Future.succeededFuture(User.create(new JsonObject())));
    for (AuthenticationProvider provider : broken) {
      String name = "/broken-" + broken.indexOf(provider);
      io.of(name).authenticate(provider);
      List<String> heard = says(FakeLink.socketIo(io), "0" + name + "," + auth("jwt", "ana")).heard();
      assertThat(heard).hasSize(1).allMatch(text -> text.startsWith("4" + name + ",{\"message\":\"unauthorized\""))
          .noneMatch(text -> text.contains("broken with"));
    }
    assertThat(sockets).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "{}", "[\"ana\"]", "\"\"", "true"})
  void aTokenThatIsNoTextIsRefusedBeforeTheProviderSeesIt(String token) {
    io.authenticate(this::check);
    assertThat(says(FakeLink.socketIo(io), "0{\"jwt\":" + token + "}").heard()).hasSize(1)
        .allMatch(text -> text.contains("\"code\":\"token_malformed\""));
    assertThat(tokens).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jwt", "token"})
  void aTokenOf100KilobytesIsRefusedBeforeTheProviderSeesIt(String member) {
    io.authenticate(this::check);
    assertThat(says(FakeLink.socketIo(io), "0" + auth(member, "eyJ" + "a".repeat(100_000))).heard()).hasSize(1)
        .allMatch(text -> text.contains("\"code\":\"token_malformed\""));
    assertThat(tokens).isEmpty();
  }

  @Test
  void authenticationRunsBeforeMiddlewareWhichSeesTheUser() {
    List<String> seen = new ArrayList<>();
    io.use(joining -> {
      seen.add(joining.userId());
      return Future.succeededFuture();
    });
    io.authenticate(this::check);
    of("ana");
    says(FakeLink.socketIo(io), "0");
    assertThat(seen).containsExactly("ana");
  }

  @Test
  void whereNoTokenIsRequiredAClientMayJoinWithoutAUser() {
    io.authenticate(this::check, new AuthenticationOptions().setRequired(false));
    says(FakeLink.socketIo(io), "0");
    assertThat(sockets.get(0).userId()).isNull();
    of("ana");
    assertThat(sockets.get(1).userId()).isEqualTo("ana");
    assertThat(says(FakeLink.socketIo(io), "0" + auth("jwt", "eve")).heard()).hasSize(1).allMatch(text -> text.startsWith("4"));
  }

  @Test
  void theIdOfAUserIsMadeByTheOptions() {
    io.authenticate(this::check, new AuthenticationOptions().setUserId(user -> "jwt:" + user.subject()));
    of("ana");
    assertThat(sockets.get(0).userId()).isEqualTo("jwt:ana");
    assertThat(sockets.get(0).user().subject()).isEqualTo("ana");
  }

  @Test
  void middlewareIdentifiesAUserByAnIdOfItsOwn() {
    User ana = User.create(new JsonObject().put("sub", "ana"));
    io.use(joining -> {
      joining.identify(ana, "staff:ana");
      return Future.succeededFuture();
    });
    FakeLink.joined(io);
    assertThat(sockets.get(0).userId()).isEqualTo("staff:ana");
    assertThat(sockets.get(0).user()).isSameAs(ana);
  }

  @Test
  void anotherAuthenticationOfTheSameNamespaceIsRefused() {
    io.authenticate(this::check);
    assertThatIllegalStateException().isThrownBy(() -> io.authenticate(this::check))
        .withMessage("namespace /: authenticate is called once, by the application or by the settings");
  }

  @Test
  void aFamilyAuthenticatesItsMembersAndAMemberMayDoItself() {
    ParentNamespace family = io.of(Pattern.compile("/match-\\d+"));
    io.of("/match-1");
    family.authenticate(this::check);
    io.of("/match-2").authenticate(this::check, new AuthenticationOptions().setRequired(false));
    for (String name : List.of("/match-1", "/match-3"))
      assertThat(says(FakeLink.socketIo(io), "0" + name + ",").heard()).as(name).hasSize(1).allMatch(text -> text.startsWith("4" + name));
    assertThat(says(FakeLink.socketIo(io), "0/match-2,").heard()).hasSize(1).allMatch(text -> text.startsWith("0/match-2"));
  }

  @Test
  void aPlainClientIsAuthenticatedByItsFirstFrame() {
    io.authenticate(this::check);
    FakeLink ana = says(FakeLink.magpieV1(io, ""), "{\"auth\":{\"jwt\":\"ana\"}}");
    assertThat(ana.heard()).hasSize(1).allMatch(text -> text.startsWith("{\"open\":"));
    FakeLink eve = says(FakeLink.magpieV1(io, ""), "{\"auth\":{\"jwt\":\"eve\"}}");
    assertThat(new JsonObject(eve.heard().get(0))).isEqualTo(new JsonObject().put("close", new JsonObject().put("reason", "unauthorized")
        .put("data", new JsonObject().put("code", "token_refused").put("reason", "the token was not accepted"))));
    assertThat(eve.closed).isEqualTo(CloseReason.NAMESPACE_REFUSED);
  }

  @Test
  void aClientThatTriesTokensIsClosed() {
    io.authenticate(this::check);
    FakeLink eve = FakeLink.socketIo(io);
    for (int i = 0; eve.isOpen(); i++) {
      assertThat(i).isLessThan(1_000);
      eve.say("0" + auth("jwt", "eve" + i));
    }
    assertThat(eve.closed).isEqualTo(CloseReason.RATE_LIMIT);
    assertThat(eve.closeDetail).isEqualTo("too many refused tokens");
  }

  // --- Cookies and queries

  private FakeLink withCookie(String... headers) {
    String[] all = new String[headers.length + 4];
    System.arraycopy(headers, 0, all, 4, headers.length);
    System.arraycopy(new String[] {"Host", "magpie.example", "Cookie", "theme=dark; session=ana"}, 0, all, 0, 4);
    return says(FakeLink.socketIoWith(io, all), "0");
  }

  @Test
  void aCookieCountsFromThisServersOwnPages() {
    io.authenticate(this::check, new AuthenticationOptions().setCookie("session"));
    withCookie("Origin", "http://magpie.example");
    withCookie("Sec-Fetch-Site", "same-origin");
    assertThat(sockets).extracting(Socket::userId).containsExactly("ana", "ana");
  }

  @Test
  void aCookieDoesNotCountFromOtherPagesNorFromPrograms() {
    io.authenticate(this::check, new AuthenticationOptions().setCookie("session"));
    withCookie("Origin", "http://evil.example");
    withCookie("Origin", "https://magpie.example");
    withCookie("Origin", "http://magpie.example:81");
    withCookie("Origin", "null");
    withCookie("Origin", "http://evil.example", "Sec-Fetch-Site", "same-origin");
    withCookie("Sec-Fetch-Site", "cross-site");
    withCookie("Sec-Fetch-Site", "same-site");
    withCookie("Sec-Fetch-Site", "none");
    withCookie();
    assertThat(sockets).isEmpty();
    assertThat(tokens).isEmpty();
  }

  @Test
  void aWrongCookieCountsAsNoneWhereNoTokenIsRequired() {
    io.authenticate(token -> Future.failedFuture("expired"), new AuthenticationOptions().setCookie("session").setRequired(false));
    withCookie("Origin", "http://magpie.example");
    assertThat(sockets).extracting(Socket::userId).containsExactly((String) null);
  }

  @Test
  void aCookieOrAQueryThatNoOptionNamesIsNotRead() {
    io.authenticate(this::check);
    withCookie("Origin", "http://magpie.example");
    says(FakeLink.socketIo(io, "token=ana&jwt=ana&access_token=ana"), "0");
    assertThat(tokens).isEmpty();
    assertThat(sockets).isEmpty();
  }

  @Test
  void aQueryThatAnOptionNamesIsRead() {
    io.authenticate(this::check, new AuthenticationOptions().setQuery("token"));
    FakeLink.plain(io, "token=ana");
    assertThat(sockets.get(0).userId()).isEqualTo("ana");
  }

  // --- What a user may do

  @Test
  void aUserWithoutTheNeededRoleIsForbidden() {
    io.authenticate(this::check, new AuthenticationOptions().setAuthorization(EDITOR));
    of("ana;editor");
    assertThat(says(FakeLink.socketIo(io), "0" + auth("jwt", "bob;reader")).heard())
        .containsExactly(refused("forbidden", "forbidden", "the user's roles or scopes do not allow this namespace"));
  }

  @Test
  void anEventThatNeedsARoleIsNotHandledForOthers() {
    List<String> handled = new ArrayList<>();
    io.authenticate(this::check).authorizeEvents(event -> event.startsWith("admin:") ? EDITOR : null);
    io.onConnection(socket -> socket.onAny((event, args) -> handled.add(socket.userId() + " " + event))
        .on("admin:close", (args, ack) -> ack.send("closed")));
    FakeLink ana = of("ana;editor");
    FakeLink bob = of("bob");
    ana.say("21[\"admin:close\"]");
    bob.say("21[\"admin:close\"]");
    bob.say("2[\"hello\"]");
    assertThat(ana.heard()).containsExactly("31[\"closed\"]");
    assertThat(bob.heard()).containsExactly("31[{\"error\":\"forbidden\",\"data\":{\"code\":\"forbidden\",\"reason\":"
        + "\"the user's roles or scopes do not allow this event\"}}]");
    assertThat(handled).containsExactly("ana admin:close", "bob hello");
  }

  @Test
  void aRoomThatNeedsARoleCannotBeJoinedByOthers() {
    io.authenticate(this::check).authorizeRooms(room -> room.startsWith("staff:") ? EDITOR : null);
    of("ana;editor");
    of("bob");
    Socket ana = sockets.get(0);
    Socket bob = sockets.get(1);
    assertThat(ana.join("staff:desk").succeeded()).isTrue();
    assertThat(bob.join("lobby", "staff:desk").cause()).isInstanceOf(ClientError.class).hasMessage("forbidden");
    assertThat(bob.join("tea").succeeded()).isTrue();
    io.socketsJoin("staff:all");
    assertThat(ana.rooms()).containsExactlyInAnyOrder(ana.id(), "staff:desk", "staff:all");
    assertThat(bob.rooms()).containsExactlyInAnyOrder(bob.id(), "tea");
  }

  @Test
  void aPlainClientThatNamesARoomThatItMayNotJoinIsRefused() {
    io.authenticate(this::check, new AuthenticationOptions().setQuery("token")).authorizeRooms(room -> EDITOR);
    FakeLink bob = FakeLink.plain(io, "token=bob&room=desk");
    assertThat(bob.closed).isEqualTo(CloseReason.NAMESPACE_REFUSED);
    assertThat(bob.closeDetail).isEqualTo("forbidden");
    assertThat(FakeLink.plain(io, "token=ana%3Beditor&room=desk").isOpen()).isTrue();
    assertThat(sockets).extracting(Socket::userId).containsExactly("ana");
  }

  @Test
  void aFunctionThatFailsAllowsNothing() {
    io.authenticate(this::check).authorizeRooms(room -> {
      throw new IllegalStateException("broken");
    }).authorizeEvents(event -> {
      throw new IllegalStateException("broken");
    });
    FakeLink ana = of("ana;editor");
    assertThat(sockets.get(0).join("tea").failed()).isTrue();
    ana.say("21[\"e\"]");
    assertThat(ana.heard()).hasSize(1).allMatch(text -> text.startsWith("31[{\"error\":\"forbidden\""));
  }

  // --- Expiry

  @Test
  void aClientIsToldBeforeItsUserExpiresAndIsClosedThen() {
    io.authenticate(this::check);
    FakeLink ana = of("ana;editor;120");
    pass(89_000);
    assertThat(ana.heard()).isEmpty();
    pass(2_500);
    JsonObject told = new JsonObject("{\"event\":" + ana.heard().get(0).substring(1) + "}").getJsonArray("event").getJsonObject(1);
    assertThat(told.getLong("at")).isEqualTo((START + 120) * 1000);
    assertThat(told.getLong("in")).isBetween(27_000L, 30_000L);
    pass(27_000);
    assertThat(ana.isOpen()).isTrue();
    pass(5_000);
    assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
    assertThat(reasons).containsExactly("token expired");
    assertThat(ana.heard()).isEmpty();
  }

  @Test
  void aPlainClientIsToldToo() {
    io.authenticate(this::check, new AuthenticationOptions().setNotice(5_000));
    FakeLink ana = says(FakeLink.magpieV1(io, ""), "{\"auth\":{\"jwt\":\"ana;editor;10\"}}");
    ana.heard();
    pass(6_500);
    assertThat(ana.heard()).hasSize(1).allMatch(text -> text.startsWith("{\"event\":\"auth:expiring\",\"args\":[{"));
    pass(5_000);
    assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
  }

  @Test
  void aUserThatMiddlewareIdentifiesExpiresToo() {
    io.use(joining -> {
      joining.identify(User.create(new JsonObject().put("sub", "ana"), new JsonObject().put("exp", START + 40)));
      return Future.succeededFuture();
    });
    FakeLink ana = FakeLink.joined(io);
    pass(45_000);
    assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
  }

  @Test
  void aUserWithoutExpiryStaysAndTakesNoTimer() {
    io.authenticate(this::check);
    FakeLink ana = of("ana;editor");
    assertThat(clock.timers.size()).isZero();
    pass(1_000_000);
    assertThat(ana.isOpen()).isTrue();
  }

  @Test
  void nothingIsDeliveredAndNothingHandledAfterTheExpiryAlsoBeforeTheTimerTicks() {
    List<String> handled = new ArrayList<>();
    io.authenticate(this::check);
    io.onConnection(socket -> {
      socket.join("tea");
      socket.onAny((event, args) -> handled.add(event));
    });
    List<Runnable> deeds = List.of(() -> io.to("tea").emit("news"), () -> io.emit("news"),
        () -> sockets.get(sockets.size() - 1).emit("news"));
    for (Runnable deed : deeds) {
      FakeLink ana = of("ana;editor;" + (wall / 1000 - START + 10));
      ana.heard();
      wall += 10_000;
      deed.run();
      assertThat(ana.heard()).isEmpty();
      assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
    }
    FakeLink ana = of("ana;editor;" + (wall / 1000 - START + 10));
    wall += 10_000;
    ana.say("2[\"late\"]");
    assertThat(handled).isEmpty();
    assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
  }

  @Test
  void aClockThatIsSetForwardEndsATokenWithinSeconds() {
    io.authenticate(this::check);
    FakeLink ana = of("ana;editor;3600");
    pass(3_590_000);
    wall += 3_600_000;
    clock.pass(5_000);
    assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
  }

  @Test
  void aTokenThatExpiresWhileTheAdmissionIsPendingDoesNotLetIn() {
    Promise<Void> check = Promise.promise();
    io.authenticate(this::check).use(joining -> check.future());
    FakeLink ana = says(FakeLink.socketIo(io), "0" + auth("jwt", "ana;editor;10"));
    wall += 10_000;
    check.complete();
    assertThat(ana.heard()).containsExactly(refused("unauthorized", "token_expired", "the token has expired"));
    assertThat(sockets).isEmpty();
  }

  @Test
  void aTokenWithinTheLeewayOfTheProviderEndsWithTheLeeway() {
    io.authenticate(this::check, new AuthenticationOptions().setLeeway(20_000).setNotice(1_000));
    FakeLink ana = of("ana;editor;-5");
    pass(13_000);
    assertThat(ana.isOpen()).isTrue();
    pass(5_000);
    assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
  }

  @Test
  void anExpiredClientLeavesNoTimerBehind() {
    io.authenticate(this::check);
    of("ana;editor;3600").end(CloseReason.TRANSPORT_CLOSE);
    of("ana;editor;10");
    pass(15_000);
    assertThat(clock.timers.size()).isZero();
  }

  // --- Refresh

  private static String refresh(int ack, String token) {
    return "2" + ack + "[\"auth:refresh\"," + auth("token", token) + "]";
  }

  @Test
  void aNewTokenKeepsTheConnection() {
    io.authenticate(this::check);
    FakeLink ana = of("ana;editor;60");
    ana.say(refresh(1, "ana;editor;600"));
    assertThat(ana.heard()).containsExactly("31[{\"ok\":true,\"expires\":" + (START + 600) * 1000 + "}]");
    pass(500_000);
    assertThat(ana.isOpen()).isTrue();
    assertThat(ana.heard()).isEmpty();
    pass(105_000);
    assertThat(ana.heard()).hasSize(1).allMatch(text -> text.startsWith("2[\"auth:expiring\""));
    assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
  }

  @Test
  void aNewTokenThatDoesNotExpireEndsTheTimer() {
    io.authenticate(this::check);
    FakeLink ana = of("ana;editor;60");
    ana.say(refresh(1, "ana"));
    assertThat(ana.heard()).containsExactly("31[{\"ok\":true,\"expires\":null}]");
    assertThat(clock.timers.size()).isZero();
  }

  @Test
  void aTokenOfAnotherUserIsRefusedAndTheFormerOneStays() {
    io.authenticate(this::check);
    FakeLink ana = of("ana;editor;60");
    ana.say(refresh(1, "bob;editor;600"));
    assertThat(ana.heard()).containsExactly("31[{\"ok\":false,\"code\":\"other_user\",\"message\":"
        + "\"the token is of another user: connect anew with it\"}]");
    assertThat(sockets.get(0).userId()).isEqualTo("ana");
    pass(65_000);
    assertThat(ana.closed).isEqualTo(CloseReason.TOKEN_EXPIRED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",null", ",7", ",{}", ",{\"token\":7}", ",{\"token\":\"\"}", ",\"ana\"", ",[\"ana\"]", ",{\"jwt\":\"ana\"}"})
  void aRefreshThatNamesNoTokenIsRefused(String args) {
    io.authenticate(this::check);
    FakeLink ana = of("ana;editor;60");
    ana.say("21[\"auth:refresh\"" + args + "]");
    assertThat(ana.heard()).hasSize(1).allMatch(text -> text.startsWith("31[{\"ok\":false,\"code\":\"token_malformed\""));
    assertThat(ana.isOpen()).isTrue();
  }

  @Test
  void aTokenWithoutTheRoleOfTheNamespaceIsRefused() {
    io.authenticate(this::check, new AuthenticationOptions().setAuthorization(EDITOR));
    FakeLink ana = of("ana;editor;60");
    ana.say(refresh(1, "ana;reader;600"));
    assertThat(ana.heard()).hasSize(1).allMatch(text -> text.startsWith("31[{\"ok\":false,\"code\":\"forbidden\""));
  }

  @Test
  void loweredRolesTakeRoomsAndEventsAway() {
    List<String> handled = new ArrayList<>();
    io.authenticate(this::check).authorizeRooms(room -> room.startsWith("staff:") ? EDITOR : null)
        .authorizeEvents(event -> event.equals("close") ? EDITOR : null);
    io.onConnection(socket -> socket.onAny((event, args) -> handled.add(event)));
    FakeLink ana = of("ana;editor;60");
    sockets.get(0).join("lobby", "staff:desk");
    ana.say(refresh(1, "ana;reader;600"));
    assertThat(ana.heard()).containsExactly("31[{\"ok\":true,\"expires\":" + (START + 600) * 1000 + ",\"left\":[\"staff:desk\"]}]");
    assertThat(sockets.get(0).rooms()).containsExactlyInAnyOrder(sockets.get(0).id(), "lobby");
    io.to("staff:desk").emit("secret");
    assertThat(ana.heard()).isEmpty();
    ana.say("22[\"close\"]");
    assertThat(ana.heard()).hasSize(1).allMatch(text -> text.contains("forbidden"));
    assertThat(handled).isEmpty();
    assertThat(sockets.get(0).join("staff:desk").failed()).isTrue();
    io.toUser("ana").emit("own");
    assertThat(ana.heard()).containsExactly("2[\"own\"]");
  }

  @Test
  void aPlainClientSendsANewTokenToo() {
    io.authenticate(this::check);
    FakeLink ana = says(FakeLink.magpieV1(io, ""), "{\"auth\":{\"jwt\":\"ana;editor;10\"}}");
    ana.heard();
    ana.say("{\"event\":\"auth:refresh\",\"args\":[{\"token\":\"ana;editor;600\"}],\"ack\":1}");
    assertThat(ana.heard()).containsExactly("{\"ack\":1,\"args\":[{\"ok\":true,\"expires\":" + (START + 600) * 1000 + "}]}");
  }

  @Test
  void newTokensAreCheckedAtMostOnceASecond() {
    io.authenticate(this::check);
    FakeLink ana = of("ana;editor;60");
    tokens.clear();
    for (int i = 0; i < 5; i++) ana.say(refresh(i, "ana;editor;600"));
    assertThat(tokens).hasSize(1);
    assertThat(ana.heard()).filteredOn(text -> text.contains("too_soon")).hasSize(4);
    pass(1_100);
    ana.say(refresh(9, "ana;editor;601"));
    assertThat(ana.heard()).hasSize(1).allMatch(text -> text.startsWith("39[{\"ok\":true"));
  }

  @Test
  void aRefreshWhoseClientIsCutMeanwhileChangesNothing() {
    Promise<User> slow = Promise.promise();
    io.authenticate(token -> ((TokenCredentials) token).getToken().equals("slow") ? slow.future() : check(token));
    FakeLink ana = of("ana;editor;60");
    ana.say(refresh(1, "slow"));
    io.disconnectUser("ana");
    ana.heard();
    slow.complete(User.create(new JsonObject().put("sub", "ana")));
    assertThat(ana.heard()).isEmpty();
    assertThat(io.of("/").size()).isZero();
    assertThat(clock.timers.size()).isZero();
  }

  @Test
  void anApplicationThatIdentifiesItsUsersItselfRenewsThem() {
    io.use(joining -> {
      joining.identify(User.create(new JsonObject().put("sub", "ana"), new JsonObject().put("exp", START + 40)));
      return Future.succeededFuture();
    });
    FakeLink ana = FakeLink.joined(io);
    sockets.get(0).renew(User.create(new JsonObject().put("sub", "ana"), new JsonObject().put("exp", START + 400)));
    pass(300_000);
    assertThat(ana.isOpen()).isTrue();
    assertThatIllegalArgumentException().isThrownBy(() -> sockets.get(0).renew(User.fromName("bob")))
        .withMessage("renew: a new token is of the same user");
  }

  @Test
  void withoutAuthenticationARefreshIsTheApplicationsEvent() {
    io.onConnection(socket -> socket.on("auth:refresh", (args, ack) -> ack.send("mine")));
    FakeLink link = FakeLink.joined(io);
    link.say("21[\"auth:refresh\",{\"token\":\"ana\"}]");
    assertThat(link.heard()).containsExactly("31[\"mine\"]");
  }

  // --- Revocation

  @Test
  void aUserWhoseTokenIsBeingCheckedIsRefusedWhenItIsDisconnected() {
    Promise<User> slow = Promise.promise();
    io.authenticate(token -> slow.future());
    FakeLink ana = says(FakeLink.socketIo(io), "0" + auth("jwt", "ana"));
    io.disconnectUser("ana");
    slow.complete(User.create(new JsonObject().put("sub", "ana")));
    assertThat(ana.heard()).containsExactly("4{\"message\":\"disconnected by the server\"}");
    assertThat(sockets).isEmpty();
  }
}
