package dev.magpie.gateway;

import dev.magpie.core.Application;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeMap;

/** The applications that are on the class path, found by {@link ServiceLoader}. */
public final class Applications {
  private Applications() {}

  /**
   * The applications with these names, in this order; without names all that are mounted by default, sorted by name.
   *
   * @throws IllegalStateException for an unknown name; the message lists the known ones
   */
  public static List<Application> chosen(List<String> names) {
    TreeMap<String, Application> found = new TreeMap<>();
    for (Application application : ServiceLoader.load(Application.class, Applications.class.getClassLoader())) {
      Application same = found.put(application.name(), application);
      if (same != null)
        throw new IllegalStateException("two applications are named " + application.name() + ": " + same.getClass().getName() + " and "
            + application.getClass().getName());
    }
    if (names.isEmpty()) return found.values().stream().filter(Application::byDefault).toList();
    List<Application> chosen = new ArrayList<>();
    for (String name : names) {
      Application application = found.get(name);
      if (application == null) throw new IllegalStateException("applications: " + name + "; allowed: " + String.join(", ", found.keySet()));
      chosen.add(application);
    }
    return chosen;
  }
}
