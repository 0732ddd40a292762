package dev.magpie.model;

import dev.magpie.core.IoOptions;
import dev.magpie.core.Namespace;
import dev.magpie.core.PresenceOptions;
import dev.magpie.core.Retained;
import dev.magpie.simulation.Simulation;
import dev.magpie.state.Hub;
import dev.magpie.state.PresenceMember;
import dev.magpie.state.RetainedValue;
import dev.magpie.state.StateOptions;
import dev.magpie.state.Timers;
import dev.magpie.state.VersionConflict;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.List;
import io.vertx.core.shareddata.LocalMap;

/** The hub of a simulation, on its clock, and what an application asks of room state. */
final class StateHub implements Timers {
  static final long STREAM_IDLE = StateOptions.DEFAULT.streamIdleMillis();
  static final long STREAM_KEPT = StateOptions.DEFAULT.streamKeepMillis();

  private final Simulation simulation;
  private final ContextInternal context;
  private boolean ignoresConditions;

  StateHub(Simulation simulation) {
    this.simulation = simulation;
    this.context = simulation.newContext();
    Hub hub = new Hub(task -> context.runOnContext(run -> task.run()), this);
    // It stays when all others have gone, so that the hub does.
    hub.attach("the test", Runnable::run, (kind, namespace) -> {});
    LocalMap<String, Hub> hubs = simulation.vertx().sharedData().getLocalMap("magpie.hubs");
    hubs.put(new IoOptions().name(), hub);
  }

  /** A control: writes are no longer conditional, as they would be if compare and set were two steps. */
  void ignoreConditions() {
    ignoresConditions = true;
  }

  ContextInternal context() {
    return context;
  }

  @Override
  public long now() {
    return 1_000_000_000_000L + simulation.millis();
  }

  @Override
  public Runnable schedule(long millis, Runnable task) {
    long timer = context.setTimer(millis, fired -> task.run());
    return () -> simulation.vertx().cancelTimer(timer);
  }

  // --- Presence

  void presence(Namespace namespace, long grace, long interval, int pageSize) {
    namespace.presence(new PresenceOptions().setGrace(grace).setInterval(interval).setPageSize(pageSize));
  }

  Future<List<String>> list(Namespace namespace, String room) {
    return namespace.presence(room).list().map(members -> members.stream().map(PresenceMember::key).toList());
  }

  Future<Integer> present(Namespace namespace, String room) {
    return namespace.presence(room).count();
  }

  Future<Integer> count(Namespace namespace, String room) {
    return namespace.count(room).map(count -> (int) count.sockets());
  }

  // --- Retained values

  Future<Long> write(Namespace namespace, Write write, JsonObject value) {
    Retained retained = namespace.to(write.room).retain(write.key);
    if (write.ifVersion >= 0 && !ignoresConditions) retained = retained.ifVersion(write.ifVersion);
    if (write.ttl > 0) retained = retained.ttl(write.ttl);
    return retained.emit("set", value);
  }

  Future<Boolean> remove(Namespace namespace, Write removal) {
    return namespace.to(removal.room).retain(removal.key).remove();
  }

  /** @return 0 for none */
  Future<Long> version(Namespace namespace, String room, String key) {
    return namespace.to(room).retain(key).get().map(found -> found.map(RetainedValue::version).orElse(0L));
  }

  /** @return 0 for none */
  Future<Long> value(Namespace namespace, String room, String key) {
    return namespace.to(room).retain(key).get().map(found -> found.map(value -> value.args().getJsonObject(0).getLong("n")).orElse(0L));
  }

  /** The version that was there where a compare-and-set was refused; -1 for another failure. */
  static long conflict(Throwable failure) {
    return failure instanceof VersionConflict conflict ? conflict.version() : -1;
  }
}
