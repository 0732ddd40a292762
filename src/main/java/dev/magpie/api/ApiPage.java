package dev.magpie.api;

import dev.magpie.transport.http.StaticFile;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The OpenAPI document at {@code /api/openapi.yaml}, and at {@code /api/} a page that shows it. Owned by one gateway. */
final class ApiPage {
  private static final String OWN = "magpie/api/";
  private static final String LIBRARY = "META-INF/resources/webjars/swagger-ui/5.17.14/";

  private static final Map<String, String> FILES = Map.of(
      "/api/", OWN + "index.html",
      "/api/page.js", OWN + "page.js",
      "/api/page.css", OWN + "page.css",
      "/api/swagger-ui-bundle.js", LIBRARY + "swagger-ui-bundle.js",
      "/api/swagger-ui.css", LIBRARY + "swagger-ui.css");

  /** The server that the document names where it lies in the source. */
  private static final String SERVER = "http://127.0.0.1:8001/api/v1";

  private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** Read once for all loops. */
  private static final Map<String, StaticFile> READ = new ConcurrentHashMap<>();

  private final Vertx vertx;
  private final String basePath;

  /** @param basePath below which the gateway is; empty for none */
  ApiPage(Vertx vertx, String basePath) {
    this.vertx = vertx;
    this.basePath = basePath;
  }

  /** The page and its files; those who see it may see the document. */
  void mount(Router router) {
    get(router, "/api").handler(ApiPage::addSlash);
    FILES.forEach((path, resource) -> get(router, path).handler(request -> file(request, resource)));
  }

  /** The route matches with a slash, too. */
  private static void addSlash(RoutingContext request) {
    if (request.normalizedPath().endsWith("/")) request.next();
    else request.response().setStatusCode(302).putHeader(HttpHeaders.LOCATION, "./api/").end();
  }

  private static Route get(Router router, String path) {
    return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
  }

  private void file(RoutingContext request, String resource) {
    request.response().putHeader("content-security-policy", POLICY).putHeader("x-content-type-options", "nosniff")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache").putHeader(HttpHeaders.VARY, "Accept-Encoding");
    StaticFile read = READ.get(resource);
    Future<StaticFile> file = read != null ? Future.succeededFuture(read)
        : vertx.executeBlocking(() -> READ.computeIfAbsent(resource, StaticFile::read), false);
    file.onSuccess(found -> found.answer(request.request())).onFailure(request::fail);
  }

  /** Answers with the document, which names this server. */
  void document(RoutingContext request) {
    vertx.fileSystem().readFile(ApiDocument.RESOURCE).onSuccess(text -> {
      if (request.response().closed()) return;
      String shown = text.toString().replace(SERVER, basePath + "/api/v1");
      request.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/yaml").putHeader("x-content-type-options", "nosniff")
          .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache").end(shown);
    }).onFailure(request::fail);
  }
}
