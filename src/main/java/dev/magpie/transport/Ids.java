package dev.magpie.transport;

import java.security.SecureRandom;
import java.util.Base64;

/** Ids that nobody can guess. */
public final class Ids {
  /** 15 bytes are 120 bits and exactly 20 characters, without padding. */
  private static final int BYTES = 15;

  private static final SecureRandom RANDOM = new SecureRandom();

  private Ids() {}

  /** 20 characters of URL-safe base64 that hold 120 random bits. */
  public static String random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().encodeToString(bytes);
  }
}
