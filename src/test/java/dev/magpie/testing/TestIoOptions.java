package dev.magpie.testing;

import io.vertx.core.MultiMap;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** Where and as whom a {@link TestIo} connects. */
public final class TestIoOptions {
  private String host = "127.0.0.1";
  private int port;
  private String path = "/socket.io/";
  private String query = "";
  private String namespace = "/";
  private JsonObject auth;
  private Duration timeout = Duration.ofSeconds(10);
  private final MultiMap headers = MultiMap.caseInsensitiveMultiMap();

  public TestIoOptions(int port) {
    this.port = port;
  }

  /** Default: 127.0.0.1. */
  public TestIoOptions setHost(String host) {
    this.host = host;
    return this;
  }

  public TestIoOptions setPort(int port) {
    this.port = port;
    return this;
  }

  /** Of the Socket.IO endpoint, with its slash at the end. Default: {@code /socket.io/}. */
  public TestIoOptions setPath(String path) {
    this.path = path;
    return this;
  }

  /** Of the handshake, escaped: {@code roomid=1&lang=en}. */
  public TestIoOptions setQuery(String query) {
    this.query = query;
    return this;
  }

  /** Default: {@code /}. */
  public TestIoOptions setNamespace(String namespace) {
    this.namespace = namespace;
    return this;
  }

  /** The payload of CONNECT; null, the default, for none. */
  public TestIoOptions setAuth(JsonObject auth) {
    this.auth = auth;
    return this;
  }

  /** Of the HTTP request that opens the connection. */
  public TestIoOptions addHeader(String name, String value) {
    headers.add(name, value);
    return this;
  }

  /** After which connecting, an acknowledgement and a barrier fail. Default: 10 s. */
  public TestIoOptions setTimeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  String uri() {
    return path + "?EIO=4&transport=websocket" + (query.isEmpty() ? "" : "&" + query);
  }

  String namespace() {
    return namespace;
  }

  JsonObject auth() {
    return auth;
  }

  MultiMap headers() {
    return headers;
  }

  Duration timeout() {
    return timeout;
  }
}
