package dev.magpie.protocol;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Function;

/** An object of wire values of which one is binary, as {@link BinaryArray}. */
class BinaryObject extends JsonObject {
  BinaryObject(Map<String, Object> members) {
    super(members);
  }

  @Override
  public Object getValue(String name) {
    return getMap().get(name) instanceof Buffer data ? data : super.getValue(name);
  }

  @Override
  public Iterator<Map.Entry<String, Object>> iterator() {
    return getMap().entrySet().iterator();
  }

  @Override
  public JsonObject copy(Function<Object, ?> cloner) {
    return new BinaryObject(super.copy(cloner).getMap());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JsonObject object && new JsonObject(getMap()).equals(new JsonObject(object.getMap()));
  }

  @Override
  public int hashCode() {
    return new JsonObject(getMap()).hashCode();
  }
}
