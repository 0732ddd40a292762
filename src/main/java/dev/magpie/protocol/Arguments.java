package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Builds and reads events, which are arrays of the name and the arguments. Stateless. */
@Internal
public final class Arguments {
  private Arguments() {}

  public static JsonArray of(Object... args) {
    List<Object> list = new ArrayList<>(args.length);
    for (Object arg : args) list.add(arg instanceof byte[] bytes ? Buffer.buffer(bytes) : arg);
    return new JsonArray(list);
  }

  /** An event for one client, written at once: the arguments are not copied. */
  public static JsonArray event(String name, Object... args) {
    List<Object> list = new ArrayList<>(args.length + 1);
    list.add(EventNames.requireEmittable(name));
    for (Object arg : args) list.add(arg instanceof byte[] bytes ? Buffer.buffer(bytes) : arg);
    return new JsonArray(list);
  }

  /** An event that other threads read: see {@link Values#event}. */
  public static JsonArray shared(String name, Object... args) {
    return Values.event(EventNames.requireEmittable(name), args);
  }

  /** Copies an event for other threads. */
  public static JsonArray frozen(JsonArray event) {
    Object[] all = event.getList().toArray();
    return Values.event((String) all[0], Arrays.copyOfRange(all, 1, all.length));
  }

  /** The name of a received event, as text; clients may send a number. */
  public static String name(JsonArray event) {
    Object name = event.getList().get(0);
    return name instanceof String text ? text : String.valueOf(name);
  }

  /** The arguments, without the name. */
  public static JsonArray tail(JsonArray event) {
    List<?> list = event.getList();
    return new JsonArray(list.subList(1, list.size()));
  }
}
