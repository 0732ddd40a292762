package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.magpie.core.Contracts;
import dev.magpie.core.Counters.Count;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.RetryLater;
import dev.magpie.core.Socket;
import dev.magpie.core.Violation;
import dev.magpie.testing.NodeClients;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.json.schema.JsonSchema;
import jakarta.validation.Validation;
import jakarta.validation.Validator;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the official client, version 4.8 on Node, is answered by typed handlers, with Jakarta Bean Validation, and when they fail. */
class HandlersOverSocketsTest {
  @TempDir static Path folder;
  private static Vertx vertx;
  private static Io io;
  private static String url;
  private static final List<String> errors = new CopyOnWriteArrayList<>();

  /** As an application has them. */
  record Order(@NotBlank String item, @Min(1) int count) {}

  @BeforeAll
  static void start() throws Exception {
    NodeClients.install();
    vertx = Vertx.vertx();
    AtomicInteger port = new AtomicInteger();
    await(vertx.deployVerticle(new Server(port)));
    url = "http://127.0.0.1:" + port;
  }

  @AfterAll
  static void stop() {
    await(vertx.close());
  }

  private static final class Server extends VerticleBase {
    private final AtomicInteger port;

    Server(AtomicInteger port) {
      this.port = port;
    }

    @Override
    public Future<?> start() {
      Validator validator = Validation.byDefaultProvider().configure().messageInterpolator(new ParameterMessageInterpolator())
          .buildValidatorFactory().getValidator();
      Router router = Router.router(vertx);
      io = Io.create(vertx, new IoOptions().setHandlerTimeout(500).setValidator(value -> validator.validate(value).stream()
          .map(found -> new Violation(found.getPropertyPath().toString(), found.getMessage())).toList())).mount(router, "/socket.io");
      io.onError((socket, event, failure) -> errors.add(event + " " + failure.getClass().getSimpleName()));
      io.onConnection(HandlersOverSocketsTest::serve);
      io.of("/shop").contract("order", Contracts.of(JsonSchema.of(new JsonObject().put("required", new JsonArray().add("item")))))
          .onConnection(socket -> socket.on("order", (args, ack) -> ack.send("taken")));
      io.of("/guarded").use(context -> { throw new IllegalArgumentException("the ticket has expired"); });
      io.of("/broken").use(context -> Future.succeededFuture(context.auth().getString("token").length()));
      return io.ready().compose(ready -> vertx.createHttpServer().requestHandler(router).listen(-1, "127.0.0.1"))
          .map(HttpServer::actualPort).onSuccess(port::set);
    }
  }

  /** What answers does so in its turn: on a busy machine a worker may need longer than the limit. */
  private static void serve(Socket socket) {
    socket.onAck("add", int.class, int.class, (a, b) -> Future.succeededFuture(a + b));
    socket.on("greet", String.class, String.class, (greeting, name, ack) -> ack.send(greeting + " " + name));
    socket.onAck("sum", new TypeReference<List<Order>>() {},
        orders -> Future.succeededFuture(orders.stream().mapToInt(Order::count).sum()));
    socket.onAck("order", Order.class, order -> Future.succeededFuture(order));
    socket.on("untyped", args -> { throw new IllegalStateException("secret"); });
    socket.on("with ack", (args, ack) -> { throw new IllegalStateException("secret"); });
    socket.onAck("failed", String.class, text -> Future.failedFuture(new IllegalStateException("secret")));
    socket.onAck("unwritable", String.class, text -> Future.succeededFuture(new Object()));
    socket.on("forgets", (args, ack) -> {});
    AtomicInteger tries = new AtomicInteger();
    socket.onAck("busy", String.class, text -> tries.get() < 2 ? RetryLater.future("away " + tries.incrementAndGet())
        : Future.succeededFuture("stored after " + tries));
  }

  /** The answers to these questions, each {@code ["event", args…]}, as the official client gets them. */
  private static List<String> ask(String namespace, String... questions) throws Exception {
    return askWith(new JsonObject(), namespace, questions);
  }

  private static List<String> askWith(JsonObject options, String namespace, String... questions) throws Exception {
    Process node = NodeClients.start("asks.mjs", folder.resolve("node.log"), url + namespace, "[" + String.join(",", questions) + "]",
        options.encode());
    try (BufferedReader lines = node.inputReader(StandardCharsets.UTF_8)) {
      CompletableFuture<List<String>> all = CompletableFuture.supplyAsync(() -> lines.lines().toList());
      List<String> answers = new ArrayList<>();
      for (String line : all.get(60, TimeUnit.SECONDS)) {
        JsonObject answer = new JsonObject(line);
        answers.add(answer.containsKey("event") ? new JsonArray().add(answer.getValue("ack")).encode() : line);
      }
      return answers;
    } finally {
      node.destroyForcibly();
    }
  }

  private static String refusal(String event, String path, String expected) {
    JsonObject error = new JsonObject().put("error", "invalid payload").put("event", event).put("path", path).put("expected", expected);
    return new JsonArray().add(new JsonArray().add(error)).encode();
  }

  @Test
  void severalTypedArgumentsAreAnswered() throws Exception {
    assertThat(ask("/", "[\"add\",1,2]", "[\"greet\",\"hello\",\"ann\"]",
        "[\"sum\",[{\"item\":\"a\",\"count\":1},{\"item\":\"b\",\"count\":2}]]", "[\"order\",{\"item\":\"tea\",\"count\":2}]"))
        .containsExactly("[[3]]", "[[\"hello ann\"]]", "[[3]]", "[[{\"item\":\"tea\",\"count\":2}]]");
  }

  @Test
  void aRefusedPayloadIsAnErrorThatNamesPathAndExpectation() throws Exception {
    assertThat(ask("/", "[\"add\",1]", "[\"add\",1,\"x\"]", "[\"order\",{\"item\":\"tea\",\"count\":[]}]"))
        .containsExactly(refusal("add", "args[1]", "a whole number of 32 bits"), refusal("add", "args[1]", "a whole number of 32 bits"),
            refusal("order", "args[0].count", "a whole number of 32 bits"));
  }

  @Test
  void jakartaBeanValidationRefusesWhatItsAnnotationsForbid() throws Exception {
    assertThat(ask("/", "[\"order\",{\"item\":\"tea\",\"count\":0}]", "[\"order\",{\"item\":\" \",\"count\":0}]",
        "[\"sum\",[{\"item\":\"a\",\"count\":1},{\"item\":\"b\",\"count\":0}]]"))
        .containsExactly(refusal("order", "args[0].count", "must be greater than or equal to 1"),
            refusal("order", "args[0].count", "must be greater than or equal to 1"),
            refusal("sum", "args[0][1].count", "must be greater than or equal to 1"));
  }

  @Test
  void everyQuestionIsAnsweredWhateverBecomesOfItsHandler() throws Exception {
    errors.clear();
    String internal = "[[{\"error\":\"internal error\"}]]";
    String timeout = "[[{\"error\":\"handler timeout\"}]]";
    assertThat(ask("/", "[\"untyped\"]", "[\"with ack\"]", "[\"failed\",\"x\"]", "[\"unwritable\",\"x\"]", "[\"forgets\"]", "[\"nobody\"]"))
        .containsExactly(internal, internal, internal, internal, timeout, timeout);
    assertThat(errors).containsExactly("untyped IllegalStateException", "with ack IllegalStateException", "failed IllegalStateException",
        "unwritable Unwritable", "forgets HandlerTimeout", "nobody HandlerTimeout");
  }

  @Test
  void anEventOutsideItsContractIsRefused() throws Exception {
    assertThat(ask("/shop", "[\"order\",{\"item\":\"tea\"}]", "[\"order\",{\"count\":1}]"))
        .containsExactly("[[\"taken\"]]", refusal("order", "args[0]", "required [\"item\"]"));
  }

  @Test
  void aClientWithRetriesSendsAnEventAgainThatIsLeftUnanswered() throws Exception {
    long before = io.counters().get(Count.ACKS_WITHHELD);
    assertThat(askWith(new JsonObject().put("retries", 20).put("ackTimeout", 1_000), "/", "[\"busy\",\"x\"]"))
        .containsExactly("[[\"stored after 2\"]]");
    assertThat(io.counters().get(Count.ACKS_WITHHELD) - before).isEqualTo(2);
  }

  @Test
  void whatAMiddlewareThrowsIsTheReasonOfTheConnectError() throws Exception {
    assertThat(ask("/guarded")).containsExactly("{\"connect_error\":\"the ticket has expired\"}");
  }

  @Test
  void aFaultOfAMiddlewareIsNotTold() throws Exception {
    assertThat(ask("/broken")).containsExactly("{\"connect_error\":\"Connection refused\"}");
  }
}
