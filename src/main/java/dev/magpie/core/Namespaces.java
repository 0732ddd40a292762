package dev.magpie.core;

import dev.magpie.log.EventLog;
import dev.magpie.log.Recovery;
import dev.magpie.state.HubLink;
import dev.magpie.state.Kind;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An instance's namespaces by name, and its families of dynamic namespaces. Owned by one {@link Io}, used on its context. */
final class Namespaces implements HubLink.Listener {
  private static final Logger log = LoggerFactory.getLogger(Namespaces.class);
  private static final Future<Boolean> NO = Future.succeededFuture(false);
  private static final Future<Boolean> YES = Future.succeededFuture(true);

  /** A family, and the pattern by which the application can name a member before a client does; null for a predicate. */
  private record Family(ParentNamespace parent, @Nullable Pattern pattern) {}

  private final Loop loop;
  private final Failures<Socket> failures;
  /** Read on any thread. */
  private final Map<String, Namespace> namespaces = new ConcurrentHashMap<>();
  private final List<Family> families = new ArrayList<>();
  private final List<Consumer<Namespace>> newHandlers = new ArrayList<>();
  /** Kinds of room state by namespace, which may not be here yet. */
  private final Map<String, Set<Kind<?>>> switchedOn = new HashMap<>();

  Namespaces(Loop loop, Failures<Socket> failures) {
    this.loop = loop;
    this.failures = failures;
  }

  Failures<Socket> failures() {
    return failures;
  }

  /** The namespace of this name; created by the first call. */
  Namespace of(String name) {
    String path = name.startsWith("/") ? name : "/" + name;
    if (path.indexOf(',') >= 0) throw new IllegalArgumentException("a namespace's name must not contain a comma: " + name);
    Namespace namespace = namespaces.get(path);
    if (namespace != null) return namespace;
    loop.requireOwner("of, for a new namespace,");
    for (Family family : families) {
      if (family.pattern != null && family.pattern.matcher(path).matches()) return make(path, family.parent);
    }
    return make(path, null);
  }

  Optional<Namespace> find(String name) {
    return Optional.ofNullable(namespaces.get(name));
  }

  List<Namespace> all() {
    return List.copyOf(namespaces.values());
  }

  void onNew(Consumer<Namespace> handler) {
    newHandlers.add(handler);
  }

  ParentNamespace family(Pattern pattern) {
    return family(pattern, (name, auth) -> pattern.matcher(name).matches() ? YES : NO);
  }

  ParentNamespace family(BiFunction<String, JsonObject, Future<Boolean>> members) {
    return family(null, members);
  }

  private ParentNamespace family(@Nullable Pattern pattern, BiFunction<String, JsonObject, Future<Boolean>> members) {
    loop.requireOwner("of");
    // Numbered in the order of the application's calls, so that the name is the same on all instances.
    ParentNamespace parent = new ParentNamespace(loop, failures, "/_" + families.size(), members);
    families.add(new Family(parent, pattern));
    loop.listen(parent.name());
    return parent;
  }

  private Namespace make(String name, @Nullable ParentNamespace parent) {
    Namespace namespace = parent == null ? new Namespace(loop, failures, name)
        : new Namespace(loop, failures, name, parent.handlers(), child -> remove(child, parent));
    namespaces.put(name, namespace);
    Recovery mode = loop.options().recovery().namespaces().get(name);
    if (mode != null) namespace.recoverable(mode);
    if (parent != null) parent.add(namespace);
    loop.listen(name);
    switchedOn.getOrDefault(name, Set.of()).forEach(namespace::switchOn);
    for (Consumer<Namespace> handler : List.copyOf(newHandlers)) loop.guarded("namespace handler", () -> handler.accept(namespace));
    return namespace;
  }

  /** A namespace of this name uses this kind of room state, on all instances. */
  @Override
  public void switchedOn(Kind<?> kind, String name) {
    switchedOn.computeIfAbsent(name, uses -> new LinkedHashSet<>()).add(kind);
    Namespace namespace = namespaces.get(name);
    if (namespace != null) namespace.switchOn(kind);
  }

  /** It has none any more: one that is made now needs none, and one that is there stays as it is. */
  @Override
  public void switchedOff(Kind<?> kind, String name) {
    switchedOn.computeIfPresent(name, (same, uses) -> uses.remove(kind) && uses.isEmpty() ? null : uses);
  }

  Map<String, Supplier<EventLog.Usage>> logs() {
    Map<String, Supplier<EventLog.Usage>> logs = new TreeMap<>();
    namespaces.forEach((name, namespace) -> {
      if (namespace.recovery() != null && !namespace.isDynamic()) logs.put(name, namespace.recovery()::usage);
    });
    return logs;
  }

  /** Succeeds when the connections of the user are closed here, and none of the user's sessions can be recovered. */
  Future<Void> disconnectUser(String id) {
    return Future.join(namespaces.values().stream().map(namespace -> namespace.disconnectUser(id)).toList()).mapEmpty();
  }

  private void remove(Namespace namespace, ParentNamespace parent) {
    if (!namespaces.remove(namespace.name(), namespace)) return;
    parent.remove(namespace);
    namespace.close();
    loop.cluster().broadcaster().forget(namespace.name());
  }

  /** Succeeds when pending saves are done. */
  Future<Void> close() {
    return Future.join(namespaces.values().stream().map(Namespace::close).toList()).mapEmpty();
  }

  /** What a broadcast that names this namespace or family is for; null when it is not here. */
  @Nullable BroadcastTarget target(String name) {
    Namespace namespace = namespaces.get(name);
    if (namespace != null) return namespace;
    for (Family family : families) if (family.parent.name().equals(name)) return family.parent;
    return null;
  }

  /** Whether middleware may check a client that joins this namespace. */
  boolean hasMiddleware(String name) {
    Namespace namespace = namespaces.get(name);
    return namespace == null ? !families.isEmpty() : namespace.hasMiddleware();
  }

  /** Whether a client that joins this namespace may name a session to recover. */
  boolean recovers(String name) {
    Namespace namespace = namespaces.get(name);
    return namespace != null && namespace.recovery() != null;
  }

  /** Passes the namespace of this name, created if a family accepts it; otherwise null. */
  void resolve(String name, JsonObject auth, Consumer<@Nullable Namespace> found) {
    Namespace namespace = namespaces.get(name);
    if (namespace != null || families.isEmpty()) found.accept(namespace);
    else resolve(0, name, auth, found);
  }

  private void resolve(int from, String name, JsonObject auth, Consumer<@Nullable Namespace> found) {
    for (int i = from; i < families.size(); i++) {
      ParentNamespace parent = families.get(i).parent;
      Future<Boolean> matches = parent.matches(name, auth);
      if (!matches.isComplete()) {
        int next = i + 1;
        matches.onComplete(result -> loop.run(() -> {
          if (isYes(name, matches)) found.accept(child(name, parent));
          else resolve(next, name, auth, found);
        }));
        return;
      }
      if (isYes(name, matches)) {
        found.accept(child(name, parent));
        return;
      }
    }
    found.accept(null);
  }

  private static boolean isYes(String name, Future<Boolean> matches) {
    if (matches.failed()) log.warn("predicate of dynamic namespaces failed namespace={}", name, matches.cause());
    return matches.succeeded() && Boolean.TRUE.equals(matches.result());
  }

  /** Another client may have caused its creation while an asynchronous predicate was pending. */
  private Namespace child(String name, ParentNamespace parent) {
    Namespace namespace = namespaces.get(name);
    return namespace != null ? namespace : make(name, parent);
  }
}
