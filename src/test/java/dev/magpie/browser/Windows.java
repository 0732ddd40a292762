package dev.magpie.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The windows that one test opens, each in a profile of its own. Whatever a page complains of (an error on the console, a violation of
 * its Content-Security-Policy, an exception, a dialog) fails the test at its end. Owned by the test.
 */
final class Windows implements AutoCloseable {
  /** What Chromium says when a page is left or closed in the middle of an upgrade: nobody's fault. */
  private static final Pattern LEFT = Pattern.compile("WebSocket is closed before the connection is established");

  private final Browser browser;
  private final Servers servers;
  private final List<BrowserContext> profiles = new ArrayList<>();
  private final List<String> complaints = new ArrayList<>();
  private Pattern expected = Pattern.compile("(?!)");

  Windows(Browser browser, Servers servers) {
    this.browser = browser;
    this.servers = servers;
  }

  Servers servers() {
    return servers;
  }

  /** One of Magpie's own pages, with the default settings, in a Chinese browser. */
  Page open(String path) {
    return open(path, options -> {});
  }

  Page open(String path, Consumer<Browser.NewContextOptions> change) {
    Page page = window(change);
    page.navigate(path.startsWith("/") ? servers.magpie().url(8000, path) : path);
    return page;
  }

  /** A page of a server of the test's own. */
  Page openUrl(String url) {
    Page page = window(options -> {});
    page.navigate(url);
    return page;
  }

  /** Another tab of the same profile, there. */
  Page tabAt(Page page, String url) {
    Page tab = watched(page.context().newPage());
    tab.navigate(url);
    return tab;
  }

  /** A page of the tutorial that its reader has put into the server's webroot. */
  Page tutorial(String fixture, int port, String query) {
    Page page = window(options -> {});
    page.route("**/favicon.ico", route -> route.fulfill(new Route.FulfillOptions().setStatus(204)));
    page.navigate("http://localhost:" + servers.tutorial().port(port) + "/" + fixture + query);
    return page;
  }

  /** What the server itself serves at / on port 3000. */
  Page tutorialIndex() {
    Page page = window(options -> {});
    page.navigate("http://localhost:" + servers.tutorial().port(3000) + "/");
    return page;
  }

  /** A page of the tutorial opened from a file, whose origin is null. */
  Page tutorialFile(String fixture) {
    Page page = window(options -> {});
    page.navigate(servers.tutorial().webroot().resolve(fixture).toUri().toString());
    return page;
  }

  private Page window(Consumer<Browser.NewContextOptions> change) {
    Browser.NewContextOptions options = new Browser.NewContextOptions().setLocale("zh-CN").setViewportSize(1280, 900);
    change.accept(options);
    BrowserContext profile = browser.newContext(options);
    profiles.add(profile);
    return watched(profile.newPage());
  }

  /** Another tab of the same profile. */
  Page tab(Page page, String path) {
    Page tab = watched(page.context().newPage());
    tab.navigate(servers.magpie().url(8000, path));
    return tab;
  }

  private Page watched(Page page) {
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") || message.type().equals("warning")) complaints.add(message.type() + ": " + message.text());
    });
    page.onPageError(error -> complaints.add("exception: " + error));
    page.onDialog(dialog -> {
      complaints.add("dialog: " + dialog.message());
      dialog.dismiss();
    });
    return page;
  }

  /** Complaints that this test brings about itself. */
  void expect(String complaint) {
    expected = Pattern.compile(complaint);
  }

  @Override
  public void close() {
    profiles.forEach(BrowserContext::close);
    assertThat(complaints).as("what the pages complained of")
        .filteredOn(complaint -> !expected.matcher(complaint).find() && !LEFT.matcher(complaint).find()).isEmpty();
  }
}
