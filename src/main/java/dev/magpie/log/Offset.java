package dev.magpie.log;

import dev.magpie.Internal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A position in a namespace's log, as clients store it: {@code <epoch>.<seq in base 36>}. */
@Internal
public record Offset(String epoch, long seq) {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{1,32}\\.(0|[1-9a-z][0-9a-z]{0,11})");

  /** The offset that a client sent; null for any other value. */
  public static @Nullable Offset parse(@Nullable Object value) {
    if (!(value instanceof String text) || text.length() > 48 || !FORM.matcher(text).matches()) return null;
    int dot = text.indexOf('.');
    return new Offset(text.substring(0, dot), Long.parseLong(text, dot + 1, text.length(), 36));
  }

  public static String text(String epoch, long seq) {
    return epoch + '.' + Long.toString(seq, 36);
  }
}
