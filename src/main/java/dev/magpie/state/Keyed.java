package dev.magpie.state;

import dev.magpie.Internal;
import io.vertx.core.json.JsonArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a key of a room holds, or a change of that. Shared by hub and instances. Immutable, but for what is made of it for delivery. */
@Internal
public abstract class Keyed {
  private @Nullable Object form;

  public abstract String key();

  /** Grows with each change of the room. */
  public abstract long version();

  public abstract boolean isRemoved();

  /** The name, then the arguments; null for a removed key. */
  public abstract @Nullable JsonArray event();

  /** What is delivered of it, made once; two that ask at the same moment may each make one. It has final fields. */
  @SuppressWarnings("unchecked")
  public final <D> D form(Supplier<D> make) {
    Object made = form;
    if (made == null) form = made = make.get();
    return (D) made;
  }
}
