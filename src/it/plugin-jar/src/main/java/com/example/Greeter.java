package com.example;

import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** Greets the clients of the namespace /greeter. The greeting is a setting. */
public final class Greeter implements Application {

  @Override
  public JsonObject settings() {
    return new JsonObject().put("greeting", "hello");
  }

  @Override
  public void mount(ApplicationContext context) {
    String greeting = context.settings().getString("greeting");
    context.io().of("/greeter").onConnection(socket -> {
      socket.emit("greeting", greeting);
      socket.onAck("greet", String.class, name -> Future.succeededFuture(greeting + ", " + name));
    });
    context.router().get("/greeting").handler(request -> request.end(greeting));
  }
}
