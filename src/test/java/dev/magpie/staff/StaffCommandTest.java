package dev.magpie.staff;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.staff.StaffCommand.Arguments;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StaffCommandTest {
  private static final String PASSWORD = "correct horse battery";

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void createsChangesAndListsAccounts() throws Exception {
    assertThat(run(PASSWORD, "create", "anna", "--role", "agent,editor")).isZero();
    assertThat(err.toString()).isEqualTo("done: anna roles=editor,agent\n");
    assertThat(run("", "create", "bob", "--role", "admin", "--password-file", write(PASSWORD + "\n"))).isZero();
    assertThat(run("", "roles", "anna", "operator")).isZero();
    assertThat(run("", "disable", "bob")).isZero();
    assertThat(run("", "list")).isZero();
    assertThat(out.toString()).isEqualTo("anna roles=operator\nbob roles=admin disabled\n");
    assertThat(run("another long password", "password", "anna")).isZero();
    assertThat(run("", "enable", "bob")).isZero();
    assertThat(stored()).contains("\"disabled\":0").doesNotContain("\"disabled\":1", PASSWORD, "another long password");
  }

  @Test
  void eachChangeIsInTheAudit() throws Exception {
    run(PASSWORD, "create", "anna", "--role", "agent");
    run("", "disable", "anna");
    run("", "disable", "nobody");
    Vertx vertx = Vertx.vertx();
    Store store = await(Store.open(vertx, options()));
    assertThat(await(Audit.of(store).newest(null, 10)))
        .extracting(line -> line.getString("actor") + " " + line.getString("action") + " " + line.getString("target"))
        .containsExactly("command staff.disable staff:anna", "command staff.create staff:anna");
    await(store.close());
    await(vertx.close());
  }

  @Test
  void refusesWhatCannotBeDoneWithCodeOne() throws Exception {
    run(PASSWORD, "create", "anna", "--role", "agent");
    err.reset();
    assertThat(run(PASSWORD, "create", "anna", "--role", "admin")).isOne();
    assertThat(run("", "disable", "bob")).isOne();
    assertThat(run("short", "password", "anna")).isOne();
    assertThat(run("", "password", "anna")).isOne();
    assertThat(run("", "password", "anna", "--password-file", folder.resolve("none").toString())).isOne();
    assertThat(err.toString().lines()).containsExactly(
        "magpie: staff create: anna: there is such an account",
        "magpie: staff: bob: no such account; the command staff list shows them",
        "magpie: staff password: the password has 5 characters; allowed: 12 to 256",
        "magpie: password on standard input: empty; allowed: the password in the first line",
        "magpie: --password-file: " + folder.resolve("none") + ": no such file");
  }

  @Test
  void aDatabaseThatDoesNotAnswerIsCodeTwo() throws Exception {
    StoreOptions away = StoreOptions.at("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200");
    assertThat(command("").run(Arguments.parse(List.of("list")), away)).isEqualTo(2);
    assertThat(err.toString()).startsWith("magpie: the database does not answer").doesNotContain("\tat ", "Exception");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '~', textBlock = """
      ''                                  ~ staff: what?
      remove anna                         ~ staff: what?
      create                              ~ staff create: NAME; allowed: 1 to 32 characters
      create Anna --role agent            ~ staff create: NAME; allowed: 1 to 32 characters
      create anna                         ~ staff create: the role is missing; allowed: editor, agent, operator, admin
      create anna --role boss             ~ staff: the role boss is unknown; allowed: editor, agent, operator, admin
      create anna --role                  ~ staff: --role: its value is missing
      password anna my-secret-password    ~ staff password: argument 2 is one too many: a password is read from
      password anna --password=my-secret-password ~ staff password: argument 2: not an option
      disable anna bob                    ~ staff disable: argument 2 is one too many
      list anna                           ~ staff list: argument 1 is one too many
      roles anna                          ~ staff roles: the role is missing
      """)
  void saysWhatIsWrongWithTheCommandLineAndNoPasswordThatStandsThere(String words, String message) {
    assertThatThrownBy(() -> Arguments.parse(words.isEmpty() ? List.of() : List.of(words.split(" "))))
        .isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(message).hasMessageNotContaining("my-secret-password");
  }

  private int run(String in, String... words) {
    return command(in).run(Arguments.parse(List.of(words)), options());
  }

  private StaffCommand command(String in) {
    return new StaffCommand(new PrintStream(out, true), new PrintStream(err, true),
        new ByteArrayInputStream((in + "\n").getBytes(StandardCharsets.UTF_8)), null);
  }

  private StoreOptions options() {
    return StoreOptions.embedded(folder.resolve("data"));
  }

  private String write(String text) throws Exception {
    return Files.writeString(folder.resolve("password"), text).toString();
  }

  private String stored() throws Exception {
    Vertx vertx = Vertx.vertx();
    Store store = await(Store.open(vertx, options()));
    String all = await(store.client().find(StaffAccounts.COLLECTION, new JsonObject())).toString();
    await(store.close());
    await(vertx.close());
    return all;
  }
}
