package dev.magpie.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The guard of what a log in memory may allocate. Its time is measured by {@link DeliveryBench}: here others run beside. */
class LogCostTest {

  @Test
  void aLogInMemoryAllocatesHardlyMoreThanNone() throws Exception {
    List<LogCost.Cost> costs = new LogCost(300, 60, 5).measure();
    assertThat(costs.get(1).bytes()).isLessThanOrEqualTo(1.2 * costs.get(0).bytes());
  }
}
