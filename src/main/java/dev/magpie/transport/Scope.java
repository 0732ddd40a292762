package dev.magpie.transport;

import dev.magpie.Internal;
import java.util.Locale;

/** Whose use of a {@link Resource} a limit counts. */
@Internal
public enum Scope {
  /** One connection. */
  SOCKET("of this connection"),
  /** All clients of one address, or of one IPv6 network of 64 bits. */
  ADDRESS("from this address"),
  /** All connections of one user, whatever their addresses. */
  USER("of this user"),
  /** All clients of the process. */
  ALL("of all clients");

  private final String phrase;

  Scope(String phrase) {
    this.phrase = phrase;
  }

  /** As a reason names it. */
  String phrase() {
    return phrase;
  }

  /** The setting that limits this resource, without {@code limits.}. */
  public String key(Resource resource) {
    if (this == SOCKET) {
      switch (resource) {
        case EVENTS, BYTES -> {
          return resource.key();
        }
        case NAMESPACES -> {
          return "max_namespaces";
        }
        case CONNECTIONS, HANDSHAKES, ROOMS, PENDING_ACKS -> {}
      }
    }
    if (this == ALL && resource == Resource.CONNECTIONS) return "max_connections";
    if (this == ALL && resource == Resource.HANDSHAKES) return resource.key();
    return name().toLowerCase(Locale.ROOT) + "." + resource.key();
  }
}
