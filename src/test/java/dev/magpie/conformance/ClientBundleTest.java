package dev.magpie.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.EnginePollingClient;
import dev.magpie.testing.EnginePollingClient.Response;
import dev.magpie.testing.Rule;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientBundleTest extends ConformanceTest {

  private static Response bundle(String name, Map<String, String> headers) {
    return new EnginePollingClient(server.port(), "/socket.io/" + name, 4).request("GET", "", null, headers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"})
  @Rule(10)
  void theBundleWinsOverTheEngine(String name) {
    Response response = bundle(name, Map.of());
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type")).hasValue("application/javascript; charset=utf-8");
    assertThat(response.body()).contains("Socket.IO v4.");
    assertThat(bundle(name + ".map", Map.of()).header("Content-Type")).hasValue("application/json");
  }

  @Test
  @Rule(10)
  void aPathThatIsNoBundleIsTheEngines() {
    assertThat(bundle("socket.io.css", Map.of()).body()).contains("\"code\":0");
  }

  @Test
  @Rule(9)
  void theBundleMayBeReadByPagesOfOtherOrigins() {
    Response response = bundle("socket.io.js", Map.of("Origin", ORIGIN));
    assertThat(response.header("Access-Control-Allow-Origin")).hasValue("*");
    assertThat(response.header("Vary").orElse("")).contains("Origin");
  }

  @Test
  @Rule(10)
  void aBundleThatTheClientHasIsNotSentAgain() {
    String etag = bundle("socket.io.js", Map.of()).header("ETag").orElseThrow();
    Response again = bundle("socket.io.js", Map.of("If-None-Match", etag));
    assertThat(again.status()).isEqualTo(304);
    assertThat(again.bytes()).isEmpty();
    assertThat(again.header("ETag")).hasValue(etag);
    assertThat(bundle("socket.io.js", Map.of("If-None-Match", "\"another\"")).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"W/%s", "\"a\", %s", "\"a\",W/%s , \"b\"", "*"})
  @Rule(10)
  void whatTheClientHasMayBeWeakAndOneOfSeveral(String known) {
    String etag = bundle("socket.io.js", Map.of()).header("ETag").orElseThrow();
    assertThat(bundle("socket.io.js", Map.of("If-None-Match", known.formatted(etag))).status()).isEqualTo(304);
  }

  @ParameterizedTest
  @ValueSource(strings = {"W/\"a\"", "w/%s", "\"a\", \"b\"", "%s-gzip", ""})
  @Rule(10)
  void anotherVersionIsReplaced(String known) {
    String etag = bundle("socket.io.js", Map.of()).header("ETag").orElseThrow();
    assertThat(bundle("socket.io.js", Map.of("If-None-Match", known.formatted(etag))).status()).isEqualTo(200);
  }

  @Test
  @Rule({10, 25})
  void aBundleIsCompressedForThoseWhoTakeIt() throws IOException {
    byte[] plain = bundle("socket.io.min.js", Map.of()).bytes();
    Response compressed = bundle("socket.io.min.js", Map.of("Accept-Encoding", "br, gzip;q=0.5"));
    assertThat(compressed.header("Content-Encoding")).hasValue("gzip");
    assertThat(compressed.header("Content-Length")).hasValue(Integer.toString(compressed.bytes().length));
    assertThat(new GZIPInputStream(new ByteArrayInputStream(compressed.bytes())).readAllBytes()).isEqualTo(plain);
    assertThat(bundle("socket.io.min.js", Map.of("Accept-Encoding", "gzip;q=0, identity")).header("Content-Encoding")).isEmpty();
  }
}
