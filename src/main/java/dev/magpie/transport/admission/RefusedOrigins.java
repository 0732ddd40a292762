package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.PeerLog;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Says which origin was refused, and what to do about it: once for each, since its browser tries again and again, and of a hundred at most,
 * since a stranger can make them up. Shared by all event loops.
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
