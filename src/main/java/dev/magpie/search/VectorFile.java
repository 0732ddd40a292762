package dev.magpie.search;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Persistent cache of embeddings by the hash of model and text. Fixed-length records, append only; an incomplete record after a crash is
 * truncated. The file is compacted when more than half of the records are obsolete. Owned by one thread. A second process on the same
 * folder reads only.
 */
final class VectorFile implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(VectorFile.class);
  private static final int HASH = 16;
  private static final String SUFFIX = ".vectors";

  /** Records; smaller files are not compacted. */
  private static final int FEW = 1_000;

  private final String model;
  private final int dimensions;
  private final int length;
  private final Path path;
  private final Map<Key, Integer> records = new HashMap<>();
  private final BitSet used = new BitSet();
  private FileChannel channel;
  private FileLock lock;
  private int count;

  /** The first half of a SHA-256. */
  private record Key(long high, long low) {}

  VectorFile(Path folder, String model, int dimensions) {
    this.model = model;
    this.dimensions = dimensions;
    this.length = HASH + Float.BYTES + dimensions;
    this.path = folder.resolve(model + SUFFIX);
    try {
      Files.createDirectories(folder);
      channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      lock = lock(channel);
      read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes the files of all models but these. */
  static void removeObsolete(Path folder, Set<String> models) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (models.contains(name.substring(0, name.length() - SUFFIX.length()))) continue;
        Files.deleteIfExists(file);
        log.info("vectors of a former model deleted file={}", file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      log.warn("vectors of former models not deleted folder={} reason={}", folder, e.getMessage());
    }
  }

  private static FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException inThisProcess) {
      return null;
    }
  }

  private void read() throws IOException {
    long whole = channel.size() / length;
    if (lock != null && channel.size() != whole * length) channel.truncate(whole * length);
    ByteBuffer block = ByteBuffer.allocate(length * 1024);
    for (long at = 0; at < whole * length; ) {
      block.clear();
      if (channel.read(block, at) < length) break;
      int complete = block.position() / length;
      for (int i = 0; i < complete; i++) records.put(new Key(block.getLong(i * length), block.getLong(i * length + Long.BYTES)), count++);
      at += (long) complete * length;
    }
  }

  Optional<QuantizedVector> find(String text) {
    Integer record = records.get(key(text));
    if (record == null) return Optional.empty();
    used.set(record);
    try {
      ByteBuffer buffer = ByteBuffer.allocate(length - HASH);
      long at = (long) record * length + HASH;
      while (buffer.hasRemaining()) if (channel.read(buffer, at + buffer.position()) < 0) return Optional.empty();
      buffer.flip();
      float scale = buffer.getFloat();
      byte[] bytes = new byte[dimensions];
      buffer.get(bytes);
      return Optional.of(new QuantizedVector(bytes, scale));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A write error is not fatal: missing vectors are computed again after the next start. */
  void add(String text, QuantizedVector vector) {
    if (lock == null) return;
    Key key = key(text);
    ByteBuffer record = ByteBuffer.allocate(length).putLong(key.high).putLong(key.low).putFloat(vector.scale()).put(vector.bytes()).flip();
    try {
      long at = (long) count * length;
      while (record.hasRemaining()) channel.write(record, at + record.position());
      used.set(count);
      records.put(key, count++);
    } catch (IOException e) {
      log.warn("embedding not stored reason={}", e.getMessage());
    }
  }

  /** Compacts the file to the records that were read or added since it was opened, if these are less than half. */
  void compact() {
    if (lock == null || count < FEW || used.cardinality() > count / 2) return;
    Path beside = path.resolveSibling(path.getFileName() + ".new");
    int before = count;
    try {
      FileChannel smaller = FileChannel.open(beside, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.READ, StandardOpenOption.WRITE);
      // Locked before it gets its final name.
      FileLock smallersLock;
      try {
        smallersLock = lock(smaller);
        copyUsed(smaller);
        Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        smaller.close();
        throw e;
      }
      channel.close();
      channel = smaller;
      lock = smallersLock;
      records.clear();
      count = 0;
      read();
      used.set(0, count);
      used.clear(count, before);
      log.info("vectors compacted file={} before={} now={}", path, before, count);
    } catch (IOException e) {
      log.warn("vectors not compacted file={} reason={}", path, e.getMessage());
    }
  }

  private void copyUsed(FileChannel to) throws IOException {
    for (int record = used.nextSetBit(0), at = 0; record >= 0; record = used.nextSetBit(record + 1), at++) {
      ByteBuffer copy = ByteBuffer.allocate(length);
      while (copy.hasRemaining())
        if (channel.read(copy, (long) record * length + copy.position()) < 0) throw new EOFException(path.toString());
      copy.flip();
      while (copy.hasRemaining()) to.write(copy, (long) at * length + copy.position());
    }
  }

  int size() {
    return records.size();
  }

  private Key key(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(model.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      ByteBuffer hash = ByteBuffer.wrap(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
      return new Key(hash.getLong(), hash.getLong());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
