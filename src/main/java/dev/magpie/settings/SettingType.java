package dev.magpie.settings;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The type of a setting: checks a JSON value, and reads one from the text of an environment variable. Immutable. */
abstract class SettingType {
  private static final String OBJECT = "object";

  /** The name of the type in settings.md. */
  abstract String name();

  /** The allowed values, for error messages. */
  abstract String allowed();

  /**
   * Checks a value.
   *
   * @return the value to use
   * @throws SettingsException for a value that is not allowed
   */
  abstract Object check(Place place, Object value);

  /** The text of an environment variable as a JSON value. */
  Object fromText(String text) {
    return text;
  }

  /** The file and the key of a value, for error messages. */
  record Place(SettingsFile file, String key) {
    Place field(String name) {
      return new Place(file, key + "." + name);
    }

    Place item(int index) {
      return new Place(file, key + "[" + index + "]");
    }

    SettingsException refuse(Object value, String allowed) {
      return SettingsException.refused(file.place(key), key, Secrets.shown(key, value), allowed);
    }
  }

  static SettingType whole(long from, long to) {
    return new SettingType() {
      @Override
      String name() {
        return "whole number";
      }

      @Override
      String allowed() {
        return "a whole number from " + from + " to " + to;
      }

      @Override
      Object check(Place place, Object value) {
        try {
          long number = ((BigDecimal) value).longValueExact();
          if (number >= from && number <= to) return number;
        } catch (ClassCastException | ArithmeticException | NullPointerException e) {
          // Refused below, like a number out of range.
        }
        throw place.refuse(value, allowed());
      }

      @Override
      Object fromText(String text) {
        return text.length() < 20 && text.matches("[-+]?\\d+") ? new BigDecimal(text) : text;
      }
    };
  }

  static SettingType flag() {
    return new SettingType() {
      @Override
      String name() {
        return "boolean";
      }

      @Override
      String allowed() {
        return "true or false";
      }

      @Override
      Object check(Place place, Object value) {
        if (value instanceof Boolean) return value;
        throw place.refuse(value, allowed());
      }

      @Override
      Object fromText(String text) {
        return text.equals("true") || text.equals("false") ? (Object) Boolean.valueOf(text) : text;
      }
    };
  }

  /** @param pattern matches the whole text */
  static SettingType text(String pattern, String allowed) {
    return text(Pattern.compile(pattern).asMatchPredicate(), allowed);
  }

  static SettingType text(Predicate<String> valid, String allowed) {
    return new SettingType() {
      @Override
      String name() {
        return "text";
      }

      @Override
      String allowed() {
        return allowed;
      }

      @Override
      Object check(Place place, Object value) {
        if (value instanceof String text && valid.test(text)) return text;
        throw place.refuse(value, allowed);
      }
    };
  }

  /** A value that may be missing: {@code null} or, in an environment variable, empty. */
  static SettingType optional(SettingType type) {
    return new SettingType() {
      @Override
      String name() {
        return type.name();
      }

      @Override
      String allowed() {
        return type.allowed() + ", or null";
      }

      @Override
      Object check(Place place, Object value) {
        if (value == null) return null;
        try {
          return type.check(place, value);
        } catch (SettingsException e) {
          // Of an object the refusal names the field.
          if (type.name().equals(OBJECT) && value instanceof Map) throw e;
          throw place.refuse(value, allowed());
        }
      }

      @Override
      Object fromText(String text) {
        return text.isEmpty() ? null : type.fromText(text);
      }
    };
  }

  static SettingType list(SettingType type, int atLeast) {
    return new SettingType() {
      @Override
      String name() {
        return "list";
      }

      @Override
      String allowed() {
        return "a list" + (atLeast > 0 ? " of at least " + atLeast + ", each " : ", each ") + type.allowed();
      }

      @Override
      Object check(Place place, Object value) {
        if (!(value instanceof List<?> list) || list.size() < atLeast) throw place.refuse(value, allowed());
        List<Object> checked = new ArrayList<>();
        for (Object item : list) checked.add(type.check(place.item(checked.size()), item));
        return checked;
      }

      @Override
      Object fromText(String text) {
        if (text.isBlank()) return List.of();
        if (text.strip().startsWith("[")) return json(text);
        List<Object> items = new ArrayList<>();
        for (String item : text.split(",")) items.add(type.fromText(item.strip()));
        return items;
      }
    };
  }

  static SettingType map(SettingType type, String of) {
    return new SettingType() {
      @Override
      String name() {
        return OBJECT;
      }

      @Override
      String allowed() {
        return "an object of " + of + ", each " + type.allowed();
      }

      @Override
      Object check(Place place, Object value) {
        if (!(value instanceof Map<?, ?> map)) throw place.refuse(value, allowed());
        Map<String, Object> checked = new LinkedHashMap<>();
        map.forEach((name, item) -> checked.put((String) name, type.check(place.field((String) name), item)));
        return checked;
      }

      @Override
      Object fromText(String text) {
        return json(text);
      }
    };
  }

  /** An object with these keys; missing ones have their defaults. */
  static SettingType object(List<Setting> keys) {
    return new SettingType() {
      @Override
      String name() {
        return OBJECT;
      }

      @Override
      String allowed() {
        return "an object with " + String.join(", ", keys.stream().map(Setting::key).toList());
      }

      @Override
      Object check(Place place, Object value) {
        if (!(value instanceof Map<?, ?> map)) throw place.refuse(value, allowed());
        Map<String, Object> checked = new LinkedHashMap<>();
        for (Setting key : keys)
          checked.put(key.key(), map.containsKey(key.key()) ? key.type().check(place.field(key.key()),
              map.get(key.key())) : key.otherwise());
        for (Object name : map.keySet()) {
          if (!checked.containsKey(name))
            throw SettingsException.of(place.file().place(place.key() + "." + name) + ": " + place.key() + "." + name
                + ": not a setting; allowed: " + allowed());
        }
        return checked;
      }

      @Override
      Object fromText(String text) {
        return json(text);
      }
    };
  }

  private static Object json(String text) {
    try {
      // By the reader of files, so that numbers are read in the same way.
      return SettingsFile.parse("", "{\"value\":" + text + "}").values().get("value");
    } catch (SettingsException e) {
      return text;
    }
  }
}
