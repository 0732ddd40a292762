package dev.magpie.transport.http;

import io.vertx.core.Vertx;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks that Vert.x exports two internal packages to Magpie, which needs the connection behind a request. On the class path everything is
 * exported; on the module path the application must pass options to the virtual machine. Stateless.
 */
public final class ModulePath {
  private static final List<String> PACKAGES = List.of("io.vertx.core.http.impl.http1", "io.vertx.core.net.impl");

  private ModulePath() {}

  /** @throws IllegalStateException that names the missing options; without them every request would fail */
  public static void requireExports() {
    Module magpie = ModulePath.class.getModule();
    Module vertx = Vertx.class.getModule();
    Stream<String> missing = PACKAGES.stream().filter(name -> !vertx.isExported(name, magpie))
        .map(name -> "--add-exports " + vertx.getName() + "/" + name + "=" + (magpie.isNamed() ? magpie.getName() : "ALL-UNNAMED"));
    List<String> options = missing.toList();
    if (!options.isEmpty()) throw new IllegalStateException("the module path lacks options of java: " + String.join(" ", options));
  }
}
