package dev.magpie.auth;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens and key sets by the JDK alone, the wrong ones too. */
public final class Tokens {
  /** Of HS256 in tests. */
  public static final String SECRET = "a secret of thirty-two characters";

  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  private Tokens() {}

  /** A token of HS256 that expires at this time, in seconds since 1970. */
  public static String hs256(String subject, long expiry, String... roles) {
    JsonArray all = new JsonArray();
    for (String role : roles) all.add(role);
    return of("HS256", null, new JsonObject().put("sub", subject).put("exp", expiry).put("roles", all), secret());
  }

  public static SecretKeySpec secret() {
    return new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }

  public static String of(String algorithm, String kid, JsonObject claims, Key key) {
    JsonObject header = new JsonObject().put("alg", algorithm);
    return of(kid == null ? header : header.put("kid", kid), claims, algorithm, key);
  }

  /** @param algorithm by which it is signed, whatever the header says */
  static String of(JsonObject header, JsonObject claims, String algorithm, Key key) {
    String content = part(header.encode()) + "." + part(claims.encode());
    return content + "." + BASE64.encodeToString(sign(algorithm, key, content.getBytes(StandardCharsets.UTF_8)));
  }

  static String part(String text) {
    return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] sign(String algorithm, Key key, byte[] content) {
    try {
      if (algorithm.startsWith("HS")) {
        Mac mac = Mac.getInstance("HmacSHA" + algorithm.substring(2));
        mac.init(key);
        return mac.doFinal(content);
      }
      Signature signature = signature(algorithm);
      signature.initSign((PrivateKey) key);
      signature.update(content);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Signature signature(String algorithm) throws GeneralSecurityException {
    String hash = algorithm.replaceAll("\\D", "");
    if (algorithm.equals("EdDSA")) return Signature.getInstance("EdDSA");
    if (algorithm.startsWith("ES")) return Signature.getInstance("SHA" + hash + "withECDSAinP1363Format");
    if (algorithm.startsWith("RS")) return Signature.getInstance("SHA" + hash + "withRSA");
    Signature pss = Signature.getInstance("RSASSA-PSS");
    pss.setParameter(new PSSParameterSpec("SHA-" + hash, "MGF1", new MGF1ParameterSpec("SHA-" + hash), Integer.parseInt(hash) / 8, 1));
    return pss;
  }

  /** A new pair of keys of this algorithm. */
  public static KeyPair keys(String algorithm) {
    try {
      if (algorithm.equals("EdDSA")) return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
      KeyPairGenerator made = KeyPairGenerator.getInstance(algorithm.startsWith("ES") ? "EC" : "RSA");
      if (algorithm.startsWith("ES")) made.initialize(new ECGenParameterSpec("secp" + bits(algorithm) + "r1"));
      else made.initialize(2048);
      return made.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  static KeyPair shortRsa() {
    try {
      KeyPairGenerator made = KeyPairGenerator.getInstance("RSA");
      made.initialize(1024);
      return made.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int bits(String algorithm) {
    return algorithm.equals("ES512") ? 521 : Integer.parseInt(algorithm.substring(2));
  }

  public static String pem(PublicKey key) {
    return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded()) + "\n-----END PUBLIC KEY-----\n";
  }

  /** A set of one key. */
  public static JsonObject jwks(JsonObject... keys) {
    JsonArray all = new JsonArray();
    for (JsonObject key : keys) all.add(key);
    return new JsonObject().put("keys", all);
  }

  /** A public key as a JSON Web Key, without {@code alg}. */
  public static JsonObject jwk(String kid, PublicKey key) {
    JsonObject jwk = new JsonObject().put("kid", kid).put("use", "sig");
    if (key instanceof RSAPublicKey rsa)
      return jwk.put("kty", "RSA").put("n", number(rsa.getModulus(), 0)).put("e", number(rsa.getPublicExponent(), 0));
    if (key instanceof ECPublicKey ec) {
      int size = ec.getParams().getCurve().getField().getFieldSize();
      return jwk.put("kty", "EC").put("crv", "P-" + size).put("x", number(ec.getW().getAffineX(), (size + 7) / 8))
          .put("y", number(ec.getW().getAffineY(), (size + 7) / 8));
    }
    // The last 32 bytes of its encoding are the key.
    byte[] encoded = ((EdECPublicKey) key).getEncoded();
    return jwk.put("kty", "OKP").put("crv", "Ed25519")
        .put("x", BASE64.encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
  }

  private static String number(BigInteger number, int length) {
    byte[] bytes = number.toByteArray();
    if (bytes[0] == 0) bytes = Arrays.copyOfRange(bytes, 1, bytes.length);
    byte[] padded = new byte[Math.max(length, bytes.length)];
    System.arraycopy(bytes, 0, padded, padded.length - bytes.length, bytes.length);
    return BASE64.encodeToString(padded);
  }
}
