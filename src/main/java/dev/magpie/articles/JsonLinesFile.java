package dev.magpie.articles;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** One JSON object a line, as {@code articles export} and {@code mongoexport} write them. */
final class JsonLinesFile implements ArticleFile {
  /** Characters: no article that can be stored has a longer line. */
  private static final int LONGEST_LINE = 2_000_000;

  private static final ObjectReader JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build().readerForMapOf(Object.class);

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
    try (BufferedReader lines = file.reader()) {
      long number = 0;
      long read = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        read += line.length() + 1;
        if (!line.isBlank()) reader.row(row(file.name() + ":" + number, line), read);
      }
    }
  }

  private static Row row(String place, String line) {
    if (line.length() > LONGEST_LINE) return Row.unreadable(place, "a line of " + line.length() + " characters; allowed: " + LONGEST_LINE);
    try {
      Map<String, Object> values = JSON.readValue(line);
      return values == null ? Row.unreadable(place, "not a JSON object") : Row.of(place, plain(values));
    } catch (JsonProcessingException e) {
      boolean isOther = !line.stripLeading().startsWith("{");
      String column = e.getLocation() == null ? "" : " at column " + e.getLocation().getColumnNr();
      return Row.unreadable(place, isOther ? "not a JSON object" : "not JSON" + column + ": " + e.getOriginalMessage().replaceAll("\\s+", " "));
    }
  }

  /** MongoDB's own form of ids and times is understood, so that mongoexport's files are. */
  private static JsonObject plain(Map<String, Object> values) {
    Map<String, Object> plain = new LinkedHashMap<>();
    values.forEach((name, value) -> {
      String key = name.equals("_id") && !values.containsKey("id") ? "id" : name;
      boolean wrapped = value instanceof Map<?, ?> map && map.size() == 1;
      if (wrapped && ((Map<?, ?>) value).get("$oid") instanceof String id) plain.put(key, id);
      else if (wrapped && ((Map<?, ?>) value).get("$date") instanceof String time) plain.put(key, time);
      else plain.put(key, value);
    });
    return new JsonObject(plain);
  }
}
