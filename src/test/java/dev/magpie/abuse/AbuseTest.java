package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Alone;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The catalogue of bad inputs, row by row, against a gateway with default settings. */
@Alone
class AbuseTest {
  /** Nothing like what a bystander shall wait, which is measured and reported; only what no machine is slow enough for. */
  private static final long FAR_TOO_LONG_MS = Row.SOON_MS;

  private static final Map<Long, String> LONGEST_WAITS = new TreeMap<>();

  /** What caches and pools may have grown by. A row that were kept would be a megabyte. */
  private static final long SPARE_BYTES = 16 << 20;

  private Subject subject;
  private long heap;

  @TestFactory
  Stream<DynamicTest> handshakesAndPolling() throws Exception {
    return run(new JsonObject(), HandshakeRows.all());
  }

  @TestFactory
  Stream<DynamicTest> handshakesWithShortTimes() throws Exception {
    JsonObject engine = new JsonObject().put("allow_eio3", false).put("upgrade_timeout_ms", 500).put("connect_timeout_ms", 1000);
    return run(new JsonObject().put("engine", engine), HandshakeRows.withShortTimes());
  }

  @TestFactory
  Stream<DynamicTest> whatTakesTheTimeOfItsDeadline() throws Exception {
    return run(new JsonObject(), HandshakeRows.slow());
  }

  @TestFactory
  Stream<DynamicTest> packets() throws Exception {
    return run(new JsonObject(), PacketRows.all());
  }

  @TestFactory
  Stream<DynamicTest> frames() throws Exception {
    return run(new JsonObject(), FrameRows.all());
  }

  @TestFactory
  Stream<DynamicTest> advisories() throws Exception {
    return run(new JsonObject(), AdvisoryRows.all());
  }

  @TestFactory
  Stream<DynamicTest> whatIsInNoList() throws Exception {
    return run(new JsonObject(), OtherRows.all());
  }

  @TestFactory
  Stream<DynamicTest> whatOutlivesAHeartbeat() throws Exception {
    return run(new JsonObject().put("heartbeat", new JsonObject().put("interval_ms", 1000).put("timeout_ms", 500)),
        OtherRows.withShortHeartbeat());
  }

  private Stream<DynamicTest> run(JsonObject settings, Stream<Row> rows) throws Exception {
    subject = Subject.gateway(settings);
    heap = liveBytes();
    return rows.map(row -> DynamicTest.dynamicTest(row.toString(), () -> {
      long waited = check(row);
      LONGEST_WAITS.merge(waited, row.toString(), (first, more) -> first);
      assertThat(waited).isLessThan(FAR_TOO_LONG_MS);
    }));
  }

  /** The build's short report names a failed row by nothing but its exception. */
  private long check(Row row) throws Exception {
    try {
      return row.check(subject);
    } catch (IOException failure) {
      throw new IOException(row + ": " + failure.getMessage(), failure);
    }
  }

  @AfterEach
  void stop() throws Exception {
    subject.forget();
    long kept = liveBytes() - heap;
    subject.close();
    assertThat(kept).as("bytes of the heap that the rows left behind").isLessThan(SPARE_BYTES);
  }

  private static long liveBytes() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @AfterAll
  static void report() {
    Map<String, String> longest = new TreeMap<>();
    LONGEST_WAITS.entrySet().stream().skip(Math.max(0, LONGEST_WAITS.size() - 5))
        .forEach(wait -> longest.put(wait.getKey() + " ms", wait.getValue()));
    System.out.println("the bystander's longest waits: " + longest);
  }
}
