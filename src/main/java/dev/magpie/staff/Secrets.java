package dev.magpie.staff;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** Random tokens, and the digests by which they are stored. Pure. */
final class Secrets {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final int TOKEN_BYTES = 32;
  private static final int RECOVERY_CODES = 10;
  private static final int RECOVERY_BYTES = 10;
  private static final int PASSWORD_BYTES = 15;

  private Secrets() {}

  /** 43 characters of base64url. */
  static String newToken() {
    return BASE64.encodeToString(random(TOKEN_BYTES));
  }

  /** A password of 120 random bits, of characters that are not mistaken for each other. */
  static String newPassword() {
    return grouped(Base32.encode(random(PASSWORD_BYTES)));
  }

  /** Codes of 80 random bits, each for one login without the phone. */
  static List<String> newRecoveryCodes() {
    List<String> codes = new ArrayList<>();
    for (int i = 0; i < RECOVERY_CODES; i++) codes.add(grouped(Base32.encode(random(RECOVERY_BYTES))));
    return codes;
  }

  private static String grouped(String text) {
    return text.toLowerCase(java.util.Locale.ROOT).replaceAll("(.{4})(?=.)", "$1-");
  }

  /** As it is stored: 64 hexadecimal digits. Tokens and codes are random, and need no slow hash. */
  static String digest(String token) {
    return HexFormat.of().formatHex(sha256(token));
  }

  /** The digest of a recovery code, however its letters are written. */
  static String recoveryDigest(String code) {
    return digest(code.toLowerCase(java.util.Locale.ROOT).replaceAll("[\\s-]", ""));
  }

  /** Another token, which follows from this one and does not give it away: 43 characters of base64url. */
  static String derived(String purpose, String token) {
    return base64Sha256(purpose + " " + token);
  }

  /** 43 characters of base64url. */
  static String base64Sha256(String text) {
    return BASE64.encodeToString(sha256(text));
  }

  /** In constant time. */
  static boolean equal(String a, String b) {
    return MessageDigest.isEqual(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return random;
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
