package dev.magpie.articles;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.util.regex.Pattern;

/** What a parser found wrong, without the names of its classes and sources. Pure. */
final class ParserWords {
  private static final Pattern OF_THE_PROGRAM = Pattern.compile(
      "\\s*\\((?:start marker )?at \\[Source.*|\\s*at \\[Source.*|,? \\(?from `.*|\\s*\\(although at least one.*");

  private ParserWords() {}

  /** One line. */
  static String of(JsonProcessingException failure) {
    // Only the readers of the text itself speak of the text; the others of the classes that they would make of it.
    boolean isOfTheText = failure instanceof StreamReadException || failure instanceof StreamConstraintsException;
    if (!isOfTheText || failure.getOriginalMessage() == null) return "not of the form of an article";
    String line = failure.getOriginalMessage().replaceAll("\\s+", " ");
    String plain = OF_THE_PROGRAM.matcher(line).replaceAll("");
    return plain.length() > 200 ? plain.substring(0, 200) + "…" : plain;
  }
}
