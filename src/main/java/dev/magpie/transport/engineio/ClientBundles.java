package dev.magpie.transport.engineio;

import dev.magpie.transport.http.StaticFile;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Serves the files of the official client below the endpoint's path. They are on the class path, put there by the build; each is read and
 * compressed once for all loops, at its first request and on a worker thread.
 */
public final class ClientBundles {
  private static final String FOLDER = "magpie/client/";

  private static final Set<String> NAMES = Set.of(
      "socket.io.js", "socket.io.js.map",
      "socket.io.min.js", "socket.io.min.js.map",
      "socket.io.esm.min.js", "socket.io.esm.min.js.map",
      "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map");

  private static final Map<String, StaticFile> READ = new ConcurrentHashMap<>();

  private ClientBundles() {}

  /** @return whether the request names a bundle; it is answered then */
  public static boolean serve(Vertx vertx, HttpServerRequest request) {
    String path = request.path();
    String name = path == null ? "" : path.substring(path.lastIndexOf('/') + 1);
    if (!NAMES.contains(name) || request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) return false;
    StaticFile known = READ.get(name);
    if (known != null) {
      answer(request, known);
      return true;
    }
    vertx.executeBlocking(() -> READ.computeIfAbsent(name, bundle -> StaticFile.read(FOLDER + bundle)), false)
        .onSuccess(bundle -> answer(request, bundle))
        .onFailure(absent -> request.response().setStatusCode(404).end());
    return true;
  }

  private static void answer(HttpServerRequest request, StaticFile bundle) {
    if (request.response().closed()) return;
    // The client must match the server: browsers revalidate it each time, mostly by a 304.
    request.response().putHeader("Cache-Control", "public, max-age=0").putHeader("Vary", "Accept-Encoding, Origin");
    bundle.answer(request);
  }
}
