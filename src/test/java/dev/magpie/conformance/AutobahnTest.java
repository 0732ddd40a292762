package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.PythonProgram;
import dev.magpie.transport.admission.AdmissionLimits;
import dev.magpie.transport.admission.Origins;
import dev.magpie.transport.engineio.EngineOptions;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The WebSocket cases of the Autobahn suite, all but those of compression, which is not offered. In the profile {@code autobahn}. */
@EnabledIfSystemProperty(named = "autobahn", matches = "true")
class AutobahnTest {
  private static final PythonProgram KOSOKU = new PythonProgram("kosoku", "autobahn.txt");

  /** A heartbeat that comes into no case's way: the suite counts the server's pings. */
  private static final EngineOptions CALM =
      new EngineOptions(600_000, 20_000, 1_000_000, 10_000, true, false, false, 1 << 20, null, Origins.any(), null, List.of(),
      AdmissionLimits.NONE);

  /** What the suite says of a case that it does not count as failed. */
  private static final Set<String> PASSED = Set.of("OK", "NON-STRICT", "INFORMATIONAL");

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void everyCasePasses(int instances, @TempDir Path reports) throws Exception {
    KOSOKU.install();
    ConformanceSetUp server = ConformanceTest.done(ConformanceSetUp.start(0, instances, CALM, Map.of()));
    try {
      Process suite = new ProcessBuilder(
              KOSOKU.path(), "-x", "12.*", "-x", "13.*", "-o", reports.toString(), "ws://127.0.0.1:" + server.port() + "/ws?echo=true")
          .redirectErrorStream(true).redirectOutput(reports.resolve("out").toFile()).start();
      if (!suite.waitFor(15, TimeUnit.MINUTES)) suite.destroyForcibly();
    } finally {
      ConformanceTest.done(server.stop());
    }
    JsonObject cases = new JsonObject(Files.readString(reports.resolve("index.json")));
    cases = cases.getJsonObject(cases.fieldNames().iterator().next());
    Map<String, String> failed = new TreeMap<>();
    for (String name : cases.fieldNames()) {
      JsonObject result = cases.getJsonObject(name);
      if (!PASSED.contains(result.getString("behavior")) || !PASSED.contains(result.getString("behaviorClose")))
        failed.put(name, result.encode());
    }
    assertThat(failed).isEmpty();
    assertThat(cases.size()).isGreaterThanOrEqualTo(300);
  }
}
