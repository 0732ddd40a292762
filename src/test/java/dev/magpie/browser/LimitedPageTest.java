package dev.magpie.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import dev.magpie.chaos.ServerProcess;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a visitor reads when a limit of the server is met. */
@ExtendWith(Browser.class)
class LimitedPageTest {
  private static final String FOR_A_MOMENT = "WebSocket connection|Failed to load resource";

  @TempDir
  static Path folder;

  private static ServerProcess server;

  @BeforeAll
  static void make() throws Exception {
    // So few that the first page says more as it opens.
    JsonObject low = new JsonObject().put("limits", new JsonObject().put("events_per_second", 1));
    server = new ServerProcess(folder, low, Files.createDirectories(folder.resolve("none")));
    server.start();
    server.awaitListening();
  }

  @AfterAll
  static void end() throws Exception {
    server.close();
  }

  @Test
  void theFirstPageSaysInItsLanguageWhichLimitItHasMet(Windows windows) {
    windows.expect(FOR_A_MOMENT);
    Page page = windows.openUrl("http://127.0.0.1:" + server.port() + "/");
    assertThat(page.locator("#reason")).containsText("服务器每秒最多接收本连接的 1 条消息");
    page.click("[data-languages] button[lang=en]");
    assertThat(page.locator("#reason")).hasText(Pattern.compile("Too fast: the server takes 1 messages a second from this connection.*"));
  }
}
