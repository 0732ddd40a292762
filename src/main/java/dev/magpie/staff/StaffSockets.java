package dev.magpie.staff;

import dev.magpie.core.Io;
import dev.magpie.transport.TrustedProxies;
import dev.magpie.transport.admission.Origins;
import io.vertx.core.Future;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.User;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SimpleAuthenticationHandler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recognises staff by the cookie of their session, where the page that sends it is this server's own: cookies go with the requests of any
 * page. In front of the sockets it gives a handshake its user; when the session ends, the sockets of that user are closed, within five
 * seconds wherever the session was ended. Owned by one gateway, used on its context.
 */
public final class StaffSockets {
  /** The name of the cookie. */
  static final String COOKIE = "magpie_staff";

  private static final Logger log = LoggerFactory.getLogger(StaffSockets.class);

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9_-]{43}");
  private static final String USER = "magpie.staff.user";

  /** How often it is asked whether the sessions of open sockets have ended. */
  private static final long WATCH_MS = 2_000;

  private final Staff staff;
  private final Origins own;
  private final SessionCache cache;
  private final List<Io> ios = new ArrayList<>();
  /** Sessions that have opened a socket, with their logins. */
  private final Map<String, String> watched = new HashMap<>();
  private final SimpleAuthenticationHandler setUser =
      SimpleAuthenticationHandler.create().authenticate(routed -> Future.succeededFuture(routed.<User>get(USER)));
  private final MessageConsumer<JsonObject> ended;
  private final long timer;
  private boolean asking;

  public StaffSockets(Staff staff, TrustedProxies proxies) {
    this.staff = staff;
    this.own = Origins.sameOrigin().behind(proxies);
    this.cache = new SessionCache(System::nanoTime, id -> staff.data().compose(data -> data.sessions().use(id)));
    this.ended = staff.vertx().eventBus().consumer(Staff.ENDED, message -> ended(message.body().getString("login")));
    this.timer = staff.vertx().setPeriodic(WATCH_MS, tick -> watch());
  }

  /** The sockets of this one are closed when a session ends. */
  public void serves(Io io) {
    ios.add(io);
  }

  public Future<?> close() {
    staff.vertx().cancelTimer(timer);
    ended.unregister();
    return staff.close();
  }

  Staff staff() {
    return staff;
  }

  // --- Requests

  /** A handler in front of the sockets: gives a handshake its user, if it is of staff, and passes on. */
  public void handle(RoutingContext routed) {
    HttpServerRequest request = routed.request();
    if (isOfASession(request)) {
      routed.next();
      return;
    }
    String token = token(request);
    if (token == null || !isOwn(request)) {
      routed.next();
      return;
    }
    session(token).onComplete(found -> {
      Optional<StaffSession> session = found.succeeded() ? found.result().filter(one -> !one.account().mustChange()) : Optional.empty();
      if (found.failed()) log.warn("staff session not read, the client is a visitor reason={}", found.cause().getMessage());
      if (session.isEmpty()) {
        routed.next();
        return;
      }
      watched.put(session.get().id(), session.get().account().login());
      routed.put(USER, session.get().user());
      setUser.handle(routed);
    });
  }

  /** Whether the request belongs to a session of Engine.IO, which has its user. */
  private static boolean isOfASession(HttpServerRequest request) {
    return request.uri().contains("?sid=") || request.uri().contains("&sid=");
  }

  /** The session of this request's cookie, if it is valid. */
  Future<Optional<StaffSession>> session(HttpServerRequest request) {
    String token = token(request);
    return token == null ? Future.succeededFuture(Optional.empty()) : session(token);
  }

  private Future<Optional<StaffSession>> session(String token) {
    return cache.find(Secrets.digest(token));
  }

  /** The token in the request's cookie; null for none. */
  static @Nullable String token(HttpServerRequest request) {
    String cookies = request.getHeader(HttpHeaders.COOKIE);
    if (cookies == null) return null;
    int at = cookies.indexOf(COOKIE + "=");
    if (at < 0 || at > 0 && cookies.charAt(at - 1) != ' ' && cookies.charAt(at - 1) != ';') return null;
    int end = cookies.indexOf(';', at);
    String token = cookies.substring(at + COOKIE.length() + 1, end < 0 ? cookies.length() : end).strip();
    return TOKEN.matcher(token).matches() ? token : null;
  }

  /**
   * Whether a page of this server sent the request. Browsers add no Origin to a GET of a page's own server; then Sec-Fetch-Site says it,
   * which no page can set.
   */
  boolean isOwn(HttpServerRequest request) {
    if (request.getHeader(HttpHeaders.ORIGIN) != null) return own.admits(request);
    return "same-origin".equals(request.getHeader("Sec-Fetch-Site"));
  }

  boolean isSecure(HttpServerRequest request) {
    return own.proxies().secure(request);
  }

  String address(HttpServerRequest request) {
    return own.proxies().address(request);
  }

  List<String> hosts(HttpServerRequest request) {
    return own.proxies().hosts(request);
  }

  // --- The ends of sessions

  private void ended(String login) {
    cache.drop(login);
    watch();
  }

  private void watch() {
    if (watched.isEmpty() || asking) return;
    asking = true;
    Set<String> ids = Set.copyOf(watched.keySet());
    staff.data().compose(data -> data.sessions().open(ids)).onComplete(asked -> {
      asking = false;
      if (asked.succeeded()) ids.stream().filter(id -> !asked.result().contains(id)).map(watched::remove).filter(Objects::nonNull)
          .distinct().forEach(this::disconnect);
    });
  }

  private void disconnect(String login) {
    cache.drop(login);
    for (Io io : ios) {
      io.disconnectUser(StaffRole.ID_PREFIX + login)
          .onFailure(failure -> log.warn("sessions of sockets not removed user=staff:{} reason={}", login, failure.getMessage()));
    }
  }
}
