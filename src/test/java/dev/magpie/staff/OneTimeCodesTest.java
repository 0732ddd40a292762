package dev.magpie.staff;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.staff.StaffServer.Answer;
import dev.magpie.staff.StaffServer.Browser;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins with one-time codes, over HTTP. */
class OneTimeCodesTest {
  @TempDir Path folder;
  private StaffServer server;
  private Browser anna;
  private byte[] secret;
  private long step;
  private List<String> recovery;

  @BeforeEach
  void turnOn() throws Exception {
    server = StaffServer.start(folder, new JsonObject().put("attempts_per_minute", 1000));
    server.create("anna", StaffRole.AGENT);
    anna = server.signedIn("anna");
    Answer begun = totp("begin", new JsonObject());
    assertThat(begun.body().getString("uri")).startsWith("otpauth://totp/Magpie:anna?secret=" + begun.body().getString("secret"));
    secret = Base32.decode(begun.body().getString("secret")).orElseThrow();
    step = System.currentTimeMillis() / 1000 / Totp.STEP_SECONDS;
    Answer wrong = totp("confirm", new JsonObject().put("secret", begun.body().getString("secret")).put("code", "abcdef"));
    assertThat(wrong.code()).isEqualTo("CODE");
    Answer confirmed = totp("confirm", new JsonObject().put("secret", begun.body().getString("secret")).put("code", code(step)));
    recovery = confirmed.body().getJsonArray("recovery").stream().map(String.class::cast).toList();
    assertThat(recovery).hasSize(10).doesNotHaveDuplicates().allMatch(code -> code.matches("([a-z2-7]{4}-){3}[a-z2-7]{4}"));
  }

  @AfterEach
  void end() throws Exception {
    server.close();
  }

  @Test
  void aLoginNeedsACodeThatWasNotUsedBefore() throws Exception {
    assertThat(signIn("").code()).isEqualTo("CODE_REQUIRED");
    assertThat(signIn(code(step)).code()).as("the code by which they were turned on").isEqualTo("WRONG");
    String next = code(step + 1);
    assertThat(signIn(next).body().getBoolean("ok")).isTrue();
    assertThat(signIn(next).code()).as("once more").isEqualTo("WRONG");
    assertThat(signIn(code(step - 1)).code()).as("an older one").isEqualTo("WRONG");
  }

  @Test
  void aWrongPasswordIsWrongWhateverTheCode() throws Exception {
    JsonObject body = new JsonObject().put("name", "anna").put("password", "another password").put("code", code(step + 1));
    assertThat(server.browser().signIn(body).code()).isEqualTo("WRONG");
    assertThat(server.browser().signIn(body.putNull("code")).code()).as("without a code").isEqualTo("WRONG");
  }

  @Test
  void aRecoveryCodeIsForOneLogin() throws Exception {
    String code = recovery.get(3).toUpperCase(Locale.ROOT).replace("-", " ");
    assertThat(signIn(code).body().getBoolean("ok")).isTrue();
    assertThat(signIn(code).code()).isEqualTo("WRONG");
    assertThat(await(server.accounts.find("anna")).orElseThrow().recovery()).isEqualTo(9);
  }

  @Test
  void neitherTheSecretNorACodeIsStoredInPlainText() throws Exception {
    String all = server.everything();
    assertThat(all).doesNotContain(Base32.encode(secret)).doesNotContain(recovery);
    for (String code : recovery) assertThat(all).doesNotContain(code, code.replace("-", ""));
  }

  @Test
  void theCodesOutliveANewPasswordAndNotAReset() throws Exception {
    anna.post("/staff/password", new JsonObject().put("password", StaffServer.PASSWORD).put("next", "a new password of hers"));
    JsonObject body = new JsonObject().put("name", "anna").put("password", "a new password of hers");
    assertThat(server.browser().signIn(body).code()).isEqualTo("CODE_REQUIRED");
    assertThat(server.browser().signIn(body.put("code", code(step + 1))).body().getBoolean("ok")).isTrue();
    await(server.accounts.resetPassword("anna", PasswordHash.of("yet another password"), false));
    assertThat(server.browser().signIn("anna", "yet another password").body().getBoolean("ok")).isTrue();
  }

  @Test
  void areTurnedOffByPasswordAndCode() throws Exception {
    assertThat(totp("off", new JsonObject().put("code", "zzzz-zzzz")).code()).isEqualTo("WRONG");
    assertThat(totp("off", new JsonObject().put("code", "")).code()).isEqualTo("CODE_REQUIRED");
    assertThat(totp("off", new JsonObject().put("code", recovery.get(0))).body().getBoolean("ok")).isTrue();
    assertThat(signIn("").body().getBoolean("ok")).isTrue();
    assertThat(server.lines("totp.on")).hasSize(1);
    assertThat(server.lines("totp.off")).hasSize(1);
  }

  private Answer totp(String action, JsonObject body) throws Exception {
    return anna.post("/staff/totp", body.put("action", action).put("password", StaffServer.PASSWORD));
  }

  private Answer signIn(String code) throws Exception {
    return server.browser().signIn(new JsonObject().put("name", "anna").put("password", StaffServer.PASSWORD).put("code", code));
  }

  private String code(long ofStep) {
    return Totp.code(secret, ofStep, 6, "HmacSHA1");
  }
}
