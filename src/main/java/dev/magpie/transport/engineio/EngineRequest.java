package dev.magpie.transport.engineio;

import dev.magpie.transport.Query;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/**
 * A request to the endpoint, read once: a session that is looked up a second time may be gone meanwhile, as another loop closed it.
 *
 * @param body where a handler in front has read it; null otherwise
 * @param sid that the request names, or null for a handshake
 * @param session of that sid, or null where there is none
 */
record EngineRequest(HttpServerRequest http, Buffer body, MultiMap query, String sid, EngineSession session) {

  static EngineRequest of(HttpServerRequest http, Buffer body, SessionDirectory directory) {
    MultiMap query = Query.parse(http.uri());
    String sid = query.get("sid");
    return new EngineRequest(http, body, query, sid, sid == null ? null : directory.find(sid));
  }

  /** Of a handshake's Engine.IO: 3 or 4. */
  int version() {
    return "4".equals(query.get("EIO")) ? 4 : 3;
  }

  /** Whether the client takes no binary data. */
  boolean isBase64() {
    String b64 = query.get("b64");
    return b64 != null && !b64.equals("0") && !b64.equals("false") || query.get("j") != null;
  }
}
