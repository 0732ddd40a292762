package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.magpie.testing.Await.await;

import com.microsoft.playwright.Page;
import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.staff.StaffVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The login's page in Chromium, and what a page of another origin can do with the cookie: nothing. */
@ExtendWith(Browser.class)
class StaffPageTest {
  private static final String PASSWORD = "from the deployment";

  @TempDir Path folder;
  private Vertx vertx;
  private String server;
  private HttpServer elsewhere;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    String secret = Files.writeString(folder.resolve("secret"), PASSWORD).toString();
    JsonObject listener = new JsonObject().put("port", 0).put("applications", new JsonArray().add("chat"));
    JsonObject config = new JsonObject().put("http", new JsonObject().put("listeners", new JsonArray().add(listener)))
        .put("data", new JsonObject().put("path", folder.resolve("data").toString()))
        .put("staff", new JsonObject().put("admin_password_file", secret))
        .put("shutdown", new JsonObject().put("drain_ms", 500));
    await(vertx.deployVerticle(new StaffVerticle(), new DeploymentOptions().setConfig(config)));
    GatewayVerticle gateway = new GatewayVerticle();
    await(vertx.deployVerticle(gateway, new DeploymentOptions().setConfig(config)));
    server = "http://127.0.0.1:" + URI.create(gateway.urls().get(0)).getPort();
    // Another port of the same host: the browser sends the cookie there and back, and lets its pages open sockets.
    elsewhere = await(vertx.createHttpServer().requestHandler(request -> request.response()
        .putHeader("content-type", "text/html").end("<!doctype html><title>elsewhere</title><body></body>")).listen(0, "127.0.0.1"));
  }

  @AfterEach
  void end() throws Exception {
    await(vertx.close());
  }

  @Test
  void signsInSaysWhatIsWrongChangesThePasswordAndSignsOut(Windows windows) {
    // Chromium logs each answer that is no success.
    windows.expect("401");
    Page page = windows.openUrl(server + "/staff/login");
    fill(page, "another password");
    assertThat(page.locator("#message")).hasText("用户名、密码或验证码不正确。");
    page.locator("[data-language=en]").click();
    assertThat(page.locator("#message")).hasText("The user name, the password or the code is wrong.");
    fill(page, PASSWORD);
    assertThat(page.locator("#account-roles")).hasText("administrator");
    assertThat(page.locator("#signed-out")).isHidden();
    page.locator("#change-password [name=password]").fill(PASSWORD);
    page.locator("#change-password [name=next]").fill("a password of my own");
    page.locator("#change-password [name=again]").fill("a password of my own");
    page.locator("#change-password button").click();
    assertThat(page.locator("#done")).hasText("The password is changed.");
    page.locator("#sign-out").click();
    assertThat(page.locator("#login")).isVisible();
    fill(page, "a password of my own");
    assertThat(page.locator("#account-login")).hasText("admin");
    // Before the server goes.
    page.close();
  }

  @Test
  void goesWhereItsLinkSaysOnThisServerAndNowhereElse(Windows windows) {
    Page page = windows.openUrl(server + "/staff/login?to=//127.0.0.1:" + elsewhere.actualPort() + "/");
    fill(page, PASSWORD);
    assertThat(page.locator("#account-login")).hasText("admin");
    Assertions.assertThat(page.url()).startsWith(server + "/staff/login");
    page.close();
  }

  @Test
  void aPageOfAnotherOriginReadsAndRidesNothing(Windows windows) {
    // Chromium logs what it blocks.
    windows.expect(".");
    Page page = windows.openUrl(server + "/staff/login");
    fill(page, PASSWORD);
    assertThat(page.locator("#account-login")).hasText("admin");
    Page evil = windows.tabAt(page, "http://127.0.0.1:" + elsewhere.actualPort() + "/");
    String read = "url => fetch(url + '/staff/me', { credentials: 'include' }).then(() => 'read', () => 'blocked')";
    Assertions.assertThat(evil.evaluate(read, server)).isEqualTo("blocked");
    for (String path : new String[] {"login", "logout", "password", "totp"}) {
      // With a type for which a browser asks first, then without asking.
      String post = "([url, type]) => fetch(url, { method: 'POST', credentials: 'include', mode: type ? 'cors' : 'no-cors', "
          + "headers: type ? { 'Content-Type': type } : {}, body: '{}' }).then(answer => answer.type, () => 'blocked')";
      Assertions.assertThat(evil.evaluate(post, new String[] {server + "/staff/" + path, "application/json"})).isEqualTo("blocked");
      Assertions.assertThat(evil.evaluate(post, new String[] {server + "/staff/" + path, ""})).isIn("opaque", "blocked");
    }
    Assertions.assertThat(evil.evaluate("""
        url => new Promise(resolve => {
          const frame = document.createElement('iframe');
          frame.onload = () => {
            try { resolve(frame.contentDocument ? 'empty' : 'refused'); } catch { resolve('refused'); }
          };
          frame.src = url + '/staff/login';
          document.body.append(frame);
        })""", server)).isIn("refused", "empty");
    Assertions.assertThat(evil.frames()).noneMatch(frame -> frame.url().startsWith(server));
    Assertions.assertThat(mute(evil)).contains("FORBIDDEN");
    page.reload();
    assertThat(page.locator("#account-login")).hasText("admin");
    Assertions.assertThat(mute(page)).contains("NOT_FOUND");
  }

  /** What a page hears that opens a WebSocket to the chat and mutes nobody. */
  private String mute(Page page) {
    return (String) page.evaluate("""
        url => new Promise((resolve, reject) => {
          const socket = new WebSocket(url.replace('http', 'ws') + '/socket.io/?EIO=4&transport=websocket');
          socket.onerror = () => reject(new Error('not connected'));
          socket.onmessage = message => {
            const text = String(message.data);
            if (text.startsWith('0')) socket.send('40/chat,');
            if (text.startsWith('40/chat,')) socket.send('42/chat,0["mute",{"room":"tea","name":"nobody"}]');
            if (text.startsWith('43/chat,0')) resolve(text);
          };
        })""", server);
  }

  private static void fill(Page page, String password) {
    page.locator("#login [name=name]").fill("admin");
    page.locator("#login [name=password]").fill(password);
    page.locator("#login button").click();
  }
}
