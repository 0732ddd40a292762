package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.PeerLog;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Logs refused origins and the setting that admits them: once for each, since browsers retry, and for at most a hundred, since anyone can
 * invent origins. Shared by all event loops of a Vert.x instance.
 */
@Internal
public final class RefusedOrigins implements Shareable {
  private static final int MOST = 100;
  private static final int LONGEST = 200;

  private final Set<String> logged = ConcurrentHashMap.newKeySet();

  RefusedOrigins() {}

  /** Those of this Vert.x instance. */
  public static RefusedOrigins of(Vertx vertx) {
    return vertx.sharedData().<String, RefusedOrigins>getLocalMap("magpie.origins").computeIfAbsent("refused", of -> new RefusedOrigins());
  }

  /** An origin that a client of this address named was not admitted. */
  public void log(Object address, String origin) {
    String named = origin.length() > LONGEST ? origin.substring(0, LONGEST) + "…" : origin;
    if (logged.size() < MOST && logged.add(named))
      PeerLog.warned(String.valueOf(address), "origin not admitted, add it to http.origins: " + named);
  }
}
