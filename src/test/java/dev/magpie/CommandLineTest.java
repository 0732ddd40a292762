package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.settings.SettingsException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  @Test
  void withoutArgumentsStartsTheWholeServer() {
    assertThat(parse("")).isEqualTo(new CommandLine(null, false, List.of("dev.magpie.MainVerticle")));
  }

  @Test
  void dropsALeadingRunAndKeepsTheConfigurationToItself() {
    assertThat(parse("run a.Verticle -conf conf/a.json -instances 4 --worker"))
        .isEqualTo(new CommandLine("conf/a.json", false, List.of("a.Verticle", "-worker", "-instances", "4")));
  }

  @Test
  void ofACommandMayHaveAValueBehindAnEqualsSign() {
    assertThat(CommandLine.separated(List.of("import", "a=b.csv", "-conf=c=d.json", "--format=csv", "--dry-run")))
        .containsExactly("import", "a=b.csv", "-conf", "c=d.json", "--format", "csv", "--dry-run");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-conf", "-nonsense", "a b", "-instances 0", "-instances many", "-instances 2",
      "run dev.magpie.MainVerticle -instances 2", "-cluster"})
  void refusesWhatMakesNoSense(String arguments) {
    assertThatThrownBy(() -> parse(arguments)).isInstanceOf(SettingsException.class).hasMessageStartingWith("command line: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.Verticle hunter2", "-conf {chat:{ moderators:[hunter2]}}", "mongodb://me:hunter2@db",
      "-connection:mongodb://me:hunter2@db"})
  void doesNotRepeatWhatMayBeASecret(String arguments) {
    assertThatThrownBy(() -> parse(arguments)).isInstanceOf(SettingsException.class).hasMessageNotContaining("hunter2");
  }

  private static CommandLine parse(String arguments) {
    return CommandLine.parse(arguments.isEmpty() ? new String[0] : arguments.split(" "));
  }
}
