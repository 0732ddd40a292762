package dev.magpie.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.h2.store.fs.FileBase;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/** File system of H2 whose writes go through {@link StoreWrites}, selected by the scheme of the file name. H2 creates instances itself. */
public final class StorePath extends FilePathWrapper {
  private static final String SCHEME = "magpie";

  /** By name. */
  private static final Map<String, StoreWrites> OPEN = new ConcurrentHashMap<>();

  static {
    FilePath.register(new StorePath());
  }

  /** The file's name for H2; {@link #forget} it when the store is closed. */
  static String register(Path file, StoreWrites writes) {
    String name = SCHEME + ":" + file.toString().replace('\\', '/');
    OPEN.put(name, writes);
    return name;
  }

  static void forget(String name) {
    OPEN.remove(name);
  }

  @Override
  public String getScheme() {
    return SCHEME;
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    FileChannel file = getBase().open(mode);
    StoreWrites writes = OPEN.get(toString());
    return writes == null ? file : new Channel(file, writes);
  }

  /** What MVStore calls of a channel; everything else is the file's own. */
  private static final class Channel extends FileBase {
    private final FileChannel file;
    private final StoreWrites writes;

    private Channel(FileChannel file, StoreWrites writes) {
      this.file = file;
      this.writes = writes;
    }

    // Not synchronized, unlike the inherited methods, so that reads do not wait for a blocked write.
    @SuppressWarnings("UnsynchronizedOverridesSynchronized")
    @Override
    public int read(ByteBuffer to, long position) throws IOException {
      return file.read(to, position);
    }

    @SuppressWarnings("UnsynchronizedOverridesSynchronized")
    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      return writes.write(file, from, position);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      return file.read(to);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      return file.write(from);
    }

    @Override
    public long position() throws IOException {
      return file.position();
    }

    @Override
    public FileChannel position(long at) throws IOException {
      file.position(at);
      return this;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      file.truncate(size);
      return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
      file.force(metaData);
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
      return file.tryLock(position, size, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      file.close();
    }
  }
}
