package dev.magpie.chaos;

import dev.magpie.testing.TestIo;
import dev.magpie.testing.TestIoOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * A client of {@link Keeper} that writes one value after the other, and connects again whenever its connection ends. Its counts may be read
 * from any thread.
 */
final class Keeping {
  private static final long PAUSE_MILLIS = 100;

  final String user;
  private final Vertx vertx;
  private final int port;
  /** Null for one that counts up a value that all such share. */
  private final String key;
  private volatile boolean stopped;
  private final Promise<Void> done = Promise.promise();
  private TestIo client;

  /** The last value that was tried, and the last that was acknowledged; for a shared value how many were. */
  volatile long tried;
  volatile long acknowledged;
  /** Writes of a shared value that may have been done. */
  volatile long unknown;

  Keeping(Vertx vertx, int port, String user, String key) {
    this.vertx = vertx;
    this.port = port;
    this.user = user;
    this.key = key;
  }

  void start() {
    write();
  }

  /** Succeeds when the last write has ended. */
  Future<Void> stop() {
    stopped = true;
    return done.future();
  }

  static Future<TestIo> connect(Vertx vertx, int port, String user) {
    return TestIo.connect(vertx, new TestIoOptions(port).setNamespace(Keeper.NAMESPACE).setTimeout(Duration.ofSeconds(10))
        .setAuth(new JsonObject().put("user", user)));
  }

  private void write() {
    if (stopped) {
      done.complete();
      return;
    }
    (client == null ? enter() : Future.<JsonArray>succeededFuture()).compose(in -> key == null ? countUp() : own()).onComplete(written -> {
      if (written.failed()) leave();
      vertx.timer(written.succeeded() ? 1 : PAUSE_MILLIS).onSuccess(later -> write());
    });
  }

  private Future<JsonArray> enter() {
    return connect(vertx, port, user).compose(connected -> {
      client = connected;
      return ask("join");
    });
  }

  private void leave() {
    if (client != null) client.drop();
    client = null;
  }

  private Future<JsonArray> own() {
    long n = ++tried;
    return ask("put", new JsonObject().put("key", key).put("n", n)).onSuccess(version -> acknowledged = n);
  }

  private Future<JsonArray> countUp() {
    return ask("get", "counter").map(found -> found.getJsonObject(0)).compose(found -> {
      JsonObject next = new JsonObject().put("key", "counter").put("n", found.getLong("n") + 1).put("ifVersion", found.getLong("version"));
      return ask("put", next).onComplete(answer -> {
        if (answer.failed()) unknown++;
        else if (answer.result().getJsonObject(0).containsKey("version")) acknowledged++;
      });
    });
  }

  /** Fails as soon as the connection has ended. */
  private Future<JsonArray> ask(String event, Object... args) {
    TestIo asked = client;
    Future<JsonArray> ended = asked.disconnected().compose(reason -> Future.failedFuture("disconnected: " + reason));
    Promise<JsonArray> first = Promise.promise();
    asked.emitWithAck(event, args).onComplete(first::tryComplete, first::tryFail);
    ended.onFailure(first::tryFail);
    return first.future();
  }
}
