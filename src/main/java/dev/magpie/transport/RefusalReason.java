package dev.magpie.transport;

import dev.magpie.Internal;
import java.util.Locale;

/** Why a request was refused, as {@code /metrics} counts it ({@link PeerLog#refusals}). */
@Internal
public enum RefusalReason {
  /** The server is full, short of memory, stops, or too many come at once. */
  NO_PLACE,
  /** A host that is not served. */
  HOST,
  /** The page's origin is not admitted. */
  ORIGIN,
  /** A check of the application. */
  FORBIDDEN,
  /** It breaks the rules of Engine.IO. */
  PROTOCOL,
  /** It asks for a session that has ended, or never was. */
  UNKNOWN_SESSION,
  /** It is no request for a WebSocket, though it asks for one. */
  UPGRADE,
  /** It is no HTTP, names no host or two, or is too long. */
  UNREADABLE,
  /** A path that no page can have. */
  PATH,
  /** The peer takes no response, or sends its body too slowly. */
  STALLED,
  /** The connection sent no request in time. */
  NO_REQUEST;

  /** As a label's value. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
