package dev.magpie.staff;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.staff.StaffServer.Browser;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first administrator of a new database. */
class FirstLoginTest {
  @TempDir Path folder;
  private StaffServer server;

  @BeforeEach
  void start() throws Exception {
    server = StaffServer.start(folder, new JsonObject());
  }

  @AfterEach
  void end() throws Exception {
    server.close();
  }

  @Test
  void aOneTimePasswordIsInAFileForThisUserAloneAndIsChangedAtTheFirstLogin() throws Exception {
    await(deploy(new JsonObject()));
    Path file = folder.resolve("data/first-login");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
    List<String> lines = Files.readAllLines(file);
    assertThat(lines.get(0)).isEqualTo("name: admin");
    String password = lines.get(1).replace("password: ", "");
    assertThat(password).matches("([a-z2-7]{4}-){5}[a-z2-7]{4}");
    assertThat(server.everything()).doesNotContain(password);

    Browser browser = server.signedIn("admin", password);
    assertThat(file).doesNotExist();
    JsonObject me = browser.me();
    assertThat(me.getBoolean("mustChange")).isTrue();
    assertThat(me.getJsonArray("roles")).containsExactly("admin");
    assertThat(browser.post("/staff/totp", new JsonObject().put("password", password).put("action", "begin")).code())
        .isEqualTo("CHANGE_PASSWORD");
    browser.post("/staff/password", new JsonObject().put("password", password).put("next", "a password of my own"));
    assertThat(browser.me().getBoolean("mustChange")).isFalse();
  }

  @Test
  void aServerWithAccountsMakesNone() throws Exception {
    server.create("anna", StaffRole.ADMIN);
    await(deploy(new JsonObject()));
    assertThat(folder.resolve("data/first-login")).doesNotExist();
    assertThat(await(server.accounts.count())).isOne();
  }

  @Test
  void ofServersThatStartAtOnceOneMakesTheAccountAndItsFileHasTheRightPassword() throws Exception {
    Path here = folder.resolve("here");
    Path there = folder.resolve("there");
    await(Future.all(prepare(here), prepare(there)));
    assertThat(await(server.accounts.count())).isOne();
    Path one = Files.exists(here.resolve("first-login")) ? here : there;
    assertThat(one.equals(here) ? there : here).as("the folder of the other").satisfies(
        other -> assertThat(other.resolve("first-login")).doesNotExist());
    String password = Files.readAllLines(one.resolve("first-login")).get(1).replace("password: ", "");
    server.signedIn("admin", password);
  }

  /** As a server with a data folder of its own and the same database. */
  private Future<Void> prepare(Path data) {
    Staff staff = new Staff(server.vertx, new JsonObject().put("data", new JsonObject().put("path", folder.resolve("data").toString())));
    return FirstLogin.prepare(staff, data).eventually(staff::close);
  }

  @Test
  void thePasswordOfAFileNeedsNoChange() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "from the deployment\n");
    await(deploy(new JsonObject().put("admin_password_file", secret.toString())));
    assertThat(folder.resolve("data/first-login")).doesNotExist();
    assertThat(server.signedIn("admin", "from the deployment").me().getBoolean("mustChange")).isFalse();
  }

  @Test
  void aFileThatCannotBeUsedStopsTheStartAndIsNotShown() throws Exception {
    Path secret = Files.writeString(folder.resolve("secret"), "too short");
    assertThatThrownBy(() -> await(deploy(new JsonObject().put("admin_password_file", secret.toString()))))
        .hasMessageContaining("staff.admin_password_file: the password has 9 characters; allowed: 12 to 256")
        .hasMessageNotContaining("too short");
    String missing = folder.resolve("missing").toString();
    assertThatThrownBy(() -> await(deploy(new JsonObject().put("admin_password_file", missing))))
        .hasMessageContaining("staff.admin_password_file: " + missing + ": no such file");
    assertThat(await(server.accounts.count())).isZero();
  }

  private Future<String> deploy(JsonObject staff) {
    JsonObject config = new JsonObject().put("staff", staff)
        .put("data", new JsonObject().put("path", folder.resolve("data").toString()));
    return server.vertx.deployVerticle(new StaffVerticle(), new DeploymentOptions().setConfig(config));
  }
}
