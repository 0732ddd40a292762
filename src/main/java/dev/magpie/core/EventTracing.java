package dev.magpie.core;

import dev.magpie.transport.Handshake;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reports the events that handlers get to the tracer of Vert.x, each on a context of its own, where the handlers run: what they call is
 * part of the trace. Where the client asks for an acknowledgement the span lasts until that is sent, otherwise until the handlers have
 * returned. One for each {@link Io} whose Vert.x has a tracer, used on its context.
 *
 * <p>The trace that an event continues is named by the W3C fields {@code traceparent}, {@code tracestate} and {@code baggage}: of an
 * object that is the event's last argument, else of the client's auth, of the handshake's query, or of its headers.
 */
final class EventTracing {
  private static final String PARENT = "traceparent";
  private static final List<String> FIELDS = List.of(PARENT, "tracestate", "baggage");

  /** An event, for tags. */
  record Event(String namespace, String name, String socket) {}

  private static final TagExtractor<Event> TAGS = new TagExtractor<>() {
    @Override
    public int len(Event event) {
      return 5;
    }

    @Override
    public String name(Event event, int index) {
      return switch (index) {
        case 0 -> "messaging.system";
        case 1 -> "messaging.operation";
        case 2 -> "messaging.destination.name";
        case 3 -> "socket.io.event";
        default -> "socket.io.socket";
      };
    }

    @Override
    public String value(Event event, int index) {
      return switch (index) {
        case 0 -> "socket.io";
        case 1 -> "process";
        case 2 -> event.namespace;
        case 3 -> event.name;
        default -> event.socket;
      };
    }
  };

  private final ContextInternal context;
  private final VertxTracer<Object, Object> tracer;
  private final TracingPolicy policy;
  /** Of the event whose handlers run; null between events. */
  private @Nullable Span current;

  private EventTracing(ContextInternal context, VertxTracer<Object, Object> tracer, TracingPolicy policy) {
    this.context = context;
    this.tracer = tracer;
    this.policy = policy;
  }

  /** Null without a tracer, and where nothing is to be traced. */
  @SuppressWarnings("unchecked")
  static @Nullable EventTracing of(ContextInternal context, TracingPolicy policy) {
    VertxTracer<?, ?> tracer = context.tracer();
    return tracer == null || policy == TracingPolicy.IGNORE ? null
        : new EventTracing(context, (VertxTracer<Object, Object>) tracer, policy);
  }

  /**
   * Begins the span of an event.
   *
   * @param replies whether the client asks for an acknowledgement
   */
  Span begin(Event event, JsonArray args, @Nullable JsonObject auth, Handshake handshake, boolean replies) {
    ContextInternal own = context.duplicate();
    Object trace = tracer.receiveRequest(own, replies ? SpanKind.RPC : SpanKind.MESSAGING, policy, event, event.name,
        carrier(args, auth, handshake).entrySet(), TAGS);
    return new Span(own, trace, replies);
  }

  /** The handlers of a span's event have failed; null for the event whose handlers run. */
  void failed(@Nullable Span of, Throwable failure) {
    Span span = of == null ? current : of;
    if (span != null && span.failure == null) span.failure = failure;
    // No acknowledgement will follow.
    if (of != null && RetryLater.isMeantBy(failure)) of.end();
  }

  private static Map<String, String> carrier(JsonArray args, @Nullable JsonObject auth, Handshake handshake) {
    Object last = args.isEmpty() ? null : args.getValue(args.size() - 1);
    Map<String, String> fields = fields(last instanceof JsonObject object ? object : null);
    if (fields.isEmpty()) fields = fields(auth);
    if (!fields.isEmpty()) return fields;
    for (Map.Entry<String, String> header : handshake.headers()) fields.putIfAbsent(header.getKey(), header.getValue());
    String parent = handshake.query(PARENT);
    if (parent != null) fields.put(PARENT, parent);
    return fields;
  }

  /** Empty where the object names no trace. */
  private static Map<String, String> fields(@Nullable JsonObject object) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (object == null || !(object.getValue(PARENT) instanceof String)) return fields;
    for (String field : FIELDS) if (object.getValue(field) instanceof String value) fields.put(field, value);
    return fields;
  }

  /** The span of one event. */
  final class Span {
    private final ContextInternal context;
    /** Null where the tracer does not trace this event. */
    private final @Nullable Object trace;
    private final boolean replies;
    private @Nullable Throwable failure;
    private boolean ended;

    private Span(ContextInternal context, @Nullable Object trace, boolean replies) {
      this.context = context;
      this.trace = trace;
      this.replies = replies;
    }

    /** Runs the handlers. */
    void run(Runnable handlers) {
      current = this;
      context.dispatch(handlers);
      current = null;
      if (!replies) end();
    }

    /** The acknowledgement is sent, or the handlers have returned where there is none. */
    void end() {
      if (ended) return;
      ended = true;
      if (trace != null) tracer.sendResponse(context, failure == null ? this : null, trace, failure, TagExtractor.empty());
    }
  }
}
