package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command {@code keys} as a process, beside a server that has the embedded database open, and without one. */
@Timeout(180)
class KeysProcessTest extends CommandProcesses {
  private static final Pattern MANAGEMENT = Pattern.compile("listening url=(\\S+) listener=management");

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void aKeyIsMadeAndRevokedBesideARunningServer() throws Exception {
    assertThat(end(start("early", "keys", "create", "early", "--scope", "metrics"))).as(said("early")).isZero();
    Process server = start("server", "-conf", "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"instances\":0}}");
    try {
      String url = "http" + url(server);
      dev.magpie.testing.Await.until("the server is ready", () -> get(url + "ready", "").statusCode() == 200);
      assertThat(get(url + "metrics", out("early").strip()).statusCode()).as("made while no server ran").isEqualTo(200);
      assertThat(end(start("create", "keys", "create", "prometheus", "--scope=metrics"))).as(said("create")).isZero();
      String key = out("create").strip();
      assertThat(get(url + "metrics", key).body()).contains("magpie_build_info{");
      assertThat(get(url + "ready", key).body()).contains("\"database\":\"ok\"");
      assertThat(get(url + "metrics", "").statusCode()).isEqualTo(404);
      HttpResponse<String> forbidden = get(url + "api/v1/stats", key);
      assertThat(forbidden.statusCode()).isEqualTo(403);
      Matcher management = MANAGEMENT.matcher(out("server"));
      assertThat(management.find()).isTrue();
      assertThat(get(management.group(1) + "api/v1/stats", "").statusCode()).as("without a key, on loopback").isEqualTo(401);
      assertThat(end(start("revoke", "keys", "revoke", key))).as(said("revoke")).isZero();
      long revoked = System.nanoTime();
      dev.magpie.testing.Await.until("the key is refused", () -> get(url + "metrics", key).statusCode() == 401);
      assertThat(System.nanoTime() - revoked).isLessThan(15_000_000_000L);
      assertThat(end(start("wrong", "keys", "create", "x"))).isEqualTo(2);
      assertThat(said("wrong")).startsWith("magpie: keys create: the scope is missing").hasLineCount(1);
    } finally {
      server.destroyForcibly().waitFor();
    }
    assertThat(end(start("list", "keys", "list"))).isZero();
    assertThat(out("list").lines()).hasSize(3).anyMatch(line -> line.contains(" revoked metrics"))
        .anyMatch(line -> line.contains(" valid   metrics"));
  }

  private HttpResponse<String> get(String url, String key) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    if (!key.isEmpty()) request.header("Authorization", "Bearer " + key);
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
