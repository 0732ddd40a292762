package dev.magpie.protocol;

import dev.magpie.Internal;
import io.vertx.core.json.JsonArray;
import java.util.Arrays;
import java.util.List;

/** Builds and reads events, which are arrays of the name and the arguments. Stateless. */
@Internal
public final class Arguments {
  private Arguments() {}

  /** Of an action of the server, which are plain values. */
  public static JsonArray of(Object... args) {
    return new JsonArray(List.of(args));
  }

  /** An event for one client, written at once: see {@link Values#immediate}. */
  public static JsonArray event(Values values, String name, Object... args) {
    return values.immediate(EventNames.requireEmittable(name), args);
  }

  /** An event that other threads read: see {@link Values#event}. */
  public static JsonArray shared(Values values, String name, Object... args) {
    return values.event(EventNames.requireEmittable(name), args);
  }

  /** Copies an event, whose values are converted unless that was left to its writer, for other threads. */
  public static JsonArray frozen(JsonArray event) {
    Object[] all = event.getList().toArray();
    return Values.DEFAULT.event((String) all[0], Arrays.copyOfRange(all, 1, all.length));
  }

  /** The name of a received event, as text; clients may send a number. */
  public static String name(JsonArray event) {
    Object name = event.getList().get(0);
    return name instanceof String text ? text : String.valueOf(name);
  }

  /** The arguments, without the name. */
  public static JsonArray tail(JsonArray event) {
    List<?> list = event.getList();
    List<?> arguments = list.subList(1, list.size());
    return event instanceof BinaryArray ? BinaryArray.of(arguments) : new JsonArray(arguments);
  }
}
