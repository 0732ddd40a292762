package dev.magpie.browser;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives a test its {@link Windows}: one Chromium for the tests of a class, one server of each kind for all, fresh windows for each test.
 * Where no Chromium can be had the tests are skipped with a loud line; with {@code CI=true} they fail instead.
 */
final class Browser implements BeforeAllCallback, AfterEachCallback, ParameterResolver {
  private static final Namespace OURS = Namespace.create(Browser.class);

  @Override
  public void beforeAll(ExtensionContext context) {
    if (Chromium.find().isPresent()) {
      // Closed by JUnit behind the class: an idle Chromium would go on taking a part of a core from all tests after it.
      context.getStore(OURS).getOrComputeIfAbsent(Chromium.class, key -> new Chromium(), Chromium.class);
      return;
    }
    String lack = "NO CHROMIUM: neither MAGPIE_CHROMIUM nor the PATH names one; browser tests of " + context.getDisplayName();
    if ("true".equals(System.getenv("CI"))) throw new IllegalStateException(lack + " must run where CI=true");
    System.err.println("\n!!!!!!!! " + lack + " ARE SKIPPED !!!!!!!!\n");
    Assumptions.abort(lack + " skipped");
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Windows.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Chromium chromium = context.getStore(OURS).get(Chromium.class, Chromium.class);
    // Closed by JUnit when the last test has run.
    Servers servers = context.getRoot().getStore(OURS).getOrComputeIfAbsent(Servers.class, key -> new Servers(), Servers.class);
    Windows windows = new Windows(chromium.browser(), servers);
    context.getStore(OURS).put(Windows.class, windows);
    return windows;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Windows windows = context.getStore(OURS).remove(Windows.class, Windows.class);
    if (windows != null) windows.close();
  }
}
