package dev.magpie.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A new folder below the bot's, for the words' index of one program: that is built anew at each start. What a program left that ended without
 * saying so is deleted by the next.
 */
final class IndexFolder {
  private static final Logger log = LoggerFactory.getLogger(IndexFolder.class);
  private static final String PREFIX = "words-";
  private static final String LOCK = "in-use";

  private final Path path;
  private final FileChannel channel;

  private IndexFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  static IndexFolder take(Path parent) {
    try {
      Files.createDirectories(parent);
      try (Stream<Path> left = Files.list(parent)) {
        left.filter(folder -> folder.getFileName().toString().startsWith(PREFIX)).toList().forEach(IndexFolder::sweep);
      }
      Path path = Files.createTempDirectory(parent, PREFIX);
      FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.lock();
      return new IndexFolder(path, channel);
    } catch (IOException e) {
      throw new UncheckedIOException("no place for the bot's index in " + parent.toAbsolutePath() + ": " + e.getMessage(), e);
    }
  }

  Path path() {
    return path.resolve("index");
  }

  void release() {
    try {
      channel.close();
      delete(path);
    } catch (IOException e) {
      log.warn("index not deleted folder={} reason={}", path, e.getMessage());
    }
  }

  private static void sweep(Path folder) {
    try {
      // One that is being made has no lock yet; it is not old enough to be anybody's rest.
      if (!Files.exists(folder.resolve(LOCK))) return;
      try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE); FileLock lock = channel.tryLock()) {
        if (lock == null) return;
      }
      delete(folder);
    } catch (IOException | OverlappingFileLockException inUse) {
      log.debug("index left alone folder={} reason={}", folder, inUse.getMessage());
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
