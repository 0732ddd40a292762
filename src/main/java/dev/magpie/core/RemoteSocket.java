package dev.magpie.core;

import dev.magpie.protocol.Values;
import dev.magpie.transport.Handshake;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket of any instance, as {@code fetchSockets} found it: a snapshot, which later changes of the socket do not reach, and the
 * operations on the socket itself. May be used from any thread.
 */
public final class RemoteSocket {
  private static final Logger log = LoggerFactory.getLogger(RemoteSocket.class);

  private final JsonObject description;
  private final BroadcastOperator socket;

  private RemoteSocket(JsonObject description, BroadcastTarget namespace) {
    this.description = description;
    this.socket = new BroadcastOperator(namespace).to(description.getString("id"));
  }

  /** Reads descriptions that {@link #describe} made, of sockets of this namespace or family. */
  static void readAll(JsonArray descriptions, BroadcastTarget target, Consumer<RemoteSocket> each) {
    for (int i = 0; i < descriptions.size(); i++) {
      JsonObject description = descriptions.getJsonObject(i);
      each.accept(new RemoteSocket(description, target.member(description.getString("namespace"))));
    }
  }

  /** @param data copied, without what cannot be written, so that the others are found; null for none */
  static JsonObject describe(String id, String namespace, @Nullable String userId, Set<String> rooms, Values values,
      @Nullable JsonObject data, Handshake handshake, JsonObject auth) {
    return new JsonObject()
        .put("id", id)
        .put("namespace", namespace)
        .put("user", userId)
        .put("rooms", new JsonArray(new ArrayList<>(rooms)))
        .put("data", data == null ? new JsonObject() : values.copy(data,
            refused -> log.warn("data left out of what fetchSockets finds socket={} reason={}", id, refused.getMessage())))
        .put("handshake", describe(handshake, auth));
  }

  private static JsonObject describe(Handshake handshake, JsonObject auth) {
    JsonObject headers = new JsonObject();
    for (Map.Entry<String, String> header : handshake.headers()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      String before = headers.getString(name);
      // The lines of one name are one list (RFC 9110, section 5.3; RFC 6265 for cookies).
      headers.put(name, before == null ? header.getValue() : before + (name.equals("cookie") ? "; " : ", ") + header.getValue());
    }
    JsonObject query = new JsonObject();
    for (Map.Entry<String, String> parameter : handshake.query()) query.put(parameter.getKey(), parameter.getValue());
    return new JsonObject()
        .put("address", handshake.address())
        .put("secure", handshake.secure())
        .put("time", handshake.time().toString())
        .put("url", handshake.uri())
        .put("headers", headers)
        .put("query", query)
        .put("auth", auth.copy());
  }

  /** The id of the socket, which is also a room that holds it alone. */
  public String id() {
    return description.getString("id");
  }

  /** The name of its namespace. */
  public String namespace() {
    return description.getString("namespace");
  }

  /** The id of its user: {@link Socket#userId()}; null if it is not identified. */
  public @Nullable String userId() {
    return description.getString("user");
  }

  /** The rooms that it was in, its own id first. */
  public Set<String> rooms() {
    Set<String> rooms = new LinkedHashSet<>();
    description.getJsonArray("rooms").forEach(room -> rooms.add((String) room));
    return rooms;
  }

  /** A copy of {@link Socket#data()}. */
  public JsonObject data() {
    return description.getJsonObject("data");
  }

  /**
   * The request that opened its connection: {@code address}, {@code secure}, {@code time} (ISO 8601), {@code url}, {@code headers} (names
   * in lower case), {@code query}, {@code auth}.
   */
  public JsonObject handshake() {
    return description.getJsonObject("handshake");
  }

  /** Sends an event to this client: see {@link BroadcastOperator#emit}. */
  public void emit(String event, @Nullable Object... args) {
    socket.emit(event, args);
  }

  /** The socket joins these rooms. */
  public void join(String... rooms) {
    socket.socketsJoin(rooms);
  }

  /** The socket leaves these rooms. */
  public void leave(String... rooms) {
    socket.socketsLeave(rooms);
  }

  /**
   * The socket leaves its namespace; its client does not reconnect by itself.
   *
   * @param close whether its connection is closed, with all its namespaces
   */
  public void disconnect(boolean close) {
    socket.disconnectSockets(close);
  }
}
