package com.example

import io.vertx.core.Vertx
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit.SECONDS

/** A client that writes and reads the packets of Socket.IO as text, over a WebSocket. */
class TextClient(vertx: Vertx, port: Int) {
  private val received = LinkedBlockingQueue<String>()

  /** Held: Vert.x closes a client that is no longer reachable. */
  private val client = vertx.createWebSocketClient()
  private val webSocket = client.webSocket()

  init {
    webSocket.textMessageHandler { packet ->
      if (packet == "2") webSocket.writeTextMessage("3") // a ping
      else received.add(packet)
    }
    webSocket.connect(port, "127.0.0.1", "/socket.io/?EIO=4&transport=websocket").await(20, SECONDS)
    next("0")
    send("40")
    next("40")
  }

  fun send(packet: String) {
    webSocket.writeTextMessage(packet)
  }

  /** The next packet, which begins so. */
  fun next(beginning: String): String {
    val packet = received.poll(20, SECONDS)
    if (packet == null || !packet.startsWith(beginning)) throw AssertionError("$beginning… was expected, not $packet")
    return packet
  }
}
