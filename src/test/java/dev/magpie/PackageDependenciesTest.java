package dev.magpie;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between the packages: a package uses only those named after its own, and no two use each other. */
class PackageDependenciesTest {
  private static final String ROOT = "dev.magpie.";

  /** Each package and those of Magpie's that it may use. The root composes all, and is used by none. */
  private static final Map<String, List<String>> ARROWS = Map.ofEntries(
      // The conversion of what an application says.
      Map.entry("bus", List.of("protocol")),
      Map.entry("logging", List.of()),
      Map.entry("protocol", List.of()),
      Map.entry("transport", List.of()),
      Map.entry("transport.engineio", List.of("transport")),
      Map.entry("core", List.of("bus", "protocol", "transport", "transport.engineio")),
      Map.entry("cluster", List.of("core", "transport", "bus")),
      // Of protocol only how values are written and read.
      Map.entry("store", List.of("core", "bus", "protocol")),
      // Of protocol only the limits, which the settings name one by one.
      Map.entry("gateway", List.of("core", "cluster", "protocol", "transport", "bus", "ops")),
      Map.entry("chat", List.of("core", "bus", "ops")),
      Map.entry("ask", List.of("core", "bus")),
      Map.entry("tutorial", List.of("core", "bus")),
      Map.entry("bench", List.of("core")),
      Map.entry("files", List.of()),
      Map.entry("search", List.of("files")),
      Map.entry("bot", List.of("bus", "store", "search", "ops")),
      Map.entry("reaper", List.of("bus")),
      Map.entry("articles", List.of("store")),
      Map.entry("ops", List.of("core")));

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
  void anArrowThatIsMissingIsFound() {
    assertThatThrownBy(() -> check("core", List.of("protocol"))).isInstanceOf(AssertionError.class).hasMessageContaining("transport");
  }

  @Test
  void nettyStaysInTheClassesThatSpeakToTheWire() {
    noClasses().that().resideOutsideOfPackage(ROOT + "transport").and().resideOutsideOfPackages(ROOT + "transport.engineio", ROOT + "store")
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

  private static void check(String name, List<String> arrows) {
    List<String> allowed = new ArrayList<>();
    allowed.add(ROOT + name);
    arrows.forEach(arrow -> allowed.add(ROOT + arrow));
    DescribedPredicate<JavaClass> others = resideInAnyPackage("dev.magpie..").and(DescribedPredicate.not(resideInAnyPackage(allowed.toArray(String[]::new))));
    noClasses().that().resideInAPackage(ROOT + name).should().dependOnClassesThat(others).check(magpie);
  }
}
