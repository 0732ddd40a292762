package dev.magpie.api;

import dev.magpie.core.Io;
import dev.magpie.logging.Reason;
import dev.magpie.protocol.Values;
import dev.magpie.staff.Audit;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.MediaType;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.contract.Path;
import io.vertx.openapi.validation.ValidatedRequest;
import io.vertx.openapi.validation.ValidatorException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP API of one gateway instance, below {@code /api/v1}: its routes are those of the OpenAPI document, its handlers are here. Every
 * answer that is no success is a {@link Problem}. Owned by the gateway's event loop.
 */
public final class ApiRoutes {
  private static final String OPERATION = "magpie.api.operation";
  /** Of the context: the typed id of who calls. */
  static final String CALLER = "magpie.api.caller";
  /** Of the context: the address of who calls. */
  static final String ADDRESS = "magpie.api.address";

  /** Names of each kind in an audit line. */
  private static final int AUDITED_NAMES = 20;

  private static final long PATIENCE_MILLIS = 3_000;

  private static final Logger log = LoggerFactory.getLogger(ApiRoutes.class);

  private static final long SWEEP_MILLIS = TimeUnit.HOURS.toMillis(1);

  private final Vertx vertx;
  private final Io io;
  private final JsonObject settings;
  private final ProcessInstances instances;
  private final Emitter emitter;
  private final Actions actions;
  private final Reads reads;
  private final RequestReader.Admission admission;

  /** Null until the first request. */
  private @Nullable Future<Router> routes;
  /** Null until a request has an Idempotency-Key. */
  private @Nullable Future<Store> store;
  private long sweeper = -1;

  /**
   * @param settings of the program, for the database
   * @param access checks the keys of requests
   */
  public static ApiRoutes of(Vertx vertx, Io io, JsonObject settings, ApiAccess access) {
    return new ApiRoutes(vertx, io, settings, access);
  }

  ApiRoutes(Vertx vertx, Io io, JsonObject settings, RequestReader.Admission admission) {
    this.vertx = vertx;
    this.io = io;
    this.settings = settings;
    this.admission = admission;
    this.instances = ProcessInstances.of(vertx);
    this.emitter = new Emitter(io, instances);
    this.actions = new Actions(io, emitter);
    this.reads = new Reads(io, instances);
    instances.add(io);
  }

  /** The API and its document, both for keys. Before the routes whose failure handlers answer otherwise. */
  public void mount(Router router) {
    router.route("/api/v1/*").handler(this::route).failureHandler(this::failed);
    ApiPage page = new ApiPage(vertx, settings.getJsonObject("http", new JsonObject()).getString("base_path", ""));
    router.get("/api/openapi.yaml").handler(request -> admission.admit(request, null)
        .onSuccess(admitted -> page.document(request))
        .onFailure(refused -> Problem.of(refused).answer(request.request())));
  }

  /** The API for keys; its document and a page that shows it for all who reach this router, which is not below {@code http.base_path}. */
  public void mountWithPage(Router router) {
    router.route("/api/v1/*").handler(this::route).failureHandler(this::failed);
    ApiPage page = new ApiPage(vertx, "");
    page.mount(router);
    router.get("/api/openapi.yaml").handler(page::document);
  }

  /** The instance is no longer asked, and the database is left. */
  public Future<Void> close() {
    instances.remove(io);
    if (sweeper >= 0) vertx.cancelTimer(sweeper);
    if (store == null) return Future.succeededFuture();
    return store.compose(Store::close);
  }

  // --- Routing

  private void route(RoutingContext request) {
    request.response().putHeader("x-content-type-options", "nosniff").putHeader("cache-control", "no-store");
    if (routes == null) routes = here(ApiDocument.contract(vertx).map(this::routes));
    if (routes.succeeded()) routes.result().handleContext(request);
    else {
      request.request().pause();
      routes.onSuccess(built -> built.handleContext(request)).onFailure(request::fail);
    }
  }

  private Router routes(OpenAPIContract contract) {
    RouterBuilder builder = RouterBuilder.create(vertx, contract, new RequestReader((request, operation) -> {
      request.put(OPERATION, operation);
      return admission.admit(request, operation);
    }));
    for (OpenAPIRoute route : builder.getRoutes()) route.setDoSecurity(false);
    reads.operations().forEach((name, operation) -> on(builder, name, request -> operation.apply(validated(request))));
    on(builder, "emit", this::emit);
    on(builder, "broadcastAck", request -> actions.broadcastAck(body(request)));
    on(builder, "disconnect", request -> audited(request, "sockets.disconnect", actions.disconnect(body(request))));
    on(builder, "joinRooms", request -> audited(request, "rooms.join", actions.join(body(request))));
    on(builder, "leaveRooms", request -> audited(request, "rooms.leave", actions.leave(body(request))));
    on(builder, "revokeSessions", this::revoke);
    Router router = builder.createRouter();
    contract.getPaths().forEach(path -> router.route(path.getName().replaceAll("\\{(.*?)}", ":$1")).handler(request -> refuse(request,
        notAllowed(path))));
    router.route().handler(request -> refuse(request, Problem.notFound(request.request().path())));
    return router;
  }

  private static Problem notAllowed(Path path) {
    String allowed = path.getOperations().stream().map(Operation::getHttpMethod).map(Object::toString).sorted()
        .collect(Collectors.joining(", "));
    return Problem.of(405, "method-not-allowed", "Method not allowed", "allowed: " + allowed).with("Allow", allowed);
  }

  /** Also what is not there needs a key. */
  private void refuse(RoutingContext request, Problem problem) {
    request.request().pause();
    admission.admit(request, null).onSuccess(admitted -> problem.answer(request.request())).onFailure(request::fail);
  }

  private void on(RouterBuilder builder, String operation, Function<RoutingContext, Future<JsonObject>> handler) {
    builder.getRoute(operation).addHandler(request -> {
      Future<JsonObject> answer;
      try {
        answer = handler.apply(request);
      } catch (RuntimeException failure) {
        answer = Future.failedFuture(failure);
      }
      here(answer).onSuccess(body -> answer(request, body)).onFailure(failure -> Problem.of(failure).answer(request.request()));
    });
  }

  private static void answer(RoutingContext request, @Nullable JsonObject body) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) return;
    if (body == null) response.setStatusCode(204).end();
    else response.putHeader(HttpHeaders.CONTENT_TYPE, JsonBody.JSON).end(Values.write(body));
  }

  private void failed(RoutingContext request) {
    Throwable failure = request.failure();
    if (failure != null && failure.getCause() instanceof ValidatorException wrong)
      SchemaErrors.problem(wrong, schema(request)).answer(request.request());
    else if (failure instanceof Problem problem) problem.answer(request.request());
    else if (request.statusCode() == 400) Problem.invalid("path and query are percent-encoded UTF-8").answer(request.request());
    else Problem.of(failure == null ? new IllegalStateException("status " + request.statusCode()) : failure).answer(request.request());
  }

  private static @Nullable JsonObject schema(RoutingContext request) {
    Operation operation = request.get(OPERATION);
    if (operation == null || operation.getRequestBody() == null) return null;
    MediaType type = operation.getRequestBody().determineContentType(RequestReader.type(request.request()));
    return type != null && type.getSchema() instanceof JsonObject schema ? schema : null;
  }

  // --- Emitting

  private Future<JsonObject> emit(RoutingContext request) {
    String type = RequestReader.type(request.request());
    List<EmitRequest> events = EmitRequest.all(validated(request).getBody().get(), type);
    String key = request.request().getHeader("Idempotency-Key");
    if (key == null) return emitter.emit(events);
    String id = Hashes.of(String.valueOf(request.<Object>get(CALLER)), key);
    List<EmitRequest> known = IntStream.range(0, events.size())
        .mapToObj(i -> events.get(i).orCid("api " + id + "." + i)).toList();
    String body = Hashes.of(type, Hashes.of(request.<Buffer>get(RequestReader.BODY).getBytes()));
    return here(idempotencyKeys()).compose(keys -> keys.once(id, body, () -> emitter.emit(known))).map(answer -> {
      if (answer.replayed()) request.response().putHeader("Idempotency-Replayed", "true");
      return answer.body();
    });
  }

  private Future<IdempotencyKeys> idempotencyKeys() {
    if (sweeper < 0) sweeper = vertx.setPeriodic(0, SWEEP_MILLIS, fired -> store().onSuccess(open -> keys(open).sweep()));
    return store().map(ApiRoutes::keys).recover(failure -> Future.failedFuture(Problem.unavailable("the database cannot be opened")));
  }

  private Future<Store> store() {
    if (store == null || store.failed()) store = Store.open(vertx, StoreOptions.from(settings));
    return store;
  }

  private static IdempotencyKeys keys(Store store) {
    return new IdempotencyKeys(store.client(), System::currentTimeMillis);
  }

  // --- Managing

  private Future<JsonObject> revoke(RoutingContext request) {
    String user = validated(request).getPathParameters().get("id").getString();
    return actions.revoke(user).compose(done -> audit(request, "sessions.revoke", user, new JsonObject())).mapEmpty();
  }

  private Future<JsonObject> audited(RoutingContext request, String action, Future<JsonObject> done) {
    JsonObject body = body(request);
    JsonObject details = new JsonObject();
    for (String name : body.fieldNames()) if (body.getValue(name) instanceof JsonArray names) details.put(name, shortened(names));
    return done.compose(answer -> audit(request, action, body.getString("namespace", "/"),
        details.put("selected", answer.getValue("sockets"))).map(answer));
  }

  private static JsonArray shortened(JsonArray names) {
    if (names.size() <= AUDITED_NAMES) return names;
    JsonArray first = new JsonArray();
    for (int i = 0; i < AUDITED_NAMES; i++) first.add(names.getValue(i));
    return first.add("and " + (names.size() - AUDITED_NAMES) + " more");
  }

  /** What is done already stays done where the line cannot be written. */
  private Future<Void> audit(RoutingContext request, String action, String target, JsonObject details) {
    String caller = request.get(CALLER);
    details.put(Audit.ADDRESS, request.<String>get(ADDRESS));
    return here(store().compose(open -> Audit.of(open).append(caller, action, target, details)).timeout(PATIENCE_MILLIS,
        TimeUnit.MILLISECONDS).recover(failure -> {
          log.warn("audit line not written actor={} action={} reason={}", caller, action, Reason.of(failure));
          return Future.succeededFuture();
        }));
  }

  // --- Of a request

  private static ValidatedRequest validated(RoutingContext request) {
    return request.get(RouterBuilder.KEY_META_DATA_VALIDATED_REQUEST);
  }

  private static JsonObject body(RoutingContext request) {
    return validated(request).getBody().getJsonObject();
  }

  /** The same future, completing on the caller's context. */
  private <T> Future<T> here(Future<T> elsewhere) {
    Promise<T> here = ((ContextInternal) vertx.getOrCreateContext()).promise();
    elsewhere.onComplete(here);
    return here.future();
  }
}
