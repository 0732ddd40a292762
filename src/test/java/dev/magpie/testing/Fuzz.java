package dev.magpie.testing;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Feeds a {@link FuzzTarget} with its seeds, with seeds that were spoilt and with random bytes, the same ones in every run of the same
 * length: {@code -Dfuzz.seconds=600} for a long one.
 */
public final class Fuzz {
  private static final double SECONDS = Double.parseDouble(System.getProperty("fuzz.seconds", "2"));
  private static final int LEAST = 4_000;
  private static final int LONGEST = 64 << 10;

  private final Random random;
  private final List<byte[]> corpus;

  private Fuzz(long seed, List<byte[]> corpus) {
    this.random = new Random(seed);
    this.corpus = corpus;
  }

  /** Fails by an error that shows the input which the target did not stand. */
  public static void run(FuzzTarget target, long seed) {
    Fuzz fuzz = new Fuzz(seed, target.seeds());
    fuzz.corpus.forEach(target::feed);
    long end = System.nanoTime() + (long) (SECONDS * 1e9);
    for (long tried = 0; tried < LEAST || System.nanoTime() < end; tried++) target.feed(fuzz.next());
    // Once more, now that all is compiled and time counts.
    fuzz.corpus.forEach(target::feed);
  }

  private byte[] next() {
    if (random.nextInt(10) == 0) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      return bytes;
    }
    byte[] input = pick();
    for (int spoilt = random.nextInt(6); spoilt > 0; spoilt--) input = spoil(input);
    return input;
  }

  private byte[] pick() {
    return corpus.get(random.nextInt(corpus.size()));
  }

  private byte[] spoil(byte[] input) {
    int at = random.nextInt(input.length + 1);
    int length = Math.min(random.nextInt(16), input.length - at);
    return switch (random.nextInt(7)) {
      case 0 -> splice(input, at, length, new byte[0]);
      case 1 -> splice(input, at, 0, random(1 + random.nextInt(8)));
      case 2 -> splice(input, at, Math.min(1, input.length - at), random(1));
      case 3 -> splice(input, at, length, Arrays.copyOfRange(pick(), 0, Math.min(pick().length, random.nextInt(64))));
      case 4 -> splice(input, at, 0, repeated(Arrays.copyOfRange(input, at, at + length)));
      case 5 -> splice(input, at, 0, pick());
      default -> flipped(input, at);
    };
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] splice(byte[] input, int at, int removed, byte[] added) {
    if (input.length + added.length > LONGEST) return input;
    byte[] spliced = new byte[input.length - removed + added.length];
    System.arraycopy(input, 0, spliced, 0, at);
    System.arraycopy(added, 0, spliced, at, added.length);
    System.arraycopy(input, at + removed, spliced, at + added.length, input.length - at - removed);
    return spliced;
  }

  private byte[] repeated(byte[] piece) {
    int times = 1 << random.nextInt(12);
    byte[] bytes = new byte[Math.min(LONGEST, piece.length * times)];
    for (int i = 0; i < bytes.length; i++) bytes[i] = piece[i % piece.length];
    return bytes;
  }

  private byte[] flipped(byte[] input, int at) {
    if (at == input.length) return input;
    byte[] flipped = input.clone();
    flipped[at] ^= (byte) (1 << random.nextInt(8));
    return flipped;
  }
}
