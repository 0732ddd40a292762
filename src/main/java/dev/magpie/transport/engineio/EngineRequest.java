package dev.magpie.transport.engineio;

import dev.magpie.transport.Query;
import dev.magpie.transport.RequestValues;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/**
 * A request to the endpoint, parsed once: a second look-up of the session might fail, as another loop may close it meanwhile.
 *
 * @param body if a handler before this one has read it; null otherwise
 * @param sid that the request names, or null for a handshake
 * @param session of that sid, or null where there is none
 * @param values for a handshake; null for none
 */
record EngineRequest(HttpServerRequest http, Buffer body, MultiMap query, String sid, EngineSession session, RequestValues values) {

  static EngineRequest of(HttpServerRequest http, Buffer body, SessionDirectory directory, RequestValues values) {
    MultiMap query = Query.parse(http.uri());
    String sid = query.get("sid");
    return new EngineRequest(http, body, query, sid, sid == null ? null : directory.find(sid), values);
  }

  /** Engine.IO version of a handshake: 3 or 4. */
  int version() {
    return "4".equals(query.get("EIO")) ? 4 : 3;
  }

  /** Whether the client cannot receive binary data. */
  boolean isBase64() {
    String b64 = query.get("b64");
    return b64 != null && !b64.equals("0") && !b64.equals("false") || query.get("j") != null;
  }
}
