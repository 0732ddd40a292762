package dev.magpie.logging;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.util.stream.Stream;

/** {@code %safeStackTrace} in the pattern of {@code logback.xml}: the stack trace, with the exceptions' messages escaped. */
public final class EscapedStackTrace extends ThrowableProxyConverter {
  @Override
  protected String throwableProxyToString(IThrowableProxy thrown) {
    return super.throwableProxyToString(new Escaped(thrown));
  }

  private record Escaped(IThrowableProxy thrown) implements IThrowableProxy {
    static IThrowableProxy of(IThrowableProxy thrown) {
      return thrown == null ? null : new Escaped(thrown);
    }

    @Override
    public String getMessage() {
      return LogText.escape(thrown.getMessage());
    }

    @Override
    public String getOverridingMessage() {
      return LogText.escape(thrown.getOverridingMessage());
    }

    @Override
    public String getClassName() {
      return thrown.getClassName();
    }

    @Override
    public StackTraceElementProxy[] getStackTraceElementProxyArray() {
      return thrown.getStackTraceElementProxyArray();
    }

    @Override
    public int getCommonFrames() {
      return thrown.getCommonFrames();
    }

    @Override
    public IThrowableProxy getCause() {
      return of(thrown.getCause());
    }

    @Override
    public IThrowableProxy[] getSuppressed() {
      return Stream.of(thrown.getSuppressed()).map(Escaped::of).toArray(IThrowableProxy[]::new);
    }

    @Override
    public boolean isCyclic() {
      return thrown.isCyclic();
    }
  }
}
