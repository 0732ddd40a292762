package dev.magpie.delivery;

import dev.magpie.chat.Chat;
import dev.magpie.core.ApplicationContext;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.log.Recovery;
import dev.magpie.log.RecoveryOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A server of one event loop, on a port of its own: the chat, and {@code /second}, where {@code say} tells everybody. Two of them in one
 * Vert.x are two instances of one server.
 */
final class Lab extends VerticleBase {
  static final String MODERATOR = "the-secret-of-the-moderators";

  private final int port;
  private final RecoveryOptions recovery;
  private final String provider;
  private final Consumer<Io> more;
  private HttpServer server;

  /** @param more put on before the chat is */
  Lab(int port, RecoveryOptions recovery, Consumer<Io> more) {
    this(port, recovery, null, more);
  }

  /** @param provider of the logs, where the class path has several; else null */
  Lab(int port, RecoveryOptions recovery, String provider, Consumer<Io> more) {
    this.port = port;
    this.recovery = recovery;
    this.provider = provider;
    this.more = more;
  }

  static RecoveryOptions embedded(Path data) {
    return RecoveryOptions.DEFAULT.withSettings(new JsonObject().put("data", new JsonObject().put("path", data.toString())));
  }

  static RecoveryOptions mongo(String connectionString) {
    return RecoveryOptions.DEFAULT.withSettings(new JsonObject()
        .put("mongo", new JsonObject().put("connection_string", connectionString).put("database", "lab")));
  }

  Future<Lab> deploy(Vertx vertx) {
    JsonObject chat = new JsonObject().put("messages_per_second", 10_000).put("user_bytes_per_minute", 1L << 40)
        .put("address_bytes_per_minute", 1L << 40).put("moderators", new JsonArray().add(MODERATOR));
    return vertx.deployVerticle(this, new DeploymentOptions().setConfig(new JsonObject().put("chat", chat))).map(this);
  }

  @Override
  public Future<?> start() {
    Router router = Router.router(vertx);
    Io io = Io.create(vertx, new IoOptions().setRecovery(recovery).setRecoveryProvider(provider)).mount(router, "/socket.io")
        .mountPlain(router, "/ws");
    more.accept(io);
    new Chat().mount(new ApplicationContext(io, router, config().getJsonObject("chat")));
    io.of("/second").recoverable(Recovery.DURABLE)
        .onConnection(socket -> socket.on("say", JsonObject.class, said -> io.of("/second").emit("message", said)));
    return io.ready()
        .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(port, "127.0.0.1"))
        .onSuccess(listening -> server = listening);
  }

  int port() {
    return server.actualPort();
  }

  String chat() {
    return url("/chat");
  }

  String url(String namespace) {
    return "http://127.0.0.1:" + port() + namespace;
  }
}
