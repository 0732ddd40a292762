package dev.magpie.transport;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.TCPMetrics;

/** One connection in Vert.x's own metrics, which Vert.x stops keeping when the channel is taken over from it. */
final class ConnectionMetric {
  private static final long REPORTED_BYTES = 64 << 10;

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

  void written(int bytes) {
    written += bytes;
    if (written >= REPORTED_BYTES) reportWritten();
  }

  void disconnected() {
    if (read > 0) reportRead();
    if (written > 0) reportWritten();
    metrics.disconnected(socket, address);
  }

  private void reportRead() {
    metrics.bytesRead(socket, address, read);
    read = 0;
  }

  private void reportWritten() {
    metrics.bytesWritten(socket, address, written);
    written = 0;
  }
}
