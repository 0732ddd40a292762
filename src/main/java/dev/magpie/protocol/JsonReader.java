package dev.magpie.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads exactly one JSON document, within limits, into arrays and objects of plain values. Immutable; one for each set of limits, shared by
 * all decoders.
 */
final class JsonReader {

  /** Maps an object that was read to its value: itself, or the binary data that it stands for. */
  interface Objects {
    Objects AS_THEY_ARE = JsonObject::new;

    Object meaning(Map<String, Object> object);
  }

  /** A value that arrives later: an attachment. It is told its position. */
  interface Outstanding {
    void in(List<Object> array, int index);

    void in(Map<String, Object> object, String name);
  }

  // A process has a few sets of limits. Factories may be shared between threads, the parsers that they make are not.
  private static final Map<DecoderLimits, JsonReader> READERS = new ConcurrentHashMap<>();

  /** Length of a fraction that a double always keeps: a point and 15 digits. */
  private static final int EXACT_LENGTH = 16;

  private final JsonFactory factory;
  private final String allowed;

  private JsonReader(DecoderLimits limits) {
    this.allowed = limits.maxDepth() + " levels, " + limits.maxValues() + " values, " + limits.maxNumberLength()
        + " characters of a number";
    this.factory = new JsonFactoryBuilder()
        .streamReadConstraints(StreamReadConstraints.builder()
            .maxNestingDepth(limits.maxDepth())
            .maxNumberLength(limits.maxNumberLength())
            // Two characters can become an object of a hundred bytes. A value is one token, a member or an empty array two.
            .maxTokenCount(2L * limits.maxValues())
            // Bounded by the size of the message, which the transport limits.
            .maxStringLength(Integer.MAX_VALUE)
            .build())
        // Clients choose the names: they must not fill a table that all parsers share, nor be interned for ever.
        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        .build();
  }

  static JsonReader within(DecoderLimits limits) {
    return READERS.computeIfAbsent(limits, JsonReader::new);
  }

  /** @throws ProtocolException for text that is not one JSON document within the limits */
  Object read(String json, Objects objects) {
    try (JsonParser parser = factory.createParser(json)) {
      JsonToken first = parser.nextToken();
      if (first == null) throw new ProtocolException("no JSON where JSON is expected");
      Object value = value(parser, first, objects);
      if (parser.nextToken() != null) throw new ProtocolException("more than one JSON document");
      return value;
    } catch (StreamConstraintsException e) {
      throw new ProtocolException("JSON beyond its limits: " + allowed);
    } catch (JsonProcessingException e) {
      throw new ProtocolException(e.getLocation() == null ? "invalid JSON"
          : "invalid JSON at character " + e.getLocation().getCharOffset());
    } catch (IOException e) {
      throw new ProtocolException("invalid JSON: " + e.getMessage());
    }
  }

  private Object value(JsonParser parser, JsonToken token, Objects objects) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(parser, objects);
      case START_ARRAY -> array(parser, objects);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getNumberValue();
      case VALUE_NUMBER_FLOAT -> fraction(parser);
      case VALUE_TRUE -> Boolean.TRUE;
      case VALUE_FALSE -> Boolean.FALSE;
      case VALUE_NULL -> null;
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT -> throw new ProtocolException("invalid JSON");
    };
  }

  private static Number fraction(JsonParser parser) throws IOException {
    double value = parser.getDoubleValue();
    // 1e999: a number without a finite value could not be sent on.
    if (Double.isInfinite(value)) throw new ProtocolException("number out of range: at most 1.8e308 is allowed");
    if (parser.getTextLength() <= EXACT_LENGTH || Math.abs(value) < Double.MIN_NORMAL) return value;
    BigDecimal exact = parser.getDecimalValue();
    return exact.compareTo(new BigDecimal(Double.toString(value))) == 0 ? value : exact;
  }

  // The parser limits the depth, and so the recursion.
  private JsonArray array(JsonParser parser, Objects objects) throws IOException {
    List<Object> array = new ArrayList<>();
    boolean binary = false;
    for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
      Object value = value(parser, token, objects);
      if (value instanceof Outstanding outstanding) outstanding.in(array, array.size());
      binary |= isBinary(value, objects);
      array.add(value);
    }
    return binary ? new BinaryArray(array) : new JsonArray(array);
  }

  private Object object(JsonParser parser, Objects objects) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    boolean binary = false;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      Object value = value(parser, parser.nextToken(), objects);
      if (value instanceof Outstanding outstanding) outstanding.in(object, name);
      binary |= isBinary(value, objects);
      object.put(name, value);
    }
    Object meaning = objects.meaning(object);
    return binary && meaning instanceof JsonObject ? new BinaryObject(object) : meaning;
  }

  private static boolean isBinary(Object value, Objects objects) {
    return objects != Objects.AS_THEY_ARE && (value instanceof Buffer || value instanceof Outstanding);
  }
}
