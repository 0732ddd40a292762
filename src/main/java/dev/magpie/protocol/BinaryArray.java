package dev.magpie.protocol;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/**
 * An array of wire values of which one is binary: {@link #getValue}, the iterator and the stream give the buffer, where the superclass
 * gives base64. It equals any array with the same elements; an instance of the superclass equals its own kind only.
 */
final class BinaryArray extends JsonArray {
  BinaryArray(List<?> values) {
    super(values);
  }

  /** An array of these wire values. */
  static JsonArray of(List<?> values) {
    return hasBinary(values) ? new BinaryArray(values) : new JsonArray(values);
  }

  private static boolean hasBinary(List<?> values) {
    for (int i = 0; i < values.size(); i++) if (Values.isBinary(values.get(i))) return true;
    return false;
  }

  @Override
  public Object getValue(int index) {
    return getList().get(index) instanceof Buffer data ? data : super.getValue(index);
  }

  @Override
  @SuppressWarnings("unchecked")
  public Iterator<Object> iterator() {
    return getList().iterator();
  }

  @Override
  public JsonArray copy(Function<Object, ?> cloner) {
    return new BinaryArray(super.copy(cloner).getList());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof JsonArray array && new JsonArray(getList()).equals(new JsonArray(array.getList()));
  }

  @Override
  public int hashCode() {
    return new JsonArray(getList()).hashCode();
  }
}
