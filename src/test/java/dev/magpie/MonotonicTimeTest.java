package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Date;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** Who decides about the living and the dead reads monotonic time only: a clock that is set closes nobody. */
class MonotonicTimeTest {
  private static final String[] PACKAGES = {"dev.magpie.transport..", "dev.magpie.core..", "dev.magpie.cluster..", "dev.magpie.reaper..",
      "dev.magpie.gateway.."};

  @Test
  void nothingThatTellsTheDeadReadsTheWallClock() {
    JavaClasses magpie = new ClassFileImporter().withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
        .importPackages("dev.magpie");
    ArchRuleDefinition.classes().that().resideInAnyPackage(PACKAGES)
        // When a link was opened is for people to read; and a session's record outlives the process, whose monotonic time does not.
        // How old a log's oldest event is, is shown to people, and nothing decides by it.
        // Until when a limit lasts is told to clients, and certificates are valid by the wall clock.
        .and().doNotHaveSimpleName("Exceeded").and().doNotHaveSimpleName("ListenerTls")
        .and().doNotHaveSimpleName("Handshake").and().doNotHaveSimpleName("IoOptions").and().doNotHaveSimpleName("SocketMetrics")
        .should(notReadTheWallClock()).check(magpie);
  }

  @Test
  void aClassThatReadsItIsFoundInWhateverWay() {
    ArchRule rule = ArchRuleDefinition.classes().should(notReadTheWallClock()).allowEmptyShould(true);
    for (Class<?> reader : new Class<?>[] {Millis.class, Reference.class, Moment.class, Dated.class, Local.class, Clocked.class}) {
      assertThat(rule.evaluate(new ClassFileImporter().importClasses(reader)).getFailureReport().getDetails()).as(reader.getSimpleName())
          .hasSize(1);
    }
    assertThatCode(() -> rule.check(new ClassFileImporter().importClasses(Monotonic.class))).doesNotThrowAnyException();
  }

  private static ArchCondition<JavaClass> notReadTheWallClock() {
    return new ArchCondition<>("not read the wall clock") {
      @Override
      public void check(JavaClass reader, ConditionEvents events) {
        for (JavaCodeUnitAccess<?> access : reader.getCodeUnitAccessesFromSelf()) {
          if (readsTheWallClock(access)) events.add(SimpleConditionEvent.violated(reader, access.getDescription()));
        }
      }
    };
  }

  private static boolean readsTheWallClock(JavaCodeUnitAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    if (owner.equals("java.lang.System")) return name.equals("currentTimeMillis");
    if (owner.equals("java.util.Date") || owner.equals("java.util.GregorianCalendar"))
      return name.equals("<init>") && access.getTarget().getRawParameterTypes().isEmpty();
    if (owner.equals("java.util.Calendar")) return name.equals("getInstance");
    if (owner.equals("java.time.Clock")) return name.startsWith("system") || name.startsWith("tick");
    return owner.startsWith("java.time.") && name.equals("now");
  }

  private static final class Millis {
    long read() {
      return System.currentTimeMillis();
    }
  }

  private static final class Reference {
    LongSupplier read() {
      return System::currentTimeMillis;
    }
  }

  private static final class Moment {
    Instant read() {
      return Instant.now();
    }
  }

  private static final class Dated {
    Date read() {
      return new Date();
    }
  }

  private static final class Local {
    LocalDateTime read() {
      return LocalDateTime.now();
    }
  }

  private static final class Clocked {
    Clock read() {
      return Clock.systemUTC();
    }
  }

  private static final class Monotonic {
    long read() {
      return System.nanoTime() + new Date(0).getTime();
    }
  }
}
