package dev.magpie;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The arrows between the packages: a package uses only those named after its own, and no two use each other. All may use the annotation
 * {@link Internal}.
 */
class PackageDependenciesTest {
  private static final String ROOT = "dev.magpie.";
  private static final Path PAGE = Path.of("src/site/markdown/architecture.md");

  /** Each package and those of Magpie's that it uses: no other, and each of these. The root composes all, and is used by none. */
  private static final Map<String, List<String>> ARROWS = Map.ofEntries(
      Map.entry("api", List.of("core", "log", "logging", "ops", "protocol", "staff", "state", "store", "transport", "transport.admission",
          "transport.http")),
      Map.entry("articles", List.of("store")),
      Map.entry("ask", List.of("bus", "core", "logging")),
      Map.entry("auth", List.of("core", "logging")),
      Map.entry("bench", List.of("core")),
      Map.entry("bot", List.of("bus", "logging", "ops", "search", "store")),
      Map.entry("bus", List.of("protocol")),
      Map.entry("chat", List.of("bus", "core", "log", "ops", "staff", "state", "transport", "transport.admission")),
      Map.entry("cluster", List.of("bus", "core", "protocol")),
      Map.entry("core", List.of("log", "logging", "protocol", "state", "transport", "transport.admission", "transport.engineio",
          "transport.heartbeat", "transport.http", "transport.plain", "transport.websocket")),
      Map.entry("files", List.of("logging")),
      Map.entry("emitter", List.of("bus", "core", "logging", "ops", "protocol", "store")),
      Map.entry("gateway", List.of("api", "auth", "bus", "core", "log", "logging", "ops", "protocol", "staff", "state", "transport",
          "transport.admission", "transport.heartbeat", "transport.http", "transport.tls", "transport.websocket")),
      Map.entry("log", List.of("logging", "protocol")),
      Map.entry("logging", List.of()),
      Map.entry("metrics", List.of("core", "transport")),
      Map.entry("ops", List.of("core", "logging")),
      Map.entry("protocol", List.of()),
      Map.entry("reaper", List.of("bus")),
      Map.entry("search", List.of("files", "logging")),
      Map.entry("settings", List.of("auth", "gateway", "log", "ops", "staff", "state", "transport", "transport.admission")),
      Map.entry("staff", List.of("core", "files", "logging", "store", "transport", "transport.admission", "transport.http")),
      Map.entry("state", List.of("log", "protocol")),
      Map.entry("store", List.of("bus", "files", "log", "logging", "protocol", "state")),
      Map.entry("transport", List.of()),
      Map.entry("transport.admission", List.of("transport", "transport.heartbeat")),
      Map.entry("transport.engineio", List.of("protocol", "transport", "transport.admission", "transport.heartbeat",
          "transport.http", "transport.websocket")),
      Map.entry("transport.heartbeat", List.of("transport")),
      Map.entry("transport.http", List.of("transport", "transport.admission")),
      Map.entry("transport.plain", List.of("protocol", "transport", "transport.admission", "transport.heartbeat",
          "transport.http", "transport.websocket")),
      Map.entry("transport.tls", List.of("files", "transport", "transport.admission")),
      Map.entry("transport.websocket", List.of("transport", "transport.admission", "transport.heartbeat", "transport.http")),
      Map.entry("tutorial", List.of("bus", "core", "logging", "state")));

  private static JavaClasses magpie;

  @BeforeAll
  static void read() {
    magpie = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.magpie");
  }

  @TestFactory
  Stream<DynamicTest> aPackageUsesOnlyThoseItsArrowsPointTo() {
    return ARROWS.keySet().stream().sorted().map(name -> DynamicTest.dynamicTest(name, () -> check(name, ARROWS.get(name))));
  }

  @Test
  void everyPackageHasItsArrows() {
    classes().should().resideInAnyPackage(
        Stream.concat(Stream.of("dev.magpie"), ARROWS.keySet().stream().map(name -> ROOT + name)).toArray(String[]::new)).check(magpie);
  }

  @Test
  void theDocumentationShowsThePackagesAndTheirArrows() throws IOException {
    String row = "\\| `([a-z.]+)` \\|.*\\| (none|`[`a-z., ]+`) \\|";
    Map<String, List<String>> shown = Pattern.compile("(?m)^" + row + "$").matcher(Files.readString(PAGE)).results()
        .collect(Collectors.toMap(found -> found.group(1), found -> found.group(2).equals("none") ? List.of()
            : List.of(found.group(2).replace("`", "").split(", "))));
    Map<String, List<String>> arrows = new TreeMap<>();
    ARROWS.forEach((name, uses) -> arrows.put(name, uses.stream().sorted().toList()));
    assertThat(shown).containsExactlyInAnyOrderEntriesOf(arrows);
  }

  @Test
  void anArrowThatIsMissingIsFound() {
    assertThatThrownBy(() -> check("core", List.of("protocol"))).isInstanceOf(AssertionError.class).hasMessageContaining("transport");
  }

  @Test
  void everyArrowIsUsed() {
    assertThat(unused(ARROWS)).isEmpty();
  }

  @Test
  void anArrowThatNoCodeUsesIsFound() {
    assertThat(unused(Map.of("log", List.of("protocol", "transport")))).containsExactly("log -> transport");
  }

  @Test
  void noTwoPackagesUseEachOtherByWhateverWay() {
    for (String name : ARROWS.keySet()) assertThat(reachable(name)).as("reached from " + name).doesNotContain(name);
  }

  @Test
  void nettyStaysInTheClassesThatSpeakToTheWire() {
    noClasses().that().resideOutsideOfPackages(ROOT + "transport..", ROOT + "store")
        .should().dependOnClassesThat().resideInAnyPackage("io.netty..").check(magpie);
  }

  @Test
  void thePacketLanguageKnowsNoInputAndOutput() {
    noClasses().that().resideInAPackage(ROOT + "protocol").should().dependOnClassesThat()
        .resideInAnyPackage("io.netty..", "io.vertx.core", "io.vertx.core.http..", "io.vertx.core.net..")
        .orShould().dependOnClassesThat().areAssignableTo(java.io.InputStream.class)
        .orShould().dependOnClassesThat().areAssignableTo(java.nio.file.Files.class)
        .orShould().dependOnClassesThat().areAssignableTo(java.net.Socket.class)
        .orShould().dependOnClassesThat().areAssignableTo(Thread.class)
        .orShould().dependOnClassesThat().areAssignableTo(java.util.concurrent.Executor.class)
        .check(magpie);
  }

  private static List<String> unused(Map<String, List<String>> arrows) {
    Set<String> used = new HashSet<>();
    for (JavaClass one : magpie) {
      String from = one.getPackageName() + " -> ";
      for (Dependency dependency : one.getDirectDependenciesFromSelf()) used.add(from + dependency.getTargetClass().getPackageName());
    }
    List<String> unused = new ArrayList<>();
    arrows.forEach((from, all) -> {
      for (String to : all) if (!used.contains(ROOT + from + " -> " + ROOT + to)) unused.add(from + " -> " + to);
    });
    return unused;
  }

  private static Set<String> reachable(String name) {
    Set<String> reached = new HashSet<>();
    Deque<String> next = new ArrayDeque<>(ARROWS.get(name));
    while (!next.isEmpty()) {
      String one = next.poll();
      if (reached.add(one)) next.addAll(ARROWS.get(one));
    }
    return reached;
  }

  private static void check(String name, List<String> arrows) {
    List<String> allowed = new ArrayList<>();
    allowed.add(ROOT + name);
    arrows.forEach(arrow -> allowed.add(ROOT + arrow));
    DescribedPredicate<JavaClass> others = resideInAnyPackage("dev.magpie..")
        .and(DescribedPredicate.not(resideInAnyPackage(allowed.toArray(String[]::new)))).and(DescribedPredicate.not(type(Internal.class)));
    noClasses().that().resideInAPackage(ROOT + name).should().dependOnClassesThat(others).check(magpie);
  }
}
