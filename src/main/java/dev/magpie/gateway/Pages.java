package dev.magpie.gateway;

import dev.magpie.ops.BuildInfo;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.http.StaticFile;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.MimeMapping;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.FileSystemAccess;
import io.vertx.ext.web.handler.StaticHandler;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Serves files: the user's webroot first, then Magpie's own pages from the class path. Magpie's own pages get a strict
 * Content-Security-Policy, the user's files that of the settings. Owned by one gateway.
 */
final class Pages {
  /** Where Magpie's own pages are on the class path. */
  private static final String OWN = "magpie/webroot";

  private static final int MOVED = 301;

  /** Cache of Magpie's own texts, which do not change at run time. */
  private static final Map<String, StaticFile> TEXTS = new ConcurrentHashMap<>();

  private final Vertx vertx;
  private final String policy;
  private final String index;
  private final TrustedProxies proxies;
  private final Optional<Path> beside;
  /** Cache: whether a file of the user's webroot equals Magpie's own file of that name. */
  private final Map<Path, Copy> copies = new HashMap<>();

  Pages(Vertx vertx, GatewayOptions.Http http, GatewayOptions.Listener listener) {
    this.vertx = vertx;
    this.policy = http.csp();
    this.index = listener.index();
    this.proxies = http.proxies();
    this.beside = find(http.webroot());
  }

  /** The user's webroot: in the working directory, else beside the jar. */
  static Optional<Path> find(String webroot) {
    Path started = Path.of(webroot).toAbsolutePath().normalize();
    if (Files.isDirectory(started)) return Optional.of(started);
    return BuildInfo.folder().map(folder -> folder.resolve(webroot).normalize()).filter(Files::isDirectory);
  }

  void mount(Router router) {
    pages(router, "/").handler(this::index);
    pages(router, "/*").handler(this::guard);
    beside.ifPresent(folder -> {
      pages(router, "/*").handler(this::stayInside);
      pages(router, "/*").handler(this::policy);
      pages(router, "/*").handler(files(StaticHandler.create(FileSystemAccess.ROOT, folder.toString()), hidden(folder)));
    });
    pages(router, "/*").handler(this::strictPolicy);
    pages(router, "/*").handler(files(StaticHandler.create(FileSystemAccess.RELATIVE, OWN), false));
  }

  private static Route pages(Router router, String path) {
    return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
  }

  private static StaticHandler files(StaticHandler handler, boolean includeHidden) {
    // A file that a user adds or changes is served at once; browsers ask each time and are told "not modified".
    return handler.setIncludeHidden(includeHidden).setDirectoryListing(false).setFilesReadOnly(false).setCacheEntryTimeout(1)
        .setDefaultContentEncoding(StandardCharsets.UTF_8.name());
  }

  /** StaticHandler looks for a leading dot in the folders above the webroot, too; {@link #guard} has looked at the request's own. */
  private static boolean hidden(Path folder) {
    for (Path name : folder) if (name.toString().startsWith(".")) return true;
    return false;
  }

  private void index(RoutingContext request) {
    if (index.equals(GatewayOptions.Listener.DEFAULT.index())) request.next();
    else request.reroute("/" + index);
  }

  private void guard(RoutingContext request) {
    String path = decoded(request);
    if (path == null || path.contains("/.") || path.chars().anyMatch(Character::isISOControl)) {
      PeerLog.refused(RefusalReason.PATH, proxies.address(request.request()), 404, "a path that no page has: " + request.request().path());
      request.fail(404);
      return;
    }
    request.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
    request.response().putHeader(HttpHeaders.CONTENT_TYPE, type(file(path)));
    request.addHeadersEndHandler(answering -> redirectRelatively(request));
    request.next();
  }

  /** Makes the redirect of a folder to its name with a slash relative: a proxy may have removed a prefix of the path. */
  private static void redirectRelatively(RoutingContext request) {
    if (request.response().getStatusCode() != MOVED) return;
    String path = request.normalizedPath();
    request.response().putHeader(HttpHeaders.LOCATION, "./" + path.substring(path.lastIndexOf('/') + 1) + "/");
  }

  private static String file(String path) {
    return path.endsWith("/") ? path + "index.html" : path;
  }

  /** StaticHandler sets it for GET only. */
  private static String type(String file) {
    // A file without an extension, such as the tutorial's /news, is served as text; otherwise browsers would download it.
    if (file.indexOf('.', file.lastIndexOf('/')) < 0) return "text/plain; charset=utf-8";
    String type = MimeMapping.mimeTypeForFilename(file);
    if (type == null) return "application/octet-stream";
    return type.startsWith("text") ? type + ";charset=UTF-8" : type;
  }

  /** Symbolic links may not lead out of the webroot. */
  private void stayInside(RoutingContext request) {
    Path folder = beside.orElseThrow();
    Path file = folder.resolve(file(decoded(request)).substring(1));
    vertx.executeBlocking(() -> isInside(folder, file), false).onComplete(inside -> {
      if (inside.succeeded() && inside.result()) {
        request.next();
        return;
      }
      PeerLog.refused(RefusalReason.PATH, proxies.address(request.request()), 404,
          "a link that leads out of the webroot: " + request.request().path());
      request.fail(404);
    });
  }

  private static boolean isInside(Path folder, Path file) throws IOException {
    return !Files.exists(file) || file.toRealPath().startsWith(folder.toRealPath());
  }

  /** The path as the file handlers decode it, with slashes only; null if it is malformed. */
  private static String decoded(RoutingContext request) {
    try {
      return URLDecoder.decode(request.normalizedPath().replace("+", "%2B"), StandardCharsets.UTF_8).replace('\\', '/');
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void policy(RoutingContext request) {
    own(decoded(request)).onComplete(own -> {
      if (own.succeeded() && own.result()) {
        strictPolicy(request);
        return;
      }
      setPolicy(request, policy);
      request.next();
    });
  }

  private void strictPolicy(RoutingContext request) {
    setPolicy(request, GatewayOptions.Http.STRICT_CSP);
    serveOwn(request);
  }

  /** Magpie's own texts from memory, compressed; the rest is the file handlers'. */
  private void serveOwn(RoutingContext request) {
    String path = decoded(request);
    String name = path.endsWith("/") ? path + "index.html" : path;
    StaticFile known = TEXTS.get(name);
    if (known != null) {
      answer(request, known);
    } else if (!StaticFile.isText(name) || name.contains("//") || Pages.class.getClassLoader().getResource(OWN + name) == null) {
      request.next();
    } else {
      vertx.executeBlocking(() -> TEXTS.computeIfAbsent(name, text -> StaticFile.read(OWN + text)), false)
          .onSuccess(text -> answer(request, text))
          .onFailure(request::fail);
    }
  }

  private static void answer(RoutingContext request, StaticFile text) {
    if (!request.response().closed()) request.response().putHeader(HttpHeaders.VARY, "Accept-Encoding");
    text.answer(request.request());
  }

  private static void setPolicy(RoutingContext request, String policy) {
    if (policy.equals("off")) request.response().headers().remove("content-security-policy");
    else request.response().putHeader("content-security-policy", policy);
  }

  /** Whether the file equals Magpie's own: in the source tree the webroot is Magpie's. */
  private Future<Boolean> own(String path) {
    String name = file(path);
    Path folder = beside.orElseThrow();
    Path file = folder.resolve(name.substring(1)).normalize();
    if (!file.startsWith(folder) || Pages.class.getClassLoader().getResource(OWN + name) == null) return Future.succeededFuture(false);
    Copy known = copies.get(file);
    return vertx.executeBlocking(() -> compare(file, OWN + name, known), false).map(copy -> {
      copies.put(file, copy);
      return copy.same;
    });
  }

  private static Copy compare(Path file, String resource, Copy known) throws IOException {
    if (!Files.isRegularFile(file)) return new Copy(null, -1, false);
    FileTime modified = Files.getLastModifiedTime(file);
    long size = Files.size(file);
    if (known != null && known.size == size && modified.equals(known.modified)) return known;
    try (InputStream own = Pages.class.getClassLoader().getResourceAsStream(resource)) {
      return new Copy(modified, size, Arrays.equals(own.readAllBytes(), Files.readAllBytes(file)));
    }
  }

  private record Copy(FileTime modified, long size, boolean same) {}
}
