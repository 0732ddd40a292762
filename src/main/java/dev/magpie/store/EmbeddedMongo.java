package dev.magpie.store;

import de.bwaldvogel.mongo.backend.h2.H2Backend;
import dev.magpie.files.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionStage;
import org.h2.mvstore.MVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embedded MongoDB: one file, served by the wire protocol on a loopback port to clients that know the secret in the data directory.
 * Acknowledged writes survive a kill of the process, but not necessarily a power failure, since the file is not forced to the disk. Owned
 * by whoever opened it; opening and closing block.
 *
 * <p>Other parts of Magpie keep maps of their own in the same file, beside those of MongoDB, whose names start with {@code databases.}:
 * {@link #mvStore()}, {@link #change} and {@link #commit}.
 */
public final class EmbeddedMongo implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedMongo.class);

  static final String PORT_FILE = "mongo.port";
  static final String SECRET_FILE = "mongo.secret";

  private final Path directory;
  private final StoreFile file;
  private final GroupCommit commits;
  private final MongoWire wire;
  private boolean closed;

  private EmbeddedMongo(Path directory, StoreFile file, GroupCommit commits, MongoWire wire) {
    this.directory = directory;
    this.file = file;
    this.commits = commits;
    this.wire = wire;
  }

  /**
   * Opens or makes the store below this directory, and listens. Blocks.
   *
   * @throws DataInUseException when another program, or another part of this one, has it open
   * @throws UncheckedIOException when the directory or the file cannot be used
   */
  public static EmbeddedMongo open(Path directory) {
    return open(directory, true, new StoreWrites());
  }

  static EmbeddedMongo open(Path directory, boolean guarding, StoreWrites writes) {
    Path absolute = directory.toAbsolutePath().normalize();
    StoreFile file = StoreFile.open(absolute, writes);
    GroupCommit commits = new GroupCommit(file.store(), writes, guarding).start();
    MongoWire wire = null;
    try {
      // Deletes the port file of a killed process.
      Files.deleteIfExists(absolute.resolve(PORT_FILE));
      wire = new MongoWire(new H2Backend(file.store()), commits, to -> commits.backUp(file.path(), to)).start();
      EmbeddedMongo mongo = new EmbeddedMongo(absolute, file, commits, wire);
      mongo.writeAddress();
      return mongo;
    } catch (IOException | RuntimeException failed) {
      if (wire != null) wire.close();
      commits.close();
      file.close();
      if (failed instanceof IOException io) throw new UncheckedIOException("data " + absolute + " cannot be used: " + io, io);
      throw (RuntimeException) failed;
    }
  }

  private void writeAddress() {
    try {
      // The secret is written before the port, so that a reader of the port finds it.
      PrivateFiles.write(directory.resolve(SECRET_FILE), wire.secret() + "\n");
      PrivateFiles.write(directory.resolve(PORT_FILE), port() + "\n");
    } catch (IOException e) {
      // The disk is full; reading still works.
      log.warn("port not written, so that commands do not reach this program directory={} reason={}", directory, e.getMessage());
    }
  }

  /** The port at which the program that has this directory open serves it, if one left its port there. */
  public static OptionalInt portOf(Path directory) {
    try {
      return OptionalInt.of(Integer.parseInt(Files.readString(directory.resolve(PORT_FILE)).strip()));
    } catch (IOException | NumberFormatException nothingToRead) {
      return OptionalInt.empty();
    }
  }

  /**
   * How the program that has this directory open is reached; empty where none left its port there. Fails where its secret may not be read.
   */
  static Optional<String> connectionStringOf(Path directory) {
    OptionalInt port = portOf(directory);
    if (port.isEmpty()) return Optional.empty();
    Path secret = directory.resolve(SECRET_FILE);
    try {
      return Optional.of(WireLogin.connectionString(port.getAsInt(), Files.readString(secret).strip()));
    } catch (IOException e) {
      throw new UncheckedIOException(secret + " cannot be read; the program that has the data open takes commands of its own user only", e);
    }
  }

  /** Whether the file was made by this opening, not found. */
  public boolean created() {
    return file.created();
  }

  /** The store's file, absolute. */
  public Path file() {
    return file.path();
  }

  public int port() {
    return wire.port();
  }

  /** Whether the file was found without commits that it had. */
  boolean lostCommits() {
    return file.missing() > 0;
  }

  /** Length of the file. */
  public long bytes() {
    return file.path().toFile().length();
  }

  /** Why nothing can be written at the moment; empty while it can. */
  public Optional<String> refusal() {
    return commits.refusal();
  }

  /** Increases with each request that may have changed data of the bot. */
  long changes() {
    return wire.changes();
  }

  public String connectionString() {
    return WireLogin.connectionString(port(), wire.secret());
  }

  /** For additional maps; read them from any thread, change them in {@link #change}. Do not commit or close it. */
  public MVStore mvStore() {
    return file.store();
  }

  /**
   * Runs an atomic change of additional maps and returns its commit: the stage completes on the commit thread ({@code
   * Future.fromCompletionStage(stage, context)} brings it home). May wait a millisecond for a running commit; call it on a thread that
   * may. Fails with {@link StoreRefusesException} while the disk takes no writes: before the change, or behind it, which may then be in
   * the file later all the same.
   */
  public CompletionStage<Void> change(Runnable change) {
    commits.change(change);
    return commits.commit();
  }

  /** Completes, on the commit thread, once all that was changed before this call is in the file. Does not block. */
  public CompletionStage<Void> commit() {
    return commits.commit();
  }

  /** Ends the connections, commits, makes the file smaller where that is quick and closes it. Blocks. Idempotent. */
  @Override
  public synchronized void close() {
    if (closed) return;
    closed = true;
    wire.close();
    commits.close();
    removeAddress();
    file.close();
    log.info("store closed file={}", file());
  }

  /** Deleted before the lock is released: the next process writes its own. */
  private void removeAddress() {
    try {
      Files.deleteIfExists(directory.resolve(PORT_FILE));
      Files.deleteIfExists(directory.resolve(SECRET_FILE));
    } catch (IOException e) {
      log.warn("port file not removed directory={}", directory, e);
    }
  }
}
