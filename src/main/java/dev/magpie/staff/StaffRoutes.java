package dev.magpie.staff;

import dev.magpie.staff.Login.Client;
import dev.magpie.transport.Networks;
import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.http.StaticFile;
import io.vertx.core.Future;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The login's page and what it asks, below {@code /staff}. Requests and answers are JSON objects; an answer is {@code {ok: true, …}} or
 * {@code {ok: false, code, message, wait?}}, wait in seconds.
 *
 * <pre>
 * GET  login                                     the page; /staff and /staff/ lead there
 * GET  me                                        → {ok, login, name, roles, mustChange, totp, recovery, sso, csrf}
 *                                                  or {ok: false, code: "SIGNED_OUT", sso}
 * POST login    {name, password, code?, to?}     → {ok, to}
 * POST logout   {}                               → {ok}
 * POST password {password, next}                 → {ok}; all other sessions end
 * POST totp     {password, action: "begin"}      → {ok, secret, uri}
 *               {password, action: "confirm", secret, code} → {ok, recovery}
 *               {password, action: "off", code}  → {ok}
 * GET  oidc/start?to=, oidc/callback             single sign-on
 * </pre>
 *
 * <p>Every POST needs the server's own Origin and a JSON body; all but {@code login} also the session's token as X-CSRF-Token. No answer
 * may be read by another origin, framed or kept in a cache. Used on the context of its gateway.
 */
public final class StaffRoutes {
  private static final Logger log = LoggerFactory.getLogger(StaffRoutes.class);

  private static final String PAGE = "magpie/webroot/staff/login.html";
  private static final long MOST_BODY = 16 << 10;
  private static final int MOST_TEXT = 1_024;
  private static final String JSON = "application/json";

  /** Nobody frames the pages of staff. */
  static final String POLICY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

  private final Staff staff;
  private final StaffSockets sockets;
  private final Login login;
  private final TotpSetup totp;
  private final @Nullable OidcLogin oidc;

  public StaffRoutes(StaffSockets sockets) {
    this.sockets = sockets;
    this.staff = sockets.staff();
    this.login = new Login(staff, System::currentTimeMillis);
    this.totp = new TotpSetup(staff, login);
    StaffOptions.Oidc settings = staff.options().oidc();
    this.oidc = settings == null ? null : new OidcLogin(staff.vertx(), settings);
  }

  /** A request was refused; its message is for the client. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    Refusal(int status, String code, String message) {
      super(message, null, false, false);
      this.status = status;
      this.code = code;
    }
  }

  private interface Action {
    Future<JsonObject> answer(RoutingContext routed, JsonObject body);
  }

  private interface SignedInAction {
    Future<JsonObject> answer(RoutingContext routed, StaffSession session, JsonObject body);
  }

  public void mount(Router router) {
    router.route("/staff").handler(StaffRoutes::protect);
    router.route("/staff/*").handler(StaffRoutes::protect);
    router.get("/staff").handler(routed -> redirect(routed, routed.request().path().endsWith("/") ? "login" : "staff/login"));
    router.route("/staff/login").method(HttpMethod.GET).method(HttpMethod.HEAD).handler(this::page);
    router.get("/staff/me").handler(routed -> answer(routed, me(routed)));
    post(router, "login", this::signIn);
    postSignedIn(router, "logout", this::signOut);
    postSignedIn(router, "password", this::changePassword);
    postSignedIn(router, "totp", this::setUpTotp);
    if (oidc != null) {
      router.get("/staff/oidc/start").handler(this::beginSingleSignOn);
      router.get("/staff/oidc/callback").handler(this::endSingleSignOn);
    }
  }

  private void post(Router router, String path, Action action) {
    router.post("/staff/" + path).handler(this::requireOwnPage);
    router.post("/staff/" + path).handler(BodyHandler.create(false).setBodyLimit(MOST_BODY))
        .handler(routed -> answer(routed, Future.succeededFuture().compose(begun -> action.answer(routed, body(routed)))));
  }

  private void postSignedIn(Router router, String path, SignedInAction action) {
    post(router, path, (routed, body) -> sockets.session(routed.request()).compose(found -> {
      StaffSession session = found.orElseThrow(() -> new Refusal(401, "SIGNED_OUT", "sign in first"));
      requireCsrf(routed.request());
      return action.answer(routed, session, body);
    }));
  }

  // --- Guards

  /** The last to set headers, so that also a file below this path has them. */
  private static void protect(RoutingContext routed) {
    routed.addHeadersEndHandler(ending -> {
      HttpServerResponse response = routed.response();
      response.putHeader("content-security-policy", POLICY);
      response.putHeader("x-frame-options", "DENY");
      response.putHeader("cross-origin-resource-policy", "same-origin");
      response.putHeader("cross-origin-opener-policy", "same-origin");
      response.putHeader("referrer-policy", "no-referrer");
      response.putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    });
    routed.next();
  }

  /** Before the body is read. A form of another page is no JSON, and a script of another page has another Origin. */
  private void requireOwnPage(RoutingContext routed) {
    HttpServerRequest request = routed.request();
    String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
    boolean isJson = type != null && type.split(";", 2)[0].strip().equalsIgnoreCase(JSON);
    if (request.getHeader(HttpHeaders.ORIGIN) == null || !sockets.isOwn(request)) {
      PeerLog.refused(RefusalReason.ORIGIN, sockets.address(request), 403, "a staff request of another origin");
      answer(routed, Future.failedFuture(new Refusal(403, "ORIGIN", "the request is not from a page of this server")));
    } else if (!isJson) {
      answer(routed, Future.failedFuture(new Refusal(415, "INVALID", "the body must be application/json")));
    } else {
      routed.next();
    }
  }

  private static void requireCsrf(HttpServerRequest request) {
    String token = StaffSockets.token(request);
    String sent = request.getHeader("X-CSRF-Token");
    if (token == null || sent == null || !Secrets.equal(csrf(token), sent))
      throw new Refusal(403, "CSRF", "the X-CSRF-Token header is not that of the session; load the page again");
  }

  private static String csrf(String token) {
    return Secrets.derived("csrf", token);
  }

  private static JsonObject body(RoutingContext routed) {
    try {
      JsonObject body = routed.body().asJsonObject();
      if (body != null) return body;
    } catch (DecodeException | ClassCastException notAnObject) {
      // Refused below.
    }
    throw new Refusal(400, "INVALID", "the body must be a JSON object");
  }

  private static String text(JsonObject body, String key) {
    if (body.getValue(key) instanceof String text && text.length() <= MOST_TEXT) return text;
    throw new Refusal(400, "INVALID", key + ": a string of at most " + MOST_TEXT + " characters");
  }

  private static String textOrEmpty(JsonObject body, String key) {
    return body.getValue(key) == null ? "" : text(body, key);
  }

  private Client client(RoutingContext routed) {
    String address = sockets.address(routed.request());
    return new Client(address, Networks.limited(address));
  }

  // --- Page

  private void page(RoutingContext routed) {
    staff.vertx().executeBlocking(() -> PageFile.FILE, false).onSuccess(page -> {
      routed.response().putHeader("x-content-type-options", "nosniff").putHeader(HttpHeaders.VARY, "Accept-Encoding");
      page.answer(routed.request());
    }).onFailure(routed::fail);
  }

  /** Read once, on a worker. */
  private static final class PageFile {
    private static final StaticFile FILE = StaticFile.read(PAGE);
  }

  private Future<JsonObject> me(RoutingContext routed) {
    String token = StaffSockets.token(routed.request());
    return sockets.session(routed.request()).map(found -> {
      if (found.isEmpty() || token == null)
        return new JsonObject().put("ok", false).put("code", "SIGNED_OUT").put("message", "sign in first").put("sso", oidc != null);
      StaffAccount account = found.get().account();
      return ok()
          .put("login", account.login())
          .put("name", account.name())
          .put("roles", new JsonArray(account.roleTexts()))
          .put("mustChange", account.mustChange())
          .put("totp", account.totp() != null)
          .put("recovery", account.recovery())
          .put("sso", account.password() == null)
          .put("csrf", csrf(token));
    });
  }

  // --- Login and logout

  private Future<JsonObject> signIn(RoutingContext routed, JsonObject body) {
    Client client = client(routed);
    String to = LocalTarget.of(textOrEmpty(body, "to"));
    return login.check(text(body, "name"), text(body, "password"), textOrEmpty(body, "code"), client)
        .compose(account -> begin(routed, account, client)
        .compose(begun -> login.succeeded(account, client, account.totp() == null ? "password" : "password+code"))
        .compose(noted -> FirstLogin.removeFile(staff, account.login())))
        .map(done -> ok().put("to", to));
  }

  /** A new session for each login: a token that was there before is of no use. */
  private Future<Void> begin(RoutingContext routed, StaffAccount account, Client client) {
    String before = StaffSockets.token(routed.request());
    return staff.data()
        .compose(data -> (before == null ? Future.succeededFuture() : data.sessions().end(Secrets.digest(before)))
        .compose(ended -> data.sessions().begin(account, client.address())))
        .map(token -> {
          setCookie(routed, token);
          return null;
        });
  }

  private void setCookie(RoutingContext routed, String token) {
    routed.response().addCookie(cookie(routed, StaffSockets.COOKIE, token, staff.path()));
  }

  private Cookie cookie(RoutingContext routed, String name, String value, String path) {
    return Cookie.cookie(name, value).setHttpOnly(true).setSameSite(CookieSameSite.LAX).setSecure(sockets.isSecure(routed.request()))
        .setPath(path);
  }

  private Future<JsonObject> signOut(RoutingContext routed, StaffSession session, JsonObject body) {
    StaffAccount account = session.account();
    return staff.data().compose(data -> data.sessions().end(session.id())).compose(ended -> {
      staff.ended(account.login());
      routed.response().addCookie(cookie(routed, StaffSockets.COOKIE, "", staff.path()).setMaxAge(0));
      return staff.audit(account.id(), "logout", account.id(), details(routed));
    }).map(noted -> ok());
  }

  private JsonObject details(RoutingContext routed) {
    return new JsonObject().put(Audit.ADDRESS, sockets.address(routed.request()));
  }

  // --- Account

  private Future<JsonObject> changePassword(RoutingContext routed, StaffSession session, JsonObject body) {
    StaffAccount account = local(session);
    String next = text(body, "next");
    String password = text(body, "password");
    String problem = StaffAccount.passwordProblem(account.login(), next);
    if (problem == null && next.equals(password)) problem = "the new password is the old one";
    if (problem != null) return Future.failedFuture(new Refusal(400, "PASSWORD", problem));
    return login.confirm(account, password, null, client(routed))
        .compose(confirmed -> totp.resealed(account, password, next))
        .compose(sealed -> PasswordWorkers.of(staff.vertx()).hash(next).compose(hash -> staff.data()
        .compose(data -> data.accounts().setPassword(account.login(), hash, false, sealed)
        .compose(set -> data.sessions().endAll(account.login()))
        .compose(ended -> data.accounts().find(account.login()))
        .compose(changed -> begin(routed, changed.orElseThrow(), client(routed))))))
        .compose(begun -> {
          staff.ended(account.login());
          return staff.audit(account.id(), "password", account.id(), details(routed));
        }).map(noted -> ok());
  }

  private static StaffAccount local(StaffSession session) {
    if (session.account().password() == null) throw new Refusal(400, "SSO", "the account has no password here: it is of single sign-on");
    return session.account();
  }

  private Future<JsonObject> setUpTotp(RoutingContext routed, StaffSession session, JsonObject body) {
    StaffAccount account = local(session);
    if (account.mustChange()) throw new Refusal(403, "CHANGE_PASSWORD", "change the password first");
    String password = text(body, "password");
    Client client = client(routed);
    return switch (text(body, "action")) {
      case "begin" -> totp.begin(account, password, client).map(secret -> ok().mergeIn(secret));
      case "confirm" -> totp.confirm(account, password, text(body, "secret"), text(body, "code"), client).compose(codes -> {
        staff.ended(account.login());
        return staff.audit(account.id(), "totp.on", account.id(), details(routed))
            .map(noted -> ok().put("recovery", new JsonArray(codes)));
      });
      case "off" -> totp.off(account, password, text(body, "code"), client).compose(off -> {
        staff.ended(account.login());
        return staff.audit(account.id(), "totp.off", account.id(), details(routed)).map(noted -> ok());
      });
      default -> throw new Refusal(400, "INVALID", "action: begin, confirm or off");
    };
  }

  // --- Single sign-on

  private void beginSingleSignOn(RoutingContext routed) {
    OidcLogin provider = Objects.requireNonNull(oidc);
    String token = Secrets.newToken();
    String to = LocalTarget.of(Optional.ofNullable(routed.request().getParam("to")).orElse(""));
    provider.begin(token, redirectUri(routed)).onSuccess(address -> {
      routed.response().addCookie(cookie(routed, OidcLogin.COOKIE, token + "." + OidcLogin.encoded(to), staff.path())
          .setMaxAge(OidcLogin.SECONDS));
      redirect(routed, address);
    }).onFailure(failure -> {
      log.warn("single sign-on not begun reason={}", failure.getMessage());
      redirect(routed, "../login?error=SSO_UNAVAILABLE");
    });
  }

  private void endSingleSignOn(RoutingContext routed) {
    OidcLogin provider = Objects.requireNonNull(oidc);
    Client client = client(routed);
    HttpServerRequest request = routed.request();
    Cookie sent = request.getCookie(OidcLogin.COOKIE);
    String[] parts = (sent == null ? "" : sent.getValue()).split("\\.", 2);
    routed.response().addCookie(cookie(routed, OidcLogin.COOKIE, "", staff.path()).setMaxAge(0));
    long wait = login.attempt(client);
    if (wait > 0) {
      redirect(routed, "../login?error=LIMITED&wait=" + wait);
      return;
    }
    provider.end(parts[0], request.getParam("state"), request.getParam("code"), redirectUri(routed))
        .compose(claims -> account(claims))
        .compose(account -> begin(routed, account, client).compose(begun -> login.succeeded(account, client, "sso")))
        .onSuccess(signedIn -> login.refund(client))
        .onSuccess(done -> redirect(routed, OidcLogin.decoded(parts.length < 2 ? "" : parts[1])))
        .onFailure(failure -> {
          String code = failure instanceof OidcLogin.Refused refused ? refused.code() : "SSO_UNAVAILABLE";
          log.warn("single sign-on refused code={} reason={}", code, failure.getMessage());
          FailureLines.of(staff.vertx()).add(staff, "", client.address(), code.toLowerCase(Locale.ROOT))
              .onComplete(written -> redirect(routed, "../login?error=" + code));
        });
  }

  private Future<StaffAccount> account(OidcLogin.Claims claims) {
    if (claims.roles().isEmpty()) return Future.failedFuture(new OidcLogin.Refused("SSO_NO_ROLE", "none of the user's groups has a role"));
    return staff.data()
        .compose(data -> data.accounts().ofSingleSignOn(claims.issuer(), claims.subject(), claims.name(), claims.roles()))
        .compose(account -> account.disabled() ? Future.failedFuture(new OidcLogin.Refused("SSO_DISABLED", "the account is disabled"))
        : Future.succeededFuture(account));
  }

  private String redirectUri(RoutingContext routed) {
    String configured = Objects.requireNonNull(staff.options().oidc()).redirectUri();
    if (configured != null) return configured;
    String host = sockets.hosts(routed.request()).get(0);
    return (sockets.isSecure(routed.request()) ? "https://" : "http://") + host + staff.path() + "staff/oidc/callback";
  }

  // --- Answers

  private static JsonObject ok() {
    return new JsonObject().put("ok", true);
  }

  private static void redirect(RoutingContext routed, String to) {
    routed.response().setStatusCode(303).putHeader(HttpHeaders.LOCATION, to).end();
  }

  private void answer(RoutingContext routed, Future<JsonObject> result) {
    result.onSuccess(body -> end(routed, 200, body)).onFailure(failure -> fail(routed, failure));
  }

  private void fail(RoutingContext routed, Throwable failure) {
    if (failure instanceof Refusal refusal) {
      end(routed, refusal.status, failed(refusal.code, failure.getMessage()));
    } else if (failure instanceof TotpSetup.Refused refused) {
      end(routed, 400, failed("CODE", refused.getMessage()));
    } else if (failure instanceof Login.Refused refused) {
      switch (refused.refusal()) {
        case WRONG -> end(routed, 401, failed("WRONG", "the name, the password or the code is wrong"));
        case CODE_REQUIRED -> end(routed, 200, failed("CODE_REQUIRED", "a one-time code is needed, too"));
        case LIMITED, LOCKED -> endLater(routed, 429, failed("LIMITED", "too many wrong logins; try again later"), refused.waitSeconds());
      }
    } else if (failure instanceof PasswordWorkers.Busy) {
      endLater(routed, 503, failed("BUSY", failure.getMessage()), 5);
    } else {
      log.warn("staff request failed path={} reason={}", routed.request().path(), failure.getMessage());
      endLater(routed, 503, failed("UNAVAILABLE", "not now; try again"), 5);
    }
  }

  private static JsonObject failed(String code, String message) {
    return new JsonObject().put("ok", false).put("code", code).put("message", message);
  }

  private static void endLater(RoutingContext routed, int status, JsonObject body, long seconds) {
    routed.response().putHeader("retry-after", Long.toString(seconds));
    end(routed, status, body.put("wait", seconds));
  }

  private static void end(RoutingContext routed, int status, JsonObject body) {
    if (routed.response().ended() || routed.response().closed()) return;
    routed.response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, JSON).putHeader("x-content-type-options", "nosniff")
        .end(body.toBuffer());
  }
}
