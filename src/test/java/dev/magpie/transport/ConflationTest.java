package dev.magpie.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Elements of one key in the send queue: the newest takes the place of the one before, or goes to the end. */
class ConflationTest {
  private final List<String> left = new ArrayList<>();
  private final SendQueue<String> queue = new SendQueue<>(String::length, element -> true, left::add);

  private List<String> all() {
    List<String> all = new ArrayList<>();
    queue.clear(all::add);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.bytes()).isZero();
    return all;
  }

  @Test
  void theNewestElementTakesThePlaceOfTheOneBefore() {
    queue.add("a1", "a");
    queue.add("x", null);
    queue.add("a2", "a");
    assertThat(all()).containsExactly("a2", "x");
  }

  @Test
  void theNewestElementOfAKeyThatMovesGoesToTheEnd() {
    String key = SendQueue.movingToEnd("a");
    queue.add("a1", key);
    queue.add("x", null);
    queue.add("a2", key);
    queue.add("y", null);
    assertThat(queue.bytes()).isEqualTo(4);
    assertThat(left).containsExactly("a1");
    assertThat(queue.peek()).isEqualTo("x");
    assertThat(all()).containsExactly("x", "a2", "y");
  }

  @Test
  void aQueueOfOneElementThatMovesIsNeverEmptyAndNeverLonger() {
    String key = SendQueue.movingToEnd("a");
    queue.add("x", null);
    for (int i = 0; i < 10_000; i++) queue.add("a" + i, key);
    assertThat(queue.poll()).isEqualTo("x");
    assertThat(queue.isEmpty()).isFalse();
    assertThat(queue.poll()).isEqualTo("a9999");
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll()).isNull();
  }

  @Test
  void manyKeysThatMoveKeepTheOrderOfTheirNewestElements() {
    for (int round = 0; round < 100; round++)
      for (int key = 0; key < 10; key++) queue.add(key + " " + round, SendQueue.movingToEnd("" + (key + round) % 10));
    List<String> all = all();
    assertThat(all).hasSize(10).allMatch(element -> element.endsWith(" 99"));
    assertThat(all).isSorted();
  }

  @Test
  void bothKindsAreApart() {
    queue.add("m1", SendQueue.movingToEnd("a"));
    queue.add("s1", "a");
    queue.add("m2", SendQueue.movingToEnd("a"));
    queue.add("s2", "a");
    assertThat(SendQueue.plain(SendQueue.movingToEnd("a"))).isEqualTo("a");
    assertThat(all()).containsExactly("s2", "m2");
  }
}
