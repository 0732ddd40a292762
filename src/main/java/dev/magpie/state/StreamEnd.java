package dev.magpie.state;

/** Whether a stream has ended, and how. */
enum StreamEnd {
  /** More may come. */
  OPEN,
  /** Its text is complete. */
  DONE,
  /** Nobody completes its text. */
  ABORTED
}
