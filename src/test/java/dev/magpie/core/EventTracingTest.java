package dev.magpie.core;

import static dev.magpie.testing.Await.await;
import static dev.magpie.testing.Await.until;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EngineWebSocketClient;
import dev.magpie.testing.MountedIo;
import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingOptions;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events of clients in the traces of OpenTelemetry, by a tracer of Vert.x. */
@Timeout(120)
class EventTracingTest {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";
  private static final String OTHER_TRACE = "1bf7651916cd43dd8448eb211c80319c";
  private static final String OTHER_PARENT = "00-" + OTHER_TRACE + "-b7ad6b7169203331-01";

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider provider = SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
  private MountedIo server;
  private Vertx clients;

  /** As that of Vert.x for OpenTelemetry: the trace is kept in the context of what is traced. */
  private static final class OpenTelemetryTracer implements VertxTracer<Span, Span> {
    /** By the context that its handlers run on. */
    private static final Map<io.vertx.core.Context, Span> SPANS = new ConcurrentHashMap<>();
    private static final TextMapGetter<Iterable<Map.Entry<String, String>>> GETTER = new TextMapGetter<>() {
      @Override
      public Iterable<String> keys(Iterable<Map.Entry<String, String>> carrier) {
        List<String> keys = new ArrayList<>();
        carrier.forEach(entry -> keys.add(entry.getKey()));
        return keys;
      }

      @Override
      public @Nullable String get(@Nullable Iterable<Map.Entry<String, String>> carrier, String key) {
        for (Map.Entry<String, String> entry : carrier) if (entry.getKey().equalsIgnoreCase(key)) return entry.getValue();
        return null;
      }
    };

    private final Tracer tracer;

    private OpenTelemetryTracer(Tracer tracer) {
      this.tracer = tracer;
    }

    static String current() {
      Span span = SPANS.get(Vertx.currentContext());
      return span == null ? "none" : span.getSpanContext().getTraceId();
    }

    @Override
    public <R> @Nullable Span receiveRequest(io.vertx.core.Context context, SpanKind kind, TracingPolicy policy, R request,
        String operation, Iterable<Map.Entry<String, String>> headers, TagExtractor<R> tags) {
      Context parent = W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, GETTER);
      if (Span.fromContextOrNull(parent) == null && policy != TracingPolicy.ALWAYS) return null;
      SpanBuilder span = tracer.spanBuilder(operation).setParent(parent).setSpanKind(
          kind == SpanKind.RPC ? io.opentelemetry.api.trace.SpanKind.SERVER : io.opentelemetry.api.trace.SpanKind.CONSUMER);
      BiConsumer<String, String> tag = (name, value) -> span.setAttribute(name, value);
      tags.extractTo(request, tag);
      Span begun = span.startSpan();
      SPANS.put(context, begun);
      return begun;
    }

    @Override
    public <R> void sendResponse(io.vertx.core.Context context, R response, Span span, Throwable failure, TagExtractor<R> tags) {
      if (failure != null) span.recordException(failure).setStatus(StatusCode.ERROR);
      span.end();
    }
  }

  @BeforeEach
  void start() {
    clients = Vertx.vertx();
  }

  @AfterEach
  void stop() {
    await(clients.close());
    if (server != null) server.close();
    provider.close();
  }

  private void serve(IoOptions options, Consumer<Io> application) {
    Tracer tracer = provider.get("test");
    Vertx vertx = Vertx.builder().with(new VertxOptions().setEventLoopPoolSize(1).setTracingOptions(new TracingOptions()))
        .withTracer(configured -> new OpenTelemetryTracer(tracer)).build();
    server = MountedIo.start(vertx, options, application);
  }

  private TestIo connect(Consumer<TestIoOptions> more) {
    TestIoOptions options = new TestIoOptions(server.port);
    more.accept(options);
    return await(TestIo.connect(clients, options));
  }

  private static JsonObject traced(String parent) {
    return new JsonObject().put("traceparent", parent);
  }

  /** The spans of events; those of HTTP requests are Vert.x' own. */
  private List<SpanData> ended() {
    return spans.getFinishedSpanItems().stream()
        .filter(span -> "socket.io".equals(span.getAttributes().get(AttributeKey.stringKey("messaging.system")))).toList();
  }

  private SpanData span() {
    until("a span has ended", () -> !ended().isEmpty());
    assertThat(ended()).hasSize(1);
    SpanData span = ended().get(0);
    spans.reset();
    return span;
  }

  /** Acknowledges with the trace that its handler runs in. */
  private static void answersItsTrace(Io io) {
    io.onConnection(socket -> socket.on("where", (args, ack) -> ack.send(OpenTelemetryTracer.current())));
  }

  private static String where(TestIo client, Object... args) {
    return await(client.emitWithAck("where", args)).getString(0);
  }

  @Test
  void aTraceInTheLastArgumentReachesTheHandler() {
    serve(new IoOptions(), EventTracingTest::answersItsTrace);
    TestIo client = connect(options -> {});
    assertThat(where(client, 1, traced(PARENT))).isEqualTo(TRACE);
    SpanData span = span();
    assertThat(span.getName()).isEqualTo("where");
    assertThat(span.getTraceId()).isEqualTo(TRACE);
    assertThat(span.getParentSpanId()).isEqualTo("b7ad6b7169203331");
    assertThat(span.getKind()).isEqualTo(io.opentelemetry.api.trace.SpanKind.SERVER);
    assertThat(span.getAttributes().asMap()).containsEntry(AttributeKey.stringKey("messaging.destination.name"), "/")
        .containsEntry(AttributeKey.stringKey("socket.io.event"), "where")
        .containsEntry(AttributeKey.stringKey("socket.io.socket"), client.id());
  }

  @Test
  void aTraceInTheHandshakeReachesTheHandlersOfAllEvents() {
    serve(new IoOptions(), EventTracingTest::answersItsTrace);
    List<TestIo> traced = List.of(
        connect(options -> options.addHeader("traceparent", PARENT)),
        connect(options -> options.setQuery("traceparent=" + PARENT)),
        connect(options -> options.setAuth(traced(PARENT))));
    for (TestIo client : traced) {
      assertThat(where(client)).isEqualTo(TRACE);
      assertThat(span().getTraceId()).isEqualTo(TRACE);
      // That of the event is nearer.
      assertThat(where(client, traced(OTHER_PARENT))).isEqualTo(OTHER_TRACE);
      assertThat(span().getTraceId()).isEqualTo(OTHER_TRACE);
    }
  }

  @Test
  void aTraceOverPlainWebSocketReachesTheHandler() {
    serve(new IoOptions(), EventTracingTest::answersItsTrace);
    try (EngineWebSocketClient client = EngineWebSocketClient.connect(server.port, "/ws", Map.of("traceparent", PARENT))) {
      client.send("{\"event\":\"where\",\"ack\":1}");
      client.expect("{\"ack\":1,\"args\":[\"" + TRACE + "\"]}");
    }
    assertThat(span().getTraceId()).isEqualTo(TRACE);
  }

  @Test
  void anEventWithoutATraceIsNotTracedUnlessAllAre() {
    serve(new IoOptions(), EventTracingTest::answersItsTrace);
    assertThat(where(connect(options -> {}))).isEqualTo("none");
    assertThat(ended()).isEmpty();
    server.close();
    serve(new IoOptions().setTracingPolicy(TracingPolicy.ALWAYS), EventTracingTest::answersItsTrace);
    assertThat(where(connect(options -> {}))).isEqualTo(span().getTraceId());
    server.close();
    serve(new IoOptions().setTracingPolicy(TracingPolicy.IGNORE), EventTracingTest::answersItsTrace);
    assertThat(where(connect(options -> {}), traced(PARENT))).isEqualTo("none");
    assertThat(ended()).isEmpty();
  }

  @Test
  void anEventThatNoHandlerWaitsForIsNotTraced() throws Exception {
    serve(new IoOptions().setTracingPolicy(TracingPolicy.ALWAYS), EventTracingTest::answersItsTrace);
    await(connect(options -> {}).emit("made up by a client").barrier());
    assertThat(ended()).isEmpty();
  }

  @Test
  void theSpanLastsUntilTheAcknowledgement() {
    List<Promise<String>> open = new CopyOnWriteArrayList<>();
    serve(new IoOptions(), io -> io.onConnection(socket -> socket.onAck("slow", JsonObject.class, argument -> {
      Promise<String> answer = Promise.promise();
      open.add(answer);
      return answer.future();
    })));
    TestIo client = connect(options -> {});
    Future<?> answered = client.emitWithAck("slow", traced(PARENT));
    await(client.barrier());
    assertThat(ended()).isEmpty();
    open.get(0).complete("done");
    await(answered);
    assertThat(span().getTraceId()).isEqualTo(TRACE);
  }

  @Test
  void aHandlerThatThrowsFailsItsSpan() throws Exception {
    serve(new IoOptions(), io -> io.onConnection(socket -> socket.on("break", args -> {
      throw new IllegalStateException("broken");
    })));
    await(connect(options -> {}).emit("break", traced(PARENT)).barrier());
    SpanData span = span();
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(span.getKind()).isEqualTo(io.opentelemetry.api.trace.SpanKind.CONSUMER);
  }

  @Test
  void aFutureThatFailsLaterFailsTheSpan() {
    Promise<String> answer = Promise.promise();
    serve(new IoOptions(), io -> io.onConnection(socket -> socket.onAck("save", JsonObject.class, argument -> answer.future())));
    Future<?> answered = connect(options -> {}).emitWithAck("save", traced(PARENT));
    answer.fail(new IllegalStateException("broken"));
    await(answered);
    assertThat(span().getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
  }

  @Test
  void anAcknowledgementThatIsWithheldEndsTheSpan() {
    serve(new IoOptions(),
        io -> io.onConnection(socket -> socket.onAck("save", JsonObject.class, argument -> RetryLater.future("the store is away"))));
    connect(options -> {}).emitWithAck("save", traced(PARENT));
    assertThat(span().getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
  }

  @Test
  void theTraceGoesOnOnTheWorkerThreadAndBehindAnAcknowledgementOfTheClient() {
    serve(new IoOptions(), io -> io.onConnection(socket -> {
      socket.onBlocking("work", JsonObject.class, argument -> OpenTelemetryTracer.current());
      socket.onAck("ask", JsonObject.class,
          argument -> socket.emitWithAck("question").map(answer -> OpenTelemetryTracer.current()));
    }));
    TestIo client = connect(options -> {});
    client.onAck("question", args -> "answer");
    assertThat(await(client.emitWithAck("work", traced(PARENT))).getString(0)).isEqualTo(TRACE);
    assertThat(await(client.emitWithAck("ask", traced(OTHER_PARENT))).getString(0)).isEqualTo(OTHER_TRACE);
  }
}
