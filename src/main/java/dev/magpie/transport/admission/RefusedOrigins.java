package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.PeerLog;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Logs refused origins and the setting that admits them: once for each, since browsers retry, and for at most a hundred, since anyone can
 * invent origins. Shared by all event loops.
 */
@Internal
public final class RefusedOrigins {
  private static final int MOST = 100;
  private static final int LONGEST = 200;

  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  private RefusedOrigins() {}

  public static void say(Object address, String origin) {
    String named = origin.length() > LONGEST ? origin.substring(0, LONGEST) + "…" : origin;
    if (SAID.size() < MOST && SAID.add(named))
      PeerLog.warned(String.valueOf(address), "origin not admitted, add it to http.origins: " + named);
  }
}
