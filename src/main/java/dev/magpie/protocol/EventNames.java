package dev.magpie.protocol;

import dev.magpie.Internal;
import java.util.Set;

/** Which event names travel: those that a client's own life-cycle handlers listen to do not, in either direction. */
@Internal
public final class EventNames {
  private static final Set<String> RESERVED =
      Set.of("connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener");

  private EventNames() {}

  public static boolean isReserved(String name) {
    return RESERVED.contains(name);
  }

  /** The same name, when an application may emit it. */
  public static String requireEmittable(String name) {
    if (isReserved(name)) throw new IllegalArgumentException('"' + name + "\" is a reserved event name");
    return name;
  }
}
