package dev.magpie;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Await;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The HTTP API of the program as a process. */
@Timeout(180)
class ApiProcessTest extends CommandProcesses {
  private static final String CONF = "{\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"instances\":0},"
      + "\"recovery\":{\"namespaces\":{\"/\":\"durable\"}}}";

  private static final Pattern MANAGEMENT = Pattern.compile("listening url=(\\S+) listener=management");

  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private String key;

  @Test
  void everyEmitThatWasAnsweredIsInTheLogAfterAKill() throws Exception {
    assertThat(end(start("create", "keys", "create", "test", "--scope", "emit,read", "--rate", "100000"))).as(said("create")).isZero();
    key = out("create").strip();
    Set<Integer> answered = ConcurrentHashMap.newKeySet();
    Process server = start("server", "-conf", CONF);
    List<Thread> callers = new ArrayList<>();
    try {
      String api = "http" + url(server) + "api/v1";
      Await.until("the server is ready", () -> get(api + "/stats").statusCode() == 200);
      AtomicInteger next = new AtomicInteger();
      for (int i = 0; i < 4; i++) callers.add(new Thread(() -> emitUntilItEnds(api, next, answered), "caller-" + i));
      callers.forEach(Thread::start);
      Await.until("many are answered", () -> answered.size() >= 200);
    } finally {
      server.destroyForcibly().waitFor();
    }
    for (Thread caller : callers) caller.join(TimeUnit.SECONDS.toMillis(60));
    server = start("server", "-conf", CONF);
    try {
      String api = "http" + url(server) + "api/v1";
      Await.until("the server is ready", () -> get(api + "/stats").statusCode() == 200);
      assertThat(logged(api)).containsAll(answered);
      servesThePageToOperatorsAlone(api);
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  private void emitUntilItEnds(String api, AtomicInteger next, Set<Integer> answered) {
    try {
      while (true) {
        int number = next.incrementAndGet();
        HttpRequest request = HttpRequest.newBuilder(URI.create(api + "/emit")).header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"event\":\"n\",\"args\":[" + number + "]}")).build();
        if (http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200) answered.add(number);
      }
    } catch (IOException killed) {
      // As it is meant.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Set<Integer> logged(String api) throws Exception {
    Set<Integer> logged = new HashSet<>();
    String after = "";
    while (after != null) {
      HttpResponse<String> answer = get(api + "/history?limit=200" + after);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      JsonObject page = new JsonObject(answer.body());
      JsonArray events = page.getJsonArray("events");
      for (int i = 0; i < events.size(); i++) logged.add(events.getJsonObject(i).getJsonArray("args").getInteger(0));
      after = page.getString("next") == null ? null : "&after=" + page.getString("next");
    }
    return logged;
  }

  private void servesThePageToOperatorsAlone(String api) throws Exception {
    String documentOfAll = api.replace("/v1", "/openapi.yaml");
    assertThat(get(documentOfAll).body()).startsWith("openapi: 3.1.0").contains("url: /api/v1");
    HttpRequest withoutKey = HttpRequest.newBuilder(URI.create(documentOfAll)).build();
    assertThat(http.send(withoutKey, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(401);
    assertThat(get(api.replace("/v1", "/")).statusCode()).isEqualTo(404);
    Matcher management = MANAGEMENT.matcher(out("server"));
    assertThat(management.find()).isTrue();
    for (String file : List.of("", "page.js", "page.css", "swagger-ui.css", "swagger-ui-bundle.js", "openapi.yaml")) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(management.group(1) + "api/" + file)).build();
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(file).isEqualTo(200);
      assertThat(answer.body()).as(file).isNotEmpty();
    }
    HttpRequest page = HttpRequest.newBuilder(URI.create(management.group(1) + "api/")).build();
    assertThat(http.send(page, HttpResponse.BodyHandlers.ofString()).headers().firstValue("content-security-policy").orElse(""))
        .contains("default-src 'none'", "script-src 'self'", "style-src 'self'").doesNotContain("unsafe");
  }

  private HttpResponse<String> get(String url) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer " + key).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
