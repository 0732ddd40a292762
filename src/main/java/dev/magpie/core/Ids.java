package dev.magpie.core;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/** Random ids of 20 characters (120 bit), fit for a URL. Owned by one {@link Io}: bytes are drawn for many ids at once. */
final class Ids {
  private static final int BYTES = 15;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final SecureRandom random = new SecureRandom();
  private final byte[] drawn = new byte[64 * BYTES];
  private int at = drawn.length;

  String next() {
    if (at == drawn.length) {
      random.nextBytes(drawn);
      at = 0;
    }
    byte[] id = Arrays.copyOfRange(drawn, at, at + BYTES);
    // An id that was given out is not kept.
    Arrays.fill(drawn, at, at + BYTES, (byte) 0);
    at += BYTES;
    return ENCODER.encodeToString(id);
  }
}
