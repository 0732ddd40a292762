package dev.magpie.articles;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.Map;

/**
 * JSON objects as {@code articles export}, {@code mongoexport} and Compass write them: one a line, each wrong line reported; or in
 * an array, or over several lines each, where what follows a mistake cannot be told from it.
 */
final class JsonLinesFile implements ArticleFile {
  /** Characters: no article that can be stored has a longer line. */
  private static final int LONGEST_LINE = 2_000_000;

  /** Characters before the first object: a file that begins with more of nothing is read by lines. */
  private static final int LOOK_AHEAD = 10_000;

  private static final JsonMapper MAPPER = JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final ObjectReader VALUE = MAPPER.readerForMapOf(Object.class);
  private static final ObjectReader LINE = VALUE.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final TextFile file;

  JsonLinesFile(TextFile file) {
    this.file = file;
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public void read(Reader reader) throws Exception {
    try (BufferedReader text = file.reader()) {
      if (isByLines(text)) lines(text, reader);
      else values(text, reader);
    }
  }

  /** An array, or an object whose first line does not end it, is not. */
  private static boolean isByLines(BufferedReader text) throws IOException {
    text.mark(LOOK_AHEAD);
    char[] start = new char[LOOK_AHEAD];
    int length = Math.max(0, text.read(start));
    text.reset();
    String first = new String(start, 0, length).stripLeading();
    int end = first.indexOf('\n');
    // One line that is longer than the look-ahead is an article with a long body.
    boolean isCut = end >= 0 && first.startsWith("{") && !first.substring(0, end).stripTrailing().endsWith("}");
    return !first.startsWith("[") && !isCut;
  }

  private void lines(BufferedReader lines, Reader reader) throws Exception {
    long number = 0;
    long read = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      read += line.length() + 1;
      if (!line.isBlank()) reader.row(row(file.name() + ":" + number, line), read);
    }
  }

  private static Row row(String place, String line) {
    if (line.length() > LONGEST_LINE) return Row.unreadable(place, "a line of " + line.length() + " characters; allowed: " + LONGEST_LINE);
    if (!line.stripLeading().startsWith("{")) return Row.unreadable(place, "not a JSON object");
    try {
      return Row.of(place, ExtendedJson.fields(LINE.<Map<String, Object>>readValue(line)));
    } catch (JsonProcessingException e) {
      return Row.unreadable(place, notJson(e));
    }
  }

  private static String notJson(JsonProcessingException e) {
    String column = e.getLocation() == null ? "" : " at column " + e.getLocation().getColumnNr();
    return "not JSON" + column + ": " + ParserWords.of(e);
  }

  private void values(BufferedReader text, Reader reader) throws Exception {
    try (JsonParser parser = MAPPER.createParser(text)) {
      JsonToken token = parser.nextToken();
      boolean isArray = token == JsonToken.START_ARRAY;
      if (isArray) token = parser.nextToken();
      for (; token != null && token != JsonToken.END_ARRAY; token = parser.nextToken()) {
        reader.row(value(parser, token), parser.currentLocation().getCharOffset());
      }
      if (isArray && parser.nextToken() != null) reader.row(Row.unreadable(place(parser), "more behind the end of the array"), 0);
    } catch (JsonProcessingException e) {
      long line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      reader.row(Row.unreadable(file.name() + ":" + line, notJson(e)), 0);
    }
  }

  private Row value(JsonParser parser, JsonToken token) throws IOException {
    String place = place(parser);
    if (token == JsonToken.START_OBJECT) return Row.of(place, ExtendedJson.fields(VALUE.<Map<String, Object>>readValue(parser)));
    parser.skipChildren();
    return Row.unreadable(place, "not a JSON object");
  }

  private String place(JsonParser parser) {
    return file.name() + ":" + parser.currentTokenLocation().getLineNr();
  }
}
