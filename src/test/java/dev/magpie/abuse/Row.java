package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.magpie.testing.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * One row of the catalogue: a bad input and the answer that it must get.
 *
 * @param id as in the catalogue; several rows may have the same, and one row several, with commas between
 * @param lines of the log that operators see for it, each of which says {@code log}: one for each connection that was cut off or request
 *     that was refused, none for what is only odd
 * @param log a pattern to be found in each of these lines
 */
record Row(String id, String title, int lines, String log, Case attempt) {
  /** Room for a slow machine; what is asserted to be soon is soon within this. */
  static final long SOON_MS = 10_000;

  /** What the virtual machine, its caches and its pools may have taken meanwhile for themselves. */
  private static final Map<String, Long> SPARE = Map.of("descriptors", 6L, "heap bytes", 6L << 20, "direct bytes", 8L << 20);

  private static final Pattern STRUCTURED = Pattern.compile("^(client cut off|client warned|request refused) address=\\S* .*reason=\\S.*");

  /** Sends the input and asserts the answer. */
  interface Case {
    void run(Abuser abuser) throws Exception;
  }

  static Row of(String id, String title, String log, Case attempt) {
    return new Row(id, title, 1, log, attempt);
  }

  static Row of(String id, String title, int lines, String log, Case attempt) {
    return new Row(id, title, lines, log, attempt);
  }

  static Row of(String id, String title, Case attempt) {
    return new Row(id, title, 0, "", attempt);
  }

  /**
   * Runs the case, and holds the baseline rule: all that the server holds is back where it was, its log says what happened once, and a
   * bystander on the same loop was served meanwhile.
   *
   * @return how long the bystander had to wait at most, in milliseconds
   */
  long check(Subject subject) throws Exception {
    return check(subject, SOON_MS);
  }

  /** @param patienceMs for what the server holds to go, and for its log */
  long check(Subject subject, long patienceMs) throws Exception {
    Map<String, Long> before = subject.held();
    Map<String, Long> memory = subject.lastMemory();
    subject.forget();
    subject.bystander().begin();
    try (Abuser abuser = new Abuser(subject)) {
      attempt.run(abuser);
    }
    long waited = subject.bystander().end();
    assertBaseline(before, subject::held, patienceMs);
    assertBaseline(memory, subject::memory, patienceMs);
    assertLog(subject, patienceMs);
    return waited;
  }

  private void assertBaseline(Map<String, Long> before, Supplier<Map<String, Long>> held, long patienceMs) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
    Map<String, Long> above = above(held.get(), before);
    while (!above.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(10);
      above = above(held.get(), before);
    }
    assertThat(above).as("what is still held after " + title + ", where there was " + before).isEmpty();
  }

  private static Map<String, Long> above(Map<String, Long> held, Map<String, Long> before) {
    Map<String, Long> above = new TreeMap<>();
    held.forEach((what, now) -> {
      if (now > before.get(what) + SPARE.getOrDefault(what, 0L)) above.put(what, now);
    });
    return above;
  }

  private void assertLog(Subject subject, long patienceMs) throws InterruptedException {
    await(lines + " lines in the log", patienceMs, () -> subject.log().size() >= lines);
    List<String> said = subject.log().stream().map(line -> line.getLevel() + " " + line.getFormattedMessage()).toList();
    assertThat(said).as("lines in the log, each of which says " + log).hasSize(lines);
    Pattern pattern = Pattern.compile(log);
    for (ILoggingEvent line : subject.log()) {
      String text = line.getFormattedMessage();
      assertThat(pattern.matcher(text).find()).as(text + " says " + log).isTrue();
      assertThat(text).matches(STRUCTURED);
      // Who was cut off is to blame; whose request was refused, or who is told something, may be an honest client.
      assertThat(line.getLevel().toString()).as(text).isEqualTo(text.startsWith("client cut off") ? "WARN" : "INFO");
    }
  }

  static void await(String what, BooleanSupplier fact) {
    await(what, SOON_MS, fact);
  }

  private static void await(String what, long patienceMs, BooleanSupplier fact) {
    if (!Await.holdsWithin(Duration.ofMillis(patienceMs), fact::getAsBoolean))
      throw new AssertionError("not within " + patienceMs + " ms: " + what);
  }

  @Override
  public String toString() {
    return id + ": " + title;
  }
}
