package dev.magpie.core;

import dev.magpie.protocol.Arguments;
import dev.magpie.state.HubLink;
import dev.magpie.state.RetainedSpace;
import dev.magpie.state.RetainedValue;
import dev.magpie.state.StateLimitException;
import dev.magpie.state.VersionConflict;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One key of a room's retained state: an event that members get now, and that whoever joins the room later gets first. All instances of one
 * Vert.x and name share it. Immutable; may be used from any thread, futures complete on the instance's context.
 *
 * <pre>{@code
 * io.to("match:42").retain("score").emit("score", new JsonObject().put("home", 2));
 * io.to("map").retain(courier).ttl(60_000).emit("position", courier, lat, lon);
 * }</pre>
 *
 * Of one room's state, each member gets every change in the same order: first the present values, then the changes. A client that reads
 * slowly gets of each key only the newest. In a durable namespace a value is stored before it is sent.
 */
public final class Retained {
  private static final Logger log = LoggerFactory.getLogger(Retained.class);

  private final BroadcastTarget target;
  private final String room;
  private final String key;
  private final long ttlMillis;
  private final long ifVersion;

  Retained(BroadcastTarget target, String room, String key, long ttlMillis, long ifVersion) {
    this.target = target;
    this.room = room;
    this.key = key;
    this.ttlMillis = ttlMillis;
    this.ifVersion = ifVersion;
  }

  /**
   * Removes the value after this time, unless it was set again; clients get {@code state:removed}. Default: it stays.
   *
   * @param millis milliseconds
   * @throws IllegalArgumentException below 1
   */
  public Retained ttl(long millis) {
    if (millis <= 0) throw new IllegalArgumentException("ttl: at least 1 ms, not " + millis);
    return new Retained(target, room, key, millis, ifVersion);
  }

  /**
   * Changes the value only if it has this version: the future fails with {@link VersionConflict} if it has another. Default: whatever is
   * there is replaced.
   *
   * @param version 0 if there must be no value
   * @throws IllegalArgumentException below 0
   */
  public Retained ifVersion(long version) {
    if (version < 0) throw new IllegalArgumentException("ifVersion: 0 for no value, or a version, not " + version);
    return new Retained(target, room, key, ttlMillis, version);
  }

  /**
   * Sets the value: the event is sent to the members of the room, and to whoever joins it later.
   *
   * @param args as in {@link Socket#emit}
   * @return the version of the value, once it is set (in a durable namespace: stored) and on its way to the members. Fails with {@link
   *     VersionConflict}, with {@link StateLimitException} for a value that is too large or one key too many, and with {@link
   *     dev.magpie.log.LogUnavailableException} if it is unknown whether it is stored, also because the instance is closed
   * @throws IllegalArgumentException as {@link Socket#emit}
   */
  public Future<Long> emit(String event, @Nullable Object... args) {
    JsonArray content = target.checked(Arguments.shared(target.loop().values(), event, args));
    return ask((space, done) -> space.put(room, key, content, ttlMillis, ifVersion, done));
  }

  /** The same for arguments that are in an array, each as one argument. */
  public Future<Long> emitArgs(String event, JsonArray args) {
    return emit(event, args.getList().toArray());
  }

  /**
   * Removes the value: the members get {@code state:removed} with {@code {room, key}}.
   *
   * @return false if there was none; fails as {@link #emit}
   */
  public Future<Boolean> remove() {
    return this.<Long>ask((space, done) -> space.remove(room, key, ifVersion, done)).map(version -> version > 0);
  }

  /** The present value; empty if there is none. Fails with {@link dev.magpie.log.LogUnavailableException} if it cannot be read. */
  public Future<Optional<RetainedValue>> get() {
    return ask((space, found) -> space.get(room, key, found));
  }

  /** Sets a value on behalf of a verticle that has no connections, once for all instances that hear it. */
  static void set(BroadcastTarget target, Broadcast broadcast) {
    String room = broadcast.rooms().get(0);
    String key = broadcast.key();
    RetainedSpace.Config config = target.stateConfig();
    Consumer<RetainedSpace> command = space -> {
      Promise<Long> done = Promise.promise();
      space.configure(config);
      space.put(room, key, broadcast.event(), 0, RetainedSpace.ANY, done);
      done.future().onFailure(failure ->
          log.warn("event not retained namespace={} key={} reason={}", target.name(), key, failure.getMessage()));
    };
    HubLink hub = target.loop().hub();
    if (broadcast.isHeardByOne()) hub.tell(RetainedSpace.KIND, target.name(), command);
    else hub.tellIfFirst(RetainedSpace.KIND, target.name(), command);
  }

  /** The present values of a room. */
  static Future<Map<String, RetainedValue>> values(BroadcastTarget target, String room) {
    return ask(target, (space, found) -> space.list(room, found));
  }

  private <T> Future<T> ask(BiConsumer<RetainedSpace, Promise<T>> command) {
    return ask(target, command);
  }

  private static <T> Future<T> ask(BroadcastTarget target, BiConsumer<RetainedSpace, Promise<T>> command) {
    Loop loop = target.loop();
    RetainedSpace.Config config = target.stateConfig();
    Promise<T> answer = loop.promise();
    loop.run(() -> loop.hub().<RetainedSpace, T>ask(RetainedSpace.KIND, target.name(), (space, done) -> {
      space.configure(config);
      command.accept(space, done);
    }).onComplete(answer));
    return answer.future();
  }
}
