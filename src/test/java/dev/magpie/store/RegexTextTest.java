package dev.magpie.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTextTest {
  @ParameterizedTest
  @ValueSource(strings = {".*", "^", ".", "a|b", "\\", "[", "(", "*", "C++ (11)", "(a+)+$", "(h|h|ih)*", "\\E.*\\Q", "\\Q", "a\nb",
      "{\"$ne\":null}", "套餐？", "# x", "\t", "😀", "-]^&&["})
  void matchesItselfAndNothingElse(String text) {
    assertThat(Pattern.compile(RegexText.regex(text)).matcher("before " + text + " after").results().map(r -> r.group()))
        .containsExactly(text);
    assertThat(Pattern.compile(RegexText.regex(text)).matcher("some other title").find()).isFalse();
  }

  @Test
  void cutsNoEmojiInHalf() {
    assertThat(RegexText.cut("ab😀", 3)).isEqualTo("ab");
    assertThat(RegexText.cut("ab😀", 4)).isEqualTo("ab😀");
    assertThat(RegexText.cut("abc", 2)).isEqualTo("ab");
  }

  @Test
  void knowsWhatTheDatabaseCannotHold() {
    assertThat(RegexText.storable("套餐 😀")).isTrue();
    assertThat(RegexText.storable("a\0b")).isFalse();
    assertThat(RegexText.storable("a\uD83D")).isFalse();
  }
}
