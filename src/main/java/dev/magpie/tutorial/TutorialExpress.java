package dev.magpie.tutorial;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server emits first: {@code news} when a client has connected, and the client answers with {@code my other event}. Shows objects as
 * arguments, and a name with spaces.
 */
public final class TutorialExpress implements Application {
  private static final Logger log = LoggerFactory.getLogger(TutorialExpress.class);

  @Override
  public String name() {
    return "tutorial-express";
  }

  @Override
  public void mount(ApplicationContext context) {
    context.io().onConnection(socket -> {
      // Every Socket.IO client says its protocol's version. A plain WebSocket has no handler to take a greeting: it would be noise there.
      if (socket.query("EIO") != null) socket.emit("news", new JsonObject().put("hello", "world"));
      socket.on("my other event", data -> log.debug("my other event socket={} data={}", socket.id(), data));
    });
  }
}
