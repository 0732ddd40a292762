package dev.magpie.articles;

import io.vertx.core.json.JsonObject;

/**
 * One article as a file has it, or why it is none.
 *
 * @param place file and line
 * @param fields as they were written, unchecked; null where they could not be read
 * @param problem null where they could
 */
record Row(String place, JsonObject fields, String problem) {
  static Row of(String place, JsonObject fields) {
    return new Row(place, fields, null);
  }

  static Row unreadable(String place, String problem) {
    return new Row(place, null, problem);
  }
}
