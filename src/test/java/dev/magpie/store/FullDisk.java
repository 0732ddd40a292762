package dev.magpie.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A disk that can be full: half of each write then still finds its place, as on a real one. */
final class FullDisk extends StoreWrites {
  private volatile boolean full;

  void full(boolean isFull) {
    full = isFull;
  }

  @Override
  int writeOnce(FileChannel file, ByteBuffer bytes, long position) throws IOException {
    if (!full) return super.writeOnce(file, bytes, position);
    if (bytes.remaining() < 2) throw new IOException("No space left on device");
    ByteBuffer half = bytes.duplicate();
    half.limit(half.position() + half.remaining() / 2);
    int written = super.writeOnce(file, half, position);
    bytes.position(half.position());
    return written;
  }
}
