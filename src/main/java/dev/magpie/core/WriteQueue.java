package dev.magpie.core;

import io.vertx.core.Handler;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A socket's view of its connection's send queue, for a sender that pauses while the queue is full. The connection's other sockets share
 * the queue. Owned by one {@link Socket}, used on its context; made with the first drain handler.
 */
final class WriteQueue {
  private final Connection connection;
  private final @Nullable SocketRecovery session;
  /** Gets what the drain handler threw. */
  private final BiConsumer<String, Throwable> failures;
  private @Nullable Handler<Void> handler;
  /** Whether {@link #drained} will be called. */
  private boolean awaited;

  WriteQueue(Connection connection, @Nullable SocketRecovery session, BiConsumer<String, Throwable> failures) {
    this.connection = connection;
    this.session = session;
    this.failures = failures;
  }

  /** Whether a sender should pause: the link says so, or a replay is under way, behind which events are held back. */
  static boolean isFull(Connection connection, @Nullable SocketRecovery session) {
    return connection.link.full() || session != null && session.isReplaying();
  }

  void setHandler(@Nullable Handler<Void> drain) {
    handler = drain;
    if (isFull(connection, session)) await();
  }

  /** The queue is full: the handler is called once it is not. */
  void await() {
    if (handler == null || awaited) return;
    awaited = true;
    if (session != null && session.isReplaying()) session.hold(this::drained);
    else connection.whenWritable(this::drained);
  }

  private void drained() {
    awaited = false;
    Handler<Void> drain = handler;
    if (drain == null || !connection.link.isOpen()) return;
    if (isFull(connection, session)) {
      await();
      return;
    }
    try {
      drain.handle(null);
    } catch (Exception | LinkageError | StackOverflowError | AssertionError failure) {
      failures.accept("drain", failure);
    }
  }

  /** The socket has left. */
  void close() {
    handler = null;
  }
}
