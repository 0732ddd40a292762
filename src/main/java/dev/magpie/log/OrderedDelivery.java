package dev.magpie.log;

import dev.magpie.Internal;
import dev.magpie.logging.Reason;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the events of a namespace's log on one instance: each once and in the order of the log, whether the appender, another node or
 * the log itself passes it. Owned by one instance and used on its context, but for {@link #handOver}.
 *
 * @param <D> what is delivered of an event
 */
@Internal
public final class OrderedDelivery<D> {
  private static final Logger log = LoggerFactory.getLogger(OrderedDelivery.class);

  /** How long a missing event may be on its way before it is read from the log. */
  private static final long PATIENCE_MILLIS = 50;

  private static final long POLL_MILLIS = 1_000;
  private static final int PAGE = 500;

  /** Maximum number of events that are held because they came early; further ones are read from the log later. */
  private static final int MOST_EARLY = 10_000;

  private final ContextInternal context;
  private final String namespace;
  private final EventLog events;
  private final Function<LoggedEvent, D> forms;
  private final Consumer<D> deliver;
  private final Runnable advanced;
  private final Runnable lost;

  private final TreeMap<Long, D> early = new TreeMap<>();
  private long delivered = -1;
  /** The newest number that is known. */
  private long head;
  private boolean waiting;
  private long poll = -1;
  private boolean ended;

  /**
   * @param context of the instance
   * @param forms maps an event that was read from the log to what is delivered
   * @param advanced called when events have been delivered
   * @param lost called when events were skipped because the log does not hold them any more
   */
  public OrderedDelivery(
      ContextInternal context,
      String namespace,
      EventLog events,
      Function<LoggedEvent, D> forms,
      Consumer<D> deliver,
      Runnable advanced,
      Runnable lost) {
    this.context = context;
    this.namespace = namespace;
    this.events = events;
    this.forms = forms;
    this.deliver = deliver;
    this.advanced = advanced;
    this.lost = lost;
  }

  /** Starts behind this number. */
  public void start(long from) {
    delivered = from;
    head = Math.max(head, from);
    early.headMap(from, true).clear();
    // Another node may append and not publish it: it may crash in between, or the event bus may be interrupted.
    if (events.isShared())
      poll = context.setPeriodic(POLL_MILLIS, fired -> events.extent().onSuccess(extent -> run(() -> heardOf(extent.head()))));
    drain();
  }

  public void end() {
    ended = true;
    if (poll >= 0) context.owner().cancelTimer(poll);
  }

  /** The number of the last event that was delivered; -1 before the start. */
  public long delivered() {
    return delivered;
  }

  /** Called on the appender's context, batch after batch. */
  void handOver(List<Sequenced<D>> news) {
    context.runOnContext(run -> {
      for (int i = 0; i < news.size(); i++) take(news.get(i).seq(), news.get(i).delivered());
      drain();
    });
  }

  /** An event of another node. */
  public void hear(long seq, D form) {
    take(seq, form);
    drain();
  }

  private void run(Runnable action) {
    if (context.inThread()) action.run();
    else context.runOnContext(run -> action.run());
  }

  private void heardOf(long newest) {
    head = Math.max(head, newest);
    if (delivered >= 0 && head > delivered) await();
  }

  private void take(long seq, D form) {
    if (ended || seq <= delivered) return;
    head = Math.max(head, seq);
    early.put(seq, form);
    if (early.size() > MOST_EARLY) early.pollLastEntry();
  }

  private void drain() {
    if (delivered < 0 || ended) return;
    long before = delivered;
    while (!early.isEmpty() && early.firstKey() == delivered + 1) deliver(early.pollFirstEntry().getValue());
    if (delivered > before) advanced.run();
    if (head > delivered) await();
  }

  private void deliver(D form) {
    delivered++;
    try {
      deliver.accept(form);
    } catch (RuntimeException failure) {
      log.error("event not delivered namespace={} seq={}", namespace, delivered, failure);
    }
  }

  private void await() {
    if (waiting) return;
    waiting = true;
    context.setTimer(PATIENCE_MILLIS, fired -> fill());
  }

  private void fill() {
    if (ended) return;
    long until = early.isEmpty() ? head : early.firstKey() - 1;
    if (until <= delivered) {
      waiting = false;
      drain();
      return;
    }
    long after = delivered;
    events.read(after, until, PAGE).onComplete(read -> run(() -> {
      if (read.failed()) {
        // The gap remains.
        if (read.cause() instanceof LogUnavailableException) log.debug("gap not read yet gap={}..{}", after + 1, until);
        else log.warn("gap not read gap={}..{} reason={}", after + 1, until, Reason.of(read.cause()));
        context.setTimer(POLL_MILLIS, fired -> fill());
        return;
      }
      waiting = false;
      fill(after, until, read.result());
      drain();
    }));
  }

  private void fill(long after, long until, List<LoggedEvent> found) {
    for (LoggedEvent event : found) {
      if (event.seq() <= delivered) continue;
      early.remove(event.seq());
      delivered = event.seq() - 1;
      if (event.isErased()) delivered++;
      else deliver(forms.apply(event));
    }
    // The log is dense: a number that it does not hold any more was trimmed, and is not awaited.
    if (found.size() < PAGE && found.size() < until - after) {
      delivered = Math.max(delivered, until);
      log.warn("events were trimmed before they were delivered gap={}..{}", after + 1, until);
      lost.run();
    }
    early.headMap(delivered, true).clear();
    advanced.run();
  }
}
