package dev.magpie.core;

import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A socket as {@code fetchSockets} found it, on whatever instance it lives: a description of that moment, and the ways to act on it. May be
 * used from any thread.
 */
public final class RemoteSocket {
  private final JsonObject description;
  private final BroadcastOperator socket;

  private RemoteSocket(JsonObject description, Audience namespace) {
    this.description = description;
    this.socket = namespace.to(description.getString("id"));
  }

  static RemoteSocket of(Socket socket) {
    return new RemoteSocket(describe(socket), socket.namespace());
  }

  /** Reads what {@link #describe} wrote on another instance. */
  static void readAll(JsonArray answer, BroadcastTarget asked, Consumer<RemoteSocket> each) {
    for (int i = 0; i < answer.size(); i++) {
      JsonObject description = answer.getJsonObject(i);
      each.accept(new RemoteSocket(description, asked.reach(description.getString("namespace"))));
    }
  }

  static JsonObject describe(Socket socket) {
    return new JsonObject()
        .put("id", socket.id())
        .put("namespace", socket.namespace().name())
        .put("rooms", new JsonArray(new ArrayList<>(socket.rooms())))
        .put("data", socket.hasData() ? Values.copy(socket.data()) : new JsonObject())
        .put("handshake", handshake(socket));
  }

  private static JsonObject handshake(Socket socket) {
    JsonObject headers = new JsonObject();
    for (Map.Entry<String, String> header : socket.handshake().headers())
      headers.put(header.getKey().toLowerCase(Locale.ROOT), header.getValue());
    JsonObject query = new JsonObject();
    for (Map.Entry<String, String> parameter : socket.handshake().query()) query.put(parameter.getKey(), parameter.getValue());
    return new JsonObject()
        .put("address", socket.handshake().address())
        .put("secure", socket.handshake().secure())
        .put("time", socket.handshake().time().toString())
        .put("url", socket.handshake().uri())
        .put("headers", headers)
        .put("query", query)
        .put("auth", socket.auth().copy());
  }

  public String id() {
    return description.getString("id");
  }

  public String namespace() {
    return description.getString("namespace");
  }

  /** Its id first. */
  public Set<String> rooms() {
    Set<String> rooms = new LinkedHashSet<>();
    description.getJsonArray("rooms").forEach(room -> rooms.add((String) room));
    return rooms;
  }

  /** A copy of {@link Socket#data()}. */
  public JsonObject data() {
    return description.getJsonObject("data");
  }

  /** {@code address, secure, time, url, headers, query, auth}. */
  public JsonObject handshake() {
    return description.getJsonObject("handshake");
  }

  public void emit(String event, Object... args) {
    socket.emit(event, args);
  }

  public void join(String... rooms) {
    socket.socketsJoin(rooms);
  }

  public void leave(String... rooms) {
    socket.socketsLeave(rooms);
  }

  /** @param close whether its whole connection is closed */
  public void disconnect(boolean close) {
    socket.disconnectSockets(close);
  }
}
