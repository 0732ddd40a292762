package dev.magpie.auth;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that the settings name: what is read, and what is said of those that cannot be used. */
class AuthenticationSettingsTest {
  private static final KeyPair RSA = Tokens.keys("RS256");

  @TempDir Path folder;
  private Vertx vertx;

  @BeforeEach
  void start() {
    vertx = Vertx.vertx();
  }

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  private Authentication open(JsonObject jwt) {
    return open(new JsonObject().put("/news", new JsonObject()), jwt);
  }

  private Authentication open(JsonObject namespaces, JsonObject jwt) {
    return await(Authentication.open(vertx, AuthOptions.from(new JsonObject().put("namespaces", namespaces).put("jwt", jwt))));
  }

  private void refuses(JsonObject jwt, String reason) {
    assertThatThrownBy(() -> open(jwt)).cause().isInstanceOf(IllegalStateException.class).hasMessage(reason);
  }

  private static JsonObject keys(JsonObject... keys) {
    JsonArray all = new JsonArray();
    for (JsonObject key : keys) all.add(key);
    return new JsonObject().put("keys", all);
  }

  private static JsonObject key(String algorithm) {
    return new JsonObject().put("algorithm", algorithm);
  }

  private String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  @Test
  void secretsAndFilesAreKeys() throws IOException {
    open(keys(key("HS256").put("secret", Tokens.SECRET), key("HS256").put("kid", "2").put("file", file("secret", Tokens.SECRET + "\n")),
        key("RS256").put("file", file("key.pem", Tokens.pem(RSA.getPublic())))));
  }

  @Test
  void namespacesNeedKeysAndSlashes() {
    refuses(new JsonObject(), "auth.namespaces: needs auth.jwt.keys, auth.jwt.jwks_file or auth.jwt.jwks_url");
    assertThatThrownBy(() -> open(new JsonObject().put("news", new JsonObject()), keys(key("HS256").put("secret", Tokens.SECRET))))
        .cause().hasMessage("auth.namespaces.news: a namespace's name starts with a slash");
    open(new JsonObject(), new JsonObject());
  }

  @Test
  void aSecretThatIsNoneOrTooShortIsRefusedAndNotShown() {
    refuses(keys(key("HS256").put("secret", "short")), "auth.jwt.keys[0]: a secret of HS256 has at least 32 bytes");
    refuses(new JsonObject().put("algorithms", new JsonArray().add("HS512")).put("keys", new JsonArray().add(
        key("HS512").put("secret", Tokens.SECRET))), "auth.jwt.keys[0]: a secret of HS512 has at least 64 bytes");
    refuses(keys(key("HS256").put("secret", Tokens.pem(RSA.getPublic()))),
        "auth.jwt.keys[0]: HS256 needs a secret, and this is a PEM text");
    refuses(keys(key("HS256")), "auth.jwt.keys[0]: needs either secret or file");
    refuses(keys(key("HS256").put("secret", Tokens.SECRET).put("file", "x")), "auth.jwt.keys[0]: needs either secret or file");
  }

  @Test
  void aFileThatIsNoKeyIsRefused() throws IOException {
    String missing = folder.resolve("missing.pem").toString();
    refuses(keys(key("RS256").put("file", missing)), "auth.jwt.keys[0].file: cannot be read: " + missing + ": no such file");
    refuses(keys(key("RS256").put("file", file("text", "hello"))), "auth.jwt.keys[0]: no PEM text");
    refuses(keys(key("HS256").put("file", file("k.pem", Tokens.pem(RSA.getPublic())))),
        "auth.jwt.keys[0]: HS256 needs a secret, and this is a PEM text");
    refuses(new JsonObject().put("jwks_file", file("set", "hello")),
        "auth.jwt.jwks_file: cannot be read: not a JSON Web Key Set: {\"keys\": [...]}");
    refuses(new JsonObject().put("jwks_file", missing), "auth.jwt.jwks_file: cannot be read: " + missing + ": no such file");
  }

  @Test
  void twoKeysOfOneNameAndAlgorithmsThatAreNotAllowedAreRefused() {
    JsonObject secret = key("HS256").put("secret", Tokens.SECRET);
    refuses(keys(secret, secret.copy().put("kid", "1"), secret), "auth.jwt.keys[2]: a second key of HS256 without a kid");
    refuses(keys(secret.copy().put("kid", "1"), secret.copy().put("kid", "1")),
        "auth.jwt.keys[1]: a second key of HS256 with the kid 1");
    refuses(keys(key("RS512").put("secret", "x")), "auth.jwt.keys[0]: its algorithm RS512 is not among auth.jwt.algorithms");
  }

  @Test
  void noTextOfTheOptionsHoldsASecret() {
    AuthOptions options = AuthOptions.from(new JsonObject().put("jwt", keys(key("HS256").put("secret", Tokens.SECRET))));
    assertThat(options.toString()).contains("HS256").doesNotContain(Tokens.SECRET);
  }

  // --- A set at an address

  private KeySet at(HttpServer server) {
    return new KeySet(vertx, new KeyAddress(vertx, "http://127.0.0.1:" + server.actualPort() + "/jwks")::read, "test",
        AuthOptions.Jwt.DEFAULT, System::nanoTime);
  }

  private HttpServer serve(Handler<HttpServerRequest> handler) {
    return await(vertx.createHttpServer().requestHandler(handler).listen(0, "127.0.0.1"));
  }

  @Test
  void aSetIsReadFromItsAddress() {
    AtomicInteger reads = new AtomicInteger();
    HttpServer server = serve(request -> {
      reads.incrementAndGet();
      request.response().end(Tokens.jwks(Tokens.jwk("k1", RSA.getPublic())).encode());
    });
    KeySet set = at(server);
    assertThat(await(set.newest()).find("RS256", "k1")).isNotNull();
    assertThat(await(set.newest()).find("RS256", "k1")).isNotNull();
    assertThat(reads).hasValue(1);
  }

  @Test
  void anAnswerThatIsTooLongOrNoSetOrAnotherStatusIsRefused() {
    HttpServer endless = serve(request -> {
      request.response().setChunked(true);
      vertx.setPeriodic(1, again -> {
        if (!request.response().closed()) request.response().write(Buffer.buffer(new byte[64 << 10]));
      });
    });
    assertThatThrownBy(() -> await(at(endless).newest())).cause().hasMessage("more than 262144 bytes");
    HttpServer moved = serve(request -> request.response().setStatusCode(302).putHeader("location", "/other").end());
    assertThatThrownBy(() -> await(at(moved).newest())).cause().hasMessage("HTTP status 302 instead of 200");
    HttpServer page = serve(request -> request.response().end("<html>"));
    assertThatThrownBy(() -> await(at(page).newest())).cause().hasMessage("not a JSON Web Key Set: {\"keys\": [...]}");
  }

  @Test
  void anAddressThatDoesNotAnswerIsGivenUp() {
    HttpServer silent = serve(request -> request.response().setChunked(true).write("{"));
    long begun = System.nanoTime();
    assertThatThrownBy(() -> await(at(silent).newest())).isNotNull();
    assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(30));
  }

  @Test
  void aServerWhoseAddressIsAwayStarts() {
    open(new JsonObject().put("jwks_url", "http://127.0.0.1:1/jwks").put("audience", new JsonArray().add("magpie")));
    assertThat(AuthOptions.DEFAULT.jwt().algorithms()).isEqualTo(Set.of("HS256", "RS256", "PS256", "ES256", "EdDSA"));
  }
}
