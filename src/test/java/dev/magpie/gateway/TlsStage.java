package dev.magpie.gateway;

import dev.magpie.core.Application;
import dev.magpie.core.Io;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;

/** An application that echoes, and says of a client's handshake what TLS and HTTP/2 could change. */
public final class TlsStage implements Application {
  @Override
  public boolean byDefault() {
    return false;
  }

  @Override
  public void mount(Io io, Vertx vertx) {
    io.of("/").onConnection(socket -> {
      socket.emit("auth", socket.auth());
      socket.on("message", arguments -> socket.emit("message-back", arguments.getList().toArray()));
      socket.on("message-with-ack", (arguments, ack) -> ack.send(arguments.getList().toArray()));
      socket.on("ask-client", arguments -> socket.emitWithAck("question", arguments.getList().toArray())
          .onSuccess(said -> socket.emit("client-said", said.getList().toArray())));
      socket.on("handshake", arguments -> socket.emit("handshake", new JsonObject()
          .put("secure", socket.handshake().secure())
          .put("host", socket.handshake().header("Host"))
          .put("subject", socket.handshake().clientSubject())));
    });
  }
}
