package dev.magpie.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class ReasonTest {
  @Test
  void itIsTheMessageWhereThereIsOne() {
    assertThat(Reason.of(new IllegalStateException("the log is full", new RuntimeException("cause")))).isEqualTo("the log is full");
  }

  @Test
  void itIsTheMessageOfTheDeepestCauseThatHasOne() {
    Throwable deepest = new IllegalStateException("no space left", new RuntimeException());
    assertThat(Reason.of(new RuntimeException(null, new RuntimeException("not written", deepest)))).isEqualTo("no space left");
  }

  @Test
  void aMessageMadeOfTheCausesClassIsNone() {
    assertThat(Reason.of(new CompletionException(new RuntimeException(new IllegalStateException("no space left")))))
        .isEqualTo("no space left");
    assertThat(Reason.of(new CompletionException(new NullPointerException()))).isEqualTo("unexpected failure");
  }

  @Test
  void withoutAMessageItIsWordsForTheKind() {
    assertThat(Reason.of(new TimeoutException())).isEqualTo("timed out");
    assertThat(Reason.of(new RuntimeException(new TimeoutException()))).isEqualTo("timed out");
    assertThat(Reason.of(new ClosedChannelException())).isEqualTo("connection closed");
    assertThat(Reason.of(new OutOfMemoryError())).isEqualTo("out of memory");
    assertThat(Reason.of(new IllegalStateException(" "))).isEqualTo("unexpected failure");
  }

  @Test
  void ofAFileItIsTheFileAndWhatIsWrongWithIt() {
    assertThat(Reason.of(new NoSuchFileException("a/b"))).isEqualTo("a/b: no such file");
    assertThat(Reason.of(new AccessDeniedException("a/b"))).isEqualTo("a/b: access denied");
    assertThat(Reason.of(new FileSystemException("a/b"))).isEqualTo("a/b: may not be read or written");
    assertThat(Reason.of(new FileSystemException("a/b", null, "No space left"))).isEqualTo("a/b: No space left");
  }

  @Test
  void noClassIsNamed() {
    assertThat(Reason.of(new NoClassDefFoundError("dev/magpie/Main"))).isEqualTo("a class is missing or of another kind");
    assertThat(Reason.of(new ClassCastException("class java.lang.String cannot be cast")))
        .isEqualTo("a class is missing or of another kind");
  }

  @Test
  void causesInACircleEnd() {
    RuntimeException first = new RuntimeException(null, null) {
      private static final long serialVersionUID = 1L;

      @Override
      public synchronized Throwable getCause() {
        return this;
      }
    };
    assertThat(Reason.of(first)).isEqualTo("unexpected failure");
  }
}
