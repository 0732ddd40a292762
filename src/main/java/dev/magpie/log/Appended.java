package dev.magpie.log;

/**
 * What became of a {@link LogEntry}.
 *
 * @param event as it stands in the log; of a retry, the original
 * @param duplicate whether it stood there already
 */
public record Appended(LoggedEvent event, boolean duplicate) {
  public long seq() {
    return event.seq();
  }
}
