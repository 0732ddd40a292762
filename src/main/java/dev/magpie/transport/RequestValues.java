package dev.magpie.transport;

import dev.magpie.Internal;
import io.vertx.ext.auth.User;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/** What handlers in front of an endpoint and its middlewares know about a request, for its {@link Handshake}. Immutable. */
@Internal
@NullMarked
public record RequestValues(@Nullable User user, Map<String, Object> named) {
  /** Throws for a null name or value. */
  public RequestValues {
    named = Map.copyOf(named);
  }

  /** Null if there is nothing to keep. */
  public static @Nullable RequestValues of(@Nullable User user, Map<String, Object> named) {
    return user == null && named.isEmpty() ? null : new RequestValues(user, named);
  }

  /** What is known after a middleware, which gives a {@link User}, a map of named values, or nothing that is kept. */
  public static @Nullable RequestValues after(@Nullable RequestValues before, @Nullable Object given) {
    Map<String, Object> named = before == null ? Map.of() : before.named;
    if (given instanceof User user) return of(user, named);
    if (!(given instanceof Map<?, ?> more)) return before;
    Map<String, Object> all = new HashMap<>(named);
    more.forEach((name, value) -> {
      if (name instanceof String text && value != null) all.put(text, value);
    });
    return of(before == null ? null : before.user, all);
  }
}
