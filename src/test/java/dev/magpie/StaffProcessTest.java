package dev.magpie;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The command line of staff beside a server that has the embedded database open. */
@Timeout(180)
class StaffProcessTest extends CommandProcesses {
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void anAccountIsMadeAndDisabledBesideARunningServerWhoseLogHasNoPassword() throws Exception {
    Files.writeString(folder.resolve("secret"), "correct horse battery\n");
    Process server = start("server", "-conf",
        "{\"http\":{\"listeners\":[{\"port\":0,\"applications\":[\"chat\"]}]},\"bot\":{\"instances\":0}}");
    try {
      String origin = "http" + url(server).replaceAll("/$", "");
      Path firstLogin = awaitFile(folder.resolve("data/first-login"));
      assertThat(end(start("create", "staff", "create", "anna", "--role", "agent", "--password-file", "secret")))
          .as(said("create")).isZero();
      assertThat(said("create")).isEqualTo("done: anna roles=agent\n");
      HttpResponse<String> signedIn = post(origin, "anna", "correct horse battery");
      assertThat(signedIn.statusCode()).as(signedIn.body()).isEqualTo(200);
      String cookie = signedIn.headers().firstValue("set-cookie").orElseThrow().split(";")[0];
      assertThat(me(origin, cookie).getString("login")).isEqualTo("anna");
      assertThat(end(start("disable", "staff", "disable", "anna"))).as(said("disable")).isZero();
      long until = System.nanoTime() + SECONDS.toNanos(30);
      while (me(origin, cookie).getBoolean("ok") && System.nanoTime() < until) Thread.sleep(100);
      assertThat(me(origin, cookie).getString("code")).isEqualTo("SIGNED_OUT");
      String oneTime = Files.readAllLines(firstLogin).get(1).replace("password: ", "");
      assertThat(out("server")).contains("first administrator created login=admin one-time password in file=")
          .contains("data/first-login").doesNotContain(oneTime, "correct horse battery");
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  private static Path awaitFile(Path file) throws InterruptedException {
    long until = System.nanoTime() + SECONDS.toNanos(60);
    while (Files.notExists(file) && System.nanoTime() < until) Thread.sleep(50);
    return file;
  }

  private HttpResponse<String> post(String origin, String name, String password) throws Exception {
    String body = new JsonObject().put("name", name).put("password", password).encode();
    return client.send(HttpRequest.newBuilder(URI.create(origin + "/staff/login")).POST(HttpRequest.BodyPublishers.ofString(body))
        .header("Origin", origin).header("Content-Type", "application/json").build(), BodyHandlers.ofString());
  }

  private JsonObject me(String origin, String cookie) throws Exception {
    return new JsonObject(client.send(HttpRequest.newBuilder(URI.create(origin + "/staff/me")).header("Cookie", cookie).build(),
        BodyHandlers.ofString()).body());
  }
}
