package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * One row of the catalogue: a bad input and the answer that it must get.
 *
 * @param id as in the catalogue
 * @param log what a line of the log says, as a pattern to be found in it; null where the catalogue asks for none
 */
record Row(String id, String title, String log, Case attempt) {
  /** Room for a slow machine; what is asserted to be soon is soon within this. */
  static final long SOON_MS = 10_000;

  /** Descriptors that the virtual machine may have opened meanwhile for itself. */
  private static final long SPARE_DESCRIPTORS = 6;

  /** Sends the input and asserts the answer. */
  interface Case {
    void run(Abuser abuser) throws Exception;
  }

  static Row of(String id, String title, String log, Case attempt) {
    return new Row(id, title, log, attempt);
  }

  static Row of(String id, String title, Case attempt) {
    return new Row(id, title, null, attempt);
  }

  /**
   * Runs the case, and holds the baseline rule: all that the server holds is back where it was, a line in its log says what happened and
   * none says that the server failed, and a bystander on the same loop was served meanwhile.
   *
   * @return how long the bystander had to wait at most, in milliseconds
   */
  long check(Subject subject) throws Exception {
    return check(subject, SOON_MS);
  }

  /** @param patienceMs for what the server holds to go, and for its log */
  long check(Subject subject, long patienceMs) throws Exception {
    Map<String, Long> before = subject.held();
    subject.forget();
    subject.bystander().begin();
    try (Abuser abuser = new Abuser(subject)) {
      attempt.run(abuser);
    }
    long waited = subject.bystander().end();
    assertBaseline(subject, before, patienceMs);
    assertLog(subject, patienceMs);
    return waited;
  }

  private void assertBaseline(Subject subject, Map<String, Long> before, long patienceMs) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
    Map<String, Long> above = above(subject, before);
    while (!above.isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(10);
      above = above(subject, before);
    }
    assertThat(above).as("what is still held after " + title + ", where there was " + before).isEmpty();
  }

  private static Map<String, Long> above(Subject subject, Map<String, Long> before) {
    Map<String, Long> above = new TreeMap<>();
    subject.held().forEach((what, now) -> {
      long spare = what.equals("descriptors") ? SPARE_DESCRIPTORS : 0;
      if (now > before.get(what) + spare) above.put(what, now);
    });
    return above;
  }

  private void assertLog(Subject subject, long patienceMs) throws InterruptedException {
    for (ILoggingEvent line : subject.log()) {
      assertThat(line.getLevel().isGreaterOrEqual(Level.ERROR)).as(line.getFormattedMessage()).isFalse();
    }
    if (log == null) return;
    Pattern said = Pattern.compile(log);
    await("a line in the log says " + log, patienceMs, () -> subject.log().stream().anyMatch(line -> said.matcher(line.getFormattedMessage()).find()));
  }

  static void await(String what, BooleanSupplier fact) throws InterruptedException {
    await(what, SOON_MS, fact);
  }

  private static void await(String what, long patienceMs, BooleanSupplier fact) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMs);
    while (!fact.getAsBoolean()) {
      if (System.nanoTime() > deadline) throw new AssertionError("not within " + patienceMs + " ms: " + what);
      Thread.sleep(5);
    }
  }

  @Override
  public String toString() {
    return id + ": " + title;
  }
}
