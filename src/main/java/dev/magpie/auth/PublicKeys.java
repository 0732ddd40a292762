package dev.magpie.auth;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Public keys in PEM and in JSON Web Keys, checked before vertx-auth-jwt gets them: it takes any. Without state. */
final class PublicKeys {
  /** RFC 7518, sections 3.3 and 3.5. */
  private static final int LEAST_RSA_BITS = 2048;

  private static final Pattern PEM = Pattern.compile("-----BEGIN ([A-Z ]+)-----\\s+([A-Za-z0-9+/=\\s]+?)\\s*-----END \\1-----");

  private static final Map<String, String> ALGORITHM_OF_CURVE =
      Map.of("P-256", "ES256", "P-384", "ES384", "P-521", "ES512", "Ed25519", "EdDSA", "Ed448", "EdDSA");

  private static final Set<String> RSA = Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512");

  private PublicKeys() {}

  /**
   * A public key or certificate in PEM as one of the kind that vertx-auth-jwt reads.
   *
   * @throws IllegalArgumentException that says what is wrong, without the text
   */
  static String pem(String text, String algorithm) {
    Matcher block = PEM.matcher(text);
    if (!block.find()) throw new IllegalArgumentException("no PEM text");
    PublicKey key = key(block.group(1), block.group(2), algorithm);
    String wrong = wrong(key, algorithm);
    if (wrong != null) throw new IllegalArgumentException(wrong);
    return "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded()) + "\n-----END PUBLIC KEY-----\n";
  }

  private static PublicKey key(String kind, String base64, String algorithm) {
    try {
      byte[] der = Base64.getMimeDecoder().decode(base64.getBytes(StandardCharsets.US_ASCII));
      return switch (kind) {
        case "CERTIFICATE" -> CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)).getPublicKey();
        case "PUBLIC KEY" -> KeyFactory.getInstance(family(algorithm)).generatePublic(new X509EncodedKeySpec(der));
        default -> throw new IllegalArgumentException("a PEM block of the kind " + kind + "; allowed: PUBLIC KEY, CERTIFICATE");
      };
    } catch (GeneralSecurityException unreadable) {
      throw new IllegalArgumentException("the PEM block holds no key of " + algorithm, unreadable);
    }
  }

  private static String family(String algorithm) {
    return RSA.contains(algorithm) ? "RSA" : algorithm.startsWith("ES") ? "EC" : "EdDSA";
  }

  /** Why a key is none of the algorithm; null where it is. */
  private static @Nullable String wrong(PublicKey key, String algorithm) {
    if (RSA.contains(algorithm)) {
      if (!(key instanceof RSAPublicKey rsa)) return "no RSA key, as " + algorithm + " needs";
      int bits = rsa.getModulus().bitLength();
      return bits < LEAST_RSA_BITS ? "an RSA key of " + bits + " bits; allowed: at least " + LEAST_RSA_BITS : null;
    }
    if (!algorithm.startsWith("ES")) return key instanceof EdECPublicKey ? null : "no Ed25519 or Ed448 key, as EdDSA needs";
    int field = key instanceof ECPublicKey ec ? ec.getParams().getCurve().getField().getFieldSize() : 0;
    int needed = algorithm.equals("ES256") ? 256 : algorithm.equals("ES384") ? 384 : 521;
    return field == needed ? null : "no key of the curve P-" + needed + ", as " + algorithm + " needs";
  }

  /**
   * The public part of a JSON Web Key, once for each algorithm that it may verify: with {@code alg}, and without what vertx-auth-jwt would
   * read beyond, such as certificates and private parts.
   *
   * @param allowed algorithms
   * @return empty for a key that verifies no signatures here: secrets, other kinds and curves, keys for encryption, short keys
   */
  static List<JsonObject> jwks(JsonObject jwk, Set<String> allowed) {
    if (!(jwk.getValue("use", "sig") instanceof String use) || !use.equals("sig")) return List.of();
    if (!(jwk.getValue("kty") instanceof String kind)) return List.of();
    return switch (kind) {
      case "RSA" -> isLong(jwk.getValue("n")) ? copies(jwk, RSA, allowed, "n", "e") : List.of();
      case "EC" -> ofCurve(jwk, "P-", allowed, "crv", "x", "y");
      case "OKP" -> ofCurve(jwk, "Ed", allowed, "crv", "x");
      default -> List.of();
    };
  }

  private static List<JsonObject> ofCurve(JsonObject jwk, String kind, Set<String> allowed, String... members) {
    if (!(jwk.getValue("crv") instanceof String curve) || !curve.startsWith(kind)) return List.of();
    String algorithm = ALGORITHM_OF_CURVE.get(curve);
    return algorithm == null ? List.of() : copies(jwk, Set.of(algorithm), allowed, members);
  }

  private static List<JsonObject> copies(JsonObject jwk, Set<String> possible, Set<String> allowed, String... members) {
    JsonObject copy = new JsonObject().put("kty", jwk.getValue("kty"));
    for (String member : members) {
      if (!(jwk.getValue(member) instanceof String text)) return List.of();
      copy.put(member, text);
    }
    Object own = jwk.getValue("alg");
    return possible.stream().filter(allowed::contains).filter(algorithm -> own == null || own.equals(algorithm))
        .map(algorithm -> copy.copy().put("alg", algorithm)).toList();
  }

  private static boolean isLong(@Nullable Object modulus) {
    try {
      return modulus instanceof String text && Base64.getUrlDecoder().decode(text).length * 8 >= LEAST_RSA_BITS;
    } catch (IllegalArgumentException noBase64) {
      return false;
    }
  }
}
