package dev.magpie.transport;

import dev.magpie.Internal;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * The send queue of one client: elements in order, and the sum of their bytes. Elements of the same key are conflated: only the latest
 * waits, at the position of the first, so that it is not delayed by its successors and the queue does not grow. Owned by one connection,
 * used on its thread.
 */
@Internal
public final class SendQueue<T> {
  private record Key(String name) {}

  private final ToIntFunction<T> length;
  private final Predicate<T> mayWait;
  private final Consumer<T> waited;
  /** Elements, and {@link Key}s that stand for the latest element of that key. */
  private final ArrayDeque<Object> places = new ArrayDeque<>(4);
  /** Null until an element has a key. */
  private Map<String, T> latest;
  private long bytes;

  /**
   * @param length bytes of an element: constant, more than 0
   * @param mayWait whether the memory budget admits it
   * @param waited called once for each element that was admitted, when it leaves the queue
   */
  public SendQueue(ToIntFunction<T> length, Predicate<T> mayWait, Consumer<T> waited) {
    this.length = length;
    this.mayWait = mayWait;
    this.waited = waited;
  }

  public boolean isEmpty() {
    return places.isEmpty();
  }

  public long bytes() {
    return bytes;
  }

  /** Whether an element of this key waits, which the next one replaces; false for null. */
  public boolean has(String key) {
    return waiting(key) != null;
  }

  /** Whether it fits: an element always fits into an empty queue, any other within the limit of bytes. */
  public boolean fits(T thing, String key, long limit) {
    T replaced = waiting(key);
    long others = replaced == null ? bytes : bytes - length.applyAsInt(replaced);
    return others == 0 || others + length.applyAsInt(thing) <= limit;
  }

  /**
   * @param key null for an element that nothing replaces
   * @return false when the memory budget refuses it; nothing has changed then
   */
  public boolean add(T thing, String key) {
    if (!mayWait.test(thing)) return false;
    T replaced = waiting(key);
    if (key == null) {
      places.add(thing);
    } else {
      if (latest == null) latest = new HashMap<>(4);
      if (replaced == null) places.add(new Key(key));
      else takenOut(replaced);
      latest.put(key, thing);
    }
    bytes += length.applyAsInt(thing);
    return true;
  }

  /** The first element, or null. */
  public T peek() {
    return resolve(places.peek(), false);
  }

  /** Removes the first element; null when the queue is empty. */
  public T poll() {
    T first = resolve(places.poll(), true);
    if (first != null) takenOut(first);
    return first;
  }

  private void takenOut(T thing) {
    bytes -= length.applyAsInt(thing);
    waited.accept(thing);
  }

  public void clear(Consumer<T> each) {
    for (T thing; (thing = poll()) != null; ) each.accept(thing);
  }

  private T waiting(String key) {
    return key == null || latest == null ? null : latest.get(key);
  }

  @SuppressWarnings("unchecked")
  private T resolve(Object place, boolean taken) {
    if (!(place instanceof Key key)) return (T) place;
    return taken ? latest.remove(key.name) : latest.get(key.name);
  }
}
