package dev.magpie.store;

import dev.magpie.files.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The lock on a data directory: of its own, so that it is held while the store's file is copied or replaced, too. Its file stays. */
final class DataLock implements AutoCloseable {
  static final String NAME = "lock";

  private final FileChannel file;

  private DataLock(FileChannel file) {
    this.file = file;
  }

  /**
   * Makes the directory where there is none.
   *
   * @throws DataInUseException when another program, or another part of this one, has it
   */
  static DataLock take(Path directory) {
    try {
      PrivateFiles.makeFolder(directory);
      PrivateFiles.make(directory.resolve(NAME));
      PrivateFiles.tighten(directory.resolve(NAME));
      FileChannel file = FileChannel.open(directory.resolve(NAME), StandardOpenOption.WRITE);
      if (locked(file)) return new DataLock(file);
      file.close();
      throw new DataInUseException(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("data " + directory + " cannot be used: " + e, e);
    }
  }

  private static boolean locked(FileChannel file) throws IOException {
    try {
      return file.tryLock() != null;
    } catch (OverlappingFileLockException heldByThisProgram) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
