package dev.magpie.gateway;

import dev.magpie.core.Application;
import dev.magpie.logging.Reason;
import dev.magpie.ops.BuildInfo;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The applications on the class path and in the jars of the folder {@code plugins} beside the program's jar, found by {@link
 * ServiceLoader}. These jars have one class loader, in the order of their file names, whose parent is the program's. For any thread.
 */
public final class Applications {
  private static final String FOLDER = "plugins";

  /** Null until it is used. */
  private static ClassLoader loader;

  private Applications() {}

  /**
   * The applications with these names, in this order; without names all that are mounted by default, sorted by name.
   *
   * @throws IllegalStateException for an unknown name; the message lists the known ones. Also for a jar or a class that cannot be loaded
   */
  public static List<Application> chosen(List<String> names) {
    TreeMap<String, Application> found = found(loader());
    if (names.isEmpty()) return found.values().stream().filter(Application::byDefault).toList();
    List<Application> chosen = new ArrayList<>();
    for (String name : names) {
      Application application = found.get(name);
      if (application == null) throw new IllegalStateException("applications: " + name + "; allowed: " + String.join(", ", found.keySet()));
      chosen.add(application);
    }
    return chosen;
  }

  /**
   * The keys of a section of the settings that applications have declared, with their defaults; empty if none has.
   *
   * @throws IllegalStateException as {@link #chosen}
   */
  public static JsonObject settings(String section) {
    JsonObject declared = new JsonObject();
    for (Application application : found(loader()).values())
      if (application.section().equals(section)) declared.mergeIn(application.settings());
    return declared;
  }

  /** The file name of the jar in {@code plugins} that has this application; empty for one on the class path. */
  static Optional<String> jar(Application application) {
    Class<?> type = application.getClass();
    if (!(type.getClassLoader() instanceof URLClassLoader plugIns) || !FOLDER.equals(plugIns.getName())) return Optional.empty();
    try {
      return Optional.of(Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).getFileName().toString());
    } catch (URISyntaxException noFile) {
      return Optional.empty();
    }
  }

  /** The class of an application and, of a plug-in, its jar, for messages. */
  static String origin(Application application) {
    return application.getClass().getName() + jar(application).map(jar -> " in " + FOLDER + "/" + jar).orElse("");
  }

  static TreeMap<String, Application> found(ClassLoader loader) {
    TreeMap<String, Application> found = new TreeMap<>();
    try {
      for (Application application : ServiceLoader.load(Application.class, loader)) {
        String name = application.name();
        if (name == null || application.section() == null || application.settings() == null)
          throw new IllegalStateException("application " + origin(application) + ": its name, section or settings are null");
        Application same = found.put(name, application);
        if (same != null)
          throw new IllegalStateException("two applications are named " + name + ": " + origin(same) + " and " + origin(application));
      }
    } catch (ServiceConfigurationError | LinkageError broken) {
      String cause = broken.getCause() == null ? "" : ": " + Reason.of(broken.getCause());
      throw new IllegalStateException("an application cannot be loaded: " + broken.getMessage() + cause, broken);
    }
    return found;
  }

  private static synchronized ClassLoader loader() {
    if (loader == null) loader = loader(BuildInfo.folder().map(program -> program.resolve(FOLDER)));
    return loader;
  }

  static ClassLoader loader(Optional<Path> folder) {
    ClassLoader own = Applications.class.getClassLoader();
    if (folder.isEmpty() || !Files.isDirectory(folder.get())) return own;
    List<URL> jars = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.get())) {
      for (Path file : files.filter(file -> file.toString().endsWith(".jar")).sorted().toList()) jars.add(checked(file));
    } catch (IOException e) {
      throw new IllegalStateException(folder.get() + ": the plug-ins cannot be read: " + Reason.of(e), e);
    }
    return jars.isEmpty() ? own : new URLClassLoader(FOLDER, jars.toArray(URL[]::new), own);
  }

  /** A class loader ignores a file that is no jar. */
  private static URL checked(Path jar) throws MalformedURLException {
    try (JarFile whole = new JarFile(jar.toFile())) {
      return jar.toUri().toURL();
    } catch (MalformedURLException impossible) {
      throw impossible;
    } catch (IOException e) {
      throw new IllegalStateException(jar + ": no jar: " + Reason.of(e), e);
    }
  }
}
