package dev.magpie.staff;

import static dev.magpie.testing.Await.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Accounts, sessions and audit in the embedded database. */
class StaffStoreTest {
  @TempDir Path folder;
  Vertx vertx;
  Store store;
  StaffAccounts accounts;
  Audit audit;

  @BeforeEach
  void open() throws Exception {
    vertx = Vertx.vertx();
    store = await(Store.open(vertx, options()));
    accounts = new StaffAccounts(store.client());
    audit = Audit.of(store);
  }

  StoreOptions options() {
    return StoreOptions.embedded(folder.resolve("data"));
  }

  @AfterEach
  void close() throws Exception {
    await(store.close());
    await(vertx.close());
  }

  // --- Accounts

  @Test
  void anAccountIsFoundByItsLogin() throws Exception {
    assertThat(await(accounts.count())).isZero();
    assertThat(await(accounts.create("anna", Set.of(StaffRole.AGENT, StaffRole.EDITOR), "hash", true))).isTrue();
    StaffAccount anna = await(accounts.find("anna")).orElseThrow();
    assertThat(anna)
        .isEqualTo(new StaffAccount("anna", "anna", Set.of(StaffRole.AGENT, StaffRole.EDITOR), "hash", true, false, 0, null, 0));
    assertThat(anna.id()).isEqualTo("staff:anna");
    assertThat(await(accounts.find("bob"))).isEmpty();
    assertThat(await(accounts.count())).isOne();
  }

  @Test
  void ofTwoThatCreateTheSameAccountOneWins() throws Exception {
    List<Future<Boolean>> both = List.of(accounts.create("anna", Set.of(), "one", false), accounts.create("anna", Set.of(), "two", false));
    assertThat(List.of(await(both.get(0)), await(both.get(1)))).containsExactlyInAnyOrder(true, false);
  }

  @Test
  void eachChangeThatEndsSessionsRaisesTheEpoch() throws Exception {
    await(accounts.create("anna", Set.of(StaffRole.AGENT), "old", true));
    assertThat(await(accounts.resetPassword("anna", "new", false))).isTrue();
    assertThat(await(accounts.setRoles("anna", Set.of(StaffRole.ADMIN)))).isTrue();
    assertThat(await(accounts.setDisabled("anna", true))).isTrue();
    StaffAccount anna = await(accounts.find("anna")).orElseThrow();
    assertThat(anna).isEqualTo(new StaffAccount("anna", "anna", Set.of(StaffRole.ADMIN), "new", false, true, 3, null, 0));
  }

  @Test
  void whatIsNotThereIsNotChanged() throws Exception {
    assertThat(await(accounts.setDisabled("nobody", true))).isFalse();
    assertThat(await(accounts.resetPassword("nobody", "hash", true))).isFalse();
    assertThat(await(accounts.list())).isEmpty();
  }

  @Test
  void areListedByLogin() throws Exception {
    for (String login : List.of("carl", "anna", "bob")) await(accounts.create(login, Set.of(), "hash", false));
    assertThat(await(accounts.list())).extracting(StaffAccount::login).containsExactly("anna", "bob", "carl");
  }

  // --- Sessions

  @Test
  void aSessionEndsWhenItIsNotUsedForTheIdleTime() throws Exception {
    long[] now = {1_000_000};
    StaffSessions sessions = sessions(now);
    String id = begin(sessions);
    for (int i = 0; i < 3; i++) {
      now[0] += StaffOptions.DEFAULT.idleMs() - 1;
      assertThat(await(sessions.use(id)).orElseThrow().account().login()).isEqualTo("anna");
    }
    now[0] += StaffOptions.DEFAULT.idleMs();
    assertThat(await(sessions.use(id))).isEmpty();
  }

  @Test
  void aSessionEndsAtItsAbsoluteEndHoweverOftenItIsUsed() throws Exception {
    long[] now = {1_000_000};
    StaffSessions sessions = sessions(now);
    String id = begin(sessions);
    long end = now[0] + StaffOptions.DEFAULT.absoluteMs();
    for (; now[0] < end; now[0] += StaffOptions.DEFAULT.idleMs() - 1) {
      assertThat(await(sessions.use(id)).orElseThrow().endsAt()).isEqualTo(end);
      assertThat(await(sessions.open(Set.of(id, "another")))).containsExactly(id);
    }
    now[0] = end;
    assertThat(await(sessions.use(id))).isEmpty();
    assertThat(await(sessions.open(Set.of(id)))).isEmpty();
    assertThat(await(sessions.sweep())).isOne();
  }

  @Test
  void aSessionEndsWithADisabledAccountAndIsNotOneOfAnEnabledOneAgain() throws Exception {
    StaffSessions sessions = sessions(new long[] {1_000_000});
    String id = begin(sessions);
    await(accounts.setDisabled("anna", true));
    assertThat(await(sessions.use(id))).isEmpty();
    await(accounts.setDisabled("anna", false));
    assertThat(await(sessions.use(id))).isEmpty();
    assertThat(await(sessions.open(Set.of(id)))).isEmpty();
  }

  private StaffSessions sessions(long[] now) {
    return new StaffSessions(store.client(), accounts, StaffOptions.DEFAULT, () -> now[0]);
  }

  private String begin(StaffSessions sessions) throws Exception {
    await(accounts.create("anna", Set.of(StaffRole.AGENT), "hash", false));
    return Secrets.digest(await(sessions.begin(await(accounts.find("anna")).orElseThrow(), "203.0.113.77")));
  }

  // --- Audit

  @Test
  void aLineHasActorActionTargetTimeResultAndAMaskedAddress() throws Exception {
    await(audit.append("staff:anna", "disable", "staff:bob", new JsonObject().put("address", "203.0.113.77").put("reason", "left")));
    JsonObject line = await(audit.newest(null, 10)).get(0);
    assertThat(line.remove("_id")).asString().matches("\\d{13}-[0-9a-f-]{36}");
    assertThat(line.remove("at")).asString().contains("T");
    assertThat(line).isEqualTo(new JsonObject().put("actor", "staff:anna").put("action", "disable").put("target", "staff:bob")
        .put("result", "ok").put("address", "203.0.113.0/24").put("details", new JsonObject().put("reason", "left")));
  }

  @Test
  void linesAreReadFromTheNewestOnInPages() throws Exception {
    for (int i = 0; i < 5; i++) {
      await(audit.append("command", "number", "" + i, new JsonObject()));
      // Ids sort by the millisecond.
      long now = System.currentTimeMillis();
      while (System.currentTimeMillis() == now) Thread.onSpinWait();
    }
    List<JsonObject> first = await(audit.newest(null, 2));
    assertThat(first).extracting(line -> line.getString("target")).containsExactly("4", "3");
    assertThat(await(audit.newest(first.get(1).getString("_id"), 10))).extracting(line -> line.getString("target"))
        .containsExactly("2", "1", "0");
  }

  @Test
  void theProgramOnlyAddsToTheAudit() throws Exception {
    String source = Files.readString(Path.of("src/main/java/dev/magpie/staff/Audit.java"));
    assertThat(source).contains("lines.insert(").doesNotContain("lines.update", "lines.remove");
  }
}
