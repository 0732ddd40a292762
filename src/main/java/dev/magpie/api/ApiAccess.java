package dev.magpie.api;

import dev.magpie.transport.PeerLog;
import dev.magpie.transport.RefusalReason;
import dev.magpie.transport.TrustedProxies;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SecurityPolicyHandler;
import io.vertx.openapi.contract.Operation;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The check of requests' API keys: {@code Authorization: Bearer mgp_…} or {@code X-API-Key: mgp_…}, never the query, which is logged on its
 * way. Immutable, safe for all threads.
 */
public final class ApiAccess implements RequestReader.Admission {
  private static final String KEY_HEADER = "X-API-Key";
  private static final String BEARER = "bearer ";
  private static final String CHALLENGE = "Bearer realm=\"magpie\"";

  private final ApiKeys keys;
  private final TrustedProxies proxies;

  /** @param proxies that name the addresses of their clients */
  public ApiAccess(ApiKeys keys, TrustedProxies proxies) {
    this.keys = keys;
    this.proxies = proxies;
  }

  /** Whether the request carries something that is meant as an API key: other credentials may be a proxy's, or a token. */
  public static boolean carriesKey(HttpServerRequest request) {
    String written = written(request);
    return written != null && written.startsWith(ApiKey.PREFIX);
  }

  /**
   * Lets requests through whose key has this scope. Others get a {@link Problem}: 401, 403, 429 or 503. In front of the handler that reads
   * the body.
   */
  public SecurityPolicyHandler requireScope(ApiScope scope) {
    return request -> {
      // The body waits until it is known who reads it.
      request.request().pause();
      check(request, scope.text()).onComplete(checked -> {
        if (checked.failed()) {
          Problem.of(checked.cause()).answer(request.request());
          return;
        }
        request.request().resume();
        request.next();
      });
    };
  }

  /** By the document of the API, for its routes; a request for what is not in it needs a key, too. */
  @Override
  public Future<?> admit(RoutingContext request, @Nullable Operation operation) {
    return check(request, operation == null ? null : ApiDocument.scope(operation));
  }

  /** @param scope null: any key */
  private Future<?> check(RoutingContext request, @Nullable String scope) {
    String written = written(request.request());
    String address = proxies.address(request.request());
    Future<ApiKey> checked = written == null
        ? Future.failedFuture(challenge(401, "an API key is needed: Authorization: Bearer mgp_…, or X-API-Key", CHALLENGE))
        : keys.check(written, address);
    return checked.compose(key -> {
      if (scope != null && key.scopes().stream().noneMatch(granted -> granted.text().equals(scope)))
        return Future.failedFuture(challenge(403, "the API key does not have the scope " + scope,
            CHALLENGE + ", error=\"insufficient_scope\", scope=\"" + scope + "\""));
      request.put(ApiRoutes.CALLER, key.userId()).put(ApiRoutes.ADDRESS, address);
      return Future.succeededFuture();
    }).onFailure(refused -> PeerLog.refused(RefusalReason.API_KEY, address, Problem.of(refused).status(), refused.getMessage()));
  }

  /** The refusal of a key that is wrong, or no longer valid. */
  static Problem unauthorized(String detail) {
    return challenge(401, detail, CHALLENGE + ", error=\"invalid_token\"");
  }

  private static Problem challenge(int status, String detail, String challenge) {
    return (status == 401 ? Problem.of(status, "unauthorized", "Unauthorized", detail)
        : Problem.of(status, "forbidden", "Forbidden", detail)).with("WWW-Authenticate", challenge);
  }

  private static @Nullable String written(HttpServerRequest request) {
    String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
    if (authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(BEARER))
      return authorization.substring(BEARER.length()).strip();
    return request.getHeader(KEY_HEADER);
  }
}
