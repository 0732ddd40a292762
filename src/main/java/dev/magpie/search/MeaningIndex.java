package dev.magpie.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The embeddings of one language, and how near each entry is to what is asked of others: see {@link Hubs}. A search compares the signs of
 * all vectors (8 words each), then the quantized vectors of the best few hundred entries, which finds the same as an exhaustive search.
 * Writers are serialized; readers use an immutable snapshot and never wait.
 */
final class MeaningIndex {
  /** Candidates whose quantized vectors are compared. */
  private static final int CANDIDATES = 200;

  /** Words of signs per vector: a multiple of eight, for an unrolled comparison. */
  private final int words;
  private volatile Snapshot now;
  private final Map<String, Integer> slots = new HashMap<>();
  private int gone;
  private volatile Hubs hubs = Hubs.NONE;
  private int changes;

  MeaningIndex(int dimensions) {
    words = (dimensions + 511) / 512 * 8;
    now = new Snapshot(new long[words * 64], new int[17], new int[16], new Meaning[16], new float[16], 0);
  }

  /**
   * @param score the cosine
   * @param hub what the entry is near to every question more than others are: to be subtracted where entries are ordered
   */
  record Near(Meaning meaning, float score, float hub) {}

  /**
   * Readers see {@code count} entries; the arrays may have more, for the next snapshot.
   *
   * @param starts of each entry's rows, and one more
   * @param wholes the row of each entry's whole, behind its titles and before its chunks
   * @param entries null where one is gone
   */
  private record Snapshot(long[] signs, int[] starts, int[] wholes, Meaning[] entries, float[] hubs, int count) {}

  synchronized void put(Meaning meaning) {
    forget(meaning.id());
    changes++;
    Snapshot last = now;
    int row = last.starts[last.count];
    long[] signs = (row + meaning.rows()) * words > last.signs.length
        ? Arrays.copyOf(last.signs, Math.max(last.signs.length * 2, (row + meaning.rows()) * words)) : last.signs;
    boolean full = last.count == last.entries.length;
    int[] starts = full ? Arrays.copyOf(last.starts, last.count * 2 + 1) : last.starts;
    int[] wholes = full ? Arrays.copyOf(last.wholes, last.count * 2) : last.wholes;
    Meaning[] entries = full ? Arrays.copyOf(last.entries, last.count * 2) : last.entries;
    float[] near = full ? Arrays.copyOf(last.hubs, last.count * 2) : last.hubs;
    List<QuantizedVector> vectors = new ArrayList<>(meaning.titles());
    vectors.add(meaning.whole());
    vectors.addAll(meaning.chunks());
    for (QuantizedVector vector : vectors) vector.signs(signs, row++ * words);
    entries[last.count] = meaning;
    wholes[last.count] = starts[last.count] + meaning.titles().size();
    near[last.count] = hubs.of(meaning);
    starts[last.count + 1] = row;
    slots.put(meaning.id(), last.count);
    now = new Snapshot(signs, starts, wholes, entries, near, last.count + 1);
  }

  synchronized void remove(String id) {
    forget(id);
    if (gone > 1_000 && gone > slots.size()) rebuild();
  }

  private void forget(String id) {
    Integer slot = slots.remove(id);
    if (slot == null) return;
    now.entries[slot] = null;
    gone++;
    changes++;
  }

  private void rebuild() {
    Snapshot last = now;
    gone = 0;
    slots.clear();
    now = new Snapshot(new long[last.signs.length], new int[last.starts.length], new int[last.wholes.length],
        new Meaning[last.entries.length], new float[last.entries.length], 0);
    for (int i = 0; i < last.count; i++) if (last.entries[i] != null) put(last.entries[i]);
  }

  /** Compares all entries with a new sample of titles, if a tenth has changed since. Readers and writers go on meanwhile. */
  void refreshHubs() {
    Snapshot all;
    synchronized (this) {
      if (changes * 10 <= slots.size()) return;
      changes = 0;
      all = now;
    }
    List<Meaning> entries = new ArrayList<>();
    for (int i = 0; i < all.count; i++) if (all.entries[i] != null) entries.add(all.entries[i]);
    Hubs fresh = Hubs.among(entries);
    Map<Meaning, Float> near = new IdentityHashMap<>();
    for (Meaning entry : entries) near.put(entry, fresh.of(entry));
    use(fresh, near);
  }

  private synchronized void use(Hubs fresh, Map<Meaning, Float> near) {
    hubs = fresh;
    Snapshot last = now;
    float[] all = new float[last.entries.length];
    for (int i = 0; i < last.count; i++) {
      Meaning entry = last.entries[i];
      if (entry != null) all[i] = near.containsKey(entry) ? near.get(entry) : fresh.of(entry);
    }
    now = new Snapshot(last.signs, last.starts, last.wholes, last.entries, all, last.count);
  }

  /** How near the entry of that id is to a question. */
  synchronized Optional<Near> near(String id, float[] question) {
    Integer slot = slots.get(id);
    Meaning meaning = slot == null ? null : now.entries[slot];
    return meaning == null ? Optional.empty() : Optional.of(new Near(meaning, meaning.cosine(question), now.hubs[slot]));
  }

  synchronized Optional<Meaning> find(String id) {
    Integer slot = slots.get(id);
    return slot == null ? Optional.empty() : Optional.ofNullable(now.entries[slot]);
  }

  synchronized int size() {
    return slots.size();
  }

  /** In no order. */
  List<Near> near(float[] question) {
    Snapshot all = now;
    long[] asked = new long[words];
    QuantizedVector.signs(question, asked, 0);
    Nearest nearest = new Nearest(Math.min(CANDIDATES, all.count));
    for (int i = 0; i < all.count; i++) if (all.entries[i] != null) nearest.offer(i, distance(all, i, asked));
    List<Near> near = new ArrayList<>();
    for (int i = 0; i < nearest.size; i++) {
      Meaning meaning = all.entries[nearest.slots[i]];
      if (meaning != null) near.add(new Near(meaning, meaning.cosine(question), all.hubs[nearest.slots[i]]));
    }
    return near;
  }

  /** As {@link Meaning#cosine} counts, in differing signs: small is near. */
  private int distance(Snapshot all, int slot, long[] asked) {
    int at = all.wholes[slot];
    int end = all.starts[slot + 1];
    int title = least(all.signs, all.starts[slot], at, asked);
    int whole = least(all.signs, at, at + 1, asked);
    return title + 2 * whole + 2 * (at + 1 == end ? whole : least(all.signs, at + 1, end, asked));
  }

  private int least(long[] signs, int from, int to, long[] asked) {
    int least = Integer.MAX_VALUE / 8;
    for (int row = from; row < to; row++) {
      int differ = 0;
      int at = row * words;
      for (int i = 0; i < words; i += 8) differ += eight(signs, at + i, asked, i);
      if (differ < least) least = differ;
    }
    return least;
  }

  private static int eight(long[] a, int at, long[] b, int bt) {
    return Long.bitCount(a[at] ^ b[bt]) + Long.bitCount(a[at + 1] ^ b[bt + 1]) + Long.bitCount(a[at + 2] ^ b[bt + 2])
        + Long.bitCount(a[at + 3] ^ b[bt + 3])
        + Long.bitCount(a[at + 4] ^ b[bt + 4]) + Long.bitCount(a[at + 5] ^ b[bt + 5]) + Long.bitCount(a[at + 6] ^ b[bt + 6])
        + Long.bitCount(a[at + 7] ^ b[bt + 7]);
  }

  /** A max-heap of the least distances. */
  private static final class Nearest {
    private final int[] slots;
    private final int[] distances;
    private int size;

    private Nearest(int room) {
      slots = new int[room];
      distances = new int[room];
    }

    private void offer(int slot, int distance) {
      if (size < slots.length) {
        int at = size++;
        for (int parent; at > 0 && distances[parent = (at - 1) / 2] < distance; at = parent) move(parent, at);
        set(at, slot, distance);
      } else if (size > 0 && distance < distances[0]) {
        int at = 0;
        for (int child; (child = 2 * at + 1) < size; at = child) {
          if (child + 1 < size && distances[child + 1] > distances[child]) child++;
          if (distances[child] <= distance) break;
          move(child, at);
        }
        set(at, slot, distance);
      }
    }

    private void move(int from, int to) {
      set(to, slots[from], distances[from]);
    }

    private void set(int at, int slot, int distance) {
      slots[at] = slot;
      distances[at] = distance;
    }
  }
}
