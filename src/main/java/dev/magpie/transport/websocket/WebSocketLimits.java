package dev.magpie.transport.websocket;

import dev.magpie.transport.admission.MemoryBudget;
import java.time.Duration;

/**
 * Limits of one WebSocket connection.
 *
 * @param maxMessageBytes a message, whole or in fragments; a longer one is answered with 1009 as soon as a header announces it
 * @param maxFragments of one message: a flood of empty fragments costs work without ever reaching {@code maxMessageBytes}
 * @param maxControlFrames pings and pongs within one second
 * @param sendQueueBytes that may wait behind the message that is being written; a slower reader is closed, so that it cannot fill the
 *     heap
 * @param maxEarlyBytes that may arrive between the upgrade request and its answer; clients have to wait for the answer
 * @param closeTimeout from the first close frame to the end of the connection
 * @param blockedTimeout how long a peer may take next to nothing of its send queue
 * @param pendingBytes of unfinished messages, of all peers together ({@link MemoryBudget})
 */
public record WebSocketLimits(
    int maxMessageBytes,
    int maxFragments,
    int maxControlFrames,
    int sendQueueBytes,
    int maxEarlyBytes,
    Duration closeTimeout,
    Duration blockedTimeout,
    long pendingBytes) {

  /** Twice those of 4 MiB in fragments of 64 bytes; with their headers, even empty ones cost a peer 6 bytes each. */
  public static final int MAX_FRAGMENTS = 131_072;

  public static final WebSocketLimits DEFAULT =
      new WebSocketLimits(1_000_000, MAX_FRAGMENTS, 1_000, 1 << 20, 64 << 10, Duration.ofSeconds(2), Duration.ofSeconds(10),
      MemoryBudget.usualTotal());

  public WebSocketLimits withMaxMessageBytes(int bytes) {
    return new WebSocketLimits(bytes, maxFragments, maxControlFrames, sendQueueBytes, maxEarlyBytes, closeTimeout, blockedTimeout,
        pendingBytes);
  }

  public WebSocketLimits withMaxFragments(int fragments) {
    return new WebSocketLimits(maxMessageBytes, fragments, maxControlFrames, sendQueueBytes, maxEarlyBytes, closeTimeout, blockedTimeout,
        pendingBytes);
  }

  public WebSocketLimits withSendQueueBytes(int bytes) {
    return new WebSocketLimits(maxMessageBytes, maxFragments, maxControlFrames, bytes, maxEarlyBytes, closeTimeout, blockedTimeout,
        pendingBytes);
  }

  public WebSocketLimits withBlockedTimeout(Duration timeout) {
    return new WebSocketLimits(maxMessageBytes, maxFragments, maxControlFrames, sendQueueBytes, maxEarlyBytes, closeTimeout, timeout,
        pendingBytes);
  }

  public WebSocketLimits withPendingBytes(long bytes) {
    return new WebSocketLimits(maxMessageBytes, maxFragments, maxControlFrames, sendQueueBytes, maxEarlyBytes, closeTimeout, blockedTimeout,
        bytes);
  }
}
