package dev.magpie.staff;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.OptionalLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** One-time codes by time (RFC 6238), as the apps for phones compute them: SHA-1, six digits, a new one every 30 s. Pure. */
final class Totp {
  static final int STEP_SECONDS = 30;

  private static final int DIGITS = 6;
  private static final int SECRET_BYTES = 20;

  /** Steps by which the clock of a phone may differ. */
  private static final int DRIFT = 1;

  private static final SecureRandom RANDOM = new SecureRandom();

  private Totp() {}

  static byte[] newSecret() {
    byte[] secret = new byte[SECRET_BYTES];
    RANDOM.nextBytes(secret);
    return secret;
  }

  /**
   * The step whose code this is, of those that are valid now; empty if it is none. A step is accepted once: the caller notes it.
   *
   * @param seconds since 1970
   */
  static OptionalLong stepOf(byte[] secret, String code, long seconds) {
    long now = Math.floorDiv(seconds, STEP_SECONDS);
    OptionalLong found = OptionalLong.empty();
    for (long step = now - DRIFT; step <= now + DRIFT; step++) {
      byte[] valid = code(secret, step, DIGITS, "HmacSHA1").getBytes(StandardCharsets.US_ASCII);
      if (MessageDigest.isEqual(valid, code.getBytes(StandardCharsets.UTF_8))) found = OptionalLong.of(step);
    }
    return found;
  }

  /** The code of one step (RFC 4226, section 5.3). */
  static String code(byte[] secret, long step, int digits, String algorithm) {
    try {
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(secret, algorithm));
      byte[] hash = mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(step).array());
      int offset = hash[hash.length - 1] & 0xf;
      int number = ByteBuffer.wrap(hash, offset, Integer.BYTES).getInt() & Integer.MAX_VALUE;
      return String.format("%0" + digits + "d", number % (int) Math.pow(10, digits));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + algorithm, e);
    }
  }

  /** The address by which an app takes the secret over. */
  static String uri(String issuer, String login, byte[] secret) {
    String label = encoded(issuer) + ":" + encoded(login);
    return "otpauth://totp/" + label + "?secret=" + Base32.encode(secret) + "&issuer=" + encoded(issuer) + "&digits=" + DIGITS + "&period="
        + STEP_SECONDS;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
