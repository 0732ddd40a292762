package dev.magpie.tutorial;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Namespace;

/**
 * The rooms of {@link TutorialRooms} as the tutorial has them for Koa: the same {@code addCart} comes in, {@code serverEmit} goes out to
 * the others in the room. Shows that several applications may hear one event; mounted with the other, both names are emitted, and a page
 * hears the one that it listens to.
 */
public final class TutorialKoa implements Application {
  @Override
  public String name() {
    return "tutorial-koa";
  }

  @Override
  public void mount(ApplicationContext context) {
    context.io().onConnection(socket -> {
      String room = socket.query("roomid");
      if (room == null || room.isEmpty() || Namespace.isSocketId(room)) return;
      // Joining is idempotent.
      socket.join(room);
      socket.on("addCart", data -> socket.to(room).emit("serverEmit", "我接收到增加购物车的事件了"));
    });
  }
}
