package com.example;

import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.WebSocketClient;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client that writes and reads the packets of Socket.IO as text, over a WebSocket. */
final class TextClient {
  private static final int SECONDS = 20;

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  /** Held: Vert.x closes a client that is no longer reachable. */
  private final WebSocketClient client;
  private final ClientWebSocket webSocket;

  private TextClient(Vertx vertx) {
    client = vertx.createWebSocketClient();
    webSocket = client.webSocket();
    webSocket.textMessageHandler(packet -> {
      if (packet.equals("2")) webSocket.writeTextMessage("3"); // a ping
      else received.add(packet);
    });
    webSocket.closeHandler(end -> closed.complete(null));
  }

  /** Joins the main namespace. */
  static TextClient connect(Vertx vertx, int port) throws Exception {
    TextClient client = new TextClient(vertx);
    client.webSocket.connect(port, "127.0.0.1", "/socket.io/?EIO=4&transport=websocket").await(SECONDS, TimeUnit.SECONDS);
    client.next("0");
    client.send("40");
    client.next("40");
    return client;
  }

  void send(String packet) {
    webSocket.writeTextMessage(packet);
  }

  /** The next packet, which begins so. */
  String next(String beginning) throws InterruptedException {
    String packet = received.poll(SECONDS, TimeUnit.SECONDS);
    if (packet == null || !packet.startsWith(beginning)) throw new AssertionError(beginning + "… was expected, not " + packet);
    return packet;
  }

  void awaitClose() throws Exception {
    closed.get(SECONDS, TimeUnit.SECONDS);
  }
}
