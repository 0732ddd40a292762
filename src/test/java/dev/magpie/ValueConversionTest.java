package dev.magpie;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.magpie.bus.Addresses;
import dev.magpie.bus.Emit;
import dev.magpie.core.ClientError;
import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.core.Socket;
import dev.magpie.log.LogEntry;
import dev.magpie.log.Recovery;
import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Values of the application in both directions, over real sockets: by its own mapper, as the types of handlers, as data of a socket, as
 * buffers, as numbers; and what happens to those that cannot be written.
 */
class ValueConversionTest {
  enum Colour { RED, GREEN }

  record Visit(String firstName, LocalDate lastDay, byte[] rawData) {}

  record Everything(
      LocalDate day, Optional<String> note, Optional<Integer> missing, OptionalLong count, byte[] bytes, Buffer buffer, ByteBuffer view,
      JsonObject object, JsonArray array, JsonNode node, Map<String, byte[]> pages, Set<UUID> ids, Colour colour) {}

  private static final Visit VISIT = new Visit("Ana", LocalDate.of(2026, 11, 27), new byte[] {1, 2});

  private static final JsonObject VISIT_BY_DEFAULT = new JsonObject()
      .put("firstName", "Ana").put("lastDay", "2026-11-27").put("rawData", Buffer.buffer(new byte[] {1, 2}));

  private static final JsonObject VISIT_BY_MAPPER = new JsonObject()
      .put("first_name", "Ana").put("last_day", "27.11.2026").put("raw_data", Buffer.buffer(new byte[] {1, 2}));

  private final BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
  private Vertx vertx;

  @BeforeEach
  void startVertx() {
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(3));
  }

  @AfterEach
  void stopVertx() throws Exception {
    await(vertx.close());
  }

  /** With names in snake case, and dates as Germans write them. */
  private static ObjectMapper mapper() {
    return new ObjectMapper()
        .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .registerModule(new SimpleModule()
            .addSerializer(LocalDate.class, new JsonSerializer<LocalDate>() {
              @Override
              public void serialize(LocalDate day, JsonGenerator to, SerializerProvider all) throws IOException {
                to.writeString("%02d.%02d.%d".formatted(day.getDayOfMonth(), day.getMonthValue(), day.getYear()));
              }
            })
            .addDeserializer(LocalDate.class, new JsonDeserializer<LocalDate>() {
              @Override
              public LocalDate deserialize(JsonParser in, DeserializationContext all) throws IOException {
                String[] parts = in.getText().split("\\.");
                return LocalDate.of(Integer.parseInt(parts[2]), Integer.parseInt(parts[1]), Integer.parseInt(parts[0]));
              }
            }));
  }

  /** One instance, and the port that it listens on. */
  private static final class Server extends VerticleBase {
    private final IoOptions options;
    private final Consumer<Io> application;
    private Io io;
    private int port;

    Server(IoOptions options, Consumer<Io> application) {
      this.options = options;
      this.application = application;
    }

    @Override
    public Future<?> start() {
      Router router = Router.router(vertx);
      io = Io.create(vertx, options);
      application.accept(io);
      return io.mount(router, "/socket.io").mountPlain(router, "/ws").ready()
          .compose(ready -> vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
          .onSuccess(http -> port = http.actualPort());
    }
  }

  private Server start(IoOptions options, Consumer<Io> application) throws Exception {
    Server server = new Server(options, application);
    await(vertx.deployVerticle(server));
    return server;
  }

  private TestIo connect(Server server) throws Exception {
    return await(TestIo.connect(vertx, server.port));
  }

  private TestIo connect(Server server, String namespace) throws Exception {
    return await(TestIo.connect(vertx, new TestIoOptions(server.port).setNamespace(namespace)));
  }

  private static Object first(JsonArray args) {
    return args.getList().get(0);
  }

  private Object seen() throws InterruptedException {
    return seen.poll(20, TimeUnit.SECONDS);
  }

  // --- The application's mapper

  enum Way { SOCKET, THREAD, SOCKET_WITHIN, ALL, ALL_WITHIN, ALL_BY_THREAD, WITH_ACK, ACK, ON_ACK, ON_BLOCKING, LOG, BUS }

  @ParameterizedTest
  @EnumSource(Way.class)
  void theMapperOfTheApplicationWritesOnEveryPath(Way way) throws Exception {
    ObjectMapper mapper = mapper();
    Server server = start(new IoOptions().setMapper(mapper), io -> {
      Namespace kept = io.of("/kept").recoverable(Recovery.MEMORY);
      kept.onConnection(socket -> socket.on("say", args -> kept.append(LogEntry.toAll().event(mapper, "said", VISIT))));
      io.onConnection(socket -> {
        socket.on("say", (args, ack) -> {
          switch (way) {
            case SOCKET -> socket.emit("said", VISIT);
            case SOCKET_WITHIN -> socket.emit("said", new JsonObject().put("in", List.of(VISIT)));
            case THREAD -> new Thread(() -> socket.emit("said", VISIT)).start();
            case ALL -> io.emit("said", VISIT);
            case ALL_WITHIN -> io.emit("said", Map.of("in", new JsonArray().add(VISIT)));
            case ALL_BY_THREAD -> new Thread(() -> io.emit("said", VISIT)).start();
            case WITH_ACK -> socket.emitWithAck("said", VISIT);
            case BUS -> vertx.eventBus().publish(Addresses.EMIT, Emit.toAll().event(mapper, "said", VISIT).toJson());
            case ACK -> ack.send(VISIT);
            case ON_ACK, ON_BLOCKING, LOG -> throw new IllegalStateException();
          }
        });
        socket.onAck("on ack", String.class, text -> Future.succeededFuture(VISIT));
        socket.onBlocking("on blocking", String.class, text -> VISIT);
      });
    });
    TestIo client = connect(server, way == Way.LOG ? "/kept" : "/");
    Future<JsonArray> heard = client.next("said");
    Object arrived = first(await(switch (way) {
      case ACK -> client.emitWithAck("say");
      case ON_ACK -> client.emitWithAck("on ack", "");
      case ON_BLOCKING -> client.emitWithAck("on blocking", "");
      default -> {
        client.emit("say");
        yield heard;
      }
    }));
    boolean within = way == Way.SOCKET_WITHIN || way == Way.ALL_WITHIN;
    assertThat(arrived).isEqualTo(within ? new JsonObject().put("in", new JsonArray().add(VISIT_BY_MAPPER)) : VISIT_BY_MAPPER);
  }

  @Test
  void theMapperOfTheApplicationReads() throws Exception {
    Server server = start(new IoOptions().setMapper(mapper()),
        io -> io.onConnection(socket -> socket.on("visit", Visit.class, seen::add)));
    connect(server).emit("visit", VISIT_BY_MAPPER);
    assertThat(seen()).usingRecursiveComparison().isEqualTo(VISIT);
  }

  @Test
  void theMapperOfTheApplicationConvertsTheDataOfASocket() throws Exception {
    Server server = start(new IoOptions().setMapper(mapper()), io -> io.onConnection(socket -> socket.data().put("visit", VISIT)));
    connect(server);
    assertThat(await(server.io.all().fetchSockets()).results().get(0).data()).isEqualTo(new JsonObject().put("visit", VISIT_BY_MAPPER));
  }

  @Test
  void whatIsDoneToTheMapperLaterHasNoEffect() throws Exception {
    ObjectMapper mapper = mapper();
    Server server = start(new IoOptions().setMapper(mapper), io -> io.onConnection(socket -> socket.emit("said", VISIT)));
    mapper.setPropertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE);
    assertThat(first(await(connect(server).next("said")))).isEqualTo(VISIT_BY_MAPPER);
  }

  @Test
  void aMapperThatCannotBeCopiedIsRefused() {
    ObjectMapper mapper = new ObjectMapper() {};
    assertThatThrownBy(() -> Io.create(vertx, new IoOptions().setMapper(mapper)))
        .isInstanceOf(IllegalArgumentException.class).hasMessage("mapper: a subclass of ObjectMapper must override copy()");
  }

  @Test
  void aVerticleWithoutAnIoPublishesRecords() throws Exception {
    Server server = start(new IoOptions(), io -> {});
    TestIo client = connect(server);
    Future<JsonArray> heard = client.next("said");
    await(vertx.deployVerticle(new VerticleBase() {
      @Override
      public Future<?> start() {
        vertx.eventBus().publish(Addresses.EMIT, Emit.toAll().event("said", VISIT).toJson());
        return Future.succeededFuture();
      }
    }));
    assertThat(first(await(heard))).isEqualTo(VISIT_BY_DEFAULT);
  }

  // --- Typed handlers

  static Stream<Arguments> types() {
    return Stream.of(
        Arguments.of(LocalDate.class, LocalDate.of(2026, 11, 27)),
        Arguments.of(LocalDateTime.class, LocalDateTime.of(2026, 11, 27, 10, 30)),
        Arguments.of(LocalTime.class, LocalTime.of(10, 30)),
        Arguments.of(Instant.class, Instant.parse("2026-11-27T10:00:00.123Z")),
        Arguments.of(OffsetDateTime.class, OffsetDateTime.parse("2026-11-27T10:00:00+02:00")),
        Arguments.of(OffsetTime.class, OffsetTime.parse("10:00+02:00")),
        Arguments.of(ZonedDateTime.class, ZonedDateTime.parse("2026-11-27T10:00:00+01:00[Europe/Berlin]")),
        Arguments.of(Year.class, Year.of(2026)),
        Arguments.of(YearMonth.class, YearMonth.of(2026, 11)),
        Arguments.of(MonthDay.class, MonthDay.of(11, 27)),
        Arguments.of(Duration.class, Duration.ofSeconds(90)),
        Arguments.of(Period.class, Period.of(1, 2, 3)),
        Arguments.of(ZoneId.class, ZoneId.of("Europe/Berlin")),
        Arguments.of(ZoneOffset.class, ZoneOffset.ofHours(2)),
        Arguments.of(Date.class, new Date(1_000)),
        Arguments.of(UUID.class, UUID.fromString("6c84fb90-12c4-11e1-840d-7b25c5ee775a")),
        Arguments.of(Colour.class, Colour.GREEN),
        Arguments.of(String.class, "text"),
        Arguments.of(Boolean.class, true),
        Arguments.of(Integer.class, 7),
        Arguments.of(Long.class, 9007199254740993L),
        Arguments.of(Double.class, 0.5),
        Arguments.of(BigInteger.class, new BigInteger("123456789012345678901234567890")),
        Arguments.of(BigDecimal.class, new BigDecimal("12345678901234567890.1")),
        Arguments.of(int[].class, new int[] {1, 2}),
        Arguments.of(String[].class, new String[] {"a"}),
        Arguments.of(byte[].class, new byte[] {1}),
        Arguments.of(Buffer.class, Buffer.buffer("b")),
        Arguments.of(ByteBuffer.class, ByteBuffer.wrap(new byte[] {1})),
        Arguments.of(JsonObject.class, new JsonObject().put("a", 1)),
        Arguments.of(JsonArray.class, new JsonArray().add(1)),
        Arguments.of(JsonNode.class, JsonNodeFactory.instance.objectNode().put("a", 1)),
        Arguments.of(Visit.class, VISIT),
        Arguments.of(Everything.class, new Everything(
            LocalDate.of(2026, 11, 27), Optional.of("note"), Optional.empty(), OptionalLong.of(9007199254740993L), new byte[] {1},
            Buffer.buffer("b"), ByteBuffer.wrap(new byte[] {2}), new JsonObject().put("deep", Buffer.buffer("c")),
            new JsonArray().add(Buffer.buffer("d")), JsonNodeFactory.instance.objectNode().put("a", new byte[] {3}),
            Map.of("one", new byte[] {4}), Set.of(new UUID(1, 2)), Colour.RED)));
  }

  @ParameterizedTest
  @MethodSource("types")
  <T> void aHandlerGetsBackWhatWasSent(Class<T> type, T value) throws Exception {
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> {
      socket.on("value", type, seen::add);
      socket.emit("said", value);
    }));
    TestIo client = connect(server);
    client.emit("value", await(client.next("said")).getList().get(0));
    assertThat(seen()).usingRecursiveComparison().withEqualsForType(Object::equals, Buffer.class).isEqualTo(value);
  }

  @Test
  void aMissingOptionalIsEmpty() throws Exception {
    record Note(Optional<String> text, OptionalLong number) {}

    Server server = start(new IoOptions(), io -> io.onConnection(socket -> socket.on("note", Note.class, seen::add)));
    connect(server).emit("note", new JsonObject());
    assertThat(seen()).isEqualTo(new Note(Optional.empty(), OptionalLong.empty()));
  }

  @Test
  void bytesMayComeAsBase64OfEitherAlphabet() throws Exception {
    Server server = start(new IoOptions(),
        io -> io.onConnection(socket -> socket.on("visit", Visit.class, visit -> seen.add(visit.rawData))));
    TestIo client = connect(server);
    client.emit("visit", new JsonObject().put("rawData", "+/8=")).emit("visit", new JsonObject().put("rawData", "-_8"));
    assertThat(seen()).isEqualTo(new byte[] {-5, -1});
    assertThat(seen()).isEqualTo(new byte[] {-5, -1});
  }

  @Test
  void whatIsNoDateIsRefusedWithoutTheNameOfAClass() throws Exception {
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> {
      socket.onAck("visit", Visit.class, visit -> Future.succeededFuture());
      socket.onAck("day", LocalDate.class, day -> Future.succeededFuture());
    }));
    TestIo client = connect(server);
    for (Object day : List.of("27.11.2026", 7, new JsonArray())) {
      String nested = await(client.emitWithAck("visit", new JsonObject().put("lastDay", day))).encode();
      assertThat(nested).contains("error", "lastDay").doesNotContain("java").doesNotContain("jackson");
      assertThat(await(client.emitWithAck("day", day)).encode()).contains("error").doesNotContain("java").doesNotContain("jackson");
    }
  }

  // --- Data of a socket

  @Test
  void aRecordInTheDataOfASocketBecomesJson() throws Exception {
    Server server = start(new IoOptions(), io -> {
      io.use(joining -> {
        joining.data().put("early", VISIT);
        return Future.succeededFuture();
      });
      io.onConnection(socket -> {
        socket.data().put("set", Set.of(1)).mergeIn(new JsonObject().put("visit", VISIT));
        seen.add(socket.data().getJsonObject("early"));
      });
    });
    connect(server);
    JsonObject data = await(server.io.all().fetchSockets()).results().get(0).data();
    assertThat(data).isEqualTo(new JsonObject()
        .put("early", VISIT_BY_DEFAULT).put("set", new JsonArray().add(1)).put("visit", VISIT_BY_DEFAULT));
    assertThat(data.getJsonObject("visit").getValue("rawData")).isEqualTo(Buffer.buffer(new byte[] {1, 2}));
    assertThat(seen()).isEqualTo(VISIT_BY_DEFAULT);
  }

  @Test
  void whatCannotBeWrittenIsRefusedAsDataOfASocket() throws Exception {
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> {
      seen.add(caught(() -> socket.data().put("user", Map.of("session", new Object()))));
      seen.add(caught(() -> socket.data().mergeIn(new JsonObject().put("user", Double.NaN))));
    }));
    connect(server);
    assertThat(seen()).isEqualTo("data.user.session: java.lang.Object cannot be written as JSON");
    assertThat(seen()).isEqualTo("data.user: NaN is not a JSON number");
    assertThat(await(server.io.all().fetchSockets()).results().get(0).data()).isEqualTo(new JsonObject());
  }

  @Test
  void anObjectInTheDataOfASocketStaysTheOneThatWasPut() throws Exception {
    JsonObject cart = new JsonObject();
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> {
      socket.data().put("cart", cart);
      cart.put("items", 3);
    }));
    connect(server);
    assertThat(await(server.io.all().fetchSockets()).results().get(0).data().getJsonObject("cart")).isEqualTo(cart);
  }

  @Test
  void whatWasPutBelowTheDataAndCannotBeWrittenHarmsNoOtherSocketNorTheRest() throws Exception {
    Server server = start(new IoOptions(), io -> {
      Namespace kept = io.of("/kept").recoverable(Recovery.MEMORY);
      kept.onConnection(socket -> {
        JsonObject below = new JsonObject();
        socket.data().put("name", "Ana").put("below", below);
        below.put("session", new Object());
        socket.save().onFailure(failure -> seen.add(failure.getMessage()));
      });
    });
    connect(server, "/kept");
    assertThat(seen()).isEqualTo("data.below.session: java.lang.Object cannot be written as JSON");
    assertThat(await(server.io.of("/kept").all().fetchSockets()).results().get(0).data()).isEqualTo(new JsonObject().put("name", "Ana"));
  }

  // --- Buffers

  @Test
  void aBinaryArgumentIsABufferHoweverItIsRead() throws Exception {
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> {
      socket.onAny((event, args) -> seen.add(args.getValue(0)));
      socket.on("bytes", (args, ack) -> {
        seen.add(args.getValue(0));
        args.forEach(seen::add);
        seen.add(args.getJsonObject(1).getValue("deep"));
        socket.emit("relayed", args.stream().toArray());
        ack.send(args.stream().toArray());
      });
    }));
    TestIo client = connect(server);
    Buffer data = Buffer.buffer("data");
    JsonObject object = new JsonObject().put("deep", data);
    Future<JsonArray> relayed = client.next("relayed");
    JsonArray answer = await(client.emitWithAck("bytes", data, object));
    for (Object expected : List.of(data, data, data, object, data)) assertThat(seen()).isEqualTo(expected);
    assertThat(answer).isEqualTo(new JsonArray().add(data).add(object));
    assertThat(await(relayed)).isEqualTo(new JsonArray().add(data).add(object));
  }

  @Test
  void aBinaryArgumentOfAPlainClientIsABufferToo() throws Exception {
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> {
      socket.on("message", args -> seen.add(args.getValue(0)));
      socket.on("bytes", args -> seen.add(args.getValue(0)));
    }));
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(server.port, "/ws")) {
      client.send(Buffer.buffer("frame"));
      client.send("[\"bytes\",{\"$binary\":\"AQI=\"}]");
      client.send("{\"event\":\"bytes\",\"args\":[{\"$binary\":\"AQI=\"}]}");
      assertThat(seen()).isEqualTo(Buffer.buffer("frame"));
      assertThat(seen()).isEqualTo(Buffer.buffer(new byte[] {1, 2}));
      assertThat(seen()).isEqualTo(Buffer.buffer(new byte[] {1, 2}));
    }
  }

  @Test
  void aBinaryAcknowledgementOfAClientIsABuffer() throws Exception {
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> {
      socket.on("one", args -> socket.emitWithAck("question").onSuccess(answer -> seen.add(answer.getValue(0))));
      socket.on("all", args -> io.to(socket.id()).emitWithAck("question")
          .onSuccess(answers -> seen.add(answers.answers().get(0).getValue(0))));
    }));
    TestIo client = connect(server);
    client.onAck("question", args -> Buffer.buffer("answer"));
    client.emit("one").emit("all");
    assertThat(seen()).isEqualTo(Buffer.buffer("answer"));
    assertThat(seen()).isEqualTo(Buffer.buffer("answer"));
  }

  @Test
  void observersOfWhatIsSentSeeItsJson() throws Exception {
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> {
      socket.onAnyOutgoing((event, args) -> seen.add(args));
      socket.emit("said", VISIT, new byte[] {1});
      io.to(socket.id()).emit("said", VISIT, new byte[] {1});
    }));
    connect(server);
    for (int i = 0; i < 2; i++) {
      JsonArray args = (JsonArray) seen();
      assertThat(args).isEqualTo(new JsonArray().add(VISIT_BY_DEFAULT).add(Buffer.buffer(new byte[] {1})));
      assertThat(args.getValue(1)).isEqualTo(Buffer.buffer(new byte[] {1}));
    }
  }

  @Test
  void anotherInstanceGetsRecordsAndAnswersWithThem() throws Exception {
    start(new IoOptions(), io -> io.on("visit", (args, ack) -> {
      seen.add(args.getJsonObject(0).getValue("rawData"));
      ack.send(VISIT);
    }));
    Server asking = start(new IoOptions(), io -> {});
    JsonArray answer = await(asking.io.serverSideEmitWithAck("visit", VISIT)).results().get(0);
    assertThat(seen()).isEqualTo(Buffer.buffer(new byte[] {1, 2}));
    assertThat(answer).isEqualTo(new JsonArray().add(VISIT_BY_DEFAULT));
  }

  @Test
  void aSingleBufferOfAnyKindIsABinaryFrameForAPlainClient() throws Exception {
    byte[] bytes = {1, 2};
    List<Object> kinds = List.of(bytes, Buffer.buffer(bytes), ByteBuffer.wrap(bytes), Optional.of(bytes),
        JsonNodeFactory.instance.binaryNode(bytes));
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> socket.on("say", args -> {
      for (Object kind : kinds) {
        socket.emit("said", kind);
        io.emit("said", kind);
      }
    })));
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(server.port, "/ws")) {
      client.send("[\"say\"]");
      for (int i = 0; i < 2 * kinds.size(); i++) client.expect(Buffer.buffer(bytes));
    }
  }

  // --- What cannot be written

  record Loop(List<Object> next) {}

  static Stream<Arguments> unwritable() {
    List<Object> cycle = new ArrayList<>();
    cycle.add(cycle);
    Loop loop = new Loop(new ArrayList<>());
    loop.next.add(loop);
    return Stream.of(
        Arguments.of(new Object(), ": java.lang.Object cannot be written as JSON"),
        Arguments.of(Map.of("part", List.of(1, new Object())), ".part[1]: java.lang.Object cannot be written as JSON"),
        Arguments.of(new Loop(List.of(1, new Object())), ".next[1]: java.lang.Object cannot be written as JSON"),
        Arguments.of(new Loop(List.of(Double.NaN)), ".next[0]: NaN is not a JSON number"),
        Arguments.of(new double[] {Double.POSITIVE_INFINITY}, "[0]: Infinity is not a JSON number"),
        Arguments.of(Collections.singletonMap(null, 1), ": null cannot be the name of a member"),
        Arguments.of(cycle, "…: nested deeper than 500, or contains itself"),
        Arguments.of(loop, "cannot be written as JSON"));
  }

  private static String caught(Callable<?> call) {
    try {
      call.call();
      return "nothing thrown";
    } catch (IllegalArgumentException refused) {
      return refused.getMessage();
    } catch (Exception other) {
      return other.toString();
    }
  }

  private static Callable<?> of(Runnable action) {
    return () -> {
      action.run();
      return null;
    };
  }

  @ParameterizedTest
  @MethodSource("unwritable")
  void whatCannotBeWrittenFailsAtTheCallAndNothingIsSent(Object value, String message) throws Exception {
    Server server = start(new IoOptions(), io -> {
      Namespace kept = io.of("/kept").recoverable(Recovery.MEMORY);
      for (Namespace namespace : List.of(io.of("/"), kept)) {
        namespace.onConnection(socket -> socket.on("say", args -> {
          for (Callable<?> call : calls(io, namespace, socket, value)) seen.add(caught(call));
          new Thread(() -> calls(io, namespace, socket, value).forEach(call -> seen.add(caught(call)))).start();
        }));
      }
      kept.onConnection(socket -> socket.on("append", args -> {
        seen.add(caught(() -> kept.append(LogEntry.toAll().event("said", 1, value))));
        seen.add(caught(() -> kept.log().replace(1, "said", 1, value)));
      }));
    });
    start(new IoOptions(), io -> io.on("said", args -> seen.add("half said")));
    TestIo main = connect(server);
    TestIo kept = connect(server, "/kept");
    List<Object> heard = Collections.synchronizedList(new ArrayList<>());
    for (TestIo client : List.of(main, kept)) {
      client.on("said", heard::add);
      client.emit("say");
      for (int i = 0; i < 2 * CALLS; i++) assertThat((String) seen()).startsWith("event \"said\": args[1]").endsWith(message);
    }
    kept.emit("append");
    for (int i = 0; i < 2; i++) assertThat((String) seen()).startsWith("event \"said\": args[1]").endsWith(message);
    await(main.barrier());
    await(kept.barrier());
    assertThat(heard).isEmpty();
    assertThat(seen).isEmpty();
  }

  private static final int CALLS = 7;

  private static List<Callable<?>> calls(Io io, Namespace namespace, Socket socket, Object value) {
    return List.of(
        of(() -> socket.emit("said", 1, value)),
        () -> socket.emitWithAck("said", 1, value),
        of(() -> namespace.emit("said", 1, value)),
        of(() -> namespace.to(socket.id()).emit("said", 1, value)),
        () -> namespace.to(socket.id()).emitWithAck("said", 1, value),
        of(() -> io.serverSideEmit("said", 1, value)),
        () -> Emit.toAll().event("said", 1, value));
  }

  @Test
  void anAcknowledgementThatCannotBeWrittenFailsAtTheCall() throws Exception {
    Server server = start(new IoOptions(), io -> io.onConnection(socket -> socket.on("ask", (args, ack) -> {
      seen.add(caught(of(() -> ack.send(1, Map.of("part", new Object())))));
    })));
    connect(server).emitWithAck("ask");
    assertThat(seen()).isEqualTo("acknowledgement of \"ask\": args[1].part: java.lang.Object cannot be written as JSON");
  }

  @Test
  void dataOfAnErrorIsConvertedAndLeftOutWhereItCannotBeWritten() throws Exception {
    Server server = start(new IoOptions().setMapper(mapper()), io -> {
      io.onConnection(socket -> socket.onAck("ask", Boolean.class, isGood -> ClientError.future("no",
          new JsonObject().put("visit", isGood ? VISIT : new Object()))));
      io.of("/good").use(joining -> ClientError.future("no", new JsonObject().put("day", List.of(VISIT.lastDay))));
      io.of("/bad").use(joining -> ClientError.future("no", new JsonObject().put("visit", new Object())));
      io.of("/binary").use(joining -> ClientError.future("no", new JsonObject().put("visit", VISIT)));
    });
    TestIo client = connect(server);
    JsonObject no = new JsonObject().put("error", "no");
    assertThat(first(await(client.emitWithAck("ask", true))))
        .isEqualTo(no.copy().put("data", new JsonObject().put("visit", VISIT_BY_MAPPER)));
    assertThat(first(await(client.emitWithAck("ask", false)))).isEqualTo(no);
    try (EngineWebSocketClient raw = EngineWebSocketClient.connect(server.port)) {
      raw.expectOpen();
      raw.send("40/good,");
      raw.expect("44/good,{\"message\":\"no\",\"data\":{\"day\":[\"27.11.2026\"]}}");
      for (String namespace : List.of("/bad", "/binary")) {
        raw.send("40" + namespace + ",");
        raw.expect("44" + namespace + ",{\"message\":\"no\"}");
      }
    }
  }

  // --- Numbers

  private static final Object[] NUMBERS = {1L << 53, (1L << 53) - 1, -(1L << 53), 7, new BigInteger("123456789012345678901234567890"),
      new BigDecimal("0.1"), new BigDecimal("0.12345678901234567890"), 1e300, List.of(9007199254740993L)};

  private static final String AS_NUMBERS = "9007199254740992,9007199254740991,-9007199254740992,7,123456789012345678901234567890,0.1,"
      + "0.12345678901234567890,1.0E300,[9007199254740993]";

  private static final String AS_STRINGS = "\"9007199254740992\",9007199254740991,\"-9007199254740992\",7,"
      + "\"123456789012345678901234567890\",0.1,\"0.12345678901234567890\",1.0E300,[\"9007199254740993\"]";

  private static void talkNumbers(Io io) {
    Namespace kept = io.of("/kept").recoverable(Recovery.MEMORY);
    for (Namespace namespace : List.of(io.of("/"), kept)) {
      namespace.onConnection(socket -> {
        socket.on("one", args -> socket.emit("said", NUMBERS));
        socket.on("all", args -> namespace.to(socket.id()).emit("said", NUMBERS));
        socket.on("ask", (args, ack) -> ack.send(NUMBERS));
        socket.on("append", args -> kept.append(LogEntry.to(socket.id()).event("said", NUMBERS)));
      });
    }
  }

  @ParameterizedTest
  @EnumSource
  void numbersAreStringsForBrowsersWhereThatIsWanted(Form form) throws Exception {
    Server server = start(new IoOptions().setNumbersAsStrings(form == Form.STRINGS), ValueConversionTest::talkNumbers);
    String expected = form == Form.STRINGS ? AS_STRINGS : AS_NUMBERS;
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(server.port)) {
      client.expectOpen();
      client.send("40");
      client.expectStart("40{");
      client.send("42[\"one\"]");
      client.expect("42[\"said\"," + expected + "]");
      client.send("42[\"all\"]");
      client.expect("42[\"said\"," + expected + "]");
      client.send("420[\"ask\"]");
      client.expect("430[" + expected + "]");
      client.send("40/kept,");
      client.expectStart("40/kept,{");
      for (String event : List.of("one", "all", "append")) {
        client.send("42/kept,[\"" + event + "\"]");
        client.expectStart("42/kept,[\"said\"," + expected + ",\"");
      }
    }
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(server.port, "/ws")) {
      client.send("[\"one\"]");
      client.expect("[\"said\"," + expected + "]");
      client.send("[\"all\"]");
      client.expect("[\"said\"," + expected + "]");
    }
  }

  enum Form { NUMBERS, STRINGS }

  @Test
  void instancesThatDifferInTheFormOfNumbersSendTheirOwn() throws Exception {
    Server numbers = start(new IoOptions(), ValueConversionTest::talkNumbers);
    Server strings = start(new IoOptions().setNumbersAsStrings(true), ValueConversionTest::talkNumbers);
    try (EngineWebSocketClient one = EngineWebSocketClient.connect(numbers.port, "/ws");
        EngineWebSocketClient other = EngineWebSocketClient.connect(strings.port, "/ws")) {
      for (EngineWebSocketClient client : List.of(one, other)) {
        client.send("{\"event\":\"ask\",\"ack\":1}");
        client.expectStart("{\"ack\":1");
      }
      for (Server from : List.of(numbers, strings)) {
        from.io.emit("said", NUMBERS);
        one.expect("[\"said\"," + AS_NUMBERS + "]");
        other.expect("[\"said\"," + AS_STRINGS + "]");
      }
    }
  }
}
