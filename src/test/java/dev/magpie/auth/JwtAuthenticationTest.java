package dev.magpie.auth;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.core.ClientError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.authorization.PermissionBasedAuthorization;
import io.vertx.ext.auth.authorization.RoleBasedAuthorization;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a token must be, and what is said of one that is not so. */
class JwtAuthenticationTest {
  /** Seconds since 1970. */
  private static final long NOW = 1_800_000_000;

  private static final Set<String> ALL =
      Set.of("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

  private static final KeyPair RSA = Tokens.keys("RS256");
  private static final KeyPair EC = Tokens.keys("ES256");
  private static Vertx vertx;

  private final AtomicLong clock = new AtomicLong(NOW * 1000);
  private final AtomicLong nanos = new AtomicLong();
  private AuthOptions.Jwt options = jwt(ALL, null);

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stop() {
    await(vertx.close());
  }

  private static AuthOptions.Jwt jwt(Set<String> algorithms, String issuer, String... audience) {
    return new AuthOptions.Jwt(List.of(), null, null, 300_000, algorithms, issuer, List.of(audience), 5_000, "roles", "scope");
  }

  private JwtAuthentication with(String... jwks) {
    KeySet[] sets = new KeySet[jwks.length];
    for (int i = 0; i < jwks.length; i++) {
      String text = jwks[i];
      sets[i] = new KeySet(vertx, () -> Future.succeededFuture(Buffer.buffer(text)), "test", options, nanos::get);
    }
    JwtKeys secret = JwtKeys.NONE.with(vertx, "HS256", null,
        new PubSecKeyOptions().setAlgorithm("HS256").setBuffer(Tokens.SECRET));
    return new JwtAuthentication(vertx, secret, List.of(sets), options, clock::get);
  }

  private static User user(JwtAuthentication jwt, String token) {
    return await(jwt.authenticate(new TokenCredentials(token)));
  }

  private static String refusal(JwtAuthentication jwt, String token) {
    Throwable failure = await(jwt.authenticate(new TokenCredentials(token)).map(user -> (Throwable) null)
        .recover(Future::succeededFuture));
    assertThat(failure).as(token).isInstanceOf(ClientError.class).hasMessage("unauthorized");
    assertThat(((ClientError) failure).data().getString("reason")).isNotBlank().doesNotContain(token.isEmpty() ? "\0" : token);
    return ((ClientError) failure).data().getString("code");
  }

  private static JsonObject claims() {
    return new JsonObject().put("sub", "ana").put("exp", NOW + 600);
  }

  private static String hs(JsonObject claims) {
    return Tokens.of("HS256", null, claims, Tokens.secret());
  }

  @Test
  void aTokenIsAUserWithItsClaims() {
    User user = user(with(), hs(claims().put("iss", "https://id.example").put("name", "Ana")));
    assertThat(user.subject()).isEqualTo("ana");
    assertThat(JwtAuthentication.userId(user)).isEqualTo("jwt:https://id.example#ana");
    assertThat(user.<String>get("name")).isEqualTo("Ana");
    assertThat(user.<Number>get("exp").longValue()).isEqualTo(NOW + 600);
  }

  @ParameterizedTest
  @ValueSource(strings = {"username", "userHandle", "preferred_username", "name", "email"})
  void aUserIsNamedByTheSubjectAloneWhateverElseTheTokenClaims(String claim) {
    User user = user(with(), hs(claims().put("iss", "https://id.example").put(claim, "eve")));

    assertThat(JwtAuthentication.userId(user)).isEqualTo("jwt:https://id.example#ana");
  }

  @Test
  void theUserDoesNotHoldTheToken() {
    String token = hs(claims());
    User user = user(with(), token);
    String signature = token.substring(token.lastIndexOf('.'));
    assertThat(user.principal().encode() + user.attributes().encode() + user).doesNotContain(signature);
  }

  @Test
  void aTokenWithoutIssuerHasAnIdToo() {
    assertThat(JwtAuthentication.userId(user(with(), hs(claims())))).isEqualTo("jwt:#ana");
  }

  @Test
  void theIdOfAUserOfAHandlerInFrontIsItsSubject() {
    assertThat(JwtAuthentication.userId(User.fromName("staff:ana"))).isEqualTo("staff:ana");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
  void aKeyOfASetVerifiesItsAlgorithm(String algorithm) {
    KeyPair keys = Tokens.keys(algorithm);
    JwtAuthentication jwt = with(Tokens.jwks(Tokens.jwk("k1", keys.getPublic())).encode());
    assertThat(user(jwt, Tokens.of(algorithm, "k1", claims(), keys.getPrivate())).subject()).isEqualTo("ana");
    assertThat(refusal(jwt, Tokens.of(algorithm, "k1", claims(), Tokens.keys(algorithm).getPrivate()))).isEqualTo("signature_invalid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "ES256", "EdDSA"})
  void aKeyOfAPemFileVerifiesItsAlgorithm(String algorithm) {
    KeyPair keys = Tokens.keys(algorithm);
    JwtKeys configured = JwtKeys.NONE.with(vertx, algorithm, "k1",
        new PubSecKeyOptions().setAlgorithm(algorithm).setBuffer(PublicKeys.pem(Tokens.pem(keys.getPublic()), algorithm)));
    JwtAuthentication jwt = new JwtAuthentication(vertx, configured, List.of(), options, clock::get);
    assertThat(user(jwt, Tokens.of(algorithm, "k1", claims(), keys.getPrivate())).subject()).isEqualTo("ana");
    assertThat(refusal(jwt, Tokens.of(algorithm, null, claims(), keys.getPrivate()))).isEqualTo("key_unknown");
  }

  // --- Signatures and headers

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", "HS1", "hs256", "RS256 ", "A128KW"})
  void anAlgorithmThatIsNotListedIsRefusedWhateverItsSignature(String algorithm) {
    JwtAuthentication jwt = with();
    String header = Tokens.part(new JsonObject().put("alg", algorithm).encode());
    String unsigned = header + "." + Tokens.part(claims().encode()) + ".";
    assertThat(refusal(jwt, unsigned)).isEqualTo("algorithm_not_allowed");
    assertThat(refusal(jwt, Tokens.of(new JsonObject().put("alg", algorithm), claims(), "HS256", Tokens.secret())))
        .isEqualTo("algorithm_not_allowed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"alg\":null}", "{\"alg\":[\"HS256\"]}", "{\"alg\":256}"})
  void aHeaderWithoutAlgorithmIsRefused(String header) {
    assertThat(refusal(with(), Tokens.of(new JsonObject(header), claims(), "HS256", Tokens.secret()))).isEqualTo("algorithm_not_allowed");
  }

  @Test
  void noneIsRefusedAlsoWhereNoKeyIsKnown() {
    JwtAuthentication jwt = new JwtAuthentication(vertx, JwtKeys.NONE, List.of(), options, clock::get);
    String content = Tokens.part("{\"alg\":\"none\"}") + "." + Tokens.part(claims().encode());
    assertThat(refusal(jwt, content)).isEqualTo("token_malformed");
    assertThat(refusal(jwt, content + ".")).isEqualTo("algorithm_not_allowed");
    assertThat(refusal(jwt, Tokens.part("{\"alg\":\"RS256\"}") + "." + Tokens.part(claims().encode()) + ".")).isEqualTo("key_unknown");
  }

  @Test
  void anAlgorithmThatIsNotAmongThoseAllowedIsRefusedThoughItsKeyIsKnown() {
    options = jwt(Set.of("ES256"), null);
    assertThat(refusal(with(), hs(claims()))).isEqualTo("algorithm_not_allowed");
  }

  /** Algorithm confusion: the public key, which everybody has, as the secret. */
  @Test
  void aTokenThatIsSignedWithThePublicKeyIsRefused() {
    String pem = Tokens.pem(RSA.getPublic());
    JwtKeys configured = JwtKeys.NONE.with(vertx, "RS256", "k1",
        new PubSecKeyOptions().setAlgorithm("RS256").setBuffer(pem));
    JwtAuthentication jwt = new JwtAuthentication(vertx, configured, List.of(), options, clock::get);
    for (byte[] secret : List.of(pem.getBytes(StandardCharsets.UTF_8), RSA.getPublic().getEncoded()))
      assertThat(refusal(jwt, Tokens.of("HS256", "k1", claims(), new SecretKeySpec(secret, "HmacSHA256")))).isEqualTo("key_unknown");
  }

  @Test
  void anEmptyOrCutOrChangedSignatureIsRefused() {
    JwtAuthentication jwt = with(Tokens.jwks(Tokens.jwk("k1", EC.getPublic()), Tokens.jwk("r1", RSA.getPublic())).encode());
    for (String token : List.of(hs(claims()), Tokens.of("ES256", "k1", claims(), EC.getPrivate()),
        Tokens.of("RS256", "r1", claims(), RSA.getPrivate()))) {
      String content = token.substring(0, token.lastIndexOf('.') + 1);
      for (String signature : List.of("", "AA", token.substring(content.length(), token.length() - 4), "A".repeat(86), "!!!"))
        assertThat(refusal(jwt, content + signature)).as(signature).isEqualTo("signature_invalid");
      assertThat(refusal(jwt, Tokens.part("{\"alg\":\"HS256\"}") + "." + Tokens.part(claims().put("sub", "eve").encode())
          + token.substring(token.lastIndexOf('.')))).isEqualTo("signature_invalid");
      assertThat(user(jwt, token).subject()).isEqualTo("ana");
    }
  }

  /** A signature in DER that Java refuses to decode: a verifier that is not reset would answer wrongly for the next token. */
  @Test
  void aTokenAfterOneWithABrokenSignatureIsAccepted() {
    JwtAuthentication jwt = with(Tokens.jwks(Tokens.jwk("k1", EC.getPublic())).encode());
    String token = Tokens.of("ES256", "k1", claims(), EC.getPrivate());
    String content = token.substring(0, token.lastIndexOf('.') + 1);
    byte[] broken = new byte[64];
    broken[0] = 0x30;
    broken[1] = 62;
    broken[2] = 2;
    broken[3] = 29;
    broken[33] = 2;
    broken[34] = 29;
    for (int i = 0; i < 3; i++) {
      assertThat(refusal(jwt, content + Base64.getUrlEncoder().withoutPadding().encodeToString(broken)))
          .isEqualTo("signature_invalid");
      assertThat(user(jwt, token).subject()).isEqualTo("ana");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../dev/null", "k2", "K1", "k1 ", "", "k1' OR '1'='1", "/dev/null", "k1\u0000"})
  void aKidIsCompared(String kid) {
    JwtAuthentication jwt = with(Tokens.jwks(Tokens.jwk("k1", EC.getPublic())).encode());
    assertThat(refusal(jwt, Tokens.of("ES256", kid, claims(), EC.getPrivate()))).isEqualTo("key_unknown");
    assertThat(refusal(jwt, Tokens.of("HS256", kid, claims(), Tokens.secret()))).isEqualTo("key_unknown");
  }

  @Test
  void aTokenWithoutKidNeedsAKeyWithoutKid() {
    JwtAuthentication jwt = with(Tokens.jwks(Tokens.jwk("k1", EC.getPublic())).encode());
    assertThat(refusal(jwt, Tokens.of("ES256", null, claims(), EC.getPrivate()))).isEqualTo("key_unknown");
    assertThat(user(jwt, hs(claims())).subject()).isEqualTo("ana");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}", "{\"alg\":\"HS256\",\"crit\":[]}",
      "{\"alg\":\"HS256\",\"typ\":\"logout+jwt\"}", "{\"alg\":\"HS256\",\"typ\":7}"})
  void aTokenOfAnotherKindIsRefused(String header) {
    assertThat(refusal(with(), Tokens.of(new JsonObject(header), claims(), "HS256", Tokens.secret()))).isEqualTo("token_unsupported");
  }

  @ParameterizedTest
  @ValueSource(strings = {"JWT", "jwt", "at+jwt", "application/at+JWT"})
  void aTokenForAccessIsAccepted(String type) {
    JsonObject header = new JsonObject().put("alg", "HS256").put("typ", type);
    assertThat(user(with(), Tokens.of(header, claims(), "HS256", Tokens.secret())).subject()).isEqualTo("ana");
  }

  /** It would verify itself. */
  @Test
  void aKeyInTheHeaderIsNotUsed() {
    KeyPair own = Tokens.keys("ES256");
    JwtAuthentication jwt = with(Tokens.jwks(Tokens.jwk("k1", EC.getPublic())).encode());
    JsonObject header = new JsonObject().put("alg", "ES256").put("kid", "k1").put("jwk", Tokens.jwk("k1", own.getPublic()))
        .put("jku", "http://127.0.0.1:1/jwks").put("x5u", "http://127.0.0.1:1/c").put("x5c", new JsonArray().add("AAAA"));
    assertThat(refusal(jwt, Tokens.of(header, claims(), "ES256", own.getPrivate()))).isEqualTo("signature_invalid");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "...", "a.b.c", "abc", "eyJ.eyJ.eyJ", "e30.e30.e30.e30", "e30.e30", " . . ", "é.é.é"})
  void aTextThatIsNoTokenIsRefused(String text) {
    assertThat(refusal(with(), text)).isIn("token_malformed", "algorithm_not_allowed");
  }

  @Test
  void aTokenWhosePayloadIsNoObjectIsRefused() {
    for (String payload : List.of("", "7", "[]", "null", "{", "\"ana\"")) {
      String content = Tokens.part("{\"alg\":\"HS256\"}") + "." + Tokens.part(payload);
      String signed = Tokens.of(new JsonObject().put("alg", "HS256"), claims(), "HS256", Tokens.secret());
      assertThat(refusal(with(), content + signed.substring(signed.lastIndexOf('.')))).isEqualTo("signature_invalid");
    }
  }

  // --- Claims

  @ParameterizedTest
  @CsvSource({"0, true", "604, true", "605, false", "700, false"})
  void aTokenExpiresBehindItsLeeway(long after, boolean accepted) {
    String token = hs(claims());
    clock.addAndGet(after * 1000);
    if (accepted) assertThat(user(with(), token).subject()).isEqualTo("ana");
    else assertThat(refusal(with(), token)).isEqualTo("token_expired");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nbf", "iat"})
  void aTokenOfTheFutureIsRefusedBeyondTheLeeway(String claim) {
    assertThat(user(with(), hs(claims().put(claim, NOW + 5))).subject()).isEqualTo("ana");
    String token = hs(claims().put(claim, NOW + 6));
    assertThat(refusal(with(), token)).isEqualTo("token_not_yet_valid");
    clock.addAndGet(1_000);
    assertThat(user(with(), token).subject()).isEqualTo("ana");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"exp|null|token_malformed", "exp|\"9999999999\"|token_malformed",
      "exp|[9999999999]|token_malformed", "exp|{}|token_malformed", "exp|true|token_malformed", "nbf|\"0\"|token_malformed",
      "iat|\"0\"|token_malformed", "iat|[]|token_malformed", "sub|null|subject_missing", "sub|7|subject_missing",
      "sub|\"\"|subject_missing", "sub|[\"ana\"]|subject_missing",
      "sub|\"a\\u0000b\"|subject_missing", "sub|\"a\\nb\"|subject_missing", "iss|\"https://id.example#x\"|issuer_wrong",
      "iss|7|issuer_wrong"})
  void aClaimOfAnotherTypeIsRefused(String claim, String value, String code) {
    JsonObject claims = claims();
    Object decoded = new JsonObject("{\"v\":" + value + "}").getValue("v");
    assertThat(refusal(with(), hs(decoded == null ? claims.putNull(claim) : claims.put(claim, decoded)))).isEqualTo(code);
  }

  @Test
  void aTokenWithoutExpiryIsRefused() {
    assertThat(refusal(with(), hs(new JsonObject().put("sub", "ana")))).isEqualTo("expiry_missing");
  }

  @Test
  void aSubjectOf100KilobytesIsRefused() {
    assertThat(refusal(with(), hs(claims().put("sub", "a".repeat(100_000))))).isEqualTo("subject_missing");
  }

  @Test
  void theIssuerIsCompared() {
    options = jwt(ALL, "https://id.example");
    assertThat(user(with(), hs(claims().put("iss", "https://id.example"))).subject()).isEqualTo("ana");
    for (Object other : List.of("https://id.example/", "https://evil.example", "", 7))
      assertThat(refusal(with(), hs(claims().put("iss", other)))).isEqualTo("issuer_wrong");
    assertThat(refusal(with(), hs(claims()))).isEqualTo("issuer_wrong");
  }

  @Test
  void theAudienceIsCompared() {
    options = jwt(ALL, null, "magpie", "other");
    assertThat(user(with(), hs(claims().put("aud", "magpie"))).subject()).isEqualTo("ana");
    assertThat(user(with(), hs(claims().put("aud", new JsonArray().add("x").add("other")))).subject()).isEqualTo("ana");
    for (Object other : List.of("Magpie", "", "magpie,other", new JsonArray(), new JsonArray().add("x"), new JsonArray().add(7)))
      assertThat(refusal(with(), hs(claims().put("aud", other)))).as(other.toString()).isEqualTo("audience_wrong");
    assertThat(refusal(with(), hs(claims()))).isEqualTo("audience_wrong");
  }

  @Test
  void rolesAndScopesAreAuthorizations() {
    User user = user(with(), hs(claims().put("roles", new JsonArray().add("editor").add(7).add("")).put("scope", "news:read  news:write")));
    assertThat(RoleBasedAuthorization.create("editor").match(user)).isTrue();
    assertThat(RoleBasedAuthorization.create("admin").match(user)).isFalse();
    assertThat(PermissionBasedAuthorization.create("news:write").match(user)).isTrue();
    assertThat(PermissionBasedAuthorization.create("news:delete").match(user)).isFalse();
    assertThat(RoleBasedAuthorization.create("news:read").match(user)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"realm_access.roles|{\"realm_access\":{\"roles\":[\"editor\"]}}",
      "https://id.example/roles|{\"https://id.example/roles\":[\"editor\"]}", "groups|{\"groups\":\"editor\"}"})
  void theClaimOfRolesIsASetting(String claim, String more) {
    options = new AuthOptions.Jwt(List.of(), null, null, 300_000, ALL, null, List.of(), 5_000, claim, "scope");
    assertThat(RoleBasedAuthorization.create("editor").match(user(with(), hs(claims().mergeIn(new JsonObject(more)))))).isTrue();
  }

  @Test
  void aNamespaceNeedsOneOfItsRolesAndAllOfItsScopes() {
    AuthOptions.Rule rule = new AuthOptions.Rule(true, List.of("editor", "admin"), List.of("a", "b"));
    User fits = user(with(), hs(claims().put("roles", new JsonArray().add("admin")).put("scope", "b a c")));
    User lacksScope = user(with(), hs(claims().put("roles", new JsonArray().add("admin")).put("scope", "a")));
    User lacksRole = user(with(), hs(claims().put("roles", new JsonArray().add("a")).put("scope", "a b editor")));
    assertThat(Authentication.needed(rule).match(fits)).isTrue();
    assertThat(Authentication.needed(rule).match(lacksScope)).isFalse();
    assertThat(Authentication.needed(rule).match(lacksRole)).isFalse();
    assertThat(Authentication.needed(AuthOptions.Rule.DEFAULT)).isNull();
  }

  // --- Keys that are none

  @Test
  void aKeyThatDoesNotFitItsAlgorithmIsRefusedWithTheReason() {
    String rsa = Tokens.pem(RSA.getPublic());
    String ec = Tokens.pem(EC.getPublic());
    assertThatThrownBy(() -> PublicKeys.pem(ec, "RS256")).hasMessage("the PEM block holds no key of RS256");
    assertThatThrownBy(() -> PublicKeys.pem(rsa, "ES256")).hasMessage("the PEM block holds no key of ES256");
    assertThatThrownBy(() -> PublicKeys.pem(ec, "ES384")).hasMessage("no key of the curve P-384, as ES384 needs");
    assertThatThrownBy(() -> PublicKeys.pem(Tokens.pem(Tokens.shortRsa().getPublic()), "RS256"))
        .hasMessage("an RSA key of 1024 bits; allowed: at least 2048");
    assertThatThrownBy(() -> PublicKeys.pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "RS256"))
        .hasMessage("a PEM block of the kind PRIVATE KEY; allowed: PUBLIC KEY, CERTIFICATE");
    assertThatThrownBy(() -> PublicKeys.pem("hello", "RS256")).hasMessage("no PEM text");
    assertThat(PublicKeys.pem("a line before\n" + rsa.replace("\n", "\r\n"), "RS256")).startsWith("-----BEGIN PUBLIC KEY-----\n");
  }

  @Test
  void keysOfASetThatVerifyNothingAreLeftOut() {
    JsonObject good = Tokens.jwk("k1", EC.getPublic());
    JwtKeys keys = JwtKeys.ofJwks(vertx, Tokens.jwks(
        good.copy().put("kid", "enc").put("use", "enc"),
        new JsonObject().put("kty", "oct").put("kid", "secret").put("k", Tokens.part(Tokens.SECRET)).put("alg", "HS256"),
        Tokens.jwk("short", Tokens.shortRsa().getPublic()),
        good.copy().put("kid", "curve").put("crv", "secp256k1"),
        good.copy().put("kid", "alg").put("alg", "ES384"),
        good.copy().put("kid", "x").put("x", 7),
        new JsonObject().put("kty", 7), new JsonObject(),
        good).toBuffer(), ALL);
    assertThat(keys.size()).isEqualTo(1);
    assertThat(keys.find("ES256", "k1")).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "{\"keys\":{}}", "<html>", "{\"keys\":[", "null"})
  void aTextThatIsNoSetIsRefused(String text) {
    assertThatThrownBy(() -> JwtKeys.ofJwks(vertx, Buffer.buffer(text), ALL)).hasMessage("not a JSON Web Key Set: {\"keys\": [...]}");
  }

  // --- Rotation

  /** A set that a test changes; it counts the reads. */
  private final class Source {
    private String text;
    private int reads;
    private Future<Buffer> answer;
    private final KeySet set = new KeySet(vertx, this::read, "test", options, nanos::get);
    private final JwtAuthentication jwt = new JwtAuthentication(vertx, JwtKeys.NONE, List.of(set), options, clock::get);

    private Future<Buffer> read() {
      reads++;
      return answer != null ? answer : text == null ? Future.failedFuture("away") : Future.succeededFuture(Buffer.buffer(text));
    }

    void has(JsonObject... keys) {
      text = Tokens.jwks(keys).encode();
    }
  }

  @Test
  void aKeyThatIsNewInTheSetIsReadWhenATokenNamesIt() {
    Source source = new Source();
    source.has(Tokens.jwk("old", EC.getPublic()));
    String old = Tokens.of("ES256", "old", claims(), EC.getPrivate());
    assertThat(user(source.jwt, old).subject()).isEqualTo("ana");
    KeyPair next = Tokens.keys("ES256");
    String fresh = Tokens.of("ES256", "new", claims(), next.getPrivate());
    source.has(Tokens.jwk("new", next.getPublic()));
    assertThat(refusal(source.jwt, fresh)).isEqualTo("key_unknown");
    nanos.addAndGet(KeySet.LEAST_NANOS);
    assertThat(user(source.jwt, fresh).subject()).isEqualTo("ana");
    assertThat(source.reads).isEqualTo(2);
    assertThat(refusal(source.jwt, old)).isEqualTo("key_unknown");
  }

  @Test
  void aSetThatIsOldIsReadWithoutWaitingForIt() {
    Source source = new Source();
    source.has(Tokens.jwk("old", EC.getPublic()));
    String old = Tokens.of("ES256", "old", claims(), EC.getPrivate());
    user(source.jwt, old);
    Promise<Buffer> slow = Promise.promise();
    source.answer = slow.future();
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(options.jwksRefreshMs()));
    for (int i = 0; i < 3; i++) assertThat(user(source.jwt, old).subject()).isEqualTo("ana");
    assertThat(source.reads).isEqualTo(2);
    slow.complete(Tokens.jwks().toBuffer());
    assertThat(refusal(source.jwt, old)).isEqualTo("key_unknown");
  }

  @Test
  void tokensWithUnknownKeysCauseOneReadInTenSeconds() {
    Source source = new Source();
    source.has(Tokens.jwk("k1", EC.getPublic()));
    for (int i = 0; i < 500; i++) assertThat(refusal(source.jwt, Tokens.of("ES256", "made up " + i, claims(), EC.getPrivate())))
        .isEqualTo("key_unknown");
    assertThat(source.reads).isEqualTo(1);
  }

  @Test
  void aSetThatCannotBeReadKeepsItsKeys() {
    Source source = new Source();
    source.has(Tokens.jwk("k1", EC.getPublic()));
    String token = Tokens.of("ES256", "k1", claims(), EC.getPrivate());
    user(source.jwt, token);
    source.text = null;
    nanos.addAndGet(TimeUnit.HOURS.toNanos(1));
    for (int i = 0; i < 3; i++) assertThat(user(source.jwt, token).subject()).isEqualTo("ana");
    nanos.addAndGet(KeySet.LEAST_NANOS);
    assertThat(refusal(source.jwt, Tokens.of("ES256", "k2", claims(), EC.getPrivate()))).isEqualTo("keys_unavailable");
  }

  @Test
  void beforeTheFirstReadATokenIsToldThatTheKeysAreNotThere() {
    Source source = new Source();
    assertThat(refusal(source.jwt, Tokens.of("ES256", "k1", claims(), EC.getPrivate()))).isEqualTo("keys_unavailable");
    source.has(Tokens.jwk("k1", EC.getPublic()));
    nanos.addAndGet(KeySet.LEAST_NANOS);
    assertThat(user(source.jwt, Tokens.of("ES256", "k1", claims(), EC.getPrivate())).subject()).isEqualTo("ana");
  }

  @Test
  void tokensThatWaitForOneReadAreAnsweredByIt() {
    Source source = new Source();
    Promise<Buffer> slow = Promise.promise();
    source.answer = slow.future();
    String token = Tokens.of("ES256", "k1", claims(), EC.getPrivate());
    List<Future<User>> waiting = Stream.generate(() -> source.jwt.authenticate(new TokenCredentials(token))).limit(1_000).toList();
    assertThat(refusal(source.jwt, token)).isEqualTo("keys_unavailable");
    slow.complete(Tokens.jwks(Tokens.jwk("k1", EC.getPublic())).toBuffer());
    waiting.forEach(user -> assertThat(await(user).subject()).isEqualTo("ana"));
    assertThat(source.reads).isEqualTo(1);
  }
}
