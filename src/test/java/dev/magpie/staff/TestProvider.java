package dev.magpie.staff;

import static dev.magpie.testing.Await.await;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A small OpenID Connect provider: everybody who comes is signed in. Owned by one test. */
final class TestProvider implements AutoCloseable {
  static final String CLIENT = "magpie";
  static final String SECRET = "secret-of-the-client";

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private final HttpServer server;
  private final KeyPair published = newKey();

  /** Changes the claims of the next id tokens. */
  volatile UnaryOperator<JsonObject> claims = token -> token;
  /** Signs the next id tokens; null: they are not signed. */
  volatile KeyPair signer = published;
  private final Map<String, Map<String, String>> asked = new HashMap<>();

  TestProvider(Vertx vertx) throws Exception {
    server = await(vertx.createHttpServer().requestHandler(this::handle).listen(0, "127.0.0.1"));
  }

  static KeyPair newKey() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  String issuer() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  private void handle(HttpServerRequest request) {
    switch (request.path()) {
      case "/.well-known/openid-configuration" -> answer(request, new JsonObject()
          .put("issuer", issuer())
          .put("authorization_endpoint", issuer() + "/authorize")
          .put("token_endpoint", issuer() + "/token")
          .put("jwks_uri", issuer() + "/jwks"));
      case "/jwks" -> answer(request, new JsonObject().put("keys", new JsonArray().add(jwk())));
      case "/authorize" -> authorize(request);
      case "/token" -> request.body().onSuccess(body -> token(request, body));
      default -> request.response().setStatusCode(404).end();
    }
  }

  private JsonObject jwk() {
    RSAPublicKey key = (RSAPublicKey) published.getPublic();
    return new JsonObject().put("kty", "RSA").put("use", "sig").put("alg", "RS256").put("kid", "one")
        .put("n", number(key.getModulus())).put("e", number(key.getPublicExponent()));
  }

  private static String number(BigInteger number) {
    byte[] bytes = number.toByteArray();
    return BASE64.encodeToString(bytes[0] == 0 ? java.util.Arrays.copyOfRange(bytes, 1, bytes.length) : bytes);
  }

  /** Remembers what the login asks for; its user agrees at once. */
  private synchronized void authorize(HttpServerRequest request) {
    Map<String, String> parameters = new HashMap<>();
    request.params().forEach(parameter -> parameters.put(parameter.getKey(), parameter.getValue()));
    String code = "code-" + asked.size();
    asked.put(code, parameters);
    String to = parameters.get("redirect_uri") + "?code=" + code + "&state=" + parameters.get("state");
    request.response().setStatusCode(302).putHeader("location", to).end();
  }

  private synchronized void token(HttpServerRequest request, Buffer body) {
    Map<String, String> form = new HashMap<>();
    for (String pair : body.toString().split("&")) {
      String[] parts = pair.split("=", 2);
      form.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    // A code is for one use.
    Map<String, String> login = asked.remove(form.get("code"));
    String basic = "Basic " + Base64.getEncoder().encodeToString((CLIENT + ":" + SECRET).getBytes(StandardCharsets.UTF_8));
    boolean valid = login != null && "authorization_code".equals(form.get("grant_type")) && basic.equals(request.getHeader("Authorization"))
        && login.get("redirect_uri").equals(form.get("redirect_uri")) && "S256".equals(login.get("code_challenge_method"))
        && login.get("code_challenge").equals(sha256(form.getOrDefault("code_verifier", "")));
    if (!valid) {
      request.response().setStatusCode(400);
      answer(request, new JsonObject().put("error", "invalid_grant"));
      return;
    }
    long now = System.currentTimeMillis() / 1000;
    JsonObject token = claims.apply(new JsonObject().put("iss", issuer()).put("aud", CLIENT).put("sub", "4711").put("name", "Anna Li")
        .put("nonce", login.get("nonce")).put("iat", now).put("exp", now + 300).put("groups", new JsonArray().add("support").add("all")));
    answer(request, new JsonObject().put("access_token", "opaque").put("token_type", "Bearer").put("id_token", signed(token)));
  }

  private String signed(JsonObject claims) {
    try {
      JsonObject header = signer == null ? new JsonObject().put("alg", "none") : new JsonObject().put("alg", "RS256").put("kid", "one");
      String signed = BASE64.encodeToString(header.toBuffer().getBytes()) + "." + BASE64.encodeToString(claims.toBuffer().getBytes());
      if (signer == null) return signed + ".";
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(signer.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + BASE64.encodeToString(signature.sign());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static String sha256(String text) {
    try {
      return BASE64.encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void answer(HttpServerRequest request, JsonObject body) {
    request.response().putHeader("content-type", "application/json").end(body.toBuffer());
  }

  @Override
  public void close() throws Exception {
    await(server.close());
  }
}
