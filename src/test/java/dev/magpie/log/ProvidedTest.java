package dev.magpie.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.core.Cluster;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProvidedTest {
  @Test
  void theOnlyOneIsTakenUnasked() {
    assertThat(Provided.choose(List.of("a.Own"), "x.provider", null)).contains("a.Own");
    assertThat(Provided.choose(List.of(), "x.provider", null)).isEmpty();
  }

  @Test
  void twoWithoutASettingAreRefusedByName() {
    assertThatThrownBy(() -> Provided.choose(List.of("a.Own", "b.Other"), "x.provider", null)).isInstanceOf(IllegalStateException.class)
        .hasMessage("x.provider: not set, and the class path has 2; allowed: a.Own, b.Other");
  }

  @Test
  void theSettingChoosesAndMustNameOneThatIsThere() {
    assertThat(Provided.choose(List.of("a.Own", "b.Other"), "x.provider", "b.Other")).contains("b.Other");
    assertThatThrownBy(() -> Provided.choose(List.of("a.Own"), "x.provider", "b.Other")).hasMessage("x.provider: b.Other; allowed: a.Own");
    assertThatThrownBy(() -> Provided.choose(List.of(), "x.provider", "b.Other"))
        .hasMessage("x.provider: b.Other; allowed: none is on the class path");
  }

  @Test
  void whatTheClassPathHasIsFound() {
    assertThat(Provided.choose(RecoveryProvider.class, "recovery.provider", null)).get().extracting(each -> each.getClass().getName())
        .isEqualTo("dev.magpie.store.StoredRecovery");
    assertThat(Provided.choose(Cluster.Provider.class, "gateway.cluster_provider", null)).isPresent();
  }
}
