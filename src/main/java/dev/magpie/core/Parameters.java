package dev.magpie.core;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The types of the arguments that a typed handler takes. Immutable; for any thread. */
final class Parameters {
  private final Type[] types;
  /** Of primitive types, which have no value for a missing argument. */
  private final boolean[] required;

  private Parameters(Stream<? extends Type> given) {
    Type[] all = given.toArray(Type[]::new);
    this.types = new Type[all.length];
    this.required = new boolean[all.length];
    for (int i = 0; i < all.length; i++) {
      Objects.requireNonNull(all[i], "type");
      if (all[i] == void.class) throw new IllegalArgumentException("void is not the type of an argument");
      required[i] = all[i] instanceof Class<?> plain && plain.isPrimitive();
      types[i] = all[i] instanceof Class<?> plain ? TypedArgument.boxed(plain) : all[i];
    }
  }

  static Parameters of(Class<?>... types) {
    return new Parameters(Arrays.stream(types));
  }

  static Parameters of(TypeReference<?>... types) {
    return new Parameters(Arrays.stream(types).map(TypeReference::getType));
  }

  /**
   * The arguments of an event in these types; further ones are ignored.
   *
   * @param values converts them
   * @param validator null for none
   * @return null for each that is missing or null
   * @throws InvalidPayload for the first that is of another type, is missing and required, or is refused by the validator
   */
  @Nullable Object[] read(Values values, String event, JsonArray args,
      @Nullable Function<Object, ? extends Collection<Violation>> validator) {
    @Nullable Object[] read = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      read[i] = TypedArgument.read(values, event, args, i, types[i]);
      if (read[i] == null && required[i]) throw new InvalidPayload(event, "args[" + i + "]", TypedArgument.expected(types[i]));
      if (validator != null && read[i] != null) check(event, "args[" + i + "]", read[i], validator);
    }
    return read;
  }

  private static void check(String event, String path, Object value, Function<Object, ? extends Collection<Violation>> validator) {
    if (value instanceof Collection<?> elements) {
      int i = 0;
      for (Object element : elements) {
        if (element != null) check(event, path + "[" + i + "]", element, validator);
        i++;
      }
      return;
    }
    // A validator's order may change from call to call; the client is told the same each time.
    validator.apply(value).stream().min(Comparator.comparing(Violation::path).thenComparing(Violation::expected)).ifPresent(first -> {
      String step = first.path().isEmpty() || first.path().startsWith("[") ? "" : ".";
      throw new InvalidPayload(event, path + step + first.path(), first.expected());
    });
  }
}
