package com.example;

import dev.magpie.core.Io;
import org.springframework.stereotype.Component;

/** Handlers as a bean: registered while the context starts, called on the event loop of the Io. */
@Component
class Chat {
  private final Io io;

  Chat(Io io) {
    this.io = io;
    io.onConnection(socket -> {
      socket.on("message", String.class, text -> io.emit("message", text));
      socket.onBlocking("order", Order.class, this::store);
    });
  }

  /** On a worker thread, where repositories may be called. */
  private Receipt store(Order order) {
    return new Receipt(order.item(), order.count() * 3);
  }

  /** From any thread of Spring. */
  void announce(String text) {
    io.emit("message", text);
  }

  record Order(String item, int count) {}

  record Receipt(String item, int price) {}
}
