package dev.magpie.store;

import dev.magpie.files.PrivateFiles;
import dev.magpie.logging.Reason;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;

/**
 * The command line {@code data …}: looks after the embedded database's file. A backup and a check are also done while a program has the
 * file open, through that program; everything else is refused then. Blocks.
 */
public final class DataCommand {
  public static final String USAGE = "data check; data repair; data backup FILE; data restore FILE; data migrate; each with [-conf FILE]";

  private final PrintStream out;
  private final PrintStream err;
  private final Path directory;
  private final Path file;
  private final StoreOptions options;

  public DataCommand(PrintStream out, PrintStream err, StoreOptions options) {
    this.out = out;
    this.err = err;
    this.options = options;
    this.directory = options.data().toAbsolutePath().normalize();
    this.file = directory.resolve(StoreFile.NAME);
  }

  /**
   * @param words what follows {@code data}
   * @return the exit code: 0 done, 1 the data is damaged or was refused and nothing was changed, 2 it could not be tried
   * @throws IllegalArgumentException with one line for the user
   */
  public int run(List<String> words) {
    String command = words.isEmpty() ? "" : words.get(0);
    boolean withFile = command.equals("backup") || command.equals("restore");
    if (!List.of("check", "repair", "backup", "restore", "migrate").contains(command))
      throw new IllegalArgumentException("data: what? " + USAGE);
    if (words.size() != (withFile ? 2 : 1))
      throw new IllegalArgumentException("data " + command + ": " + (withFile ? "one file" : "nothing else") + " is allowed: " + USAGE);
    try {
      if (!command.equals("restore") && Files.notExists(file)) throw new IOException("there is no " + file);
      return switch (command) {
        case "check" -> check();
        case "repair" -> repair();
        case "backup" -> backup(Path.of(words.get(1)).toAbsolutePath().normalize());
        case "restore" -> restore(Path.of(words.get(1)).toAbsolutePath().normalize());
        default -> migrate();
      };
    } catch (DataRefusedException refused) {
      err.println("magpie: " + refused.getMessage());
      return 1;
    } catch (Exception failure) {
      err.println("magpie: " + reason(failure));
      return 2;
    }
  }

  private int check() throws Exception {
    try (DataLock held = DataLock.take(directory)) {
      return told(StoreCheck.of(file));
    } catch (DataInUseException inUse) {
      Path copy = directory.resolve(StoreFile.NAME + ".check");
      try {
        backUpThroughItsHolder(copy);
        return told(StoreCheck.of(copy));
      } finally {
        Files.deleteIfExists(copy);
      }
    }
  }

  private int told(StoreCheck check) {
    check.entries().forEach((map,
        count) -> out.println(map + ": " + count + (check.damage().containsKey(map) ? ", damaged: " + check.damage().get(map) : "")));
    if (check.missing() > 0) out.println("the file ends early: " + check.missing() + " commits are missing");
    out.println(check.isWhole() ? "whole: " + check.entries().size() + " maps, " + check.count() + " entries, format " + check.format()
        : check.describe());
    return check.isWhole() && check.missing() == 0 ? 0 : 1;
  }

  private int repair() throws IOException {
    try (DataLock held = DataLock.take(directory)) {
      StoreCheck check = StoreCheck.of(file);
      if (check.format() > StoreFile.FORMAT) throw StoreFile.newer(directory, check.format());
      if (check.isWhole()) {
        out.println("nothing to repair: " + check.count() + " entries are readable");
        return 0;
      }
      Path repaired = directory.resolve(StoreFile.NAME + ".repaired");
      Files.deleteIfExists(repaired);
      StoreRepair.run(file, check, repaired, out);
      Path kept = moveAway("damaged");
      Files.move(repaired, file, StandardCopyOption.ATOMIC_MOVE);
      out.println("repaired; the damaged file is kept as " + kept);
      return 0;
    }
  }

  private int backup(Path to) throws Exception {
    if (Files.exists(to)) throw new IOException(to + " exists already");
    Path beside = to.resolveSibling(to.getFileName() + ".new");
    Files.deleteIfExists(beside);
    try {
      try (DataLock held = DataLock.take(directory)) {
        PrivateFiles.make(beside);
        Files.copy(file, beside, StandardCopyOption.REPLACE_EXISTING);
      } catch (DataInUseException inUse) {
        backUpThroughItsHolder(beside);
      }
      StoreCheck check = StoreCheck.of(beside);
      if (!check.isWhole()) throw new DataRefusedException("no backup was made: " + check.describe());
      PrivateFiles.tighten(beside);
      Files.move(beside, to);
      out.println("backed up " + check.count() + " entries to " + to);
      return 0;
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  private void backUpThroughItsHolder(Path to) throws Exception {
    Optional<String> address = EmbeddedMongo.connectionStringOf(directory);
    if (address.isEmpty()) throw new DataInUseException(directory);
    Vertx vertx = Vertx.vertx();
    try {
      MongoClient client = MongoClient.create(vertx, new JsonObject().put("connection_string", address.get()).put("db_name", "admin"));
      Blocking.on(client.runCommand(MongoWire.BACKUP, new JsonObject().put(MongoWire.BACKUP, to.toString())));
      Blocking.on(client.close());
    } finally {
      Blocking.on(vertx.close());
    }
  }

  private int restore(Path from) throws IOException {
    if (!Files.isRegularFile(from)) throw new IOException("there is no " + from);
    StoreCheck check = StoreCheck.of(from);
    if (check.format() > StoreFile.FORMAT) throw StoreFile.newer(from, check.format());
    if (!check.isWhole()) throw new DataRefusedException(from + " is damaged and was not put in place: " + check.describe());
    try (DataLock held = DataLock.take(directory)) {
      Path copy = directory.resolve(StoreFile.NAME + ".restored");
      Files.deleteIfExists(copy);
      PrivateFiles.make(copy);
      Files.copy(from, copy, StandardCopyOption.REPLACE_EXISTING);
      PrivateFiles.tighten(copy);
      renewEpochs(copy);
      if (Files.exists(file)) out.println("the former data is kept as " + moveAway("before"));
      Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE);
    }
    out.println("restored " + check.count() + " entries from " + from);
    return 0;
  }

  /** Numbers that were given after the backup are given again: a client that has seen them must not take the new ones for read. */
  private static void renewEpochs(Path copy) {
    try (MVStore store = new MVStore.Builder().fileName(copy.toString()).autoCommitDisabled().open()) {
      for (String name : store.getMapNames()) {
        if (!name.startsWith(StoreMaps.LOGS) || !name.endsWith(".facts")) continue;
        MVMap<Object, Object> facts = StoreMaps.open(store, name);
        facts.put("epoch", StoredRecovery.newEpoch());
      }
      store.commit();
    }
  }

  private Path moveAway(String why) throws IOException {
    String moment = LocalDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    Path kept = directory.resolve(StoreFile.NAME + "." + why + "-" + moment);
    return Files.move(file, kept, StandardCopyOption.ATOMIC_MOVE);
  }

  private int migrate() {
    String address = options.connectionString()
        .orElseThrow(() -> new DataRefusedException("mongo.connection_string is not set: it names the MongoDB to copy to"));
    try (EmbeddedMongo from = EmbeddedMongo.open(directory)) {
      StoreMigration.run(from, address, options.database(), out);
    }
    out.println("copied to " + Store.withoutCredentials(address) + "; the embedded database stays as it was");
    return 0;
  }

  private static String reason(Exception failure) {
    if (failure instanceof com.mongodb.MongoTimeoutException)
      return "the database does not answer; see the setting mongo.connection_string";
    if (failure instanceof UncheckedIOException io) return io.getMessage();
    if (failure instanceof java.nio.file.FileSystemException file)
      return file.getFile() + ": " + (file.getReason() == null ? "may not be read or written" : file.getReason());
    return Reason.of(failure).replaceAll("\\p{Cntrl}+", " ");
  }
}
