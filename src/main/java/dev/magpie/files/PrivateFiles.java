package dev.magpie.files;

import dev.magpie.logging.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folders of mode 700 and files of mode 600. File systems without POSIX permissions keep their own. Stateless; all of it blocks. */
public final class PrivateFiles {
  private static final Logger log = LoggerFactory.getLogger(PrivateFiles.class);

  private static final Set<PosixFilePermission> FOLDER = PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  private PrivateFiles() {}

  /** Creates the folder, or restricts an existing one to its owner. */
  public static void makeFolder(Path folder) throws IOException {
    Path parent = folder.toAbsolutePath().getParent();
    if (parent != null) Files.createDirectories(parent);
    try {
      Files.createDirectory(folder, attributes(parent, FOLDER));
    } catch (FileAlreadyExistsException there) {
      if (!Files.isDirectory(folder)) throw there;
      tighten(folder);
    }
  }

  /** An empty file where there is none. @return whether it was made */
  public static boolean make(Path file) throws IOException {
    try {
      Files.createFile(file, attributes(file.getParent(), FILE));
      return true;
    } catch (FileAlreadyExistsException there) {
      return false;
    }
  }

  /** Atomic: a reader never sees a part. */
  public static void write(Path file, String text) throws IOException {
    Path written = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(written);
    make(written);
    Files.writeString(written, text, StandardOpenOption.WRITE);
    Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Removes the permissions of group and others and logs it; logs a failure too. */
  public static void tighten(Path path) {
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    if (view == null || Files.notExists(path)) return;
    Set<PosixFilePermission> allowed = Files.isDirectory(path) ? FOLDER : FILE;
    try {
      Set<PosixFilePermission> before = view.readAttributes().permissions();
      if (allowed.containsAll(before)) return;
      view.setPermissions(allowed);
      log.info("permissions tightened path={} before={} now={}", path, PosixFilePermissions.toString(before),
          PosixFilePermissions.toString(allowed));
    } catch (IOException | UnsupportedOperationException e) {
      log.warn("permissions not tightened path={} reason={}", path, Reason.of(e));
    }
  }

  private static FileAttribute<?>[] attributes(Path folder, Set<PosixFilePermission> permissions) {
    try {
      boolean posix = folder != null && Files.getFileStore(folder).supportsFileAttributeView(PosixFileAttributeView.class);
      return posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)} : new FileAttribute<?>[0];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
