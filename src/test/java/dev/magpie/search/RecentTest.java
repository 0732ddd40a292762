package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecentTest {
  private static final int MOST = 3;

  private final List<String> made = new ArrayList<>();
  private final Recent<String, Integer> recent = new Recent<>(MOST);

  private Integer ask(String key) {
    return recent.of(key, text -> {
      made.add(text);
      return text.length();
    });
  }

  @Test
  void makesOfEachKeyOnce() {
    for (String key : List.of("a", "bb", "a", "bb", "a")) assertThat(ask(key)).isEqualTo(key.length());
    assertThat(made).containsExactly("a", "bb");
  }

  @Test
  void forgetsFirstWhatWasAskedForLongestAgo() {
    for (String key : List.of("often", "once", "often", "b", "often", "c", "often")) ask(key);
    made.clear();
    ask("often");
    assertThat(made).isEmpty();
    ask("once");
    assertThat(made).containsExactly("once");
  }

  @Test
  void whatFailsIsTriedAgain() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> recent.of("a", key -> {
        made.add(key);
        throw new IllegalStateException("no");
      })).hasMessage("no");
    }
    assertThat(made).hasSize(2);
  }
}
