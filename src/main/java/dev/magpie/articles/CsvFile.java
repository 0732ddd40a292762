package dev.magpie.articles;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.magpie.store.ArticleFields;
import dev.magpie.store.ArticleId;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A table whose first line names the fields. A cell of a list has one item a line. Separated by commas, semicolons or tabs, whichever the
 * first line has.
 */
final class CsvFile implements ArticleFile {
  /** An empty cell of these fields leaves the article's value unchanged; in other fields it clears the value. */
  private static final Set<String> ABSENT_WHEN_EMPTY = Set.of("id", "status", "hits", "helpful", "unhelpful", "chosen", "createdAt",
      "updatedAt");

  private final TextFile file;

  CsvFile(TextFile file) {
    this.file = file;
  }

  @Override
  public long size() throws IOException {
    return file.size();
  }

  @Override
  public void read(Reader reader) throws Exception {
    CsvMapper csv = CsvMapper.builder().enable(CsvParser.Feature.WRAP_AS_ARRAY).build();
    CsvSchema schema = CsvSchema.emptySchema().withColumnSeparator(separator());
    try (MappingIterator<String[]> rows = csv.readerFor(String[].class).with(schema).readValues(file.reader())) {
      if (!rows.hasNextValue()) throw new BadFile(file.name(), "empty; the first line names the fields");
      String[] header = header(rows.nextValue());
      long line = 2;
      while (rows.hasNextValue()) {
        String[] cells = rows.nextValue();
        // The first line of the row: the library reports the last one, and a quoted cell may span several.
        String place = file.name() + ":" + line;
        line += 1 + Arrays.stream(cells).mapToLong(cell -> cell.chars().filter(c -> c == '\n').count()).sum();
        if (Arrays.stream(cells).allMatch(String::isBlank)) continue;
        reader.row(row(place, header, cells), rows.getCurrentLocation().getCharOffset());
      }
    } catch (JsonProcessingException | RuntimeJsonMappingException e) {
      throw new BadFile(file.name(), "not CSV: " + words(e));
    }
  }

  private char separator() throws IOException {
    try (BufferedReader reader = file.reader()) {
      String first = reader.readLine();
      if (first == null) return ',';
      return List.of(',', ';', '\t').stream().max((a, b) -> Long.compare(count(first, a), count(first, b))).get();
    }
  }

  private static long count(String line, char separator) {
    return line.chars().filter(c -> c == separator).count();
  }

  private static String words(Exception e) {
    if (e instanceof JsonProcessingException read) return ParserWords.of(read);
    return e.getCause() instanceof JsonProcessingException cause ? ParserWords.of(cause) : "a cell does not end";
  }

  /** Fields' names; empty where a column has none, or a list's own, as in {@code tags[0]}. */
  private String[] header(String[] cells) throws BadFile {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < cells.length; i++) {
      String name = cells[i].strip();
      cells[i] = name.equals("_id") ? "id" : isItem(name) ? name : name.replaceFirst("[.\\[].*", "");
      boolean isOne = ArticleFields.NAMES.contains(cells[i]) || isItem(name);
      if (isOne && !seen.add(cells[i])) throw new BadFile(file.name() + ":1", cells[i] + ": named twice");
    }
    if (seen.contains("title")) return cells;
    for (String name : cells) {
      if (name.isEmpty() || seen.contains(name)) continue;
      throw new BadFile(file.name() + ":1", name + ": not a field; allowed: " + String.join(", ", ArticleFields.NAMES));
    }
    throw new BadFile(file.name() + ":1", "title: missing; the first line names the fields");
  }

  /** One text of a list, as Compass names its column. */
  private static boolean isItem(String name) {
    return name.endsWith("]") && name.indexOf('[') > 0 && ArticleFields.LISTS.contains(name.substring(0, name.indexOf('[')));
  }

  private static Row row(String place, String[] header, String[] all) {
    String[] cells = withoutTrailingEmptyOnes(all, header.length);
    if (cells.length > header.length) return Row.unreadable(place, cells.length + " cells, where the first line has " + header.length);
    JsonObject fields = new JsonObject();
    for (int i = 0; i < header.length; i++) put(fields, header[i], i < cells.length ? cells[i] : "");
    return Row.of(place, fields);
  }

  /** Removes empty cells at the end, which spreadsheets add. */
  private static String[] withoutTrailingEmptyOnes(String[] cells, int least) {
    int length = cells.length;
    while (length > least && cells[length - 1].isBlank()) length--;
    return Arrays.copyOf(cells, length);
  }

  private static void put(JsonObject fields, String name, String cell) {
    boolean isKnown = ArticleFields.NAMES.contains(name);
    if (cell.isEmpty() && (!isKnown || ABSENT_WHEN_EMPTY.contains(name))) return;
    if (isItem(name)) {
      String list = name.substring(0, name.indexOf('['));
      if (!fields.containsKey(list)) fields.put(list, new JsonArray());
      fields.getJsonArray(list).add(cell);
    } else if (!isKnown) {
      fields.put(name.isEmpty() ? "a column without a name" : name, cell);
    } else {
      fields.put(name, value(name, cell));
    }
  }

  private static Object value(String name, String cell) {
    if (name.equals("id")) return ArticleId.parse(cell.replaceFirst("^ObjectId\\(\"?([0-9a-fA-F]{24})\"?\\)$", "$1")).key();
    if (ArticleFields.LISTS.contains(name)) return items(cell);
    return ArticleFields.COUNTERS.contains(name) ? number(cell) : cell;
  }

  /** One a line; mongoexport writes a list as JSON. */
  private static JsonArray items(String cell) {
    if (cell.startsWith("[") && cell.endsWith("]")) {
      try {
        return new JsonArray(cell);
      } catch (DecodeException one) {
        return new JsonArray().add(cell);
      }
    }
    return new JsonArray(new ArrayList<>(cell.lines().filter(item -> !item.isBlank()).toList()));
  }

  /** What is no number stays as it is, for the check to find. */
  private static Object number(String cell) {
    try {
      return new BigDecimal(cell.strip()).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      return cell;
    }
  }
}
