package dev.magpie.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.MVStoreTool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one file below the data directory, and the lock on the directory. Owned by {@link EmbeddedMongo}; all of it blocks. */
final class StoreFile implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StoreFile.class);

  static final String NAME = "magpie.mv.db";
  private static final String COPY = NAME + ".copy";

  /** Of its own, so that it is held while the store's file is copied, too. The file stays when the lock goes. */
  private static final String LOCK = "lock";

  /** A freed piece of the file is used again after so many milliseconds at the earliest; with 0, H2 is known to make files it cannot open. */
  private static final int RETENTION_MS = 1_000;

  /** Below this a file is left as it is. */
  private static final long SMALL = 8L << 20;

  /** More than this, in bytes, is not copied while somebody waits for the program to end: it would take seconds. */
  private static final long QUICKLY_COPIED = 64L << 20;

  /** A file that is alive to less than this, in percent, is copied. */
  private static final int WORTH_KEEPING = 25;

  private final Path path;
  private final boolean created;
  private final FileChannel lock;
  private final StoreWrites writes;
  private final String name;
  private final MVStore store;

  private StoreFile(Path path, String name, boolean created, FileChannel lock, StoreWrites writes, MVStore store) {
    this.path = path;
    this.name = name;
    this.writes = writes;
    this.created = created;
    this.lock = lock;
    this.store = store;
  }

  /** @throws DataInUseException when another program, or another part of this one, has it open */
  static StoreFile open(Path directory, StoreWrites writes) {
    FileChannel lock = lock(directory);
    Path path = directory.resolve(NAME);
    String name = StorePath.register(path, writes);
    try {
      Files.deleteIfExists(directory.resolve(COPY)); // A copy that was cut short.
      boolean created = PrivateFiles.make(path);
      PrivateFiles.tighten(path);
      // Only we commit: a commit of H2's background thread, or within a change that grows large, would cut a write in two, and one that it
      // has begun but not finished makes the store look as if all were saved.
      MVStore store = new MVStore.Builder().fileName(name).autoCommitDisabled().autoCommitBufferSize(0).open();
      store.setRetentionTime(RETENTION_MS);
      return new StoreFile(path, name, created, lock, writes, store);
    } catch (MVStoreException e) {
      StorePath.forget(name);
      release(lock);
      if (e.getErrorCode() == DataUtils.ERROR_FILE_LOCKED) throw new DataInUseException(directory);
      throw new UncheckedIOException("data " + directory + " cannot be opened: " + e.getMessage(), new IOException(e));
    } catch (IOException e) {
      StorePath.forget(name);
      release(lock);
      throw new UncheckedIOException("data " + directory + " cannot be used: " + e, e);
    }
  }

  private static FileChannel lock(Path directory) {
    try {
      PrivateFiles.makeFolder(directory);
      PrivateFiles.make(directory.resolve(LOCK));
      PrivateFiles.tighten(directory.resolve(LOCK));
      FileChannel channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE);
      if (locked(channel)) return channel;
      channel.close();
      throw new DataInUseException(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("data " + directory + " cannot be used: " + e, e);
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException heldByThisProgram) {
      return false;
    }
  }

  Path path() {
    return path;
  }

  /** Whether the file was made by this opening, not found. */
  boolean created() {
    return created;
  }

  MVStore store() {
    return store;
  }

  StoreWrites writes() {
    return writes;
  }

  @Override
  public void close() {
    try {
      // A commit that failed closed it already.
      if (!store.isClosed()) closeStore();
    } finally {
      StorePath.forget(name);
      release(lock);
    }
  }

  private void closeStore() {
    boolean copy = worthCopying();
    try {
      store.close(0); // H2's own making smaller of a file (2.3.232) has been seen to fail an assertion here, and lost data for others.
      if (copy) copy();
    } catch (MVStoreException e) {
      // All that was acknowledged is in the file: H2 finds its last commit at the next opening.
      log.warn("store not closed cleanly file={} reason={}", path, e.getMessage());
    }
  }

  private boolean worthCopying() {
    FileStore<?> file = store.getFileStore();
    long size = file.size();
    long alive = size / 100 * file.getFillRate() / 100 * file.getChunksFillRate();
    return size > SMALL && alive < QUICKLY_COPIED && alive < size / 100 * WORTH_KEEPING;
  }

  /** What is alive goes to a new file, which takes the place of the old one whole or not at all. */
  private void copy() {
    Path copy = path.resolveSibling(COPY);
    try {
      PrivateFiles.make(copy);
      MVStoreTool.compact(path.toString(), copy.toString(), false);
      Files.move(copy, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      log.warn("store file not made smaller file={}", path, e);
    }
  }

  private static void release(FileChannel lock) {
    try {
      lock.close();
    } catch (IOException e) {
      log.warn("lock not released", e);
    }
  }
}
