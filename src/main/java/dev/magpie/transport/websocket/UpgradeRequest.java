package dev.magpie.transport.websocket;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.http1.Http1ServerConnection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The HTTP side of an upgrade: what a request must have (RFC 6455, section 4.2.1) and what its answer says. */
final class UpgradeRequest {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final String VERSION = "13";
  private static final String SEC_WEBSOCKET_KEY = "Sec-WebSocket-Key";
  private static final String SEC_WEBSOCKET_VERSION = "Sec-WebSocket-Version";
  private static final String SEC_WEBSOCKET_PROTOCOL = "Sec-WebSocket-Protocol";
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final int KEY_BYTES = 16;

  private UpgradeRequest() {}

  /** Why this request cannot become a WebSocket; empty where it can. */
  static Optional<UpgradeRejected> check(HttpServerRequest request) {
    if (request.version() != HttpVersion.HTTP_1_1 || !(request.connection() instanceof Http1ServerConnection)) {
      return Optional.of(UpgradeRejected.badRequest("a WebSocket upgrade must use HTTP/1.1"));
    }
    if (request.method() != HttpMethod.GET
        || !hasToken(request, HttpHeaders.UPGRADE, "websocket")
        || !hasToken(request, HttpHeaders.CONNECTION, "upgrade")
        || hasToken(request, HttpHeaders.CONNECTION, "close")) {
      return Optional.of(UpgradeRejected.badRequest("not a WebSocket upgrade"));
    }
    if (hasBody(request)) return Optional.of(UpgradeRejected.badRequest("an upgrade has no body"));
    if (!VERSION.equals(request.getHeader(SEC_WEBSOCKET_VERSION))) {
      return Optional.of(new UpgradeRejected(426, "unsupported WebSocket version; allowed: 13", Map.of(SEC_WEBSOCKET_VERSION, VERSION)));
    }
    if (!hasKey(request)) return Optional.of(UpgradeRejected.badRequest("Sec-WebSocket-Key is not 16 bytes in base64"));
    return Optional.empty();
  }

  static String acceptKey(HttpServerRequest request) {
    try {
      byte[] text = (request.getHeader(SEC_WEBSOCKET_KEY).trim() + GUID).getBytes(StandardCharsets.US_ASCII);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every Java platform has SHA-1
    }
  }

  /** Those that are tokens (RFC 9110, section 5.6.2): one of them may stand in the answer. */
  static List<String> subprotocols(HttpServerRequest request) {
    return tokens(request, SEC_WEBSOCKET_PROTOCOL).stream().filter(TOKEN.asMatchPredicate()).toList();
  }

  /** Whether this text may be part of a header's value. */
  static boolean isHeaderText(String text) {
    return text.chars().allMatch(c -> c >= ' ' && c < 0x7F);
  }

  private static boolean hasBody(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || length != null && !length.equals("0");
  }

  private static boolean hasKey(HttpServerRequest request) {
    List<String> keys = request.headers().getAll(SEC_WEBSOCKET_KEY);
    if (keys.size() != 1) return false;
    try {
      return Base64.getDecoder().decode(keys.get(0).trim()).length == KEY_BYTES;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  private static boolean hasToken(HttpServerRequest request, CharSequence header, String token) {
    return tokens(request, header).stream().anyMatch(token::equalsIgnoreCase);
  }

  private static List<String> tokens(HttpServerRequest request, CharSequence header) {
    List<String> tokens = new ArrayList<>();
    for (String line : request.headers().getAll(header)) {
      for (String token : line.split(",")) if (!token.isBlank()) tokens.add(token.trim());
    }
    return tokens;
  }
}
