package dev.magpie.bot;

import io.vertx.core.json.JsonArray;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A JSON value as the number that JavaScript's {@code value == 1} compares: {@code "1"}, {@code " 01 "}, {@code true} and {@code [1]} are
 * 1. Pure.
 */
final class JsNumber {
  // The pattern matches in linear time: it has no alternative that backtracks.
  private static final Pattern DECIMAL = Pattern.compile("[+-]?(?:[0-9]++(?:\\.[0-9]*+)?|\\.[0-9]++)(?:[eE][+-]?[0-9]++)?");
  private static final Pattern PREFIXED = Pattern.compile("0(?:[xX]([0-9a-fA-F]++)|[oO]([0-7]++)|[bB]([01]++))");

  /** Characters; a longer text is not parsed as a number. */
  private static final int LONGEST = 100;

  private static final int DEEPEST = 16;

  private JsNumber() {}

  /** NaN when it is no number, which equals nothing. Null equals no number either. */
  static double of(Object value) {
    if (value instanceof Number number) return number.doubleValue();
    if (value instanceof Boolean bool) return bool ? 1 : 0;
    if (value instanceof JsonArray array) return ofText(text(array, 0));
    return value instanceof CharSequence text ? ofText(text.toString()) : Double.NaN;
  }

  private static double ofText(String text) {
    String trimmed = trim(text);
    if (trimmed.isEmpty()) return 0;
    if (trimmed.length() > LONGEST) return Double.NaN;
    if (DECIMAL.matcher(trimmed).matches()) return Double.parseDouble(trimmed);
    Matcher prefixed = PREFIXED.matcher(trimmed);
    if (!prefixed.matches()) return Double.NaN;
    if (prefixed.group(1) != null) return new BigInteger(prefixed.group(1), 16).doubleValue();
    if (prefixed.group(2) != null) return new BigInteger(prefixed.group(2), 8).doubleValue();
    return new BigInteger(prefixed.group(3), 2).doubleValue();
  }

  /** JavaScript joins an array's elements with commas; null is empty there. */
  private static String text(JsonArray array, int depth) {
    if (depth > DEEPEST || array.size() > LONGEST) return "NaN";
    return array.stream().map(element -> text(element, depth)).collect(Collectors.joining(","));
  }

  private static String text(Object element, int depth) {
    if (element == null) return "";
    if (element instanceof JsonArray nested) return text(nested, depth + 1);
    return element instanceof CharSequence || element instanceof Number || element instanceof Boolean ? element.toString()
        : "[object Object]";
  }

  private static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) from++;
    while (to > from && isSpace(text.charAt(to - 1))) to--;
    return text.substring(from, to);
  }

  /** JavaScript's white space: also the byte order mark and the no-break spaces, which Java's {@code strip} keeps. */
  private static boolean isSpace(char c) {
    return c == '\uFEFF' || (c >= '\t' && c <= '\r') || Character.isSpaceChar(c);
  }
}
