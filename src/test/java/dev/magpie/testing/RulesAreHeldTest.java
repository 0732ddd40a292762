package dev.magpie.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.commons.support.AnnotationSupport.findAnnotation;
import static org.junit.platform.commons.support.AnnotationSupport.isAnnotated;

import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.ReflectionSupport;

/** A test holds each rule that protocol.md lists, and no test names a rule that is not listed. */
class RulesAreHeldTest {
  private static final int RULES = 63;
  private static final Path PAGE = Path.of("src/site/markdown/protocol.md");
  private static final Pattern LISTED = Pattern.compile("(?m)^(\\d+)\\. ");

  private static List<Class<?>> compiled;

  @BeforeAll
  static void findTheTests() throws URISyntaxException {
    compiled = ReflectionSupport.findAllClassesInClasspathRoot(
        RulesAreHeldTest.class.getProtectionDomain().getCodeSource().getLocation().toURI(), any -> true, any -> true);
  }

  @Test
  void thePageListsEveryRuleOnce() throws IOException {
    List<Integer> listed = LISTED.matcher(Files.readString(PAGE)).results().map(rule -> Integer.valueOf(rule.group(1))).toList();
    assertThat(listed).containsExactlyElementsOf(IntStream.rangeClosed(1, RULES).boxed().toList());
  }

  @Test
  void aTestHoldsEveryRule() {
    SortedSet<Integer> missing = IntStream.rangeClosed(1, RULES).boxed().collect(Collectors.toCollection(TreeSet::new));
    missing.removeAll(held());
    assertThat(missing).as("rules that no test carries").isEmpty();
  }

  @Test
  void noTestHoldsARuleThatThereIsNot() {
    assertThat(held()).allMatch(rule -> rule >= 1 && rule <= RULES);
  }

  private static SortedSet<Integer> held() {
    return compiled.stream()
        .filter(RulesAreHeldTest::runs)
        .flatMap(tests -> Stream.concat(Stream.of(tests), methods(tests)))
        .flatMap(place -> findAnnotation(place, Rule.class).stream())
        .flatMapToInt(rule -> Arrays.stream(rule.value()))
        .boxed().collect(Collectors.toCollection(TreeSet::new));
  }

  /** An abstract class holds nothing until another makes it a test. */
  private static boolean runs(Class<?> tests) {
    boolean concrete = compiled.stream().anyMatch(c -> tests.isAssignableFrom(c) && !Modifier.isAbstract(c.getModifiers()));
    return concrete && !isAnnotated(tests, Disabled.class) && (isAnnotated(tests, Testable.class) || methods(tests).findAny().isPresent());
  }

  private static Stream<AnnotatedElement> methods(Class<?> tests) {
    return Arrays.stream(tests.getDeclaredMethods()).filter(RulesAreHeldTest::isTest).map(AnnotatedElement.class::cast);
  }

  private static boolean isTest(Method method) {
    return isAnnotated(method, Testable.class) && !isAnnotated(method, Disabled.class);
  }
}
