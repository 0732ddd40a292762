package dev.magpie.tutorial;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Namespace;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * A live map on namespace {@code /map}: each connection is a bird. Shows retained values with a time to live: the server sends {@code you}
 * with the bird's name, the client sends {@code move {x, y}}, and everybody, also who comes later, gets {@code position {bird, x, y}} of
 * each bird. A bird is removed with its connection, or a minute after its last move.
 */
public final class ExampleMap implements Application {
  private static final String ROOM = "map";
  private static final int WIDTH = 1_000;
  private static final int HEIGHT = 600;
  private static final long LIFE_MILLIS = 60_000;
  private static final int NAME_LENGTH = 8;

  @Override
  public String name() {
    return "example-map";
  }

  @Override
  public void mount(ApplicationContext context) {
    Namespace map = context.io().of("/map");
    map.onConnection(socket -> {
      // Not the socket's id, which is a room.
      String bird = UUID.randomUUID().toString().substring(0, NAME_LENGTH);
      socket.on("move", Move.class, move -> map.to(ROOM).retain(bird).ttl(LIFE_MILLIS).emit("position",
          new JsonObject().put("bird", bird).put("x", within(move.x(), WIDTH)).put("y", within(move.y(), HEIGHT))));
      socket.onDisconnect(reason -> map.to(ROOM).retain(bird).remove());
      socket.emit("you", bird);
      socket.join(ROOM);
    });
  }

  record Move(int x, int y) {}

  private static int within(int value, int most) {
    return Math.max(0, Math.min(most, value));
  }
}
