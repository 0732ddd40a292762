package dev.magpie.transport.engineio;

import io.vertx.core.shareddata.Shareable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Finds sessions by id, for all instances of one endpoint in this process. Safe for all threads; a session that was found is used on its
 * owner's context only.
 */
public final class SessionDirectory implements Shareable {
  private final ConcurrentMap<String, EngineSession> sessions = new ConcurrentHashMap<>();

  void add(EngineSession session) {
    sessions.put(session.sid(), session);
  }

  void remove(EngineSession session) {
    sessions.remove(session.sid(), session);
  }

  /** The session, or null where this process has none of that id. */
  EngineSession find(String sid) {
    return sessions.get(sid);
  }

  public int size() {
    return sessions.size();
  }
}
