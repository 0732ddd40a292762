package dev.magpie.testing;

import java.nio.channels.FileChannel;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Lets a class that is {@link Alone} wait until no other class runs, and every other class wait while one is alone. On for every class, by
 * {@code junit-platform.properties}.
 */
public final class TestClassLock implements BeforeAllCallback, AfterAllCallback {
  private static final String TURN = "turn";
  private static final String RUNNING = "running";

  private FileChannel running;

  @Override
  @SuppressWarnings("try")
  public void beforeAll(ExtensionContext context) throws Exception {
    if (isNested(context)) return;
    boolean alone = AnnotationSupport.isAnnotated(context.getRequiredTestClass(), Alone.class);
    // Whoever waits to run holds the turn: no later class overtakes one that waits to be alone.
    try (FileChannel turn = FileLocks.acquire(TURN, false)) {
      running = FileLocks.acquire(RUNNING, !alone);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (!isNested(context) && running != null) running.close();
  }

  private static boolean isNested(ExtensionContext context) {
    return context.getRequiredTestClass().getEnclosingClass() != null;
  }
}
