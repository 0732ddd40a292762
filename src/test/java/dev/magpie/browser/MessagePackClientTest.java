package dev.magpie.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.protocol.Parser;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The official MessagePack bundle, as Magpie serves it, in a page. */
@ExtendWith(Browser.class)
class MessagePackClientTest {
  private static Vertx vertx;
  private static HttpServer server;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    server = vertx.createHttpServer();
    Router router = Router.router(vertx);
    Io io = Io.create(vertx, new IoOptions().setParser(Parser.MSGPACK)).mount(router, "/socket.io");
    io.onConnection(socket -> socket.on("ask", (args, ack) -> {
      JsonObject asked = args.getJsonObject(0);
      ack.send(new JsonObject().put("text", asked.getString("text")).put("bytes", asked.getBuffer("bytes")));
      socket.emit("told", Map.of("bytes", Buffer.buffer(new byte[] {4, 5})), 1.5, (Object) null);
    }));
    router.get("/").handler(page -> page.response().putHeader("Content-Type", "text/html; charset=utf-8").end("""
        <!doctype html><html lang="en"><title>MessagePack</title><link rel="icon" href="data:,">
        <script src="/socket.io/socket.io.msgpack.min.js"></script>"""));
    io.ready().compose(ready -> server.requestHandler(router).listen(0, "127.0.0.1")).await(20, TimeUnit.SECONDS);
  }

  @AfterAll
  static void end() throws Exception {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"polling", "websocket"})
  void exchangesTextAndBytesWithThePage(String transport, Windows windows) {
    Page page = windows.openUrl("http://127.0.0.1:" + server.actualPort() + "/");
    Object exchanged = page.evaluate("""
        transport => new Promise((done, failed) => {
          const socket = io({ transports: [transport], forceNew: true });
          const all = [];
          const add = values => all.push(values) === 2 && (socket.close(), done(all));
          socket.on("connect_error", error => failed(error));
          socket.on("told", (object, number, none) => add([...new Uint8Array(object.bytes), number, none]));
          socket.emit("ask", { text: "鹊桥", bytes: new Uint8Array([1, 2, 3]).buffer },
            answer => add([answer.text, ...new Uint8Array(answer.bytes)]));
        })""", transport);
    assertThat(exchanged).isEqualTo(List.of(List.of("鹊桥", 1, 2, 3), Arrays.asList(4, 5, 1.5, null)));
  }
}
