package dev.magpie.settings;

import dev.magpie.gateway.Applications;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A section of the settings whose keys an application has declared. Values are not shown in messages: they may be secrets. */
final class ApplicationSection {
  private ApplicationSection() {}

  /**
   * Checks a section that is none of Magpie's.
   *
   * @return its values; empty if no application has declared a key of it
   * @throws SettingsException for a key or value that is not allowed, and for applications that cannot be loaded
   */
  static Optional<JsonObject> check(SettingType.Place place, Object value) {
    JsonObject declared;
    try {
      declared = Applications.settings(place.key());
    } catch (IllegalStateException notLoaded) {
      throw SettingsException.of(notLoaded.getMessage());
    }
    return declared.isEmpty() ? Optional.empty() : Optional.of(checked(place, declared, value));
  }

  static JsonObject checked(SettingType.Place place, JsonObject declared, Object value) {
    String keys = String.join(", ", declared.fieldNames());
    if (!(value instanceof Map<?, ?> section)) throw refuse(place, "an object with " + keys);
    JsonObject checked = new JsonObject();
    section.forEach((name, member) -> {
      SettingType.Place at = place.field((String) name);
      if (!declared.containsKey((String) name))
        throw SettingsException.of(
            place.file().place(at.key()) + ": " + at.key() + ": not a setting; allowed in " + place.key() + ": " + keys);
      checked.put((String) name, typed(at, declared.getValue((String) name), member));
    });
    return checked;
  }

  private static Object typed(SettingType.Place place, Object otherwise, Object value) {
    Object json = json(value);
    if (otherwise == null) return json;
    if (otherwise instanceof Double || otherwise instanceof Float) {
      if (json instanceof Number) return json;
      throw refuse(place, "a number");
    }
    Class<?> type = otherwise instanceof Number ? Long.class : otherwise.getClass();
    if (type.isInstance(json)) return json;
    throw refuse(place, otherwise instanceof Number ? "a whole number" : otherwise instanceof Boolean ? "true or false"
        : otherwise instanceof JsonArray ? "a list" : otherwise instanceof JsonObject ? "an object" : "a text");
  }

  private static SettingsException refuse(SettingType.Place place, String allowed) {
    return SettingsException.of(place.file().place(place.key()) + ": " + place.key() + ": of another type; allowed: " + allowed);
  }

  /** Whole numbers of 64 bits as long, others as double. */
  private static Object json(Object value) {
    if (value instanceof Map<?, ?> map) {
      JsonObject object = new JsonObject();
      map.forEach((name, member) -> object.put((String) name, json(member)));
      return object;
    }
    if (value instanceof List<?> list) return new JsonArray(list.stream().map(ApplicationSection::json).toList());
    if (!(value instanceof BigDecimal number)) return value;
    try {
      return number.longValueExact();
    } catch (ArithmeticException fraction) {
      return number.doubleValue();
    }
  }
}
