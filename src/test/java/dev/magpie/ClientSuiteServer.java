package dev.magpie;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Socket;
import dev.magpie.log.Recovery;
import dev.magpie.transport.Handshake;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * The server that the tests of the official JavaScript client talk to, on port 3210. Arguments: port and number of instances. An event
 * whose arguments are not what its test sends is not answered.
 */
public final class ClientSuiteServer extends VerticleBase {
  private static final List<String> NAMESPACES = List.of("/", "/foo", "/timeout_socket", "/valid", "/asd", "/abc", "/no");
  private static final Buffer BINARY = Buffer.buffer("asdfasdf");
  private static final List<String> TEXTS = List.of("てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string");

  /** Before a handshake is admitted, so that a client's timeout may come first. */
  private static final long ADMITTED_AFTER_MS = 10;

  private final int port;

  private ClientSuiteServer(int port) {
    this.port = port;
  }

  public static void main(String[] args) {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 3210;
    int instances = args.length > 1 ? Integer.parseInt(args[1]) : 1;
    start(port, instances)
        .onSuccess(started -> System.out.println("client suite server on port " + port + ", instances " + instances))
        .onFailure(failed -> {
          System.err.println(failed.getMessage());
          System.exit(2);
        });
  }

  private static Future<?> start(int port, int instances) {
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(instances).setPreferNativeTransport(true));
    return vertx.deployVerticle(() -> new ClientSuiteServer(port), new DeploymentOptions().setInstances(instances));
  }

  @Override
  public Future<?> start() {
    Router router = Router.router(vertx);
    IoOptions options = new IoOptions()
        .setPingInterval(2_000)
        .setAllowRequest(handshake -> vertx.timer(ADMITTED_AFTER_MS, TimeUnit.MILLISECONDS));
    Io io = Io.create(vertx, options).mount(router, "/socket.io");
    for (String namespace : NAMESPACES) io.of(namespace).recoverable(Recovery.MEMORY);
    io.of("/").use(joining -> admit(joining.handshake().query("fail") == null, "Auth failed (main namespace)"));
    io.of("/no").use(joining -> admit(false, "Auth failed (custom namespace)"));
    io.of("/").onConnection(ClientSuiteServer::answer);
    io.of("/foo").onConnection(ClientSuiteServer::answerId);
    io.of("/abc").onConnection(socket -> socket.emit("handshake", handshake(socket)));
    HttpServerOptions http = new HttpServerOptions().setHttp2ClearTextEnabled(false);
    return io.ready()
        .compose(ready -> vertx.createHttpServer(http).requestHandler(router).listen(port, "127.0.0.1"))
        // Some clients take localhost for ::1 alone.
        .compose(listening -> vertx.createHttpServer(http).requestHandler(router).listen(port, "::1")
            .recover(absent -> Future.succeededFuture()));
  }

  private static Future<?> admit(boolean admitted, String reason) {
    return admitted ? Future.succeededFuture() : Future.failedFuture(reason);
  }

  private static void answer(Socket socket) {
    answerId(socket);
    answerTexts(socket);
    answerBinary(socket);
    answerBlobs(socket);
  }

  private static void answerId(Socket socket) {
    socket.on("getId", (args, ack) -> ack.send(socket.id()));
  }

  private static void answerTexts(Socket socket) {
    socket.on("hi", args -> socket.emit("hi"));
    socket.on("echo", (args, ack) -> ack.send(args.getValue(0)));
    socket.on("ack", args -> socket.emitWithAck("ack").onSuccess(answer -> {
      if (answer.getInteger(0) == 5 && answer.getJsonObject(1).getBoolean("test")) socket.emit("got it");
    }));
    socket.on("getAckDate", (args, ack) -> ack.send(Instant.now()));
    socket.on("getDate", args -> socket.emit("takeDate", Instant.now()));
    socket.on("getDateObj", args -> socket.emit("takeDateObj", new JsonObject().put("date", Instant.now())));
    socket.on("getUtf8", args -> TEXTS.forEach(text -> socket.emit("takeUtf8", text)));
    socket.on("false", args -> socket.emit("false", false));
    socket.on("getHandshake", (args, ack) -> ack.send(handshake(socket)));
  }

  private static void answerBinary(Socket socket) {
    socket.on("doge", args -> socket.emit("doge", BINARY));
    socket.on("getbin", args -> socket.emit("takebin", BINARY));
    socket.on("buffa", args -> {
      if (isBinary(args)) socket.emit("buffack");
    });
    socket.on("jsonbuff", args -> {
      if (isMixed(args)) socket.emit("jsonbuff-ack");
    });
    List<String> before = new ArrayList<>();
    socket.on("abuff1", args -> {
      if (isBinary(args)) before.add("abuff1");
    });
    socket.on("abuff2", args -> {
      if (before.equals(List.of("abuff1"))) socket.emit("abuff2-ack");
    });
  }

  private static void answerBlobs(Socket socket) {
    socket.on("blob", args -> {
      if (isBinary(args)) socket.emit("back");
    });
    socket.on("jsonblob", args -> {
      if (isMixed(args)) socket.emit("jsonblob-ack");
    });
    List<String> before = new ArrayList<>();
    socket.on("blob1", args -> {
      if (isBinary(args)) before.add("blob1");
    });
    socket.on("blob2", args -> {
      if ("second".equals(args.getValue(0))) before.add("blob2");
    });
    socket.on("blob3", args -> {
      if (isBinary(args) && before.equals(List.of("blob1", "blob2"))) socket.emit("blob3-ack");
    });
  }

  private static boolean isBinary(JsonArray args) {
    // getValue would make a text of it.
    return args.getList().get(0) instanceof Buffer;
  }

  private static boolean isMixed(JsonArray args) {
    JsonObject mixed = args.getJsonObject(0);
    return "lol".equals(mixed.getString("hello")) && mixed.getMap().get("message") instanceof Buffer
        && "gotcha".equals(mixed.getString("goodbye"));
  }

  /** As the JavaScript server shows it to its handlers. */
  private static JsonObject handshake(Socket socket) {
    Handshake handshake = socket.handshake();
    Map<String, Object> query = new TreeMap<>();
    handshake.query().forEach(parameter -> query.put(parameter.getKey(), parameter.getValue()));
    return new JsonObject()
        .put("query", query)
        .put("auth", socket.auth())
        .put("address", socket.address())
        .put("secure", handshake.secure())
        .put("time", handshake.time())
        .put("url", handshake.uri());
  }
}
