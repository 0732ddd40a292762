package dev.magpie.core;

import dev.magpie.transport.Handshake;
import io.vertx.core.json.JsonObject;

/** A client's wish to join a namespace, as its middleware sees it: nothing is joined yet. Used on the instance's context. */
public final class ConnectContext {
  private final String namespace;
  private final String socketId;
  private final Handshake handshake;
  private final JsonObject auth;
  private JsonObject data;

  ConnectContext(String namespace, String socketId, Handshake handshake, JsonObject auth) {
    this.namespace = namespace;
    this.socketId = socketId;
    this.handshake = handshake;
    this.auth = auth;
  }

  public String namespace() {
    return namespace;
  }

  /** The id that the socket will have. */
  public String socketId() {
    return socketId;
  }

  public Handshake handshake() {
    return handshake;
  }

  /** What the client sent as {@code auth}; empty when it sent none. */
  public JsonObject auth() {
    return auth == null ? new JsonObject() : auth;
  }

  /** Becomes the socket's own {@link Socket#data()}. */
  public JsonObject data() {
    if (data == null) data = new JsonObject();
    return data;
  }

  JsonObject authOrNull() {
    return auth;
  }

  JsonObject dataOrNull() {
    return data;
  }
}
