package dev.magpie.emitter;

import dev.magpie.protocol.Values;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/**
 * Values of MongoDB as a client of socket.io gets them: binary data of every kind is a buffer, a date its text in ISO 8601, an ObjectId its
 * digits. Stateless.
 */
final class EmitterValues {
  /** Arrays and documents in each other; more than MongoDB itself allows are no data. */
  private static final int MAX_DEPTH = 100;

  /** As {@code Date.prototype.toJSON} of JavaScript. */
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private EmitterValues() {}

  /** @throws IllegalArgumentException for code, regular expressions and other values that JSON has no words for */
  static Object read(BsonValue value) {
    return read(value, 0);
  }

  private static Object read(BsonValue value, int depth) {
    if (depth > MAX_DEPTH) throw new IllegalArgumentException("arguments: more than " + MAX_DEPTH + " levels");
    return switch (value.getBsonType()) {
      case NULL, UNDEFINED -> null;
      case BOOLEAN -> value.asBoolean().getValue();
      case INT32 -> value.asInt32().getValue();
      case INT64 -> value.asInt64().getValue();
      case DOUBLE -> finite(value.asDouble().getValue());
      case STRING -> value.asString().getValue();
      case BINARY -> Buffer.buffer(value.asBinary().getData());
      case DATE_TIME -> DATE.format(Instant.ofEpochMilli(value.asDateTime().getValue()));
      case OBJECT_ID -> value.asObjectId().getValue().toHexString();
      case DECIMAL128 -> new JsonObject().put("$numberDecimal", value.asDecimal128().getValue().toString());
      case ARRAY -> array(value.asArray(), depth);
      case DOCUMENT -> object(value.asDocument(), depth);
      case JAVASCRIPT, JAVASCRIPT_WITH_SCOPE, SYMBOL, REGULAR_EXPRESSION, DB_POINTER, TIMESTAMP, MIN_KEY, MAX_KEY, END_OF_DOCUMENT ->
          throw new IllegalArgumentException("arguments: no value of the type " + value.getBsonType());
    };
  }

  /** JSON has no other numbers; JavaScript writes null. */
  private static Object finite(double number) {
    return Double.isFinite(number) ? (Object) number : null;
  }

  private static JsonArray array(BsonArray written, int depth) {
    List<Object> values = new ArrayList<>(written.size());
    for (BsonValue value : written) values.add(read(value, depth + 1));
    return Values.array(values);
  }

  private static JsonObject object(BsonDocument written, int depth) {
    Map<String, Object> members = new LinkedHashMap<>();
    written.forEach((name, value) -> members.put(name, read(value, depth + 1)));
    return Values.object(members);
  }
}
