package dev.magpie.logging;

import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeoutException;

/** Why something failed, for a log line or an answer: words, never the name of a class. May be used from any thread. */
public final class Reason {
  /** Causes that are looked at, since they may form a circle. */
  private static final int MOST_CAUSES = 20;

  private Reason() {}

  /** The message of the failure, or of its deepest cause that has one, or words for its kind. */
  public static String of(Throwable failure) {
    String own = message(failure);
    if (own != null) return own;
    String deepest = null;
    Throwable kind = failure;
    Throwable cause = failure.getCause();
    for (int i = 0; i < MOST_CAUSES && cause != null; i++, cause = cause.getCause()) {
      if (message(cause) != null) deepest = message(cause);
      kind = cause;
    }
    return deepest == null ? kind(kind) : deepest;
  }

  /** Null if there is none. A throwable made of its cause alone has the cause's text, class and all, as its message. */
  private static String message(Throwable failure) {
    if (failure instanceof FileSystemException file && file.getReason() == null) return of(file);
    if (isOfAClass(failure)) return null;
    String message = failure.getMessage();
    Throwable cause = failure.getCause();
    return message == null || message.isBlank() || cause != null && message.equals(cause.toString()) ? null : message;
  }

  /** Of these the message is the file alone. */
  private static String of(FileSystemException failure) {
    if (failure.getFile() == null) return null;
    if (failure instanceof AccessDeniedException) return failure.getFile() + ": access denied";
    if (failure instanceof NoSuchFileException) return failure.getFile() + ": no such file";
    return failure.getFile() + ": may not be read or written";
  }

  /** Of these the message is the name of a class. */
  private static boolean isOfAClass(Throwable failure) {
    return failure instanceof NoClassDefFoundError || failure instanceof ClassNotFoundException || failure instanceof ClassCastException;
  }

  private static String kind(Throwable failure) {
    if (failure instanceof TimeoutException) return "timed out";
    if (failure instanceof ClosedChannelException) return "connection closed";
    if (failure instanceof OutOfMemoryError) return "out of memory";
    if (isOfAClass(failure)) return "a class is missing or of another kind";
    return "unexpected failure";
  }
}
