package dev.magpie.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessFolderTest {
  @TempDir Path directory;

  @Test
  void whatADeadProcessLeftIsDeletedAndWhatALivingOneUsesStays() throws Exception {
    Path parent = directory.resolve("data/tmp");
    ProcessFolder living = ProcessFolder.take(parent, "process-");
    Path left = Files.createDirectories(parent.resolve("process-left/deep")).getParent();
    Files.createFile(left.resolve("in-use"));
    Files.writeString(left.resolve("deep/library.so"), "x");
    Path other = Files.createDirectories(parent.resolve("words-left"));
    ProcessFolder next = ProcessFolder.take(parent, "process-");
    assertThat(left).doesNotExist();
    assertThat(living.path()).isDirectory();
    assertThat(other).as("of another kind").isDirectory();
    assertThat(next.path()).isDirectory().isNotEqualTo(living.path());
    living.release();
    next.release();
    assertThat(parent).isDirectoryContaining("glob:**words-left").isDirectoryNotContaining("glob:**process-*");
  }

  @Test
  void nobodyElseMayReadIt() throws Exception {
    ProcessFolder taken = ProcessFolder.take(directory.resolve("data/tmp"), "process-");
    for (Path each : new Path[] {directory.resolve("data"), directory.resolve("data/tmp"), taken.path()}) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each))).as("%s", each).isEqualTo("rwx------");
    }
    taken.release();
  }

  @Test
  void aPlaceThatCannotBeMadeIsNamed() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> ProcessFolder.take(file.resolve("tmp"), "process-")).isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(file.resolve("tmp").toString());
  }
}
