package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HistogramTest {
  @Test
  void putsADurationIntoTheFirstBucketThatHoldsIt() {
    Histogram histogram = new Histogram();
    histogram.record(0);
    histogram.record(100_000);
    histogram.record(100_001);
    histogram.record(11_000_000_000L);
    long[] counts = histogram.counts();
    assertThat(Histogram.bounds()).startsWith(0.0001, 0.00025).endsWith(10, Double.POSITIVE_INFINITY).hasSize(counts.length);
    assertThat(counts[0]).isEqualTo(2);
    assertThat(counts[1]).isEqualTo(1);
    assertThat(counts[counts.length - 1]).isEqualTo(1);
    assertThat(LongStream.of(counts).sum()).isEqualTo(4);
    assertThat(histogram.sum()).isEqualTo(11.000200001);
  }
}
