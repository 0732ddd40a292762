package dev.magpie.transport;

import dev.magpie.Internal;
import java.util.Locale;

/** Why a request was refused, as {@code /metrics} counts it ({@link PeerLog#refusals}). */
@Internal
public enum RefusalReason {
  /** The server is full, short of memory or stopping, or there are too many handshakes per second. */
  NO_PLACE,
  /** Its address has reached a limit. */
  LIMIT,
  /** A host that is not served. */
  HOST,
  /** The page's origin is not admitted. */
  ORIGIN,
  /** A check of the application failed. */
  FORBIDDEN,
  /** It violates the Engine.IO protocol. */
  PROTOCOL,
  /** It names a session that has ended or never existed. */
  UNKNOWN_SESSION,
  /** It is not a valid WebSocket upgrade. */
  UPGRADE,
  /** It is not HTTP, has no {@code Host} or two, or is too long. */
  UNREADABLE,
  /** It has no API key where one is needed, or one that does not let it in. */
  API_KEY,
  /** An invalid path. */
  PATH,
  /** The peer takes no response, or sends its body too slowly. */
  STALLED,
  /** The connection sent no request in time. */
  NO_REQUEST,
  /** A connection to a listener of the PROXY protocol that is not of a trusted proxy, or begins with no such header. */
  PROXY,
  /** The TLS handshake failed. */
  TLS;

  /** As the value of a metric's label. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
