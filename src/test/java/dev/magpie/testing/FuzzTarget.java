package dev.magpie.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A decoder that is fed with anything: it reads its input, or refuses it by its one exception, and takes no longer than 50 ms of CPU for
 * it. Its seeds are the files of the resource folder {@code fuzz/<name>}. {@link Fuzz} feeds it in every build; {@code mvn -Pfuzz verify}
 * lets Jazzer do so, guided by what the inputs reach, ten minutes for each.
 */
public final class FuzzTarget {
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Until then the virtual machine interprets and compiles, which is not the input's fault. */
  private static final int WARM_UP = 2_000;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final String name;
  private final Class<? extends RuntimeException> refusal;
  private final Consumer<byte[]> decoder;
  private long fed;

  public FuzzTarget(String name, Class<? extends RuntimeException> refusal, Consumer<byte[]> decoder) {
    this.name = name;
    this.refusal = refusal;
    this.decoder = decoder;
  }

  public void feed(byte[] input) {
    long took = time(input);
    if (fed++ < WARM_UP || took <= SLOW_NANOS) return;
    // What is slow because of its input is slow again.
    for (int again = 0; again < 3; again++) if (time(input) <= SLOW_NANOS) return;
    throw new AssertionError("slow: " + TimeUnit.NANOSECONDS.toMillis(took) + " ms of CPU for " + show(input));
  }

  private long time(byte[] input) {
    long begun = THREADS.getCurrentThreadCpuTime();
    try {
      decoder.accept(input);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      if (!refusal.isInstance(e)) throw new AssertionError(e + " for " + show(input), e);
    }
    return THREADS.getCurrentThreadCpuTime() - begun;
  }

  public List<byte[]> seeds() {
    URL folder = FuzzTarget.class.getResource("/fuzz/" + name);
    if (folder == null) throw new AssertionError("no seeds in src/test/resources/fuzz/" + name);
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      return files.sorted().map(FuzzTarget::read).toList();
    } catch (IOException | URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] read(Path seed) {
    try {
      return Files.readAllBytes(seed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String show(byte[] input) {
    return input.length + " bytes: " + HexFormat.of().formatHex(input, 0, Math.min(input.length, 400));
  }
}
