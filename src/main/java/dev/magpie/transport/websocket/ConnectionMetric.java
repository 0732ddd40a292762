package dev.magpie.transport.websocket;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.spi.metrics.TransportMetrics;

/** One connection in Vert.x's own metrics, which Vert.x stops keeping when the channel is taken over from it. */
public final class ConnectionMetric {
  /** Bytes are reported in steps of this size: so many may be missing in what is shown. */
  static final long REPORTED_BYTES = 64 << 10;

  private final TransportMetrics<Object> metrics;
  private final Object socket;
  private final SocketAddress address;
  private long read;
  private long written;

  ConnectionMetric(TransportMetrics<Object> metrics, Object socket, SocketAddress address) {
    this.metrics = metrics;
    this.socket = socket;
    this.address = address;
  }

  /**
   * Vert.x sets the metrics of a listener shortly after it listens. A connection accepted in between has none and would fail to close,
   * keep its descriptor, and block the shutdown. Reconnecting clients are accepted in that moment.
   */
  public static void complete(HttpConnection accepted) {
    if (!(accepted instanceof ConnectionBase connection) || connection.metric() != null) return;
    if (connection.metrics() instanceof TransportMetrics<?> metrics)
      connection.metric(metrics.connected(connection.remoteAddress(), connection.remoteName()));
  }

  void read(int bytes) {
    read += bytes;
    if (read >= REPORTED_BYTES) reportRead();
  }

  /** @param total bytes since the take-over */
  void written(long total) {
    if (total > written) metrics.bytesWritten(socket, address, total - written);
    written = total;
  }

  void disconnected(long total) {
    if (read > 0) reportRead();
    written(total);
    metrics.disconnected(socket, address);
  }

  private void reportRead() {
    metrics.bytesRead(socket, address, read);
    read = 0;
  }
}
