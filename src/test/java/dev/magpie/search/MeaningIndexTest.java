package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MeaningIndexTest {
  private static final int DIMENSIONS = 384;

  private final Random random = new Random(1);
  private final MeaningIndex index = new MeaningIndex(DIMENSIONS);

  /** The look at the signs must not lose what the look at all vectors finds. */
  @Test
  void findsTheTenThatALookAtAllFinds() {
    List<Meaning> all = new ArrayList<>();
    List<float[]> subjects = new ArrayList<>();
    for (int i = 0; i < 50; i++) subjects.add(vector());
    for (int i = 0; i < 2_000; i++) all.add(meaning("id" + i, subjects.get(i % 50)));
    all.forEach(index::put);
    int found = 0;
    for (int i = 0; i < 20; i++) {
      float[] question = near(subjects.get(i), 1f);
      Set<String> right = new HashSet<>(best(all, question, 10));
      index.near(question).stream().sorted(Comparator.comparingDouble(MeaningIndex.Near::score).reversed()).limit(10)
          .forEach(near -> right.remove(near.meaning().id()));
      found += 10 - right.size();
    }
    assertThat(found).isGreaterThan(195);
  }

  @Test
  void aChangedOneIsFoundAsItIsNowAndARemovedOneNoMore() {
    float[] before = vector();
    float[] after = vector();
    index.put(meaning("a", before));
    index.put(meaning("a", after));
    index.put(meaning("b", before));
    assertThat(index.size()).isEqualTo(2);
    assertThat(best(index.near(after))).isEqualTo("a");
    assertThat(best(index.near(before))).isEqualTo("b");
    index.remove("b");
    assertThat(best(index.near(before))).isEqualTo("a");
    assertThat(index.find("b")).isEmpty();
  }

  @Test
  void whatIsGoneTakesNoRoomForEver() {
    float[] subject = vector();
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 1_000; i++) index.put(meaning("id" + i, subject));
      for (int i = 10; i < 1_000; i++) index.remove("id" + i);
    }
    assertThat(index.size()).isEqualTo(10);
    assertThat(index.near(subject)).hasSize(10);
  }

  @Test
  void anEmptyOneFindsNothing() {
    assertThat(index.near(vector())).isEmpty();
  }

  @Test
  void whatIsNearToEveryTitleIsMovedDownTheOrderAndItsCosineStays() {
    float[] everything = vector();
    List<float[]> subjects = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      subjects.add(near(everything, 1f));
      index.put(meaning("id" + i, subjects.get(i)));
    }
    index.put(meaning("hub", everything));
    index.refreshHubs();
    List<MeaningIndex.Near> near = index.near(near(subjects.get(7), 1f));
    MeaningIndex.Near hub = near.stream().filter(each -> each.meaning().id().equals("hub")).findFirst().orElseThrow();
    assertThat(near).filteredOn(each -> each != hub).allSatisfy(each -> assertThat(each.hub()).isLessThan(hub.hub()));
    assertThat(hub.hub()).isGreaterThan(0.03f);
    assertThat(index.near("hub", subjects.get(7)).orElseThrow().score()).isEqualTo(hub.meaning().cosine(subjects.get(7)));
    // One that comes later is compared with the same sample.
    index.put(meaning("later", everything));
    assertThat(index.near("later", subjects.get(7)).orElseThrow().hub()).isGreaterThan(0.03f);
  }

  @Test
  void aFewEntriesHaveNoHub() {
    for (int i = 0; i < 29; i++) index.put(meaning("id" + i, vector()));
    index.refreshHubs();
    assertThat(index.near(vector())).hasSize(29).allSatisfy(each -> assertThat(each.hub()).isZero());
  }

  @Test
  void aByteADimensionKeepsTheCosine() {
    for (int i = 0; i < 100; i++) {
      float[] one = vector();
      float[] other = near(one, 1f);
      assertThat(Math.abs(QuantizedVector.of(one).dot(other) - dot(one, other))).isLessThan(0.003f);
    }
  }

  private Meaning meaning(String id, float[] subject) {
    return new Meaning(id, id, List.of(QuantizedVector.of(near(subject, 0.7f))), QuantizedVector.of(near(subject, 0.7f)),
        List.of(QuantizedVector.of(near(subject, 0.9f)), QuantizedVector.of(near(subject, 0.9f))), List.of());
  }

  private static String best(List<MeaningIndex.Near> near) {
    return near.stream().max(Comparator.comparingDouble(MeaningIndex.Near::score)).orElseThrow().meaning().id();
  }

  private static List<String> best(List<Meaning> all, float[] question, int count) {
    return all.stream().sorted(Comparator.comparingDouble((Meaning meaning) -> meaning.cosine(question)).reversed()).limit(count)
        .map(Meaning::id).toList();
  }

  private float[] vector() {
    return near(new float[DIMENSIONS], 1);
  }

  private float[] near(float[] vector, float noise) {
    float[] moved = new float[DIMENSIONS];
    double sum = 0;
    for (int i = 0; i < DIMENSIONS; i++) {
      moved[i] = vector[i] + noise * (float) random.nextGaussian() / (float) Math.sqrt(DIMENSIONS);
      sum += moved[i] * moved[i];
    }
    for (int i = 0; i < DIMENSIONS; i++) moved[i] /= (float) Math.sqrt(sum);
    return moved;
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) sum += a[i] * b[i];
    return sum;
  }
}
