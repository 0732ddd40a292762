package dev.magpie.api;

import dev.magpie.core.BroadcastOperator;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.log.Appended;
import dev.magpie.log.Offset;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Emits events for callers of the API. Owned by one gateway; its futures complete on any thread. */
final class Emitter {
  private final Io io;
  private final ProcessInstances instances;

  Emitter(Io io, ProcessInstances instances) {
    this.io = io;
    this.instances = instances;
  }

  /** @param stored whether its namespace has a log */
  private record Prepared(boolean stored, Supplier<Future<JsonObject>> emit) {}

  /**
   * Emits all, or none where one is wrong: all are checked first; and those that are to be stored go first, so that nothing is emitted
   * while the database is away.
   *
   * @return what the document calls the answer; fails with what {@link Problem#of(Throwable)} knows
   */
  Future<JsonObject> emit(List<EmitRequest> events) {
    List<Prepared> prepared = new ArrayList<>(events.size());
    for (EmitRequest event : events) prepared.add(prepare(event));
    List<Future<JsonObject>> results = new ArrayList<>();
    prepared.forEach(one -> results.add(one.stored ? one.emit.get() : null));
    return Future.join(results.stream().filter(result -> result != null).toList()).compose(stored -> {
      for (int i = 0; i < results.size(); i++) if (results.get(i) == null) results.set(i, prepared.get(i).emit.get());
      return Future.join(results);
    }).map(done -> new JsonObject().put("events", new JsonArray(results.stream().map(Future::result).toList())));
  }

  private Prepared prepare(EmitRequest event) {
    Namespace namespace = namespace(event.namespace(), event.pointer());
    BroadcastOperator selection = select(namespace, event);
    JsonObject result = new JsonObject().put("namespace", namespace.name());
    if (event.retain() != null) {
      var retained = selection.retain(event.retain());
      return new Prepared(namespace.hasLog(),
          () -> retained.emit(event.event(), event.arguments()).map(version -> result.put("version", version)));
    }
    Supplier<Future<@Nullable Appended>> emit = (event.latest() == null ? selection : selection.latest(event.latest()))
        .prepare(event.cid(), event.event(), event.arguments());
    return new Prepared(namespace.hasLog(), () -> emit.get().compose(appended -> appended == null ? Future.succeededFuture(result)
        : namespace.log().epoch().map(epoch -> result.put("seq", appended.seq()).put("offset", Offset.text(epoch, appended.seq()))
        .put("duplicate", appended.duplicate()))));
  }

  /** @param pointer of the event in the body */
  Namespace namespace(String name, String pointer) {
    return instances.find(io, name).orElseThrow(() -> Problem.noNamespace("body", pointer + "/namespace"));
  }

  static BroadcastOperator select(Namespace namespace, EmitRequest event) {
    BroadcastOperator selection = namespace.all();
    if (!event.rooms().isEmpty()) selection = selection.to(event.rooms().toArray(String[]::new));
    if (!event.users().isEmpty()) selection = selection.toUser(event.users().toArray(String[]::new));
    return event.except().isEmpty() ? selection : selection.except(event.except().toArray(String[]::new));
  }
}
