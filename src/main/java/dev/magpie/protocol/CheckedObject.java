package dev.magpie.protocol;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;

/** An object of the application that is written later: what is put into it is converted, or refused, at once. Owned by who made it. */
final class CheckedObject extends BinaryObject {
  private final Values values;

  CheckedObject(Values values) {
    super(new LinkedHashMap<>());
    this.values = values;
  }

  @Override
  public JsonObject put(String name, Object value) {
    return super.put(name, values.member(name, value));
  }

  @Override
  public JsonObject mergeIn(JsonObject other, int depth) {
    JsonObject converted = new JsonObject();
    other.getMap().forEach((name, value) -> converted.put(name, values.member(name, value)));
    return super.mergeIn(converted, depth);
  }
}
