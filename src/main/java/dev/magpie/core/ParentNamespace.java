package dev.magpie.core;

import dev.magpie.state.RetainedSpace;
import dev.magpie.state.StreamLimits;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.authentication.AuthenticationProvider;
import io.vertx.ext.auth.authorization.Authorization;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A family of namespaces whose names match a pattern or a predicate: each is created when the first client asks for it, and has the
 * family's middleware and handlers. A broadcast to the family reaches all its members, on all instances. Owned by one {@link Io}:
 * configured and read on its context; the methods of {@link Audience} may be called from any thread.
 *
 * <pre>{@code
 * io.of(Pattern.compile("/match-\\d+")).onConnection(socket -> socket.emit("welcome", socket.namespace().name()));
 * }</pre>
 */
public final class ParentNamespace extends BroadcastTarget implements Audience {
  private final Loop loop;
  private final Failures<?> failures;
  private final String name;
  private final BiFunction<String, JsonObject, Future<Boolean>> members;
  private final BroadcastOperator all = new BroadcastOperator(this);
  private final NamespaceHandlers handlers = new NamespaceHandlers();
  private final ServerEvents serverEvents = new ServerEvents();
  private final Map<String, Namespace> children = new LinkedHashMap<>();

  /**
   * @param name the same on all instances; not a name that clients use
   * @param members whether a namespace of this name belongs to the family, for a client with this auth
   */
  ParentNamespace(Loop loop, Failures<?> failures, String name, BiFunction<String, JsonObject, Future<Boolean>> members) {
    this.loop = loop;
    this.failures = failures;
    this.name = name;
    this.members = members;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public BroadcastOperator all() {
    return all;
  }

  /** Adds middleware that runs before that of the member itself: see {@link Namespace#use}. */
  public ParentNamespace use(Function<? super ConnectContext, ? extends Future<?>> check) {
    loop.requireOwner("use");
    handlers.use(check);
    return this;
  }

  /** Authenticates the clients of all members: see {@link Namespace#authenticate}. A member's own authentication replaces it. */
  public ParentNamespace authenticate(AuthenticationProvider provider, AuthenticationOptions options) {
    loop.requireOwner("authenticate");
    return restrict(Access.of(access).authenticatedBy(new Authenticator(loop, provider, options), name));
  }

  /** The same with the default options. */
  public ParentNamespace authenticate(AuthenticationProvider provider) {
    return authenticate(provider, new AuthenticationOptions());
  }

  /** The same for all members: see {@link Namespace#authorizeRooms}. */
  public ParentNamespace authorizeRooms(Function<String, @Nullable Authorization> needed) {
    loop.requireOwner("authorizeRooms");
    return restrict(Access.of(access).withRooms(Objects.requireNonNull(needed, "needed")));
  }

  /** The same for all members: see {@link Namespace#authorizeEvents}. */
  public ParentNamespace authorizeEvents(Function<String, @Nullable Authorization> needed) {
    loop.requireOwner("authorizeEvents");
    return restrict(Access.of(access).withEvents(Objects.requireNonNull(needed, "needed")));
  }

  private ParentNamespace restrict(Access rules) {
    access = rules;
    children.values().forEach(child -> child.inherit(rules));
    return this;
  }

  /** The same for all members: see {@link Namespace#contract}. */
  public ParentNamespace contract(String event, Contract contract) {
    declare(event, contract);
    children.values().forEach(child -> child.contract(event, contract));
    return this;
  }

  /** Registers a handler that is called for each socket that has joined a member: {@link Socket#namespace()}. */
  public ParentNamespace onConnection(Consumer<Socket> handler) {
    loop.requireOwner("onConnection");
    handlers.onConnection(handler);
    return this;
  }

  /** See {@link Namespace#on(String, Consumer)}. */
  public ParentNamespace on(String event, Consumer<JsonArray> handler) {
    loop.requireOwner("on");
    serverEvents.add(event, handler, (args, ack) -> handler.accept(args));
    return this;
  }

  /** See {@link Namespace#on(String, BiConsumer)}. */
  public ParentNamespace on(String event, BiConsumer<JsonArray, Ack> handler) {
    loop.requireOwner("on");
    serverEvents.add(event, handler, handler::accept);
    return this;
  }

  /** The members that this instance has; a copy. */
  public List<Namespace> children() {
    return List.copyOf(children.values());
  }

  Future<Boolean> matches(String namespace, JsonObject auth) {
    try {
      return members.apply(namespace, auth);
    } catch (Exception failure) {
      return Future.failedFuture(failure);
    }
  }

  void add(Namespace child) {
    child.contracts = contracts;
    child.inherit(access);
    children.put(child.name(), child);
  }

  void remove(Namespace child) {
    children.remove(child.name(), child);
  }

  NamespaceHandlers handlers() {
    return handlers;
  }

  @Override
  Loop loop() {
    return loop;
  }

  @Override
  BroadcastTarget member(String namespace) {
    Namespace child = children.get(namespace);
    return child != null ? child : new RemoteNamespace(loop, namespace);
  }

  @Override
  void deliver(Broadcast broadcast) {
    if (broadcast.action() == Broadcast.Action.SERVER_EVENT) serverEvent(broadcast.event(), false);
    else children().forEach(child -> child.deliver(broadcast.in(child.name())));
  }

  @Override
  StreamLimits streamLimits() {
    throw new IllegalArgumentException("a family of namespaces has no streams of its own: stream is called on one of its members");
  }

  @Override
  RetainedSpace.Config stateConfig() {
    throw new IllegalArgumentException("a family of namespaces has no state of its own: retain is called on one of its members");
  }

  @Override
  int count(Broadcast selection) {
    return children.values().stream().mapToInt(child -> child.count(selection)).sum();
  }

  @Override
  JsonArray describe(Broadcast selection) {
    JsonArray descriptions = new JsonArray();
    children.values().forEach(child -> descriptions.addAll(child.describe(selection)));
    return descriptions;
  }

  @Override
  void request(Broadcast broadcast, AckRound round) {
    children().forEach(child -> child.request(broadcast, round));
  }

  @Override
  Future<JsonArray> serverEvent(JsonArray event, boolean answer) {
    return serverEvents.run(event, answer, loop, failures);
  }

  @Override
  public String toString() {
    return "ParentNamespace[" + name + "]";
  }
}
