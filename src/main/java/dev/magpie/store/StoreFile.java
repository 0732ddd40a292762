package dev.magpie.store;

import dev.magpie.files.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

  /** Of the data: raised when an older program would misread it. */
  static final int FORMAT = 1;

  private static final String COPY = NAME + ".copy";

  /**
   * A freed piece of the file is used again after so many milliseconds at the earliest; with 0, H2 is known to make files it cannot open.
   */
  private static final int RETENTION_MS = 1_000;

  /** Files below this size, in bytes, are not compacted at the end. */
  private static final long SMALL = 8L << 20;

  /** Larger live data, in bytes, is not copied at shutdown, since it would take seconds. */
  private static final long QUICKLY_COPIED = 64L << 20;

  /** Files whose fill rate is below this, in percent, are copied. */
  private static final int WORTH_KEEPING = 25;

  private final Path path;
  private final boolean created;
  private final long missing;
  private final DataLock lock;
  private final StoreWrites writes;
  private final String name;
  private final MVStore store;

  private StoreFile(Path path, String name, boolean created, long missing, DataLock lock, StoreWrites writes, MVStore store) {
    this.path = path;
    this.name = name;
    this.writes = writes;
    this.created = created;
    this.missing = missing;
    this.lock = lock;
    this.store = store;
  }

  /**
   * @throws DataInUseException when another program, or another part of this one, has it open
   * @throws DataRefusedException when the data is damaged, or of a newer program
   */
  static StoreFile open(Path directory, StoreWrites writes) {
    DataLock lock = DataLock.take(directory);
    Path path = directory.resolve(NAME);
    String name = StorePath.register(path, writes);
    try {
      Files.deleteIfExists(directory.resolve(COPY)); // A copy that was cut short.
      boolean created = PrivateFiles.make(path);
      if (!created && Files.size(path) == 0)
        log.warn("store file was empty and was initialised file={}; the command data restore puts a backup in its place", path);
      PrivateFiles.tighten(path);
      long missing = Files.size(path) == 0 ? 0 : checked(directory, path);
      // Only we commit: a commit of H2's background thread, or within a change that grows large, would cut a write in two, and one that it
      // has begun but not finished makes the store look as if all were saved.
      MVStore store = new MVStore.Builder().fileName(name).autoCommitDisabled().autoCommitBufferSize(0).open();
      store.setRetentionTime(RETENTION_MS);
      store.setStoreVersion(FORMAT);
      return new StoreFile(path, name, created, missing, lock, writes, store);
    } catch (IOException | RuntimeException e) {
      StorePath.forget(name);
      lock.close();
      if (e instanceof IOException io) throw new UncheckedIOException("data " + directory + " cannot be used: " + io, io);
      if (!(e instanceof MVStoreException unopened)) throw (RuntimeException) e;
      if (unopened.getErrorCode() == DataUtils.ERROR_FILE_LOCKED) throw new DataInUseException(directory);
      throw new UncheckedIOException("data " + directory + " cannot be opened: " + e.getMessage(), new IOException(e));
    }
  }

  /** @return the commits that are missing at the end of the file */
  private static long checked(Path directory, Path path) {
    StoreCheck check = StoreCheck.of(path);
    if (check.format() > FORMAT) throw newer(directory, check.format());
    if (!check.isWhole()) {
      throw new DataRefusedException("data " + directory + " is damaged: " + check.describe()
          + "; the command data repair keeps what is readable, data restore puts a backup in its place");
    }
    if (check.missing() > 0)
      log.warn("store file ends early file={} commits_missing={}; clients get new sessions, since numbers are reused",
          path, check.missing());
    return check.missing();
  }

  static DataRefusedException newer(Object data, int format) {
    return new DataRefusedException("data " + data + " was written by a newer Magpie: its format is " + format + "; allowed: up to "
        + FORMAT);
  }

  Path path() {
    return path;
  }

  /** Whether the file was made by this opening, not found. */
  boolean created() {
    return created;
  }

  /** Commits that the end of the file should hold and does not. */
  long missing() {
    return missing;
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
      lock.close();
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
    try (MVStore source = new MVStore.Builder().fileName(path.toString()).readOnly().open()) {
      PrivateFiles.make(copy);
      // The names of the maps come first: a repair needs them, and H2 writes them last.
      try (MVStore target = new MVStore.Builder().fileName(copy.toString()).open()) {
        source.getMapNames().forEach(target::openMap);
      }
      try (MVStore target = new MVStore.Builder().fileName(copy.toString()).open()) {
        MVStoreTool.compact(source, target);
      }
      Files.move(copy, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException e) {
      log.warn("store file not made smaller file={}", path, e);
    }
  }
}
