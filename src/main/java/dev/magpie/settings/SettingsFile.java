package dev.magpie.settings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values of a settings file, and the line of each for error messages. Immutable.
 *
 * @param source the name of the file in messages
 * @param values the members of its object
 * @param lines line numbers by key, such as {@code http.listeners[0].port}
 */
record SettingsFile(String source, Map<String, Object> values, Map<String, Integer> lines) {
  static final SettingsFile NONE = new SettingsFile("settings", Map.of(), Map.of());

  static SettingsFile read(Path file) {
    String source = file.toString();
    try {
      return parse(source, Files.readString(file));
    } catch (NoSuchFileException e) {
      throw SettingsException.of(source + ": no such file");
    } catch (MalformedInputException e) {
      throw SettingsException.of(source + ": not UTF-8 text");
    } catch (IOException e) {
      throw SettingsException.of(source + ": cannot be read" + (Files.isDirectory(file) ? ", it is a folder" : ": " + e.getMessage()));
    }
  }

  static SettingsFile parse(String source, String text) {
    JsonFactory json = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    Map<String, Integer> lines = new HashMap<>();
    try (JsonParser parser = json.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) throw SettingsException.of(source + ":1: not a JSON object");
      Map<String, Object> values = object(parser, "", lines);
      if (parser.nextToken() != null)
        throw SettingsException.of(source + ":" + parser.currentLocation().getLineNr() + ": something follows the JSON object");
      return new SettingsFile(source, values, lines);
    } catch (JsonProcessingException e) {
      throw SettingsException.of(source + ":" + (e.getLocation() == null ? 1 : e.getLocation().getLineNr()) + ": not JSON: " + reason(e));
    } catch (IOException e) {
      throw SettingsException.of(source + ": cannot be read: " + e.getMessage());
    }
  }

  /** Without the word that the parser quotes: it may be a secret whose quotation marks are missing. */
  private static String reason(JsonProcessingException e) {
    return e.getOriginalMessage().replaceAll(" \\(for \\w+ starting at .*", "").replaceAll("(?s)(Unrecognized token) '.*'", "$1");
  }

  /** File and line of a key; of a key that is not in the file, those of its parent. */
  String place(String key) {
    for (String at = key; !at.isEmpty(); at = parent(at)) if (lines.containsKey(at)) return source + ":" + lines.get(at);
    return source;
  }

  private static String parent(String key) {
    return key.substring(0, Math.max(0, Math.max(key.lastIndexOf('.'), key.lastIndexOf('['))));
  }

  private static Map<String, Object> object(JsonParser parser, String path, Map<String, Integer> lines) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      String key = path.isEmpty() ? name : path + "." + name;
      lines.put(key, parser.currentTokenLocation().getLineNr());
      parser.nextToken();
      values.put(name, value(parser, key, lines));
    }
    return values;
  }

  private static List<Object> array(JsonParser parser, String path, Map<String, Integer> lines) throws IOException {
    List<Object> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      String key = path + "[" + values.size() + "]";
      lines.put(key, parser.currentTokenLocation().getLineNr());
      values.add(value(parser, key, lines));
    }
    return values;
  }

  private static Object number(JsonParser parser) throws IOException {
    try {
      return parser.getDecimalValue();
    } catch (NumberFormatException beyond) {
      throw new JsonParseException(parser, "a number has an exponent that is too large");
    }
  }

  private static Object value(JsonParser parser, String key, Map<String, Integer> lines) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, key, lines);
      case START_ARRAY -> array(parser, key, lines);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME,
          VALUE_EMBEDDED_OBJECT -> throw new IllegalStateException("unexpected " + parser.currentToken());
    };
  }
}
