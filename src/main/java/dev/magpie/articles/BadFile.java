package dev.magpie.articles;

/** A file that cannot be read at all; the message is one line, fit to be shown: where, what, and what is allowed. */
final class BadFile extends Exception {
  private static final long serialVersionUID = 1L;

  BadFile(String place, String problem) {
    super(place + ": " + problem, null, false, false);
  }
}
