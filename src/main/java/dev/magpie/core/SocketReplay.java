package dev.magpie.core;

import dev.magpie.log.LoggedEvent;
import dev.magpie.protocol.WireFormat;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Message;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The replay loop: sends one recovered socket the events that it missed, page by page as its client reads them, until it has what this
 * instance has delivered. Owned by a {@link SocketRecovery}, used on the instance's context.
 *
 * <p>While it runs, the socket gets logged events from the log only, in their order; other events are held back until it has finished.
 */
final class SocketReplay {
  /** Page size after the first page. */
  private static final int PAGE = 200;

  /** Characters and bytes sent before the replay waits for a slow reader; large, so that one poll takes many events. */
  private static final int BURST = 64 << 10;

  /** Added to the length of each event's text: what an event costs at least. */
  private static final int EVENT_CHARACTERS = 64;

  /** The namespace's log, from which it is replayed. */
  interface Source {
    /** Number of the last event that this instance has delivered to its sockets. */
    long delivered();

    /**
     * Events of these rooms after one number up to another, at most {@code limit}; fails if events of that range were trimmed. Completes
     * on the instance's context, possibly before this returns.
     */
    Future<List<LoggedEvent>> page(Map<String, Long> rooms, long after, long until, int limit);

    @Nullable Message message(LoggedEvent event, WireFormat format);

    /** Calls {@link SocketReplay#run} once this instance has delivered more. */
    void runWhenDelivered(SocketReplay replay);
  }

  /** The socket that gets the events. */
  interface Recipient {
    boolean isConnected();

    Connection connection();

    /** Sends an event at once, whatever is held back. */
    void sendNow(@Nullable Message message, JsonArray event);

    /** Sends an event that is in no log at once, if the socket is connected. */
    void sendUnlogged(JsonArray event);
  }

  /**
   * The first page, read before the client is admitted.
   *
   * @param until number up to which it is complete
   */
  record Missed(List<LoggedEvent> events, long until) {}

  // Set once.
  private final Source source;
  private final int mostHeld;
  /** Of the socket, with the number of the first event that it may get in each; changes as it joins and leaves. */
  private final Map<String, Long> rooms;
  /** Set when the socket has joined. */
  private @Nullable Recipient recipient;

  // Changes as it runs.
  private boolean finished;
  private List<LoggedEvent> page = List.of();
  /** Index of the page's next event. */
  private int next;
  /** Number of the last event that was sent or skipped. */
  private long position;
  /** {@link #position} once the page is sent. */
  private long until;
  private boolean running;
  /** Set if {@link #run} was called while it was running. */
  private boolean again;
  /** What waits until it has finished; null for none. */
  private @Nullable Queue<Runnable> held;

  /**
   * @param mostHeld events that may be held back; one more closes the connection
   * @param position number of the last event that the client has got
   */
  SocketReplay(Source source, int mostHeld, Map<String, Long> rooms, long position) {
    this.source = source;
    this.mostHeld = mostHeld;
    this.rooms = rooms;
    this.position = position;
    this.until = position;
  }

  /** Takes the first page; {@link #run} sends it. */
  void start(Missed missed) {
    page = missed.events();
    until = missed.until();
  }

  void attach(Recipient joined) {
    recipient = joined;
  }

  long position() {
    return position;
  }

  boolean isFinished() {
    return finished;
  }

  /** Whether the socket must not send this broadcast now; it is sent later if it has to be. */
  boolean holds(Broadcast broadcast) {
    if (finished) return false;
    // A logged event will be read from the log, an unreliable one may be lost.
    if (!broadcast.isLogged() && !broadcast.unreliable()) hold(() -> recipient.sendUnlogged(broadcast.event()));
    return true;
  }

  /** Runs an action once the replay has finished. */
  void hold(Runnable later) {
    if (held == null) held = new ArrayDeque<>();
    if (held.size() < mostHeld) held.add(later);
    else recipient.connection().close(CloseReason.SLOW_CONSUMER, "too much waits for the replay");
  }

  /** Sends what the connection takes. Called again when the client has read, a page has come or more was delivered. */
  void run() {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again && !finished) {
        again = false;
        step();
      }
    } finally {
      running = false;
    }
  }

  private void step() {
    if (!recipient.isConnected() || !sendPage()) return;
    long delivered = source.delivered();
    if (position > delivered) source.runWhenDelivered(this);
    else if (position == delivered) finish();
    else readPage(delivered);
  }

  /** @return false if it has to wait until the client has read */
  private boolean sendPage() {
    int burst = BURST;
    while (next < page.size()) {
      LoggedEvent event = page.get(next++);
      position = event.seq();
      if (!event.isFor(rooms) || event.leavesOut(rooms)) continue;
      Connection connection = recipient.connection();
      Message message = source.message(event, connection.format);
      recipient.sendNow(message, event.event());
      if (!recipient.isConnected()) return false;
      burst -= EVENT_CHARACTERS + (message == null ? 0 : message.length());
      if (burst <= 0 && !connection.link.writable()) {
        connection.whenWritable(this::run);
        return false;
      }
      if (burst <= 0) burst = BURST;
    }
    position = Math.max(position, until);
    return true;
  }

  private void readPage(long delivered) {
    page = List.of();
    next = 0;
    source.page(Map.copyOf(rooms), position, delivered, PAGE).onComplete(read -> {
      if (read.failed()) {
        lost(recipient.connection());
        return;
      }
      page = read.result();
      until = page.size() < PAGE ? delivered : page.get(page.size() - 1).seq();
      run();
    });
  }

  /** Events cannot be read: the client reconnects, and then either recovers or gets {@code sys:sync}. */
  static void lost(Connection connection) {
    connection.close(CloseReason.SERVER_ERROR, "events cannot be read");
  }

  private void finish() {
    finished = true;
    page = List.of();
    Queue<Runnable> waiting = held;
    held = null;
    if (waiting != null) waiting.forEach(Runnable::run);
  }

  /** The socket has left: drops what waits. */
  void drop() {
    held = null;
    page = List.of();
  }
}
