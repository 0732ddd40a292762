package dev.magpie.log;

/**
 * The result of appending a {@link LogEntry}.
 *
 * @param event the event as it is in the log; of a retry, the original
 * @param duplicate whether it was in the log already, by its cid
 */
public record Appended(LoggedEvent event, boolean duplicate) {
  /** The number of the event. */
  public long seq() {
    return event.seq();
  }
}
