package dev.magpie.articles;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.magpie.store.ArticleFields;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
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
  /** Where nothing stands in these cells, the article keeps what it has; in the others, nothing is what it then has. */
  private static final Set<String> ABSENT_WHEN_EMPTY = Set.of("id", "status", "hits", "helpful", "unhelpful", "chosen", "createdAt", "updatedAt");

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
        // The library's own line is where the row ends; a quoted cell may have several.
        String place = file.name() + ":" + line;
        line += 1 + Arrays.stream(cells).mapToLong(cell -> cell.chars().filter(c -> c == '\n').count()).sum();
        if (cells.length == 1 && cells[0].isBlank()) continue;
        reader.row(row(place, header, cells), rows.getCurrentLocation().getCharOffset());
      }
    } catch (JsonProcessingException | RuntimeJsonMappingException e) {
      throw new BadFile(file.name(), "not CSV: " + e.getMessage().lines().findFirst().orElse(""));
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

  private String[] header(String[] cells) throws BadFile {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < cells.length; i++) {
      cells[i] = cells[i].strip();
      if (!ArticleFields.NAMES.contains(cells[i])) throw new BadFile(file.name() + ":1", cells[i] + ": not a field; allowed: " + String.join(", ", ArticleFields.NAMES));
      if (!seen.add(cells[i])) throw new BadFile(file.name() + ":1", cells[i] + ": named twice");
    }
    if (!seen.contains("title")) throw new BadFile(file.name() + ":1", "title: missing; the first line names the fields");
    return cells;
  }

  private static Row row(String place, String[] header, String[] cells) {
    if (cells.length > header.length) return Row.unreadable(place, cells.length + " cells, where the first line has " + header.length);
    JsonObject fields = new JsonObject();
    for (int i = 0; i < header.length; i++) {
      String name = header[i];
      String cell = i < cells.length ? cells[i] : "";
      if (cell.isEmpty() && ABSENT_WHEN_EMPTY.contains(name)) continue;
      fields.put(name, ArticleFields.LISTS.contains(name) ? items(cell) : ArticleFields.COUNTERS.contains(name) ? number(cell) : cell);
    }
    return Row.of(place, fields);
  }

  private static JsonArray items(String cell) {
    return new JsonArray(new ArrayList<>(cell.lines().filter(item -> !item.isBlank()).toList()));
  }

  /** What is no number stays as it is, for the check to find. */
  private static Object number(String cell) {
    try {
      return Long.parseLong(cell.strip());
    } catch (NumberFormatException e) {
      return cell;
    }
  }
}
