package dev.magpie.state;

import dev.magpie.Internal;
import java.util.function.BiFunction;

/**
 * A kind of room state: its name, and what makes its part of the hub for a namespace. One constant for each kind.
 *
 * @param <S> the kind's part of the hub
 */
@Internal
public final class Kind<S extends Space> {
  private final String name;
  private final BiFunction<Hub, String, S> maker;

  /** @param maker gets the hub and the name of the namespace; called on the hub's executor */
  public Kind(String name, BiFunction<Hub, String, S> maker) {
    this.name = name;
    this.maker = maker;
  }

  S make(Hub hub, String namespace) {
    return maker.apply(hub, namespace);
  }

  @Override
  public String toString() {
    return name;
  }
}
