package dev.magpie.core;

import dev.magpie.core.Counters.Count;
import dev.magpie.core.Functions.Consumer3;
import dev.magpie.logging.ThrottledWarning;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens when an event could not be handled: it is logged, counted, passed to the handlers of {@link Io#onError}, and answered where
 * its sender asked for that. One for each {@link Io}, used on its context.
 *
 * @param <S> a socket
 */
final class Failures<S> {
  private static final Logger log = LoggerFactory.getLogger(Failures.class);

  /** Events whose refusals are logged apart; an application has fewer, unless it makes up names. */
  private static final int MOST_EVENTS = 1_000;

  private final Loop loop;
  /** Copied when it changes, since a handler may add another. */
  private List<Consumer3<? super @Nullable S, ? super String, ? super Throwable>> handlers = List.of();
  private final Map<String, ThrottledWarning> refusals = new LinkedHashMap<>() {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, ThrottledWarning> eldest) {
      return size() > MOST_EVENTS;
    }
  };

  Failures(Loop loop) {
    this.loop = loop;
  }

  void onError(Consumer3<? super @Nullable S, ? super String, ? super Throwable> handler) {
    loop.requireOwner("onError");
    List<Consumer3<? super @Nullable S, ? super String, ? super Throwable>> more = new ArrayList<>(handlers);
    more.add(Objects.requireNonNull(handler, "handler"));
    handlers = more;
  }

  /**
   * An event could not be handled.
   *
   * @param source whose event it is; null for one that has no socket
   * @param place names the source in the log: {@code socket=… namespace=…}
   * @param ack answered with an error, unless it is settled or the failure is one of {@link RetryLater}
   */
  void failed(@Nullable S source, String place, String event, Throwable failure, Ack ack) {
    if (RetryLater.isMeantBy(failure) && ack.requested()) withhold(place, event, failure, ack);
    else {
      log(place, event, failure);
      answer(event, failure, ack);
    }
    tell(source, event, failure);
  }

  /** Answers with the error, unless the acknowledgement is settled. */
  void answer(String event, Throwable failure, Ack ack) {
    if (ack.requested()) ack.sendNow(error(event, failure));
  }

  private void withhold(String place, String event, Throwable failure, Ack ack) {
    if (ack.settle()) loop.counters().increment(Count.ACKS_WITHHELD);
    log.debug("acknowledgement withheld {} event={} reason={}", place, event, failure.getMessage());
  }

  private void log(String place, String event, Throwable failure) {
    if (failure instanceof InvalidPayload)
      refusals.computeIfAbsent(event, name -> new ThrottledWarning(log, "payload refused event=" + name)).warn(failure);
    else if (ClientError.isTold(failure)) log.debug("event refused {} event={} reason={}", place, event, failure.getMessage());
    else {
      loop.counters().increment(Count.HANDLER_FAILURES);
      log.error("handler failed {} event={}", place, event, failure);
    }
  }

  private JsonArray error(String event, Throwable failure) {
    Function<? super Throwable, ? extends @Nullable Object> mapper = loop.options().errorMapper();
    if (mapper != null) {
      try {
        Object mapped = mapper.apply(failure);
        if (mapped != null) return loop.values().arguments(List.of(mapped));
      } catch (Exception | LinkageError | StackOverflowError | AssertionError fault) {
        log.error("error mapper failed event={}", event, fault);
      }
    }
    return new JsonArray(List.of(loop.values().copy(ClientError.acknowledgementOf(failure),
        refused -> log.error("data of an error left out event={} reason={}", event, refused.getMessage()))));
  }

  /** Passes a failure to the handlers of {@link Io#onError}. */
  void tell(@Nullable S source, String event, Throwable failure) {
    for (Consumer3<? super @Nullable S, ? super String, ? super Throwable> handler : handlers) {
      try {
        handler.accept(source, event, failure);
      } catch (Exception | LinkageError | StackOverflowError | AssertionError fault) {
        log.error("error handler failed event={}", event, fault);
      }
    }
  }
}
