package dev.magpie.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A new folder for what one process needs while it runs. A file lock marks it as in use: folders of killed processes are deleted by the
 * next one, those of running processes are not. May be used from any thread; blocks.
 */
public final class ProcessFolder {
  private static final Logger log = LoggerFactory.getLogger(ProcessFolder.class);
  private static final String LOCK = "in-use";

  private final Path path;
  private final FileChannel channel;

  private ProcessFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Makes one, after deleting those that nobody uses any more.
   *
   * @param parent made where there is none, for nobody else to read
   * @param prefix of the names of all folders of this kind there
   * @throws UncheckedIOException when it cannot be made; the message says where and why
   */
  public static ProcessFolder take(Path parent, String prefix) {
    Path absolute = parent.toAbsolutePath();
    try {
      make(absolute);
      try (Stream<Path> folders = Files.list(absolute)) {
        folders.filter(folder -> folder.getFileName().toString().startsWith(prefix)).toList().forEach(ProcessFolder::sweep);
      }
      // Not by Java's own means for temporary folders: they read java.io.tmpdir once, and the program is about to set it.
      Path path = absolute.resolve(prefix + UUID.randomUUID());
      make(path);
      FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.lock();
      return new ProcessFolder(path, channel);
    } catch (IOException e) {
      throw new UncheckedIOException("no place for the files of this process in " + absolute + ": " + e.getMessage(), e);
    }
  }

  private static void make(Path folder) throws IOException {
    try {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (UnsupportedOperationException noPosixPermissions) {
      Files.createDirectories(folder);
    }
  }

  /** Absolute; holds nothing but the lock at first. */
  public Path path() {
    return path;
  }

  /** Deletes it with all that is in it. */
  public void release() {
    try {
      channel.close();
      delete(path);
    } catch (IOException | UncheckedIOException e) {
      log.warn("folder of this process not deleted folder={} reason={}", path, e.getMessage());
    }
  }

  private static void sweep(Path folder) {
    try {
      // A folder that is being created has no lock yet, so young folders are skipped.
      if (!Files.exists(folder.resolve(LOCK))) return;
      try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE); FileLock lock = channel.tryLock()) {
        if (lock == null) return;
      }
      delete(folder);
    } catch (IOException | OverlappingFileLockException inUse) {
      log.debug("folder left alone folder={} reason={}", folder, inUse.getMessage());
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walked = Files.walk(folder)) {
      all = walked.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) Files.deleteIfExists(each);
  }
}
