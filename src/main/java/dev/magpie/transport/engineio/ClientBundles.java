package dev.magpie.transport.engineio;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The official client, served beside the endpoint that it talks to. The files are on the class path, put there by the build; each is read
 * and compressed once for all loops, at its first request and off the event loop.
 */
public final class ClientBundles {
  private static final String FOLDER = "magpie/client/";

  private static final Set<String> NAMES = Set.of(
      "socket.io.js", "socket.io.js.map",
      "socket.io.min.js", "socket.io.min.js.map",
      "socket.io.esm.min.js", "socket.io.esm.min.js.map",
      "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map");

  private static final Map<String, Bundle> READ = new ConcurrentHashMap<>();

  private record Bundle(Buffer plain, Buffer gzip, String etag) {}

  private ClientBundles() {}

  /** @return whether the request names a bundle; it is answered then */
  public static boolean serve(Vertx vertx, HttpServerRequest request) {
    String path = request.path();
    String name = path == null ? "" : path.substring(path.lastIndexOf('/') + 1);
    if (!NAMES.contains(name) || request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) return false;
    Bundle known = READ.get(name);
    if (known != null) {
      answer(request, name, known);
      return true;
    }
    vertx.executeBlocking(() -> READ.computeIfAbsent(name, ClientBundles::read), false)
        .onSuccess(bundle -> answer(request, name, bundle))
        .onFailure(absent -> request.response().setStatusCode(404).end());
    return true;
  }

  private static void answer(HttpServerRequest request, String name, Bundle bundle) {
    HttpServerResponse response = request.response();
    if (response.closed()) return;
    // A page may be served for weeks, and the client changes with the server: it is asked for again each time, and seldom sent.
    response.putHeader("ETag", bundle.etag).putHeader("Cache-Control", "public, max-age=0").putHeader("Vary", "Accept-Encoding, Origin");
    if (has(request, bundle.etag)) {
      response.setStatusCode(304).end();
      return;
    }
    response.putHeader("Content-Type", name.endsWith(".map") ? "application/json" : "application/javascript; charset=utf-8");
    boolean gzip = Gzip.isAccepted(request);
    Buffer body = gzip ? bundle.gzip : bundle.plain;
    if (gzip) response.putHeader("Content-Encoding", "gzip");
    if (request.method() == HttpMethod.HEAD) response.putHeader("Content-Length", Integer.toString(body.length())).end();
    else response.end(body);
  }

  /** Whether the client has a version that it may go on using (RFC 9110, section 13.1.2): proxies that compress make an ETag weak. */
  private static boolean has(HttpServerRequest request, String etag) {
    for (String line : request.headers().getAll("If-None-Match")) {
      for (String known : line.split(",")) {
        String tag = known.trim();
        if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) return true;
      }
    }
    return false;
  }

  private static Bundle read(String name) {
    try (InputStream in = ClientBundles.class.getClassLoader().getResourceAsStream(FOLDER + name)) {
      if (in == null) throw new IllegalStateException("not on the class path: " + FOLDER + name);
      byte[] bytes = in.readAllBytes();
      String hash = Base64.getUrlEncoder().withoutPadding().encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
      return new Bundle(Buffer.buffer(bytes), Gzip.compress(bytes), '"' + hash.substring(0, 20) + '"');
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    } catch (NoSuchAlgorithmException notInThisJava) {
      throw new IllegalStateException(notInThisJava);
    }
  }
}
