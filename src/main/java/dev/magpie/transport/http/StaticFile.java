package dev.magpie.transport.http;

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
import java.util.List;
import java.util.Map;

/**
 * A file of the class path as HTTP serves it: its bytes, plain and compressed, and its entity tag. Immutable; made once for all loops.
 */
public final class StaticFile {
  private static final Map<String, String> TYPES = Map.of(
      "html", "text/html; charset=utf-8",
      "js", "application/javascript; charset=utf-8",
      "css", "text/css; charset=utf-8",
      "json", "application/json",
      "map", "application/json",
      "svg", "image/svg+xml");

  private final String type;
  private final Buffer plain;
  private final Buffer gzip;
  private final String etag;

  private StaticFile(String type, byte[] bytes) {
    this.type = type;
    this.plain = Buffer.buffer(bytes);
    this.gzip = Gzip.compress(bytes);
    this.etag = '"' + hash(bytes) + '"';
  }

  /** Whether a file of this name is of a text type that is served compressed. */
  public static boolean isText(String name) {
    return TYPES.containsKey(extension(name));
  }

  /** Reads and compresses the file; blocks, not for an event loop. Fails where there is no such file. */
  public static StaticFile read(String resource) {
    try (InputStream in = StaticFile.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) throw new IllegalStateException("not on the class path: " + resource);
      return new StaticFile(TYPES.get(extension(resource)), in.readAllBytes());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Answers a GET or HEAD, compressed if the client accepts that. The caller sets {@code Cache-Control} and {@code Vary}. */
  public void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    if (response.closed()) return;
    response.putHeader("ETag", etag);
    if (isKnown(request.headers().getAll("If-None-Match"))) {
      response.setStatusCode(304).end();
      return;
    }
    response.putHeader("Content-Type", type);
    boolean compressed = Gzip.isAccepted(request);
    Buffer body = compressed ? gzip : plain;
    if (compressed) response.putHeader("Content-Encoding", "gzip");
    if (request.method() == HttpMethod.HEAD) response.putHeader("Content-Length", Integer.toString(body.length())).end();
    else response.end(body);
  }

  /** Whether the client has the current version (RFC 9110, section 13.1.2). A proxy that compresses makes an ETag weak. */
  private boolean isKnown(List<String> lines) {
    for (String line : lines) {
      for (String known : line.split(",")) {
        String tag = known.trim();
        if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) return true;
      }
    }
    return false;
  }

  private static String extension(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String hash(byte[] bytes) {
    try {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes)).substring(0, 20);
    } catch (NoSuchAlgorithmException notInThisJava) {
      throw new IllegalStateException(notInThisJava);
    }
  }
}
