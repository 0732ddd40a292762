package dev.magpie.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.core.PresenceOptions;
import dev.magpie.log.Recovery;
import dev.magpie.testing.PythonProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests that schemathesis makes from the OpenAPI document, good and bad ones, the same in each run: no answer is a server error, and
 * each is as the document says.
 */
class SchemathesisTest {
  private static final PythonProgram SCHEMATHESIS = new PythonProgram("schemathesis", "schemathesis.txt");

  private static final List<String> CHECKS = List.of("not_a_server_error", "status_code_conformance", "content_type_conformance",
      "response_headers_conformance", "response_schema_conformance", "negative_data_rejection", "positive_data_acceptance",
      "unsupported_method", "allow_header_conformance");

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    SCHEMATHESIS.install();
  }

  @Test
  void findsNoServerErrorAndNoAnswerThatTheDocumentDoesNotName(@TempDir Path folder) throws Exception {
    Path out = folder.resolve("out");
    try (ApiServer server = new ApiServer(folder.resolve("data"), io -> {
      // What a request means that names none.
      io.of("/").recoverable(Recovery.DURABLE);
      io.of("/").presence(new PresenceOptions());
    })) {
      // Requests whose fields are right one by one may be refused by what they mean together.
      Path config = Files.writeString(folder.resolve("schemathesis.toml"),
          "[checks]\npositive_data_acceptance.expected-statuses = [200, 204, 404, 409, 410, 422]\n");
      Process run = new ProcessBuilder(SCHEMATHESIS.path(), "--config-file", config.toString(), "run", server.documentUrl(),
          "--seed", "1", "--max-examples", "15", "--phases", "examples,coverage,fuzzing", "--checks", String.join(",", CHECKS),
          "--continue-on-failure", "--suppress-health-check", "all", "--generation-database", "none", "--no-color",
          "--generation-with-security-parameters", "false",
          "--header", "Authorization: " + server.authorization())
          .directory(folder.toFile()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
      boolean ended = run.waitFor(4, TimeUnit.MINUTES);
      run.destroyForcibly();
      assertThat(ended).as("ended in time").isTrue();
      assertThat(run.exitValue()).as(Files.readString(out)).isZero();
    }
  }
}
