package dev.magpie.abuse;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import java.util.Map;

/**
 * A server that speaks well enough to be taken for one and guards nothing: it says yes to every request, reads every body, lets every
 * client in and every packet pass, as large as it is. A row that it passes asks for nothing but patience.
 */
final class YesMan extends VerticleBase {
  private static final int ANY_SIZE = 1 << 30;
  private static final String OPEN =
      "0{\"sid\":\"yes\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";

  private int port;

  static Subject subject() throws Exception {
    Vertx vertx = Subject.vertx();
    YesMan yesMan = new YesMan();
    Subject.done(vertx.deployVerticle(yesMan));
    return new Subject(vertx, yesMan.port, () -> Map.of("connections", 0L, "sockets", 0L, "rooms", 0L, "sessions", 0L, "deadlines", 0L));
  }

  @Override
  public Future<?> start() {
    HttpServerOptions lax = new HttpServerOptions()
        .setMaxInitialLineLength(ANY_SIZE)
        .setMaxHeaderSize(ANY_SIZE)
        .setMaxWebSocketFrameSize(ANY_SIZE)
        .setMaxWebSocketMessageSize(ANY_SIZE);
    return vertx.createHttpServer(lax)
        .requestHandler(YesMan::yes)
        .webSocketHandler(YesMan::talk)
        .exceptionHandler(ignored -> {})
        .listen(0, "127.0.0.1")
        .onSuccess(server -> port = server.actualPort());
  }

  private static void yes(HttpServerRequest request) {
    request.exceptionHandler(ignored -> {});
    String answer = request.method().name().equals("POST") ? "ok" : OPEN;
    request.endHandler(end -> request.response().putHeader("access-control-allow-origin", "*").end(answer)).resume();
  }

  private static void talk(ServerWebSocket socket) {
    socket.exceptionHandler(ignored -> {});
    boolean echo = socket.uri().contains("echo=true");
    if (socket.path().startsWith("/socket.io")) socket.writeTextMessage(OPEN);
    socket.textMessageHandler(text -> {
      if (echo) socket.writeTextMessage(text);
      else if (text.equals("40")) socket.writeTextMessage("40{\"sid\":\"you\"}");
      else if (text.startsWith("40/") && text.endsWith(","))
        socket.writeTextMessage("44" + text.substring(2) + "{\"message\":\"Invalid namespace\"}");
      else if (text.startsWith("40")) socket.writeTextMessage("40{\"sid\":\"you\"}");
      else if (text.equals("2probe")) socket.writeTextMessage("3probe");
    });
    if (echo) socket.binaryMessageHandler(socket::writeBinaryMessage);
  }
}
