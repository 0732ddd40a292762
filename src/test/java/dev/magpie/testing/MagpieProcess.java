package dev.magpie.testing;

import dev.magpie.Main;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A JVM of its own on the class path of the tests, for what a test stops, kills or starves. {@link #builder} says how it is started. */
public final class MagpieProcess {
  private final Class<?> main;
  private final List<String> arguments;
  private List<String> options = List.of();
  private String classPath = testClassPath();
  private int descriptors;

  private MagpieProcess(Class<?> main, String... arguments) {
    this.main = main;
    this.arguments = List.of(arguments);
  }

  /** The program with these arguments. */
  public static MagpieProcess program(String... arguments) {
    return new MagpieProcess(Main.class, arguments);
  }

  public static MagpieProcess of(Class<?> main, String... arguments) {
    return new MagpieProcess(main, arguments);
  }

  /** The class path of the tests, good in any working directory. */
  public static String testClassPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Options of the JVM, without the class path. */
  public MagpieProcess options(List<String> options) {
    this.options = options;
    return this;
  }

  public MagpieProcess options(String... options) {
    return options(List.of(options));
  }

  /** In place of that of the tests. */
  public MagpieProcess classPath(String classPath) {
    this.classPath = classPath;
    return this;
  }

  /** How many descriptors it may have; 0, the default, for as many as the tests. Needs a shell. */
  public MagpieProcess descriptors(int descriptors) {
    this.descriptors = descriptors;
    return this;
  }

  /** The process, without the settings that the environment of the build has for Magpie or for every JVM. */
  public ProcessBuilder builder() {
    List<String> command = new ArrayList<>();
    if (descriptors > 0) command.addAll(List.of("sh", "-c", "ulimit -n " + descriptors + " && exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As the jar's manifest says; from Java 24 on the machine warns where nobody does.
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("MAGPIE_") || name.endsWith("JAVA_OPTIONS"));
    return builder;
  }
}
