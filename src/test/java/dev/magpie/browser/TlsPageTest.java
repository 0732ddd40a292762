package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import dev.magpie.gateway.GatewayVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The first page by HTTPS with a self-signed certificate, whose warning the reader has put aside. */
@ExtendWith({Browser.class, VertxExtension.class})
class TlsPageTest {
  @Test
  void thePageComesByHttp2AndItsConnectionBySecureWebSocket(Windows windows, Vertx vertx, @TempDir Path folder) throws Exception {
    JsonObject listener = new JsonObject().put("port", 0).put("tls", new JsonObject().put("self_signed", true));
    JsonObject settings = new JsonObject()
        .put("http", new JsonObject().put("listeners", new JsonArray().add(listener)))
        .put("data", new JsonObject().put("path", folder.resolve("data").toString()));
    GatewayVerticle gateway = new GatewayVerticle();
    vertx.deployVerticle(gateway, new DeploymentOptions().setConfig(settings)).await(60, TimeUnit.SECONDS);
    Page page = windows.open(gateway.urls().get(0), options -> options.setIgnoreHTTPSErrors(true));
    assertThat(page.locator("#status")).hasText("已连接");
    assertThat(page.locator("#transport")).hasText("websocket");
    Object protocol = page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol");
    org.assertj.core.api.Assertions.assertThat(protocol).isEqualTo("h2");
  }
}
