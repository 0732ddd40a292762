package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.TextStream;
import dev.magpie.log.Recovery;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts that grow, over real sockets: on one event loop, and on several instances that share them. */
@ParameterizedClass(name = "instances: {0}")
@ValueSource(ints = {1, 3})
class TextStreamTest {
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final List<Io> ALL = new CopyOnWriteArrayList<>();

  @Parameter
  int instances;

  private static Vertx vertx;
  private static int port;

  private final String room = "room" + NAMES.incrementAndGet();
  private final List<TestIo> clients = new ArrayList<>();

  @BeforeParameterizedClassInvocation
  static void start(int instances) {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(instances + 1));
    AtomicInteger bound = new AtomicInteger();
    ALL.clear();
    await(vertx.deployVerticle(() -> new Server(bound), new DeploymentOptions().setInstances(instances)));
    port = bound.get();
  }

  @AfterParameterizedClassInvocation
  static void stop() {
    await(vertx.close());
  }

  @AfterEach
  void leave() {
    for (TestIo client : clients) await(client.close());
  }

  private static final class Server extends VerticleBase {
    private final AtomicInteger bound;

    Server(AtomicInteger bound) {
      this.bound = bound;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      Io io = Io.create(vertx, new IoOptions());
      ALL.add(io);
      io.use(joining -> {
        joining.identify(joining.handshake().query("room"));
        return Future.succeededFuture();
      });
      io.onConnection(socket -> socket.join(socket.query("room")));
      io.of("/kept").recoverable(Recovery.MEMORY).onConnection(socket -> socket.join(socket.query("room")));
      return io.mount(router, "/socket.io").mountPlain(router, "/ws").ready()
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort)
          .onSuccess(bound::set);
    }
  }

  private TextStream stream(String id) {
    return ALL.get(0).to(room).stream(id);
  }

  private TestIo join() {
    TestIo client = await(TestIo.connect(vertx, new TestIoOptions(port).setQuery("room=" + room)));
    clients.add(client);
    return client;
  }

  /** One member on each instance: connections go to the loops in turn. */
  private List<TestIo> joinEach() {
    List<TestIo> members = new ArrayList<>();
    for (int i = 0; i < instances; i++) members.add(join());
    return members;
  }

  private static JsonObject next(TestIo client, String event) {
    return await(client.next(event)).getJsonObject(0);
  }

  private static JsonObject chunk(String id, int at, String text, boolean done) {
    return new JsonObject().put("id", id).put("at", at).put("text", text).put("done", done);
  }

  @Test
  void membersGetTheChunksAndWhoJoinsLaterTheTextSoFar() {
    List<TestIo> early = joinEach();
    await(stream("a").append("Hello"));
    for (TestIo member : early) assertThat(next(member, "stream")).isEqualTo(chunk("a", 0, "Hello", false));
    List<TestIo> late = joinEach();
    for (TestIo member : late) assertThat(next(member, "stream")).isEqualTo(chunk("a", 0, "Hello", false));
    await(stream("a").append(" 世界"));
    await(stream("a").end());
    early.addAll(late);
    for (TestIo member : early) {
      assertThat(next(member, "stream")).isEqualTo(chunk("a", 5, " 世界", false));
      assertThat(next(member, "stream")).isEqualTo(chunk("a", 8, "", true));
    }
    assertThat(next(join(), "stream")).isEqualTo(chunk("a", 0, "Hello 世界", true));
  }

  @Test
  void anyInstanceMayAppend() {
    TestIo member = join();
    StringBuilder text = new StringBuilder();
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      for (Io io : ALL) {
        await(io.to(room).stream("a").append(i + " "));
        all.append(i).append(' ');
      }
    }
    while (text.length() < all.length()) {
      JsonObject chunk = next(member, "stream");
      assertThat(chunk.getInteger("at")).isEqualTo(text.length());
      text.append(chunk.getString("text"));
    }
    assertThat(text.toString()).isEqualTo(all.toString());
  }

  @Test
  void theEventMayHaveAnotherName() {
    TestIo member = join();
    await(stream("a").event("answer").append("x"));
    assertThat(next(member, "answer")).isEqualTo(chunk("a", 0, "x", false));
    await(stream("a").end());
    assertThat(next(member, "answer")).isEqualTo(chunk("a", 1, "", true));
    assertThatIllegalArgumentException().isThrownBy(() -> stream("a").event("disconnect"));
  }

  @Test
  void anAbortedTextIsToldAsSuch() {
    await(stream("a").append("x"));
    await(stream("a").abort());
    assertThat(next(join(), "stream")).isEqualTo(chunk("a", 0, "x", true).put("aborted", true));
    assertThatThrownBy(() -> await(stream("a").append("y"))).rootCause().isInstanceOf(IllegalStateException.class);
  }

  @Test
  void plainClientsGetTheSame() throws Exception {
    await(stream("a").append("Hello"));
    try (RawWebSocket plain = RawWebSocket.connect(port, "/ws?room=" + room);
        RawWebSocket v1 = RawWebSocket.connect(port, "/ws?ns=/&room=" + room, "Sec-WebSocket-Protocol: magpie.v1")) {
      assertThat(plain.readFrame().text()).isEqualTo("[\"stream\",{\"id\":\"a\",\"at\":0,\"text\":\"Hello\",\"done\":false}]");
      assertThat(v1.sendText("{\"auth\":{}}").readFrame().text()).contains("\"open\"");
      assertThat(v1.readFrame().text())
          .isEqualTo("{\"event\":\"stream\",\"args\":[{\"id\":\"a\",\"at\":0,\"text\":\"Hello\",\"done\":false}]}");
      await(stream("a").end());
      assertThat(plain.readFrame().text()).isEqualTo("[\"stream\",{\"id\":\"a\",\"at\":5,\"text\":\"\",\"done\":true}]");
    }
  }

  @Test
  void aUserHasStreamsOnAllDevices() {
    TestIo phone = join();
    await(ALL.get(0).toUser(room).stream("a").append("Hello"));
    assertThat(next(phone, "stream")).isEqualTo(chunk("a", 0, "Hello", false));
    assertThat(next(join(), "stream")).isEqualTo(chunk("a", 0, "Hello", false));
  }

  @Test
  void inANamespaceWithRecoveryAChunkCarriesThePositionOfTheClient() throws Exception {
    try (RawWebSocket client = RawWebSocket.connect(port, "/socket.io/?EIO=4&transport=websocket&room=" + room)) {
      assertThat(client.readFrame().text()).startsWith("0{");
      assertThat(client.sendText("40/kept,").readFrame().text()).contains("pid");
      await(ALL.get(0).of("/kept").to(room).stream("a").append("x"));
      assertThat(client.readFrame().text())
          .matches("42/kept,\\[\"stream\",\\{\"id\":\"a\",\"at\":0,\"text\":\"x\",\"done\":false},\"[\\w-]{8}\\.[0-9a-z]+\"]");
    }
  }

  @Test
  void aStreamNeedsOneRoomAndNothingElse() {
    Io io = ALL.get(0);
    assertThatIllegalArgumentException().isThrownBy(() -> io.all().stream("a"))
        .withMessage("stream needs one room, not 0: to(room).stream(id)");
    assertThatIllegalArgumentException().isThrownBy(() -> io.to("x", "y").stream("a"));
    assertThatIllegalArgumentException().isThrownBy(() -> io.to("x").except("y").stream("a"));
    assertThatIllegalArgumentException().isThrownBy(() -> io.to("x").local().stream("a"));
    assertThatIllegalArgumentException().isThrownBy(() -> io.to("x").unreliable().stream("a"));
    assertThatIllegalArgumentException().isThrownBy(() -> io.to("x").latest("k").stream("a"));
    assertThatIllegalArgumentException().isThrownBy(() -> new Families().run(io));
  }

  /** On its context, where families are made. */
  private static final class Families {
    void run(Io io) {
      try {
        await(Future.<Void>future(done -> io.context().runOnContext(turn -> {
          try {
            io.of(Pattern.compile("/none")).to("x").stream("a");
            done.complete();
          } catch (RuntimeException refused) {
            done.fail(refused);
          }
        })));
      } catch (java.util.concurrent.CompletionException refused) {
        throw (RuntimeException) refused.getCause();
      }
    }
  }
}
