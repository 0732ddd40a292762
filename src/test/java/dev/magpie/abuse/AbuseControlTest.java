package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.abuse.Leaky.Leak;
import dev.magpie.core.IoOptions;
import dev.magpie.testing.Alone;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The checkers of the catalogue are checked: with a guard switched off they fail. */
@Alone
class AbuseControlTest {
  /** What is wrong here does not come right, so that no time has to be given to it. */
  private static final int IMPATIENT_MS = 1_000;

  private static final Row JOINS_AND_GOES = Row.of("-", "a client that joins and goes", Abuser::joined);

  // What a row says about the server.

  @ParameterizedTest
  @EnumSource(Leak.class)
  void theBaselineSeesWhatIsLeftBehind(Leak leak) throws Exception {
    try (Subject leaking = Leaky.subject(leak)) {
      assertThatThrownBy(() -> JOINS_AND_GOES.check(leaking, IMPATIENT_MS)).isInstanceOf(AssertionError.class)
          .hasMessageContaining(leak.seen);
    }
  }

  @Test
  void theBaselineFindsNothingInAServerThatKeepsNothing() throws Exception {
    try (Subject clean = Leaky.subject(null)) {
      assertThatCode(() -> JOINS_AND_GOES.check(clean)).doesNotThrowAnyException();
    }
  }

  @Test
  void seesThatTheLogSaysNothingOrSomethingElse() throws Exception {
    Row silent = Row.of("-", "a client that joins and goes", "nothing says this", Abuser::joined);
    Row other = Row.of("-", "a request that is refused", "nothing says this", abuser -> abuser.get("/socket.io/?EIO=4"));
    Row tooMuch = Row.of("-", "a request that is refused, called odd", abuser -> abuser.get("/socket.io/?EIO=4"));
    try (Subject clean = Leaky.subject(null)) {
      assertThatThrownBy(() -> silent.check(clean, IMPATIENT_MS)).isInstanceOf(AssertionError.class)
          .hasMessageContaining("1 lines in the log");
      assertThatThrownBy(() -> other.check(clean, IMPATIENT_MS)).isInstanceOf(AssertionError.class)
          .hasMessageContaining("nothing says this");
      assertThatThrownBy(() -> tooMuch.check(clean, IMPATIENT_MS)).isInstanceOf(AssertionError.class)
          .hasMessageContaining("request refused");
    }
  }

  @Test
  void theBystanderSeesALoopThatIsBlocked() throws Exception {
    try (Subject blocked = Leaky.blocking(400)) {
      assertThat(JOINS_AND_GOES.check(blocked)).isGreaterThanOrEqualTo(300);
    }
  }

  // What a row says about an answer.

  /**
   * Those that a server without any guard passes: what they send is only odd, and is to be borne with; or the platform's own reader of
   * HTTP, which both have, refuses it.
   */
  private static final Set<String> PASSED_BY_A_YES_MAN = Set.of(
      // Odd, and borne with.
      "37: a close packet",
      "41: namespaces that there are none of",
      "42: 1,000 namespaces on one connection",
      "54: 16,384 keys of one hash",
      "55: keys that mean something elsewhere",
      "61: one attachment at two places",
      "65: 1,500 names of events",
      "68: CONNECT with a pid of 900 kB",
      "68: CONNECT with {\"pid\":\"a\",\"offset\":{\"$gt\":\"\"}}",
      "68: CONNECT with {\"pid\":\"foreign\",\"offset\":\"zzz\"}",
      "68: CONNECT with {\"pid\":{},\"offset\":[]}",
      "74: a ping between fragments",
      "77: a frame of more than 65,536 bytes",
      "86: a close frame, and a connection that stays",
      "CVE-2022-41940: a reset while upgrading",
      "CVE-2024-38355: an event named error",
      "CVE-2016-10518, CVE-2026-45736: memory in a pong",
      "GHSA-2m8v-j782-fhvr: no attachments",
      "+plain: 10 MB come back as they were sent",
      "+plain: three million empty objects are a text",
      "+plain: JSON that is none, names that are reserved, acknowledgements that nobody asked for",
      "+plain: a thousand rooms in one query",
      "+plain: a message that never ends",
      "+http: 2,000 requests at once on one connection, none of whose answers is read at first",
      // Refused by the reader of HTTP.
      "25: a header without a colon",
      "26: an Origin with control characters",
      "81: a key that is none",
      "81: no Connection header",
      "81: version 12",
      "CVE-2026-50020: a NUL before the request",
      "CVE-2026-42581: a length beside chunks",
      "CVE-2018-12537: line ends that a header is made of",
      "CVE-2018-12541: an upgrade with an endless body",
      // What they guard against is not in this platform's version, or is a pattern's time.
      "CVE-2026-1002: a path with dots that poisons a cache",
      "GHSA-5v72, CVE-2021-32640: headers of an upgrade that are hard to read",
      "+http: Upgrade: websocket on a POST with a body",
      "+http: two lengths",
      "+http: a length below zero",
      "+http: transfer codings that end in another than chunked",
      "+http: TLS where none is spoken");

  @Test
  void aServerThatGuardsNothingFailsEveryRowThatAsksForMoreThanPatience() throws Exception {
    Set<String> passed = new ConcurrentSkipListSet<>();
    try (Subject yesMan = YesMan.subject()) {
      ExecutorService several = Executors.newFixedThreadPool(24);
      Catalogue.rows().forEach(row -> several.execute(() -> {
        try (Abuser abuser = new Abuser(yesMan, IMPATIENT_MS)) {
          row.attempt().run(abuser);
          passed.add(row.toString());
        } catch (Exception | AssertionError seen) {
          // The row sees that the guard is missing.
        }
      }));
      several.shutdown();
      assertThat(several.awaitTermination(120, TimeUnit.SECONDS)).isTrue();
    }
    // Fewer on a slow machine, where patience ends too early; some always, so that it is no mere failure to connect.
    assertThat(PASSED_BY_A_YES_MAN).containsAll(passed);
    assertThat(passed).contains("77: a frame of more than 65,536 bytes");
  }

  /** Each guard that a setting lifts, and the row that must see it. */
  static Stream<Arguments> liftedGuards() {
    return Stream.of(
        Arguments.of("limits", "max_depth", 10_000, "51: JSON 1,001 deep"),
        Arguments.of("limits", "max_attachments", 100, "CVE-2026-33151: eleven attachments"),
        Arguments.of("limits", "max_name_length", 1_000_000, "65: an event name of 900 kB"),
        Arguments.of("limits", "max_namespace_length", 1_000_000, "41: a namespace of 900 kB"),
        Arguments.of("limits", "max_number_length", 1_000_000, "52: a number of 100,000 digits"),
        Arguments.of("limits", "max_values", 10_000_000, "+values: 300,000 empty objects in one message"),
        Arguments.of("limits", "events_per_second", 1_000_000, "66: 10,000 events at once"),
        Arguments.of("http", "max_payload", 2_000_000, "14: a body of 1,000,001 bytes, its length announced"),
        Arguments.of("http", "max_payload", 2_000_000, "78: a message of 1,000,001 bytes"),
        Arguments.of("http", "origins", new JsonArray().add("*"), "26: a WebSocket from a foreign Origin, or from none that can be named"),
        Arguments.of("engine", "allow_eio3", true, "2: version 3 where it is not allowed"),
        Arguments.of("engine", "upgrade_timeout_ms", 60_000, "23: a probe, then silence"),
        Arguments.of("engine", "connect_timeout_ms", 60_000, "30: handshakes that never join"));
  }

  @ParameterizedTest
  @MethodSource("liftedGuards")
  void aRowSeesThatItsGuardIsLifted(String part, String key, Object lifted, String row) throws Exception {
    Row one = Catalogue.rows().filter(any -> any.toString().equals(row)).findFirst().orElseThrow();
    try (Subject unguarded = Subject.gateway(new JsonObject()
        .put(part, new JsonObject().put(key, lifted))); Abuser abuser = new Abuser(unguarded, IMPATIENT_MS)) {
      assertThatThrownBy(() -> one.attempt().run(abuser)).as("without " + key)
          .isInstanceOfAny(AssertionError.class, java.io.IOException.class);
    }
  }

  /** The default gateway has no namespaces without end; this one has, and the sixteenth is the last. */
  @Test
  void aConnectionJoinsSixteenNamespacesUnlessMoreAreAllowed() throws Exception {
    Row row = Row.of("42", "1,000 namespaces that there are", "client warned .*connect refused namespace=/n15 reason=Too many namespaces",
        abuser -> {
      var client = abuser.joined();
      for (int i = 0; i < 1_000; i++) client.sendText("40/n" + i + ",");
      for (int i = 0; i < 15; i++) abuser.skipTo(client, "40/n" + i + ",");
      for (int i = 15; i < 1_000; i++) assertThat(abuser.skipTo(client, "44/n" + i + ",")).contains("Too many namespaces");
    });
    try (Subject guarded = Leaky.withNamespaces(new IoOptions())) {
      assertThatCode(() -> row.check(guarded)).doesNotThrowAnyException();
    }
    try (Subject unguarded = Leaky.withNamespaces(new IoOptions().setMaxNamespaces(2_000)); Abuser abuser = new Abuser(unguarded,
        IMPATIENT_MS)) {
      assertThatThrownBy(() -> row.attempt().run(abuser)).isInstanceOfAny(AssertionError.class, java.io.IOException.class);
    }
  }
}
