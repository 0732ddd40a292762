package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorFileTest {
  private static final int RECORD = 16 + 4 + 4;

  @TempDir Path folder;

  @Test
  void whatWasAddedIsFoundAfterTheNextStartAndOnlyByItsModel() throws IOException {
    try (VectorFile file = open()) {
      add(file, 0, 10);
    }
    try (VectorFile file = open(); VectorFile other = new VectorFile(folder, "other", 4)) {
      assertFound(file, 0, 10);
      assertThat(file.find("text 10")).isEmpty();
      assertThat(other.find("text 1")).isEmpty();
    }
  }

  @Test
  void aRecordThatACrashCutShortIsCutOff() throws IOException {
    try (VectorFile file = open()) {
      add(file, 0, 3);
    }
    Files.write(path(), new byte[RECORD - 1], StandardOpenOption.APPEND);
    try (VectorFile file = open()) {
      add(file, 3, 4);
    }
    assertThat(Files.size(path())).isEqualTo(4L * RECORD);
    try (VectorFile file = open()) {
      assertFound(file, 0, 4);
    }
  }

  @Test
  void aSecondProgramReadsAndAddsNothing() throws IOException {
    try (VectorFile first = open(); VectorFile second = open()) {
      add(first, 0, 1);
      add(second, 1, 2);
      second.compact();
      assertThat(Files.size(path())).isEqualTo(RECORD);
    }
  }

  @Test
  void whatNobodyAskedForGoesWhenItIsMoreThanHalf() throws IOException {
    try (VectorFile file = open()) {
      add(file, 0, 2_000);
    }
    try (VectorFile file = open()) {
      assertFound(file, 1_000, 1_900);
      add(file, 2_000, 2_050);
      file.compact();
      assertThat(Files.size(path())).isEqualTo(950L * RECORD);
      assertFound(file, 1_000, 1_900);
      assertFound(file, 2_000, 2_050);
      assertThat(file.find("text 1")).isEmpty();
      add(file, 5_000, 5_001);
    }
    assertThat(folder).isDirectoryContaining(each -> each.equals(path())).isDirectoryNotContaining(each -> !each.equals(path()));
    try (VectorFile file = open()) {
      assertFound(file, 1_000, 1_900);
      assertFound(file, 2_000, 2_050);
      assertFound(file, 5_000, 5_001);
    }
  }

  @Test
  void aFileThatIsHalfInUseAndASmallOneStayAsTheyAre() throws IOException {
    try (VectorFile file = open()) {
      add(file, 0, 900);
    }
    try (VectorFile file = open()) {
      file.compact();
      assertThat(Files.size(path())).isEqualTo(900L * RECORD);
      add(file, 900, 2_000);
      file.compact();
      assertThat(Files.size(path())).isEqualTo(2_000L * RECORD);
    }
  }

  private VectorFile open() {
    return new VectorFile(folder, "model", 4);
  }

  private Path path() {
    return folder.resolve("model.vectors");
  }

  private static void add(VectorFile file, int from, int to) {
    for (int i = from; i < to; i++) file.add("text " + i, vector(i));
  }

  private static void assertFound(VectorFile file, int from, int to) {
    for (int i = from; i < to; i++) {
      QuantizedVector found = file.find("text " + i).orElseThrow();
      assertThat(found.bytes()).isEqualTo(vector(i).bytes());
      assertThat(found.scale()).isEqualTo(vector(i).scale());
    }
  }

  private static QuantizedVector vector(int i) {
    return new QuantizedVector(new byte[] {(byte) i, (byte) (i >> 8), 3, 4}, i + 1);
  }
}
