package dev.magpie.testing;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;

/** Locks between the JVMs that run tests of this build at once; a JVM that dies gives its locks back. One thread of a JVM at a time. */
final class FileLocks {
  private static final Path FOLDER = Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("target/locks");

  private FileLocks() {}

  /** Waits until it is free. Closing what is returned releases it. */
  static FileChannel acquire(String name, boolean shared) throws IOException {
    Files.createDirectories(FOLDER);
    FileChannel channel = FileChannel.open(FOLDER.resolve(name), CREATE, READ, WRITE);
    try {
      FileLock held = channel.lock(0, Long.MAX_VALUE, shared);
      if (held.isShared() != shared) throw new IOException("this file system has no shared locks");
      return channel;
    } catch (IOException | RuntimeException failed) {
      channel.close();
      throw failed;
    }
  }
}
