package dev.magpie.transport.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/** Compressed answers: whether a client accepts them, and their bytes. */
public final class Gzip {
  private Gzip() {}

  /** Whether the request names gzip among the encodings that it accepts, and not with the weight 0. */
  public static boolean isAccepted(HttpServerRequest request) {
    String accepted = request.getHeader("Accept-Encoding");
    if (accepted == null) return false;
    for (String encoding : accepted.toLowerCase(Locale.ROOT).split(",")) {
      String[] weighted = encoding.split(";", 2);
      if (weighted[0].trim().equals("gzip")) return weighted.length == 1 || !weighted[1].trim().matches("q=0(\\.0*)?");
    }
    return false;
  }

  public static Buffer compress(byte[] bytes) {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream(bytes.length / 3);
    try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes);
    } catch (IOException inMemory) {
      throw new UncheckedIOException(inMemory);
    }
    return Buffer.buffer(compressed.toByteArray());
  }
}
