package dev.magpie.staff;

import static dev.magpie.testing.Await.await;

import dev.magpie.gateway.GatewayVerticle;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A server with accounts, and browsers that sign in to it. Owned by one test. */
final class StaffServer implements AutoCloseable {
  private static final List<String> COLLECTIONS = List.of("staff", "staff_sessions", "audit");

  static final String PASSWORD = "correct horse battery";

  final Vertx vertx = Vertx.vertx();
  final Store store;
  final StaffAccounts accounts;
  final Audit audit;
  final int port;

  private StaffServer(Path folder, JsonObject settings, int gateways) throws Exception {
    JsonObject config = settings.copy().put("data", new JsonObject().put("path", folder.resolve("data").toString()))
        .put("shutdown", new JsonObject().put("drain_ms", 500));
    JsonObject http = config.getJsonObject("http", new JsonObject());
    JsonArray applications = new JsonArray().add("chat");
    config.put("http", http.put("listeners", new JsonArray().add(new JsonObject().put("port", 0).put("applications", applications))));
    store = await(Store.open(vertx, StoreOptions.from(config)));
    accounts = new StaffAccounts(store.client());
    audit = Audit.of(store);
    List<GatewayVerticle> deployed = new CopyOnWriteArrayList<>();
    await(vertx.deployVerticle(() -> {
      GatewayVerticle gateway = new GatewayVerticle();
      deployed.add(gateway);
      return gateway;
    }, new DeploymentOptions().setInstances(gateways).setConfig(config)));
    port = URI.create(deployed.get(0).urls().get(0)).getPort();
  }

  /** @param staff the section of the settings */
  static StaffServer start(Path folder, JsonObject staff) throws Exception {
    return new StaffServer(folder, new JsonObject().put("staff", staff), 1);
  }

  static StaffServer start(Path folder, JsonObject settings, int gateways) throws Exception {
    return new StaffServer(folder, settings, gateways);
  }

  void create(String login, StaffRole... roles) throws Exception {
    await(accounts.create(login, EnumSet.copyOf(List.of(roles)), PasswordHash.of(PASSWORD), false));
  }

  Browser browser() {
    return new Browser();
  }

  Browser signedIn(String login) throws Exception {
    return signedIn(login, PASSWORD);
  }

  Browser signedIn(String login, String password) throws Exception {
    Browser browser = browser();
    browser.signIn(login, password);
    if (browser.cookie == null) throw new AssertionError(login + " did not get in");
    return browser;
  }

  String origin() {
    return "http://127.0.0.1:" + port;
  }

  /** The lines of the audit with this action, the newest first. */
  List<JsonObject> lines(String action) throws Exception {
    return await(audit.newest(null, 1000)).stream().filter(line -> line.getString("action").equals(action)).toList();
  }

  @Override
  public void close() throws Exception {
    await(store.close());
    await(vertx.close());
  }

  /** An answer, with its body where that is JSON. */
  record Answer(int status, JsonObject body, HttpResponse<String> response) {
    String code() {
      return body.getString("code");
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  /** Keeps the cookie of its session, and sends what a page of the server sends. */
  final class Browser {
    private final HttpClient client = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
    String cookie;
    String csrf;

    Answer get(String path, String... headers) throws Exception {
      return send(HttpRequest.newBuilder(URI.create(origin() + path)).GET(), headers);
    }

    /** As a page of the server posts it. */
    Answer post(String path, JsonObject body) throws Exception {
      return csrf == null ? post(path, body.encode(), "Origin", origin(), "Content-Type", "application/json")
          : post(path, body.encode(), "Origin", origin(), "Content-Type", "application/json", "X-CSRF-Token", csrf);
    }

    Answer post(String path, String body, String... headers) throws Exception {
      return send(HttpRequest.newBuilder(URI.create(origin() + path)).POST(BodyPublishers.ofString(body)), headers);
    }

    private Answer send(HttpRequest.Builder request, String... headers) throws Exception {
      for (int i = 0; i < headers.length; i += 2) request.header(headers[i], headers[i + 1]);
      if (cookie != null) request.header("Cookie", "theme=dark; magpie_staff=" + cookie);
      HttpResponse<String> response = client.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
      for (String set : response.headers().allValues("set-cookie")) {
        if (!set.startsWith("magpie_staff=")) continue;
        String value = set.substring("magpie_staff=".length(), set.indexOf(';'));
        cookie = value.isEmpty() ? null : value;
      }
      String type = response.headers().firstValue("content-type").orElse("");
      return new Answer(response.statusCode(), type.equals("application/json") ? new JsonObject(response.body()) : null, response);
    }

    Answer signIn(String login, String password) throws Exception {
      return signIn(new JsonObject().put("name", login).put("password", password));
    }

    Answer signIn(JsonObject body) throws Exception {
      csrf = null;
      Answer answer = post("/staff/login", body);
      if (answer.body() != null && answer.body().getBoolean("ok")) csrf = me().getString("csrf");
      return answer;
    }

    JsonObject me() throws Exception {
      return get("/staff/me").body();
    }

    boolean isSignedIn() throws Exception {
      return me().getBoolean("ok");
    }

    Map<String, String> headers() {
      return Map.of("Cookie", "magpie_staff=" + cookie, "Origin", origin());
    }
  }

  /** Removes all accounts, sessions and lines. */
  void clear() throws Exception {
    for (String collection : COLLECTIONS) await(store.client().removeDocuments(collection, new JsonObject()));
  }

  /** All that is stored, as text. */
  String everything() throws Exception {
    List<String> all = new ArrayList<>();
    for (String collection : COLLECTIONS)
      for (JsonObject document : await(store.client().find(collection, new JsonObject()))) all.add(document.encode());
    return String.join("\n", all);
  }
}
