package dev.magpie.protocol;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.Version;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.BasicDeserializerFactory;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.deser.Deserializers;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.module.SimpleDeserializers;
import com.fasterxml.jackson.databind.module.SimpleSerializers;
import com.fasterxml.jackson.databind.ser.BasicSerializerFactory;
import com.fasterxml.jackson.databind.ser.Serializers;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.databind.type.ReferenceType;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What Jackson alone does not convert: binary data, which stays binary, Vert.x' JSON, and, where the application's mapper has no module for
 * them, {@code java.time} as ISO 8601 and optional values. Immutable, for any thread.
 */
final class ValuesModule extends Module {
  private static final Map<Class<?>, Function<String, ?>> TIMES = Map.ofEntries(
      Map.entry(Instant.class, Instant::parse),
      Map.entry(LocalDate.class, LocalDate::parse),
      Map.entry(LocalDateTime.class, LocalDateTime::parse),
      Map.entry(LocalTime.class, LocalTime::parse),
      Map.entry(OffsetDateTime.class, OffsetDateTime::parse),
      Map.entry(OffsetTime.class, OffsetTime::parse),
      Map.entry(ZonedDateTime.class, ZonedDateTime::parse),
      Map.entry(Year.class, Year::parse),
      Map.entry(YearMonth.class, YearMonth::parse),
      Map.entry(MonthDay.class, MonthDay::parse),
      Map.entry(Duration.class, Duration::parse),
      Map.entry(Period.class, Period::parse),
      Map.entry(ZoneId.class, ZoneId::of),
      Map.entry(ZoneOffset.class, ZoneOffset::of));

  private final BasicSerializerFactory writers;
  private final BasicDeserializerFactory readers;

  /** For this mapper, with the modules that the application has registered. */
  ValuesModule(ObjectMapper mapper) {
    this.writers = (BasicSerializerFactory) mapper.getSerializerFactory();
    this.readers = (BasicDeserializerFactory) mapper.getDeserializationContext().getFactory();
  }

  @Override
  public String getModuleName() {
    return "magpie-values";
  }

  @Override
  public Version version() {
    return Version.unknownVersion();
  }

  @Override
  public void setupModule(SetupContext context) {
    SimpleSerializers serializers = new SimpleSerializers();
    serializers.addSerializer(Buffer.class, writing((data, to, all) -> to.writeBinary(data.getBytes())));
    serializers.addSerializer(byte[].class, writing((data, to, all) -> to.writeBinary(data)));
    serializers.addSerializer(ByteBuffer.class, writing((data, to, all) -> to.writeBinary(Values.bytes(data))));
    serializers.addSerializer(JsonObject.class, writing((object, to, all) -> all.defaultSerializeValue(object.getMap(), to)));
    serializers.addSerializer(JsonArray.class, writing((array, to, all) -> all.defaultSerializeValue(array.getList(), to)));
    context.addSerializers(serializers);
    context.addSerializers(new OtherSerializers());

    SimpleDeserializers deserializers = new SimpleDeserializers();
    deserializers.addDeserializer(Buffer.class, reading((in, all) -> Buffer.buffer(bytes(in, all, Buffer.class))));
    deserializers.addDeserializer(byte[].class, reading((in, all) -> bytes(in, all, byte[].class)));
    deserializers.addDeserializer(ByteBuffer.class, reading((in, all) -> ByteBuffer.wrap(bytes(in, all, ByteBuffer.class))));
    deserializers.addDeserializer(JsonObject.class, reading((in, all) -> wire(in, all, JsonToken.START_OBJECT, JsonObject.class)));
    deserializers.addDeserializer(JsonArray.class, reading((in, all) -> wire(in, all, JsonToken.START_ARRAY, JsonArray.class)));
    context.addDeserializers(deserializers);
    context.addDeserializers(new OtherDeserializers());
  }

  private static byte[] bytes(JsonParser in, DeserializationContext all, Class<?> type) throws IOException {
    if (in.hasToken(JsonToken.VALUE_EMBEDDED_OBJECT) && in.getEmbeddedObject() instanceof byte[] bytes) return bytes;
    if (!in.hasToken(JsonToken.VALUE_STRING)) return all.reportInputMismatch(type, "binary data is expected");
    try {
      // Both alphabets of RFC 4648.
      return Base64.getDecoder().decode(in.getText().replace('-', '+').replace('_', '/'));
    } catch (IllegalArgumentException notBase64) {
      return all.reportInputMismatch(type, "binary data or base64 is expected");
    }
  }

  private static <T> T wire(JsonParser in, DeserializationContext all, JsonToken start, Class<T> type) throws IOException {
    return in.hasToken(start) ? type.cast(Mapping.wire(in, start)) : type.cast(all.handleUnexpectedToken(type, in));
  }

  private static Object time(JsonParser in, DeserializationContext all, Class<?> type) throws IOException {
    if (!in.hasToken(JsonToken.VALUE_STRING)) return all.handleUnexpectedToken(type, in);
    try {
      return TIMES.get(type).apply(in.getText());
    } catch (DateTimeException notIso) {
      return all.reportInputMismatch(type, "ISO 8601 is expected");
    }
  }

  private static Object content(Object optional) {
    if (optional instanceof Optional<?> any) return any.orElse(null);
    if (optional instanceof OptionalInt number) return number.isPresent() ? number.getAsInt() : null;
    if (optional instanceof OptionalLong number) return number.isPresent() ? number.getAsLong() : null;
    return optional instanceof OptionalDouble number && number.isPresent() ? number.getAsDouble() : null;
  }

  /** For types that the application's mapper has no serializer for. */
  private final class OtherSerializers extends Serializers.Base {
    @Override
    public JsonSerializer<?> findSerializer(SerializationConfig config, JavaType type, BeanDescription bean) {
      JsonSerializer<?> other = serializer(type.getRawClass());
      if (other == null) return null;
      for (Serializers own : writers.getFactoryConfig().serializers()) if (own.findSerializer(config, type, bean) != null) return null;
      return other;
    }

    @Override
    public JsonSerializer<?> findReferenceSerializer(SerializationConfig config, ReferenceType type, BeanDescription bean,
        TypeSerializer typing, JsonSerializer<Object> content) {
      // Optional is one with a module of the application only.
      return null;
    }

    private static JsonSerializer<?> serializer(Class<?> type) {
      if (type == Optional.class || type == OptionalInt.class || type == OptionalLong.class || type == OptionalDouble.class)
        return writing((optional, to, all) -> all.defaultSerializeValue(content(optional), to));
      boolean isTime = TemporalAccessor.class.isAssignableFrom(type) || TemporalAmount.class.isAssignableFrom(type)
          || ZoneId.class.isAssignableFrom(type);
      return isTime && !Enum.class.isAssignableFrom(type) ? ToStringSerializer.instance : null;
    }
  }

  /** For types that the application's mapper has no deserializer for. */
  private final class OtherDeserializers extends Deserializers.Base {
    @Override
    public JsonDeserializer<?> findBeanDeserializer(JavaType type, DeserializationConfig config, BeanDescription bean)
        throws JsonMappingException {
      JsonDeserializer<?> other = deserializer(type, config);
      if (other == null) return null;
      for (Deserializers own : readers.getFactoryConfig().deserializers())
        if (own.findBeanDeserializer(type, config, bean) != null) return null;
      return other;
    }

    private static JsonDeserializer<?> deserializer(JavaType type, DeserializationConfig config) {
      Class<?> raw = type.getRawClass();
      if (TIMES.containsKey(raw)) return reading((in, all) -> time(in, all, raw));
      if (raw == Optional.class) return new OptionalReading(type.containedTypeOrUnknown(0), Optional.empty(), Optional::of);
      if (raw == OptionalInt.class)
        return new OptionalReading(config.constructType(int.class), OptionalInt.empty(), value -> OptionalInt.of((Integer) value));
      if (raw == OptionalLong.class)
        return new OptionalReading(config.constructType(long.class), OptionalLong.empty(), value -> OptionalLong.of((Long) value));
      if (raw == OptionalDouble.class)
        return new OptionalReading(config.constructType(double.class), OptionalDouble.empty(), value -> OptionalDouble.of((Double) value));
      return null;
    }
  }

  /** Reads an optional value: empty where it is null or missing. */
  private static final class OptionalReading extends JsonDeserializer<Object> implements ContextualDeserializer {
    private final JavaType contentType;
    private final Object empty;
    private final Function<Object, Object> of;
    private final JsonDeserializer<Object> content;

    OptionalReading(JavaType contentType, Object empty, Function<Object, Object> of) {
      this(contentType, empty, of, null);
    }

    private OptionalReading(JavaType contentType, Object empty, Function<Object, Object> of, JsonDeserializer<Object> content) {
      this.contentType = contentType;
      this.empty = empty;
      this.of = of;
      this.content = content;
    }

    @Override
    public JsonDeserializer<?> createContextual(DeserializationContext all, BeanProperty property) throws JsonMappingException {
      return new OptionalReading(contentType, empty, of, all.findContextualValueDeserializer(contentType, property));
    }

    @Override
    public Object deserialize(JsonParser in, DeserializationContext all) throws IOException {
      return of.apply(content.deserialize(in, all));
    }

    @Override
    public Object getNullValue(DeserializationContext all) {
      return empty;
    }

    @Override
    public Object getAbsentValue(DeserializationContext all) {
      return empty;
    }
  }

  private interface Writing<T> {
    void write(T value, JsonGenerator to, SerializerProvider all) throws IOException;
  }

  private interface Reading<T> {
    T read(JsonParser in, DeserializationContext all) throws IOException;
  }

  private static <T> JsonSerializer<T> writing(Writing<T> writing) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator to, SerializerProvider all) throws IOException {
        writing.write(value, to, all);
      }
    };
  }

  private static <T> JsonDeserializer<T> reading(Reading<T> reading) {
    return new JsonDeserializer<>() {
      @Override
      public T deserialize(JsonParser in, DeserializationContext all) throws IOException {
        return reading.read(in, all);
      }
    };
  }
}
