package dev.magpie.transport;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.TCPMetrics;

/** One connection in Vert.x's own metrics, which Vert.x stops keeping when the channel is taken over from it. */
final class ConnectionMetric {
  /** So many bytes may be missing in what is shown. */
  static final long REPORTED_BYTES = 64 << 10;

  private final TCPMetrics<Object> metrics;
  private final Object socket;
  private final SocketAddress address;
  private long read;
  private long written;

  ConnectionMetric(TCPMetrics<Object> metrics, Object socket, SocketAddress address) {
    this.metrics = metrics;
    this.socket = socket;
    this.address = address;
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

  void disconnected(long writtenInAll) {
    if (read > 0) reportRead();
    written(writtenInAll);
    metrics.disconnected(socket, address);
  }

  private void reportRead() {
    metrics.bytesRead(socket, address, read);
    read = 0;
  }
}
