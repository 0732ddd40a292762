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
 * waits, at the position of the first, so that it is not delayed by its successors and the queue does not grow; or at the end, if its key
 * is {@link #movingToEnd}. Owned by one connection, used on its thread.
 */
@Internal
public final class SendQueue<T> {
  /** First character of keys whose latest element takes the last position. */
  private static final char TO_END = '\0';

  /** Positions that were left are removed when there are so many, and more than of the others. */
  private static final int MOST_LEFT = 64;

  /** A position of an element with a key. */
  private static final class Place {
    private final String key;
    /** Whether the element has moved to the end. */
    private boolean left;

    Place(String key) {
      this.key = key;
    }
  }

  private static final class Latest<T> {
    private T thing;
    private Place place;
  }

  private final ToIntFunction<T> length;
  private final Predicate<T> mayWait;
  private final Consumer<T> waited;
  /** Elements, and {@link Place}s that stand for the latest element of that key. */
  private final ArrayDeque<Object> places = new ArrayDeque<>(4);
  /** Null until an element has a key. */
  private Map<String, Latest<T>> latest;
  private int left;
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

  /** A key like this one whose latest element is queued behind all others: for events that must not overtake what was sent before. */
  public static String movingToEnd(String key) {
    return TO_END + key;
  }

  private static boolean movesToEnd(String key) {
    return key.charAt(0) == TO_END;
  }

  /** The key as it was before {@link #movingToEnd}, or itself. */
  public static String plain(String key) {
    return movesToEnd(key) ? key.substring(1) : key;
  }

  public boolean isEmpty() {
    return places.size() == left;
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
    if (key == null) places.add(thing);
    else {
      if (replaced != null) takenOut(replaced);
      put(thing, key);
    }
    bytes += length.applyAsInt(thing);
    return true;
  }

  private void put(T thing, String key) {
    if (latest == null) latest = new HashMap<>(4);
    Latest<T> element = latest.computeIfAbsent(key, first -> new Latest<>());
    element.thing = thing;
    if (element.place != null && !movesToEnd(key)) return;
    if (element.place != null) leave(element.place);
    element.place = new Place(key);
    places.add(element.place);
  }

  private void leave(Place place) {
    place.left = true;
    left++;
    if (left > MOST_LEFT && left > places.size() / 2) {
      places.removeIf(SendQueue::isLeft);
      left = 0;
    }
  }

  private static boolean isLeft(Object place) {
    return place instanceof Place one && one.left;
  }

  /** The first element, or null. */
  public T peek() {
    skipLeft();
    return resolve(places.peek(), false);
  }

  private void skipLeft() {
    while (left > 0 && isLeft(places.peek())) {
      places.poll();
      left--;
    }
  }

  /** Removes the first element; null when the queue is empty. */
  public T poll() {
    skipLeft();
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
    Latest<T> element = key == null || latest == null ? null : latest.get(key);
    return element == null ? null : element.thing;
  }

  @SuppressWarnings("unchecked")
  private T resolve(Object place, boolean taken) {
    if (!(place instanceof Place one)) return (T) place;
    return (taken ? latest.remove(one.key) : latest.get(one.key)).thing;
  }
}
