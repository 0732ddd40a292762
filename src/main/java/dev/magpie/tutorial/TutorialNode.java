package dev.magpie.tutorial;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Io;

/**
 * The first program: the client sends {@code to-server}, the server answers {@code to-client}. Shows the difference between {@code
 * socket.emit}, which only the sender hears, and {@code io.emit}, which everybody hears; the setting {@code tutorial.node} chooses: {@code
 * sender} (the default) or {@code all}.
 */
public final class TutorialNode implements Application {
  private static final String ANSWER = "我是服务器返回的数据";

  @Override
  public String name() {
    return "tutorial-node";
  }

  @Override
  public String section() {
    return Companions.SECTION;
  }

  @Override
  public void mount(ApplicationContext context) {
    boolean toAll = Companions.of(context, name()).setting("node", "sender").equals("all");
    Io io = context.io();
    io.onConnection(socket ->
        socket.on("to-server", data -> {
          if (toAll) io.emit("to-client", ANSWER);
          else socket.emit("to-client", ANSWER);
        }));
  }
}
