package dev.magpie.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import dev.magpie.protocol.Values.Unencodable;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.DatabindCodec;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Records, beans and all other objects to wire values and back, by an {@link ObjectMapper}. Immutable, for any thread. */
final class Mapping {
  private final ObjectMapper mapper;
  private final ObjectWriter writer;

  private Mapping(ObjectMapper own) {
    this.mapper = own.registerModule(new ValuesModule(own));
    this.writer = own.writer().without(SerializationFeature.WRAP_ROOT_VALUE);
  }

  /**
   * By a copy of the application's mapper.
   *
   * @throws IllegalArgumentException for a subclass of ObjectMapper that cannot be copied
   */
  static Mapping of(ObjectMapper application) {
    try {
      return new Mapping(application.copy());
    } catch (IllegalStateException noCopy) {
      throw new IllegalArgumentException("mapper: a subclass of ObjectMapper must override copy()", noCopy);
    }
  }

  /** A class of its own, so that Jackson is loaded when the first bean is converted. */
  static final class Default {
    static final Mapping MAPPING = new Mapping(mapper());

    private Default() {}

    /**
     * Within records as for single arguments: a fraction is no whole number, what is missing is no primitive value, and neither is a text
     * a boolean, or a number a text or a constant. Only digits may come as a text, as {@link WireFormat#numbersAsStrings} sends them.
     */
    private static ObjectMapper mapper() {
      ObjectMapper mapper = DatabindCodec.mapper().copy()
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS, SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS);
      refuse(mapper, LogicalType.Integer, CoercionInputShape.EmptyString, CoercionInputShape.Boolean);
      refuse(mapper, LogicalType.Float, CoercionInputShape.EmptyString, CoercionInputShape.Boolean);
      refuse(mapper, LogicalType.Boolean, CoercionInputShape.EmptyString, CoercionInputShape.String, CoercionInputShape.Integer);
      refuse(mapper, LogicalType.Textual, CoercionInputShape.Boolean, CoercionInputShape.Integer, CoercionInputShape.Float);
      refuse(mapper, LogicalType.Enum, CoercionInputShape.EmptyString);
      return mapper;
    }

    private static void refuse(ObjectMapper mapper, LogicalType type, CoercionInputShape... shapes) {
      for (CoercionInputShape shape : shapes) mapper.coercionConfigFor(type).setCoercion(shape, CoercionAction.Fail);
    }
  }

  /** Converts a value that is none of the wire's; binary data stays binary. */
  Object write(Object value) {
    try (TokenBuffer written = new TokenBuffer(mapper, false)) {
      writer.writeValue(written, value);
      try (JsonParser in = written.asParser()) {
        return wire(in, in.nextToken());
      }
    } catch (InvalidDefinitionException e) {
      throw unencodable(e.getType() == null ? value.getClass() : e.getType().getRawClass(), e).below(path(e));
    } catch (JsonMappingException e) {
      throw unencodable(value.getClass(), e).below(path(e));
    } catch (IOException e) {
      throw unencodable(value.getClass(), e);
    }
  }

  private static Unencodable unencodable(Class<?> type, Exception cause) {
    return new Unencodable(type.getName() + " cannot be written as JSON", cause);
  }

  /** The name of a map's member whose key is no string, as in a map within a record. */
  String name(Object key) {
    Object written = write(Collections.singletonMap(key, ""));
    return ((JsonObject) written).getMap().keySet().iterator().next();
  }

  /** Converts a wire value to a Java type. */
  Object read(Object value, Type type) {
    return mapper.convertValue(value, mapper.constructType(type));
  }

  /** Where in a value the exception was thrown, such as {@code .items[0].price}. */
  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) path.append('[').append(step.getIndex()).append(']');
      else path.append('.').append(step.getFieldName());
    }
    return path.toString();
  }

  /** The wire value whose first token the parser is at. Its depth is limited by Jackson. */
  static Object wire(JsonParser in, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> object(in);
      case START_ARRAY -> array(in);
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> in.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case VALUE_EMBEDDED_OBJECT -> embedded(in.getEmbeddedObject());
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME -> throw new IOException("no value");
    };
  }

  private static JsonObject object(JsonParser in) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) object.put(name, wire(in, in.nextToken()));
    return new JsonObject(object);
  }

  private static JsonArray array(JsonParser in) throws IOException {
    List<Object> array = new ArrayList<>();
    for (JsonToken token = in.nextToken(); token != JsonToken.END_ARRAY; token = in.nextToken()) array.add(wire(in, token));
    return new JsonArray(array);
  }

  private static Object embedded(Object value) throws IOException {
    if (value == null) return null;
    if (value instanceof byte[] bytes) return Buffer.buffer(bytes);
    throw new IOException("no JSON: " + value.getClass().getName());
  }
}
