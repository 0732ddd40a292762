package dev.magpie.staff;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * A password's hash by Argon2id (RFC 9106), as text in PHC's format: {@code $argon2id$v=19$m=19456,t=2,p=1$salt$hash}. The parameters are
 * those of the text, so that passwords of before remain valid when {@link #CURRENT} changes. Pure; takes some 50 ms.
 */
final class PasswordHash {
  /**
   * What a hash costs.
   *
   * @param memory KiB
   */
  record Cost(int memory, int passes, int lanes) {}

  /** The least that OWASP recommends: 19 MiB, two passes, one lane. */
  static final Cost CURRENT = new Cost(19_456, 2, 1);

  private static final Base64.Encoder BASE64 = Base64.getEncoder().withoutPadding();
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  /** KiB. */
  private static final int MOST_MEMORY = 128 << 10;

  /** Bounds: the text comes from the database, and may not make a login take all memory. */
  private static final Pattern PHC = Pattern.compile(
      "\\$argon2id\\$v=19\\$m=(\\d{1,6}),t=(\\d{1,2}),p=(\\d)\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{43,86})");

  /** Of no password: what an unknown account is compared with, so that it takes as long as a known one. */
  static final String NONE = "$argon2id$v=19$m=19456,t=2,p=1$" + BASE64.encodeToString(new byte[SALT_BYTES]) + "$"
      + BASE64.encodeToString(new byte[HASH_BYTES]);

  private PasswordHash() {}

  /** The hash of a password, with a new salt. */
  static String of(String password) {
    byte[] salt = newSalt();
    byte[] hash = derive(password, salt, CURRENT, HASH_BYTES);
    return "$argon2id$v=19$m=" + CURRENT.memory + ",t=" + CURRENT.passes + ",p=" + CURRENT.lanes + "$" + BASE64.encodeToString(salt) + "$"
        + BASE64.encodeToString(hash);
  }

  /** Whether this is the hash of that password. Takes the same time whatever the answer; false for a text of another format. */
  static boolean matches(String phc, String password) {
    Matcher parts = PHC.matcher(phc);
    if (!parts.matches()) return false;
    Cost cost = new Cost(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3)));
    if (cost.memory < 8 || cost.memory > MOST_MEMORY || cost.passes < 1 || cost.lanes < 1) return false;
    byte[] hash = Base64.getDecoder().decode(parts.group(5));
    return MessageDigest.isEqual(hash, derive(password, Base64.getDecoder().decode(parts.group(4)), cost, hash.length));
  }

  static byte[] newSalt() {
    byte[] salt = new byte[SALT_BYTES];
    RANDOM.nextBytes(salt);
    return salt;
  }

  /** The key of this length that Argon2id derives from a password. */
  static byte[] derive(String password, byte[] salt, Cost cost, int length) {
    Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
    argon2.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id).withVersion(Argon2Parameters.ARGON2_VERSION_13)
        .withMemoryAsKB(cost.memory).withIterations(cost.passes).withParallelism(cost.lanes).withSalt(salt).build());
    // The same whether a keyboard composes its letters or not.
    byte[] text = Normalizer.normalize(password, Normalizer.Form.NFKC).getBytes(StandardCharsets.UTF_8);
    byte[] key = new byte[length];
    argon2.generateBytes(text, key);
    Arrays.fill(text, (byte) 0);
    return key;
  }
}
