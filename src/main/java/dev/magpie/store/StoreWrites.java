package dev.magpie.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writes to one store file. H2 closes a store for good at the first write that fails, so here a write that the disk refuses (it is
 * full, a quota is used up) is tried again until it succeeds. Meanwhile {@link #refusal} says why, and whoever wants to change something
 * is told so at once; reading goes on. Written by the thread that writes, read by any.
 */
class StoreWrites {
  private static final Logger log = LoggerFactory.getLogger(StoreWrites.class);

  private static final long RETRY_MILLIS = 250;

  private volatile boolean patient;
  private volatile StoreRefusesException refusal;
  private volatile Runnable onRefusal = () -> {};
  private long refusedSince;

  /** Starts retrying; before it, and after {@link #end}, a refused write fails. @param refused called on the writing thread */
  void begin(Runnable refused) {
    onRefusal = refused;
    patient = true;
  }

  /** Stops retrying at shutdown: unacknowledged writes are dropped. */
  void end() {
    patient = false;
  }

  /** Why no write is taken at the moment. */
  Optional<StoreRefusesException> refusal() {
    return Optional.ofNullable(refusal);
  }

  int write(FileChannel file, ByteBuffer bytes, long position) throws IOException {
    while (true) {
      try {
        int written = writeOnce(file, bytes, position);
        if (refusal != null) accepted();
        return written;
      } catch (ClosedChannelException closed) {
        throw closed;
      } catch (IOException refused) {
        if (!patient) throw refused;
        if (refusal == null) refused(refused);
        pause(refused);
      }
    }
  }

  /** Overridden by tests. */
  int writeOnce(FileChannel file, ByteBuffer bytes, long position) throws IOException {
    return file.write(bytes, position);
  }

  private void refused(IOException reason) {
    refusedSince = System.nanoTime();
    refusal = new StoreRefusesException("the store takes no writes: " + reason.getMessage(), reason);
    log.error("store takes no writes reason={}; it goes on by itself once they succeed", reason.getMessage());
    onRefusal.run();
  }

  private void accepted() {
    refusal = null;
    log.info("store takes writes again after={}s", (System.nanoTime() - refusedSince) / 1_000_000_000);
  }

  private static void pause(IOException refused) throws IOException {
    try {
      Thread.sleep(RETRY_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refused;
    }
  }
}
