package dev.magpie.log;

import dev.magpie.Internal;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.ServiceLoader.Provider;
import org.jspecify.annotations.Nullable;

/** Chooses the implementation of a port among those on the class path: by a setting where there are several. Stateless. */
@Internal
public final class Provided {
  private Provided() {}

  /**
   * Creates the chosen implementation.
   *
   * @param setting the key of the setting, for messages
   * @param wanted its value, the name of a class; or null
   * @return empty where the class path has none and none is wanted
   * @throws IllegalStateException when there are several and none is wanted, or the wanted one is not there; the message names them
   */
  public static <T> Optional<T> choose(Class<T> port, String setting, @Nullable String wanted) {
    // By their types: only the chosen one is instantiated.
    List<Provider<T>> found = ServiceLoader.load(port, port.getClassLoader()).stream().toList();
    Optional<String> chosen = choose(found.stream().map(each -> each.type().getName()).sorted().toList(), setting, wanted);
    return chosen.map(name -> found.stream().filter(each -> each.type().getName().equals(name)).findFirst().orElseThrow().get());
  }

  public static Optional<String> choose(List<String> found, String setting, @Nullable String wanted) {
    String names = found.isEmpty() ? "none is on the class path" : String.join(", ", found);
    if (wanted != null) {
      if (!found.contains(wanted)) throw new IllegalStateException(setting + ": " + wanted + "; allowed: " + names);
      return Optional.of(wanted);
    }
    if (found.size() > 1) {
      throw new IllegalStateException(setting + ": not set, and the class path has " + found.size() + "; allowed: " + names);
    }
    return found.stream().findFirst();
  }
}
