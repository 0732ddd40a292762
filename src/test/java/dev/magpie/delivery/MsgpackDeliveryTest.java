package dev.magpie.delivery;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.delivery.OfficialClients.Client;
import dev.magpie.log.Recovery;
import dev.magpie.protocol.Parser;
import dev.magpie.testing.Rule;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the official client with its MessagePack parser finds when it comes back; a server of each parser, on the embedded store. */
@Rule(63)
class MsgpackDeliveryTest {
  private static final AtomicInteger NAMES = new AtomicInteger();

  @TempDir static Path folder;
  private static Vertx vertx;
  private static final Map<Parser, Server> servers = new EnumMap<>(Parser.class);
  private static OfficialClients clients;

  @BeforeAll
  static void start() throws Exception {
    vertx = Vertx.vertx();
    for (Parser parser : Parser.values()) {
      servers.put(parser, new Server(parser));
      await(vertx.deployVerticle(servers.get(parser)));
    }
    clients = OfficialClients.start(folder);
  }

  @AfterAll
  static void stop() throws Exception {
    clients.close();
    await(vertx.close());
  }

  @ParameterizedTest
  @EnumSource(value = Recovery.class, names = {"MEMORY", "DURABLE"})
  @Rule(59)
  void getsWhatItHasMissedWhenItRecovers(Recovery recovery) throws Exception {
    Client alice = open(Parser.MSGPACK, "/" + recovery);
    Client bob = open(Parser.MSGPACK, "/" + recovery);
    assertThat(bob.connected()).isFalse();
    say(alice, "before");
    bob.hears("before");
    bob.leave();
    say(alice, "missed");
    alice.hears("missed");
    bob.comeBack();
    assertThat(bob.connected()).isTrue();
    say(alice, "after");
    bob.hears("after").assertTexts("before", "missed", "after");
  }

  @Test
  void hearsWhatAClientWithTheOtherParserSaysToAnotherServer() throws Exception {
    Client alice = open(Parser.JSON, "/DURABLE");
    Client bob = open(Parser.MSGPACK, "/DURABLE");
    assertThat(bob.connected()).isFalse();
    say(alice, "from another server");
    bob.hears("from another server");
  }

  @ParameterizedTest
  @EnumSource
  @Rule(39)
  void isToldWhichParserTheServerSpeaks(Parser parser) throws Exception {
    Parser other = parser == Parser.JSON ? Parser.MSGPACK : Parser.JSON;
    Client client = clients.open("client " + NAMES.incrementAndGet(), servers.get(other).url("/MEMORY"), options(parser));
    assertThat(client.next("connect_error").getString("message"))
        .isEqualTo("parser not offered: this server speaks " + other.module() + " only");
  }

  private static Client open(Parser parser, String namespace) throws Exception {
    return clients.open("client " + NAMES.incrementAndGet(), servers.get(parser).url(namespace), options(parser));
  }

  private static JsonObject options(Parser parser) {
    return new JsonObject().put("parser", parser.module());
  }

  private static void say(Client client, String text) throws Exception {
    client.emit("say", new JsonObject().put("text", text));
  }

  /** A server of one event loop; what is said in a namespace, all of it hear, on the other server too. */
  private static final class Server extends VerticleBase {
    private final Parser parser;
    private HttpServer server;

    Server(Parser parser) {
      this.parser = parser;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      IoOptions options = new IoOptions().setParser(parser).setRecovery(Lab.embedded(folder.resolve("data")));
      Io io = Io.create(vertx, options).mount(router, "/socket.io");
      for (Recovery recovery : Recovery.values()) {
        io.of("/" + recovery).recoverable(recovery)
            .onConnection(socket -> socket.on("say", JsonObject.class, said -> io.of("/" + recovery).emit("message", said)));
      }
      return io.ready()
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
          .onSuccess(listening -> server = listening);
    }

    String url(String namespace) {
      return "http://127.0.0.1:" + server.actualPort() + namespace;
    }
  }
}
