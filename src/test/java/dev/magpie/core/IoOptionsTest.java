package dev.magpie.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IoOptionsTest {
  @ParameterizedTest
  @ValueSource(strings = {"https://x/", "https://x/shop", "app://desk/", "x", ""})
  void anOriginWithAPathIsRefusedSinceNoBrowserSendsOne(String origin) {
    assertThatThrownBy(() -> new IoOptions().setOrigins(List.of(origin))).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("origins: \"" + origin + "\" is not an origin such as https://shop.example");
  }

  @Test
  void originsAreAsGiven() {
    assertThat(new IoOptions().setOrigins(List.of("https://x", "app://desk", "null")).origins()).hasSize(3);
  }
}
