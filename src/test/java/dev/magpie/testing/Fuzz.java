package dev.magpie.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Feeds a decoder with random bytes and with good inputs that were spoilt, the same ones in every run of the same length: {@code
 * -Dfuzz.seconds=600} for a long one. Whatever the decoder throws fails the test, except its own exception, and so does an input that takes
 * it longer than 50 ms of CPU.
 */
public final class Fuzz {
  private static final double SECONDS = Double.parseDouble(System.getProperty("fuzz.seconds", "2"));
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final int WARM_UP = 2_000;
  private static final int LONGEST = 64 << 10;

  private final Random random;
  private final List<byte[]> corpus;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  public Fuzz(long seed, List<byte[]> corpus) {
    this.random = new Random(seed);
    this.corpus = corpus;
  }

  /** For the decoder's own choices, such as where its input is cut. */
  public Random random() {
    return random;
  }

  /** @return how many inputs were tried */
  public long run(Class<? extends RuntimeException> allowed, Consumer<byte[]> decoder) {
    long end = System.nanoTime() + (long) (SECONDS * 1e9);
    long tried = 0;
    for (; tried < WARM_UP || System.nanoTime() < end; tried++) {
      byte[] input = next();
      long took = time(allowed, decoder, input);
      // Once more: what is slow because of its input is slow again.
      if (tried >= WARM_UP && took > SLOW_NANOS && time(allowed, decoder, input) > SLOW_NANOS) throw new AssertionError("slow: " + TimeUnit.NANOSECONDS.toMillis(took) + " ms for " + show(input));
    }
    return tried;
  }

  private long time(Class<? extends RuntimeException> allowed, Consumer<byte[]> decoder, byte[] input) {
    long begun = threads.getCurrentThreadCpuTime();
    try {
      decoder.accept(input);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      if (!allowed.isInstance(e)) throw new AssertionError(e + " for " + show(input), e);
    }
    return threads.getCurrentThreadCpuTime() - begun;
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

  private static String show(byte[] input) {
    return input.length + " bytes: " + HexFormat.of().formatHex(input, 0, Math.min(input.length, 400));
  }
}
