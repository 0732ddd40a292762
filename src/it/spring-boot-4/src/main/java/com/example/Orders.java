package com.example;

import dev.magpie.core.ClientError;
import dev.magpie.core.Socket;
import io.vertx.core.Future;
import org.springframework.stereotype.Component;

@Component
class Orders {

  /** On a worker thread, where repositories may be called. */
  @OnEvent("order")
  Receipt order(Socket socket, Order order) {
    if (order.count() > 9) throw new ClientError("at most 9 of an item");
    return new Receipt(order.item(), order.count() * 3);
  }

  /** On the event loop, because it returns a Future. */
  @OnEvent("follow")
  Future<Void> follow(Socket socket, String item) {
    return socket.join("item:" + item);
  }

  @OnEvent("offer")
  void offer(Socket socket, Offer offer) {
    socket.to("item:" + offer.item()).emit("offer", offer);
  }

  record Order(String item, int count) {}

  record Receipt(String item, int price) {}

  record Offer(String item, int price) {}
}
