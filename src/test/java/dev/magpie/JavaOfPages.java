package dev.magpie;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The Java of a page. A {@code java} block that declares a class is a file of its own; any other is the body of a method in a class with
 * the fields {@link #GIVEN}. All blocks of a page are compiled together. Public types of Magpie, Vert.x and JUnit need no import.
 */
final class JavaOfPages {
  private static final String GIVEN = "Vertx vertx; Router router; Io io; Socket socket; VertxTestContext context;";
  private static final List<String> IMPORTED = List.of("java.util", "java.util.function", "java.util.regex", "io.vertx.core",
      "io.vertx.core.buffer", "io.vertx.core.json", "io.vertx.core.http", "io.vertx.ext.web", "io.vertx.ext.web.handler", "io.vertx.junit5",
      "org.junit.jupiter.api", "org.junit.jupiter.api.extension", "dev.magpie.testing", "java.nio.file", "io.vertx.json.schema",
      "com.fasterxml.jackson.core.type",
      "com.fasterxml.jackson.databind", "io.vertx.core.net", "io.vertx.ext.auth.jwt", "io.vertx.ext.auth.authentication",
      "io.vertx.ext.auth.authorization");

  private static final Pattern JAVA = Pattern.compile("(?m)^```java\n(.*?)^```", Pattern.DOTALL);
  static final Pattern TYPE = Pattern.compile("(?m)^(?:@.*\\n)*(?:public )?(?:final )?(?:class|record|interface) (\\w+)");

  private JavaOfPages() {}

  static List<String> blocks(String page) {
    return JAVA.matcher(page).results().map(block -> block.group(1)).toList();
  }

  /**
   * @param classes where the classes go
   * @return what the compiler says of a page's Java; empty where it has no fault, or no Java
   */
  static String compile(String page, Path classes) throws IOException {
    Map<String, String> sources = new LinkedHashMap<>();
    for (String block : blocks(page)) {
      Matcher type = TYPE.matcher(block);
      if (type.find()) sources.put(type.group(1), block);
      else sources.put("Block" + sources.size(), method("Block" + sources.size(), block));
    }
    if (sources.isEmpty()) return "";
    String imports = imports();
    List<JavaFileObject> files = new ArrayList<>();
    sources.forEach((name, source) -> files.add(new Source(name, imports + source)));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    boolean compiled = compiler.getTask(said, null, null,
        List.of("-d", classes.toString(), "-proc:none", "-nowarn", "-cp", System.getProperty("java.class.path")), null, files).call();
    return compiled ? "" : said.toString();
  }

  private static String method(String type, String block) {
    return "class " + type + " {\n  " + GIVEN + "\n  void run() throws Exception {\n" + block + "\n  }\n}\n";
  }

  /** Of Magpie all packages, wherever they are. */
  private static String imports() throws IOException {
    StringBuilder imports = new StringBuilder();
    for (String name : IMPORTED) imports.append("import ").append(name).append(".*; ");
    Path root = Path.of("src/main/java");
    try (Stream<Path> files = Files.walk(root)) {
      files.filter(file -> file.endsWith("package-info.java")).map(file -> root.relativize(file.getParent()).toString().replace('/', '.'))
          .forEach(name -> imports.append("import ").append(name).append(".*; "));
    }
    return imports.append("import static org.junit.jupiter.api.Assertions.*;\n").toString();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(String type, String text) {
      super(URI.create("page:///" + type + ".java"), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
