package dev.magpie.store;

import java.io.EOFException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.DataType;
import org.h2.mvstore.type.StringDataType;

/**
 * The leaf pages that a store file still holds, whatever its commits look like. H2 writes each commit as a chunk: a line with its id,
 * length and version, then pages. A page begins with its length and a check value of chunk id, offset and length, so it is recognised
 * without the tree above it. A freed chunk stays until its place is used again, so older states of pages are found too. Used by one
 * thread; blocks.
 */
final class LeafPages implements AutoCloseable {
  /** Chunks begin at multiples of it. */
  private static final int BLOCK = 4096;

  /** Maximum length of a chunk's first line. */
  private static final int LINE = 1024;

  /** Length and check value of a page. */
  private static final int HEAD = 6;

  /** Maximum bytes of a page before its entries: the head, three numbers of variable length and the type. */
  private static final int PREFIX = HEAD + 3 * 5 + 1;

  private static final int WINDOW = 1 << 20;

  /** Id of the map of chunks and roots. */
  private static final int LAYOUT = 0;

  /** Id of the map of names where the layout does not tell another. */
  private static final int META = 1;

  /** @param start where it begins; @param from where its own part begins, which is up to {@code end}: all three are places in the file */
  private record Chunk(long start, long from, long end, int id, long version) {}

  private record Leaf(long at, int length, int count, long version) {}

  private final FileChannel file;
  private final long size;
  private final Map<Integer, List<Leaf>> leaves = new HashMap<>();
  private final int metaId;
  private final Map<String, String> meta;
  private final Map<String, Integer> ids = new HashMap<>();

  /** A part of the file, for searching. */
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW).limit(0);
  private long windowAt;

  private LeafPages(FileChannel file) throws IOException {
    this.file = file;
    this.size = file.size();
    TreeMap<Long, Chunk> chunks = chunks();
    for (Chunk chunk : chunks.values()) search(chunk);
    for (Chunk chunk : withoutLine(chunks)) search(chunk);
    this.metaId = (int) number(texts(LAYOUT), FileStore.META_ID_KEY, META);
    this.meta = texts(metaId);
    for (String key : meta.keySet())
      if (key.startsWith(DataUtils.META_NAME)) ids.put(key.substring(DataUtils.META_NAME.length()), (int) number(meta, key, -1));
  }

  static LeafPages of(Path path) throws IOException {
    FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new LeafPages(file);
    } catch (IOException | RuntimeException failed) {
      file.close();
      throw failed;
    }
  }

  /** The maps whose names are still there. */
  Set<String> names() {
    return ids.keySet();
  }

  /** Of the data; 0 where it cannot be told. */
  int format() {
    return (int) number(meta, "setting.storeVersion", 0);
  }

  /** Leaf pages of the maps that have a name. */
  long count() {
    return ids.values().stream().mapToLong(id -> leaves.getOrDefault(id, List.of()).size()).sum();
  }

  /** Leaf pages that belong to none of these, nor to H2 itself. */
  long unknown() {
    Set<Integer> known = new HashSet<>(ids.values());
    known.addAll(List.of(LAYOUT, metaId));
    return leaves.entrySet().stream().filter(map -> !known.contains(map.getKey())).mapToLong(map -> map.getValue().size()).sum();
  }

  /** Adds the pages of a map that are of these versions, newest first. */
  void read(String name, LongPredicate versions, NewestEntries entries) {
    Integer id = ids.get(name);
    if (id != null) read(id, versions, entries);
  }

  private void read(int id, LongPredicate versions, NewestEntries entries) {
    List<Leaf> all = new ArrayList<>(leaves.getOrDefault(id, List.of()));
    all.sort(Comparator.comparingLong(Leaf::version).reversed());
    for (Leaf leaf : all) if (versions.test(leaf.version)) StoreMaps.guarded(unreadable -> {}, () -> read(leaf, entries));
  }

  private Map<String, String> texts(int id) {
    Map<Object, Object> texts = new HashMap<>();
    DataType<Object> text = StoreMaps.untyped(StringDataType.INSTANCE);
    read(id, any -> true, new NewestEntries(texts, text, text, texts::put, unreadable -> {}));
    return texts.entrySet().stream().collect(Collectors.toMap(each -> each.getKey().toString(), each -> each.getValue().toString()));
  }

  /** H2 has no checksum of a page's entries: they count only if they fill the page exactly and their keys rise. */
  private void read(Leaf leaf, NewestEntries entries) {
    ByteBuffer page = ByteBuffer.allocate(leaf.length);
    try {
      while (page.hasRemaining()) if (file.read(page, leaf.at + page.position()) < 0) throw new EOFException();
    } catch (IOException unreadable) {
      throw new IllegalStateException(unreadable);
    }
    page.position(HEAD);
    for (int i = 0; i < 3; i++) DataUtils.readVarInt(page);
    page.get();
    Object[] keys = values(page, entries.keyType(), leaf.count);
    Object[] values = values(page, entries.valueType(), leaf.count);
    if (page.hasRemaining()) throw new IllegalStateException("entries end before the page");
    for (int i = 1; i < keys.length; i++)
      if (entries.keyType().compare(keys[i - 1], keys[i]) >= 0) throw new IllegalStateException("keys do not rise");
    entries.add(keys, values);
  }

  private static Object[] values(ByteBuffer page, DataType<Object> type, int count) {
    Object[] values = type.createStorage(count);
    type.read(page, values, count);
    return values;
  }

  // --- Searching

  /** The chunks whose first line and first page are intact. One ends where another begins: that one was written over it. */
  private TreeMap<Long, Chunk> chunks() throws IOException {
    TreeMap<Long, Chunk> chunks = new TreeMap<>();
    for (long at = 0; at < size; at += BLOCK) {
      String line = line(at);
      Chunk chunk = chunk(facts(line), at, at + line.length() + 1, size);
      if (chunk != null && pageLength(chunk, chunk.from) > 0) chunks.put(at, chunk);
    }
    chunks.replaceAll((start, chunk) -> new Chunk(start, chunk.from, Math.min(chunk.end, nextAfter(start, chunks)), chunk.id,
        chunk.version));
    return chunks;
  }

  private long nextAfter(long start, TreeMap<Long, Chunk> chunks) {
    Long next = chunks.higherKey(start);
    return next == null ? size : next;
  }

  /** Chunks whose beginning is damaged: the layout tells where they are. */
  private List<Chunk> withoutLine(TreeMap<Long, Chunk> chunks) {
    List<Chunk> more = new ArrayList<>();
    texts(LAYOUT).forEach((key, value) -> {
      if (!key.startsWith(DataUtils.META_CHUNK)) return;
      Map<String, String> facts = facts(value);
      long start = number(facts, "block", 0) * BLOCK;
      if (start <= 0 || chunks.containsKey(start)) return;
      Map.Entry<Long, Chunk> before = chunks.lowerEntry(start);
      Chunk chunk = chunk(facts, start, before == null ? start : Math.max(start, before.getValue().end), nextAfter(start, chunks));
      if (chunk != null) more.add(chunk);
    });
    return more;
  }

  /** @return null where there is none, or nothing of it */
  private static Chunk chunk(Map<String, String> facts, long start, long from, long bound) {
    if (facts.isEmpty()) return null;
    long end = Math.min(start + number(facts, "len", 0) * BLOCK, bound);
    return end <= from ? null : new Chunk(start, from, end, (int) number(facts, "chunk", 0), number(facts, "version", 0));
  }

  private String line(long at) throws IOException {
    look(at, LINE);
    int begin = (int) (at - windowAt);
    if (begin >= window.limit() || window.get(begin) != 'c') return "";
    for (int end = begin; end < Math.min(begin + LINE, window.limit()); end++)
      if (window.get(end) == '\n') return new String(window.array(), begin, end - begin, StandardCharsets.ISO_8859_1);
    return "";
  }

  /** Empty where this is no description of a chunk. */
  private static Map<String, String> facts(String text) {
    try {
      Map<String, String> facts = DataUtils.parseMap(text.trim());
      return List.of("chunk", "len", "version").stream().allMatch(key -> number(facts, key, -1) >= 0) ? facts : Map.of();
    } catch (MVStoreException none) {
      return Map.of();
    }
  }

  /** From page to page, and behind a damaged one byte by byte. */
  private void search(Chunk chunk) throws IOException {
    for (long at = chunk.from; at < chunk.end; ) {
      int length = pageLength(chunk, at);
      if (length > 0) note(chunk, at, length);
      at += Math.max(length, 1);
    }
  }

  /** Of the page that begins here; 0 if none does. */
  private int pageLength(Chunk chunk, long at) throws IOException {
    look(at, PREFIX);
    int here = (int) (at - windowAt);
    if (here + HEAD > window.limit()) return 0;
    int length = window.getInt(here);
    if (length <= HEAD || length > chunk.end - at) return 0;
    int check = DataUtils.getCheckValue(chunk.id) ^ DataUtils.getCheckValue((int) (at - chunk.start)) ^ DataUtils.getCheckValue(length);
    return window.getShort(here + HEAD - Short.BYTES) == (short) check ? length : 0;
  }

  private void note(Chunk chunk, long at, int length) {
    window.position((int) (at - windowAt) + HEAD);
    try {
      DataUtils.readVarInt(window); // The page's number in the chunk.
      int map = DataUtils.readVarInt(window);
      int count = DataUtils.readVarInt(window);
      // Compressed pages do not occur. An entry takes two bytes at least.
      if (window.get() != DataUtils.PAGE_TYPE_LEAF || count <= 0 || count > length / 2) return;
      leaves.computeIfAbsent(map, id -> new ArrayList<>()).add(new Leaf(at, length, count, chunk.version));
    } catch (BufferUnderflowException none) {
      // The file ends here.
    }
  }

  /** Makes the window hold so many bytes from here on, fewer at the end of the file. */
  private void look(long at, int length) throws IOException {
    if (at >= windowAt && at + length <= windowAt + window.limit()) return;
    window.clear();
    windowAt = at;
    while (window.hasRemaining() && file.read(window, windowAt + window.position()) > 0) {}
    window.flip();
  }

  private static long number(Map<String, String> facts, String key, long otherwise) {
    try {
      return DataUtils.readHexLong(facts, key, otherwise);
    } catch (MVStoreException damaged) {
      return otherwise;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
