package dev.magpie.tutorial;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Namespace;

/**
 * Several rooms: who opens a page with {@code ?roomid=1} is in room 1. Of an {@code addCart} the others in the sender's room hear, by
 * {@code addCart}; the sender does not. Shows a parameter of the handshake, joining, and {@code socket.to(room)}. A page without a room
 * tells nobody.
 */
public final class TutorialRooms implements Application {
  @Override
  public String name() {
    return "tutorial-rooms";
  }

  @Override
  public void mount(ApplicationContext context) {
    context.io().onConnection(socket -> {
      String room = socket.query("roomid");
      if (room == null || room.isEmpty() || Namespace.isSocketId(room)) return;
      socket.join(room);
      socket.on("addCart", data -> socket.to(room).emit("addCart", "Server AddCart Ok"));
    });
  }
}
