package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The guides and their projects below src/it, which the profile {@code it} builds and runs: the code of a guide stands in the file that the
 * line before it links.
 */
class GuidesTest {
  private static final Path SITE = Path.of("src/site/markdown");
  private static final Path PROJECTS = Path.of("src/it");
  /** The last link of a paragraph, and the block after it, unless it is commands. */
  private static final Pattern LINKED = Pattern.compile("\\]\\(([^)]+)\\)[^\\n]*\\n\\n```(?!sh)\\w+\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern BLOCK = Pattern.compile("(?m)^```(?!sh)\\w+$");
  private static final Pattern VERSION = Pattern.compile("<((?:vertx|netty|jackson|junit)\\.version)>(.+?)</");

  /** Whether its code is that of a project. */
  static boolean isGuide(Path page) {
    return page.getFileName().toString().startsWith("guide-");
  }

  @TestFactory
  Stream<DynamicTest> theCodeOfAGuideIsThatOfItsProject() throws IOException {
    return guides().stream().map(guide -> DynamicTest.dynamicTest(guide.toString(), () -> {
      String text = Files.readString(guide);
      List<MatchResult> blocks = LINKED.matcher(text).results().toList();
      assertThat(blocks).isNotEmpty().hasSameSizeAs(BLOCK.matcher(text).results().toList());
      for (MatchResult block : blocks)
        assertThat(flat(Files.readString(guide.resolveSibling(block.group(1))))).contains(flat(block.group(2)));
    }));
  }

  @Test
  void eachProjectHasItsGuide() throws IOException {
    StringBuilder guides = new StringBuilder();
    for (Path guide : guides()) guides.append(Files.readString(guide));
    for (Path project : projects()) assertThat(guides).contains("(../../it/" + project.getFileName() + ")");
  }

  @Test
  void theProjectsUseTheVersionsOfTheBuild() throws IOException {
    Map<String, String> own = versions(Path.of("pom.xml"));
    for (Path project : projects()) assertThat(own).containsAllEntriesOf(versions(project.resolve("pom.xml")));
  }

  @Test
  void bothProjectsOfSpringBootHaveTheSameConfiguration() throws IOException {
    for (String name : List.of("MagpieConfiguration", "MagpieServer")) {
      String file = "src/main/java/com/example/" + name + ".java";
      assertThat(PROJECTS.resolve("spring-boot-4").resolve(file)).hasSameTextualContentAs(PROJECTS.resolve("spring-boot-3").resolve(file));
    }
  }

  private static List<Path> guides() throws IOException {
    try (Stream<Path> files = Files.list(SITE)) {
      return new ArrayList<>(files.filter(GuidesTest::isGuide).sorted().toList());
    }
  }

  private static List<Path> projects() throws IOException {
    try (Stream<Path> files = Files.list(PROJECTS)) {
      return files.filter(Files::isDirectory).sorted().toList();
    }
  }

  /** Without the indentation: a guide shows parts of files. */
  private static String flat(String code) {
    return code.lines().map(String::strip).collect(Collectors.joining("\n"));
  }

  private static Map<String, String> versions(Path pom) throws IOException {
    Map<String, String> versions = new TreeMap<>();
    VERSION.matcher(Files.readString(pom)).results().forEach(found -> versions.put(found.group(1), found.group(2)));
    return versions;
  }
}
