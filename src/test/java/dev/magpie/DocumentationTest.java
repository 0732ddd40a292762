package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * README and the pages below src/site/markdown: their Java compiles, their links lead somewhere; no line of them and of the source is long.
 * The Java of a guide is that of a project, which {@link GuidesTest} compares.
 */
class DocumentationTest {
  private static final Path README = Path.of("README.md");
  private static final Path SITE = Path.of("src/site/markdown");
  private static final Path EXAMPLES = Path.of("src/test/java/dev/magpie/example");
  private static final int LONGEST_LINE = 140;

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern FENCED = Pattern.compile("(?m)^```.*?^```", Pattern.DOTALL);
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.*)$");

  @TempDir
  Path classes;

  @TestFactory
  Stream<DynamicTest> theJavaOfAPageCompiles() throws IOException {
    return pages().stream().filter(page -> !GuidesTest.isGuide(page)).map(page -> DynamicTest.dynamicTest(page.toString(),
        () -> assertThat(JavaOfPages.compile(Files.readString(page), classes)).isEmpty()));
  }

  @Test
  void javaThatDoesNotCompileIsFound() throws IOException {
    assertThat(JavaOfPages.compile("```java\nio.emmit(\"news\");\n```\n", classes)).contains("emmit");
    assertThat(JavaOfPages.compile("```java\nclass Shop {\n  Missing missing;\n}\n```\n", classes)).contains("Missing");
  }

  @Test
  void readmeShowsTheExampleThatTheTestsRun() throws IOException {
    Map<String, String> shown = new HashMap<>();
    for (String block : JavaOfPages.blocks(Files.readString(README))) {
      Matcher type = JavaOfPages.TYPE.matcher(block);
      if (type.find()) shown.put(type.group(1), block);
    }
    for (String name : List.of("Shop", "ShopTest")) {
      String source = Files.readString(EXAMPLES.resolve(name + ".java"));
      Matcher type = JavaOfPages.TYPE.matcher(source);
      assertThat(type.find()).isTrue();
      assertThat(shown).containsEntry(name, source.substring(type.start()));
    }
  }

  @TestFactory
  Stream<DynamicTest> theLinksOfAPageLeadToFilesAndHeadings() throws IOException {
    return pages().stream().map(page -> DynamicTest.dynamicTest(page.toString(),
        () -> assertThat(broken(page, Files.readString(page))).isEmpty()));
  }

  @Test
  void aLinkThatLeadsNowhereIsFound() throws IOException {
    assertThat(broken(README, "[a](src/none.md) [b](README.md#no-such-heading) [c](https://example.com/x) [d](LICENSE)"))
        .containsExactly("src/none.md", "README.md#no-such-heading");
  }

  @Test
  void everyPageIsInTheIndex() throws IOException {
    String index = Files.readString(SITE.resolve("index.md"));
    for (Path page : pages())
      if (page.startsWith(SITE) && !page.endsWith("index.md")) assertThat(index).contains("](" + page.getFileName() + ")");
  }

  @Test
  void linesAreShort() throws IOException {
    for (Path page : pages()) assertThat(tooLong(Files.readAllLines(page))).as(page.toString()).isEmpty();
  }

  @Test
  void linesOfTheSourceAreShort() throws IOException {
    List<Path> sources;
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      sources = files.filter(file -> file.toString().matches(".*\\.(java|mjs)")).toList();
    }
    assertThat(sources).hasSizeGreaterThan(100);
    for (Path source : sources) assertThat(tooLong(Files.readAllLines(source))).as(source.toString()).isEmpty();
  }

  @Test
  void aLongLineIsFound() {
    String line = "x".repeat(LONGEST_LINE);
    assertThat(tooLong(List.of(line, line + "y", "| " + line + " |"))).containsExactly(line + "y");
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(README));
    try (Stream<Path> files = Files.list(SITE)) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  /** Rows of tables may be longer. */
  private static List<String> tooLong(List<String> lines) {
    return lines.stream().filter(line -> line.length() > LONGEST_LINE && !line.startsWith("|")).toList();
  }

  // --- Links

  private static List<String> broken(Path page, String text) throws IOException {
    List<String> broken = new ArrayList<>();
    for (Matcher link = LINK.matcher(FENCED.matcher(text).replaceAll("")); link.find(); ) {
      String target = link.group(1);
      if (!target.matches("[a-z]+:.*") && !leadsSomewhere(page, target)) broken.add(target);
    }
    return broken;
  }

  private static boolean leadsSomewhere(Path page, String target) throws IOException {
    int hash = target.indexOf('#');
    String name = hash < 0 ? target : target.substring(0, hash);
    Path file = name.isEmpty() ? page : page.resolveSibling(name).normalize();
    return Files.exists(file) && (hash < 0 || headings(file).contains(target.substring(hash + 1)));
  }

  /** The anchors that GitHub makes of a page's headings. */
  private static List<String> headings(Path page) throws IOException {
    return HEADING.matcher(FENCED.matcher(Files.readString(page)).replaceAll("")).results()
        .map(heading -> heading.group(1).toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-')).toList();
  }
}
