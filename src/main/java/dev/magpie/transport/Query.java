package dev.magpie.transport;

import dev.magpie.Internal;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.MultiMap;

/** The query part of a request's URI. */
@Internal
public final class Query {
  private Query() {}

  /** The decoded parameters of a URI; a malformed escape makes the query empty rather than the request fail. */
  public static MultiMap parse(String uri) {
    MultiMap parameters = MultiMap.caseInsensitiveMultiMap();
    try {
      new QueryStringDecoder(uri).parameters().forEach((name, values) -> values.forEach(value -> parameters.add(name, value)));
    } catch (IllegalArgumentException malformed) {
      parameters.clear();
    }
    return parameters;
  }
}
