package dev.magpie.store;

import java.nio.file.Path;

/** Another running program holds the data directory; the message is one line, fit to be shown to whoever started this one. */
public final class DataInUseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path path;

  DataInUseException(Path path) {
    // Without a stack trace: this is an answer to the operator, not a defect.
    super("data " + path + " is in use by another running program; stop that one, or give this one a data directory of its own", null,
        false, false);
    this.path = path;
  }

  /** The data directory, absolute. */
  public Path path() {
    return path;
  }
}
