package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChunksTest {
  @Test
  void marksOfMarkdownAreNotRead() {
    assertThat(Chunks.text("# Title\n\n- **bold** and [a link](http://x/y \"t\")\n1. `code`\n> quote\n```sh\nrun\n```"))
        .isEqualTo("Title\nbold and a link\ncode\nquote\nrun");
  }

  @Test
  void whiteSpaceIsOneSpaceOrOneLineEnd() {
    assertThat(Chunks.text(" a \t b\r\n\r\n  c\rd \n\n")).isEqualTo("a b\nc d");
  }

  @Test
  void aPieceEndsWithASentenceWhereOneEndsInItsSecondHalf() {
    assertThat(Chunks.of("一二三四五。六七八九十。甲乙丙", 8)).containsExactly("一二三四五。", "六七八九十。", "甲乙丙");
    assertThat(Chunks.of("One two. Three four five six seven", 12)).containsExactly("One two.", "Three four", "five six", "seven");
  }

  @Test
  void aTextWithoutEndsIsCutButNoCharacterIs() {
    List<String> chunks = Chunks.of("😀".repeat(20), 7);
    assertThat(String.join("", chunks)).isEqualTo("😀".repeat(20));
  }

  @Test
  void onlyTheFirstAreTaken() {
    assertThat(Chunks.of("x".repeat(10_000), 100)).hasSize(Chunks.MOST);
    assertThat(Chunks.of("", 100)).isEmpty();
  }

  @Test
  void hostileMarkdownTakesNoTime() {
    long begun = System.nanoTime();
    for (String hostile : List.of("[", "![](", "[a](", "[a](b ", "`", "#", "- ", "- \r", "\r", " ", "\n", " \t\r", "\n \r", "```\n", "|",
        "x\r\r ")) {
      String body = hostile.repeat(300_000 / hostile.length());
      Chunks.of(Chunks.text(body), 120);
      Chunks.text(body + "x");
    }
    assertThat(System.nanoTime() - begun).isLessThan(30_000_000_000L);
  }
}
