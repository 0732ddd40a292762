package dev.magpie.api;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What an API key may be used for. */
public enum ApiScope {
  /** Send events. */
  EMIT,
  /** Ask what is there: namespaces, rooms, sockets, presence, state, history. */
  READ,
  /** Make sockets join and leave rooms, disconnect them, and end users' sessions. */
  MANAGE,
  /** {@code /metrics} and the details of {@code /ready} on the public listeners. */
  METRICS;

  /** As commands, documents and answers write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The scope that is written so; empty if there is none. */
  public static Optional<ApiScope> of(String text) {
    return Arrays.stream(values()).filter(scope -> scope.text().equals(text)).findFirst();
  }
}
