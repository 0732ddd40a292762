package dev.magpie.staff;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Base32 (RFC 4648) without padding. Pure. */
final class Base32 {
  private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private Base32() {}

  static String encode(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    int buffer = 0;
    int bits = 0;
    for (byte b : bytes) {
      buffer = buffer << 8 | b & 0xff;
      for (bits += 8; bits >= 5; bits -= 5) text.append(ALPHABET.charAt(buffer >> bits - 5 & 31));
    }
    if (bits > 0) text.append(ALPHABET.charAt(buffer << 5 - bits & 31));
    return text.toString();
  }

  /** Reads also small letters, spaces and hyphens; empty for other characters. */
  static Optional<byte[]> decode(String text) {
    String plain = text.toUpperCase(Locale.ROOT).replaceAll("[\\s-]", "");
    byte[] bytes = new byte[plain.length() * 5 / 8];
    int buffer = 0;
    int bits = 0;
    int at = 0;
    for (int i = 0; i < plain.length(); i++) {
      int value = ALPHABET.indexOf(plain.charAt(i));
      if (value < 0) return Optional.empty();
      buffer = buffer << 5 | value;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes[at++] = (byte) (buffer >> bits);
      }
    }
    return Optional.of(Arrays.copyOf(bytes, at));
  }
}
