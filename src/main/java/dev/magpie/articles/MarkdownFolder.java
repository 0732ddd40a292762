package dev.magpie.articles;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.magpie.store.ArticleFields;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The {@code .md} files of a folder and of those below it, one article each: the fields between two lines of {@code ---} at its top, in
 * YAML, then the body. Without a title there, the first heading is the title.
 */
final class MarkdownFolder implements ArticleFile {
  private static final ObjectReader YAML = YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build()
      .readerForMapOf(Object.class);
  private static final String FENCE = "---";

  private final Path folder;
  private final Charset charset;

  MarkdownFolder(Path folder, Charset charset) {
    this.folder = folder;
    this.charset = charset;
  }

  @Override
  public long size() throws IOException {
    long size = 0;
    for (Path file : files()) size += Files.size(file);
    return size;
  }

  @Override
  public void read(Reader reader) throws Exception {
    List<Path> files = files();
    if (files.isEmpty()) throw new BadFile(folder.toString(), "no .md file in it, nor below it");
    long read = 0;
    for (Path file : files) {
      read += Files.size(file);
      reader.row(row(file), read);
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".md") && Files.isRegularFile(file))
          .sorted().toList();
    }
  }

  private Row row(Path path) throws IOException {
    String place = path.toString();
    try {
      String text = TextFile.open(path, place, charset).whole().replace("\r\n", "\n");
      return text.startsWith(FENCE + "\n") ? fenced(place, text) : Row.of(place, titled(new JsonObject(), text));
    } catch (BadFile e) {
      return Row.unreadable(e.getMessage().substring(0, e.getMessage().indexOf(": ")),
          e.getMessage().substring(e.getMessage().indexOf(": ") + 2));
    }
  }

  private static Row fenced(String place, String text) {
    int end = (text + "\n").indexOf("\n" + FENCE + "\n", FENCE.length());
    if (end < 0) return Row.unreadable(place + ":1", "the line --- that ends the fields is missing");
    String yaml = text.substring(FENCE.length() + 1, Math.max(FENCE.length() + 1, end));
    String body = text.substring(Math.min(text.length(), end + FENCE.length() + 2));
    try {
      Map<String, Object> values = yaml.isBlank() ? Map.of() : YAML.readValue(yaml);
      JsonObject fields = new JsonObject();
      values.forEach((name, value) -> {
        boolean isId = name.equals("id") || name.equals("_id");
        if (!isId) fields.put(name, field(name, value));
        else fields.mergeIn(ExtendedJson.fields(Collections.singletonMap(name, value)));
      });
      return fields.containsKey("body") ? Row.unreadable(place, "body: belongs below the fields") : Row.of(place, titled(fields, body));
    } catch (JsonProcessingException e) {
      String line = e.getLocation() == null ? "" : ":" + (e.getLocation().getLineNr() + 1);
      return Row.unreadable(place + line, "not YAML: " + ParserWords.of(e));
    }
  }

  /** YAML reads 5 as a number and a single word where a list may stand as a text. */
  private static Object field(String name, Object value) {
    if (ArticleFields.LISTS.contains(name)) {
      List<?> items = value instanceof List<?> list ? list : value == null ? List.of() : List.of(value);
      return new JsonArray(new ArrayList<>(items.stream().map(MarkdownFolder::text).toList()));
    }
    return ArticleFields.COUNTERS.contains(name) ? value : value == null ? "" : text(value);
  }

  private static Object text(Object value) {
    return value instanceof Number || value instanceof Boolean ? value.toString() : value;
  }

  private static JsonObject titled(JsonObject fields, String text) {
    String body = text.strip();
    if (!fields.containsKey("title") && body.startsWith("# ")) {
      int end = (body + "\n").indexOf('\n');
      fields.put("title", body.substring(2, end).strip());
      body = body.substring(Math.min(body.length(), end + 1)).strip();
    }
    return fields.put("body", body);
  }
}
