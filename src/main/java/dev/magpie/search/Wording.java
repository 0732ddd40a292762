package dev.magpie.search;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A question in the forms in which it is looked for. Pure. */
public final class Wording {
  /** Characters that are read; who writes more has said it by then. */
  static final int LIMIT = 1_000;

  private static final List<String> FILLERS_ZH = fillers("fillers-zh.txt");
  private static final List<String> FILLERS_EN = fillers("fillers-en.txt");

  private Wording() {}

  /** Full-width, composed, compatible and traditional characters in their plain form; white space joined. */
  public static String plain(String text) {
    String cut = text.length() > LIMIT ? text.substring(0, Character.isHighSurrogate(text.charAt(LIMIT - 1)) ? LIMIT - 1 : LIMIT) : text;
    return Simplified.of(Normalizer.normalize(cut, Normalizer.Form.NFKC)).strip().replaceAll("\\s+", " ");
  }

  /** What two ways to write the same words have in common: small letters, no white space, no punctuation. */
  public static String bare(String plain) {
    StringBuilder bare = new StringBuilder(plain.length());
    plain.toLowerCase(Locale.ROOT).codePoints().filter(c -> Character.isLetterOrDigit(c) || isSymbol(c)).forEach(bare::appendCodePoint);
    return bare.toString();
  }

  /** {@code C++}, {@code 5 €}, an emoji: these say something. */
  private static boolean isSymbol(int c) {
    return switch (Character.getType(c)) {
      case Character.MATH_SYMBOL, Character.CURRENCY_SYMBOL, Character.OTHER_SYMBOL -> true;
      default -> false;
    };
  }

  /** Without the words that every question has; all of it when nothing else would be left. */
  static String withoutFillers(String plain) {
    String lower = plain.toLowerCase(Locale.ROOT);
    String rest = Language.of(lower) == Language.ZH ? withoutChinese(lower) : withoutEnglish(lower);
    return bare(rest).isEmpty() ? lower : rest;
  }

  private static String withoutChinese(String text) {
    String rest = text;
    for (String filler : FILLERS_ZH) rest = rest.replace(filler, " ");
    return rest;
  }

  private static String withoutEnglish(String text) {
    String rest = " " + text.replace('’', '\'').replaceAll("[^\\p{L}\\p{N}'+#.@-]+", " ") + " ";
    for (String filler : FILLERS_EN) {
      String word = " " + filler + " ";
      // Twice: two in a row share the space between them.
      rest = rest.replace(word, " ").replace(word, " ");
    }
    return rest;
  }

  /** The longest first, so that a part of one is not taken before it. */
  private static List<String> fillers(String file) {
    return lines(file).stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
  }

  /** Those of a resource, without comments. */
  static List<String> lines(String file) {
    try (InputStream in = Wording.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
