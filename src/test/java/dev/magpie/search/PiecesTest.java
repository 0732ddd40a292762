package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PiecesTest {
  @Test
  void marksOfMarkdownAreNotRead() {
    assertThat(Pieces.text("# Title\n\n- **bold** and [a link](http://x/y \"t\")\n1. `code`\n> quote\n```sh\nrun\n```"))
        .isEqualTo("Title\nbold and a link\ncode\nquote\nrun");
  }

  @Test
  void aPieceEndsWithASentenceWhereOneEndsInItsSecondHalf() {
    assertThat(Pieces.of("一二三四五。六七八九十。甲乙丙", 8)).containsExactly("一二三四五。", "六七八九十。", "甲乙丙");
    assertThat(Pieces.of("One two. Three four five six seven", 12)).containsExactly("One two.", "Three four", "five six", "seven");
  }

  @Test
  void aTextWithoutEndsIsCutButNoCharacterIs() {
    List<String> pieces = Pieces.of("😀".repeat(20), 7);
    assertThat(String.join("", pieces)).isEqualTo("😀".repeat(20));
  }

  @Test
  void onlyTheFirstAreTaken() {
    assertThat(Pieces.of("x".repeat(10_000), 100)).hasSize(Pieces.MOST);
    assertThat(Pieces.of("", 100)).isEmpty();
  }

  @Test
  void hostileMarkdownTakesNoTime() {
    long begun = System.nanoTime();
    for (String hostile : List.of("[".repeat(20_000), "![](".repeat(10_000), "`".repeat(20_000), "[a](b ".repeat(6_000), " ".repeat(20_000) + "x")) Pieces.text(hostile);
    assertThat(System.nanoTime() - begun).isLessThan(10_000_000_000L);
  }
}
