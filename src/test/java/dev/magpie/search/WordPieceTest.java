package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WordPieceTest {
  private static final String VOCABULARY =
      "{\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3,\"hello\":4,\"wi\":5,\"##fi\":6,\"套\":7,\"餐\":8,\",\":9,\"cafe\":10,\"C\":11,"
      + "\"##afe\":12}";

  @Test
  void wordsAreSplitIntoTheLongestPieces() throws IOException {
    assertThat(encode("Hello, wifi", true)).containsExactly(2, 4, 9, 5, 6, 3);
  }

  @Test
  void everyChineseCharacterIsAWord() throws IOException {
    assertThat(encode("套餐hello套", true)).containsExactly(2, 7, 8, 4, 7, 3);
  }

  @Test
  void accentsAndCaseGoWhereTheModelWasTrainedSo() throws IOException {
    assertThat(encode("Café", true)).containsExactly(2, 10, 3);
    assertThat(encode("Cafe", false)).containsExactly(2, 11, 12, 3);
  }

  @Test
  void whatHasNoPieceIsUnknownAsAWhole() throws IOException {
    assertThat(encode("wixx 餐", true)).containsExactly(2, 1, 8, 3);
    assertThat(encode("a".repeat(101), true)).containsExactly(2, 1, 3);
  }

  @Test
  void controlsVanishAndSpacesPart() throws IOException {
    assertThat(encode("wi\u200bfi\u0000 \u00a0hello\n", true)).containsExactly(2, 5, 6, 4, 3);
  }

  @Test
  void whatDoesNotFitIsLeftOut() throws IOException {
    assertThat(read(true).encode("套餐".repeat(1_000), 8)).hasSize(8).startsWith(2).endsWith(3);
  }

  @Test
  void marksWithoutEndTakeNoTime() throws IOException {
    long begun = System.nanoTime();
    // Of descending classes: each has to be sorted before all that stand before it.
    assertThat(encode("餐" + "\u0301\u0315\u0323\u0321".repeat(250_000), true)).containsExactly(2, 8, 3);
    assertThat(System.nanoTime() - begun).isLessThan(30_000_000_000L);
  }

  private static long[] encode(String text, boolean lowercase) throws IOException {
    return read(lowercase).encode(text, 512);
  }

  private static WordPiece read(boolean lowercase) throws IOException {
    String json = "{\"normalizer\":{\"lowercase\":" + lowercase + "},\"model\":{\"type\":\"WordPiece\",\"vocab\":" + VOCABULARY + "}}";
    return WordPiece.read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)));
  }
}
