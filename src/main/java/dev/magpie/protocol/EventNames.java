package dev.magpie.protocol;

import dev.magpie.Internal;
import java.util.Set;

/** Reserved event names: those of a client's life-cycle handlers are not sent in either direction. */
@Internal
public final class EventNames {
  private static final Set<String> RESERVED =
      Set.of("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener");

  private EventNames() {}

  public static boolean isReserved(String name) {
    return RESERVED.contains(name);
  }

  /** @throws IllegalArgumentException for a reserved name */
  public static String requireEmittable(String name) {
    if (isReserved(name)) throw new IllegalArgumentException('"' + name + "\" is a reserved event name");
    return name;
  }
}
