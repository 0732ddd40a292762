package dev.magpie.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Jars that a test makes: of a plug-in, whose one class is compiled for it, and of the program without its libraries. */
public final class PlugInJar {
  private PlugInJar() {}

  /**
   * Writes the jar of an application.
   *
   * @param type the name of its class
   */
  public static void write(Path jar, String type, String source) throws IOException {
    Path classes = Files.createTempDirectory(jar.toAbsolutePath().getParent(), "classes");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    URI name = URI.create("string:///" + type.replace('.', '/') + ".java");
    JavaFileObject file = new SimpleJavaFileObject(name, JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreErrors) {
        return source;
      }
    };
    List<String> options = List.of("-d", classes.toString(), "-cp", MagpieProcess.testClassPath(), "-proc:none");
    if (!compiler.getTask(null, null, null, options, null, List.of(file)).call()) throw new AssertionError("does not compile: " + source);
    pack(jar, new Manifest(), classes, type);
  }

  /** Writes a jar whose service file names a class that may not be in it. */
  public static void pack(Path jar, Manifest manifest, Path classes, String application) throws IOException {
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    Files.createDirectories(jar.toAbsolutePath().getParent());
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest); Stream<Path> files = Files.walk(classes)) {
      files.filter(file -> file.toString().endsWith(".class")).sorted().forEach(file -> copy(classes, file, out));
      if (application == null) return;
      out.putNextEntry(new JarEntry("META-INF/services/dev.magpie.core.Application"));
      out.write(application.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static void copy(Path classes, Path file, OutputStream to) {
    try {
      ((JarOutputStream) to).putNextEntry(new JarEntry(classes.relativize(file).toString().replace('\\', '/')));
      Files.copy(file, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
