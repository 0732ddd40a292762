package dev.magpie.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.magpie.transport.PeerLog;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Behind a trusted proxy each line of the log about a request names the client, not the proxy. */
@ExtendWith(VertxExtension.class)
class ClientAddressTest {
  private static final String UPGRADE =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

  private final Logger logger = (Logger) LoggerFactory.getLogger(PeerLog.class);
  private final Queue<String> lines = new ConcurrentLinkedQueue<>();
  private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
    @Override
    protected void append(ILoggingEvent event) {
      lines.add(event.getFormattedMessage());
    }
  };
  private final Level before = logger.getLevel();

  @BeforeEach
  void listen() {
    appender.start();
    logger.setLevel(Level.DEBUG);
    logger.addAppender(appender);
  }

  @AfterEach
  void leave() {
    logger.detachAppender(appender);
    logger.setLevel(before);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      GET /socket.io/?EIO=4&transport=none HTTP/1.1           ~ ``                            ~ 400
      GET /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1  ~ ``                            ~ 400
      GET /socket.io/?EIO=4&transport=websocket HTTP/1.1      ~ Origin: http://evil.example   ~ 403
      GET /ws HTTP/1.1                                        ~ Origin: http://evil.example   ~ 403
      GET /ws HTTP/1.1                                        ~ ``                            ~ 4
      GET /.git/config HTTP/1.1                               ~ ``                            ~ 404
      """, quoteCharacter = '`')
  void isTheClientsInTheLog(String line, String header, String status, Vertx vertx) throws Exception {
    JsonObject http = new JsonObject().put("listeners", new JsonArray().add(new JsonObject().put("port", 0)))
        .put("trusted_proxies", new JsonArray().add("127.0.0.1"));
    GatewayVerticle gateway = new GatewayVerticle(GatewayOptions.from(new JsonObject().put("http", http)));
    vertx.deployVerticle(gateway).toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    boolean upgrade = header.startsWith("Origin");
    String answer = exchange(port(gateway),
        line + "\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.7\r\n" + (upgrade ? UPGRADE : "Connection: close\r\n")
        + (header.isEmpty() ? "" : header + "\r\n") + "\r\n");
    assertThat(answer).startsWith("HTTP/1.1 " + status);
    assertThat(lines).isNotEmpty().allMatch(said -> said.contains("address=192.0.2.0/24 ") && !said.contains("127.0.0.1"));
  }

  private static int port(GatewayVerticle gateway) {
    return Integer.parseInt(gateway.urls().get(0).replaceAll(".*:(\\d+)/", "$1"));
  }

  /** To the end of the answer's head. */
  private static String exchange(int port, String request) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      StringBuilder answer = new StringBuilder();
      for (int read = 0; read >= 0 && answer.indexOf("\r\n\r\n") < 0; ) {
        read = socket.getInputStream().read();
        if (read >= 0) answer.append((char) read);
      }
      return answer.toString();
    }
  }
}
