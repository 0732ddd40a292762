package dev.magpie.staff;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret that the server has to read, such as that of one-time codes, encrypted by the account's password: AES-256-GCM under a key of
 * Argon2id with a salt of its own. The database alone does not give it away. Pure; takes as long as a password's hash.
 */
final class SealedSecret {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int KEY_BYTES = 32;
  private static final int SALT_BYTES = 16;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private SealedSecret() {}

  static String seal(byte[] secret, String password) {
    byte[] salt = PasswordHash.newSalt();
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, password, salt, nonce).doFinal(secret);
      return Base64.getEncoder().encodeToString(
          ByteBuffer.allocate(SALT_BYTES + NONCE_BYTES + sealed.length).put(salt).put(nonce).put(sealed).array());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has AES", e);
    }
  }

  /** Empty for another password, or where the text was changed. */
  static Optional<byte[]> open(String sealed, String password) {
    try {
      ByteBuffer all = ByteBuffer.wrap(Base64.getDecoder().decode(sealed));
      if (all.remaining() <= SALT_BYTES + NONCE_BYTES) return Optional.empty();
      byte[] salt = new byte[SALT_BYTES];
      byte[] nonce = new byte[NONCE_BYTES];
      all.get(salt).get(nonce);
      byte[] rest = new byte[all.remaining()];
      all.get(rest);
      return Optional.of(cipher(Cipher.DECRYPT_MODE, password, salt, nonce).doFinal(rest));
    } catch (GeneralSecurityException | IllegalArgumentException notItsPassword) {
      return Optional.empty();
    }
  }

  private static Cipher cipher(int mode, String password, byte[] salt, byte[] nonce) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    byte[] key = PasswordHash.derive(password, salt, PasswordHash.CURRENT, KEY_BYTES);
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    return cipher;
  }
}
