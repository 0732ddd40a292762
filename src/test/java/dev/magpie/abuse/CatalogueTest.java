package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.commons.support.AnnotationSupport.isAnnotated;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

/** The rows are complete: a number of the catalogue that nothing holds is found, and so is a test that is not there any more. */
class CatalogueTest {
  private static Set<String> ids() {
    return Catalogue.rows().flatMap(row -> Stream.of(row.id().split(", "))).collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyNumberIsHeldByARowOrATestOrCannotCome() {
    Set<String> missing = Catalogue.all().collect(Collectors.toCollection(TreeSet::new));
    missing.removeAll(ids());
    missing.removeAll(Catalogue.ELSEWHERE.keySet());
    missing.removeAll(Catalogue.IMPOSSIBLE.keySet());
    assertThat(missing).isEmpty();
  }

  @Test
  void noRowHasANumberThatThereIsNot() {
    Set<String> unknown = ids();
    unknown.removeAll(Catalogue.all().toList());
    // Those that were thought of beside the catalogue.
    unknown.removeIf(id -> id.startsWith("+"));
    assertThat(unknown).isEmpty();
  }

  @Test
  void whatCannotComeHasNoRow() {
    assertThat(ids()).doesNotContainAnyElementsOf(Catalogue.IMPOSSIBLE.keySet());
    assertThat(Catalogue.IMPOSSIBLE.values()).noneMatch(String::isBlank);
  }

  @Test
  void noTwoRowsAreCalledTheSame() {
    assertThat(Catalogue.rows().map(Row::toString)).doesNotHaveDuplicates();
  }

  @Test
  void theTestsElsewhereAreThere() throws Exception {
    for (String test : Catalogue.ELSEWHERE.values().stream().flatMap(tests -> tests.stream()).toList()) {
      String name = test.substring(0, test.indexOf('#'));
      if (name.startsWith("dev.magpie.browser.") && !present(name)) continue;
      assertThat(Stream.of(Class.forName(name).getDeclaredMethods())
          .filter(method -> method.getName().equals(test.substring(test.indexOf('#') + 1))))
          .as(test).hasSize(1).allMatch(method -> isAnnotated(method, Testable.class));
    }
  }

  /** They are compiled only where a browser's driver is. */
  private static boolean present(String name) {
    return CatalogueTest.class.getResource("/" + name.replace('.', '/') + ".class") != null;
  }
}
