package dev.magpie.delivery;

import dev.magpie.core.Io;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.RecoveryOptions;
import dev.magpie.log.RecoveryProvider;
import dev.magpie.log.RecoveryStore;
import dev.magpie.store.StoredRecovery;
import dev.magpie.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A server in a process of its own, of two instances, that ends as by {@code kill -9} at a chosen point of the message {@link #DOOM}:
 * {@code java … DoomedServer POINT DATA PORT PORT}. What it hooks into is a store in front of the real one, and an application's own means.
 */
public final class DoomedServer {
  static final String DOOM = "doom";

  /** As a shell says it of SIGKILL. */
  static final int EXIT = 137;

  private static final long FLUSHED_MILLIS = 300;

  enum Point {
    NEVER,
    BEFORE_INSERT,
    BETWEEN_INSERT_AND_PUBLISH,
    BETWEEN_PUBLISH_AND_ACKNOWLEDGEMENT,
    MID_REPLAY
  }

  private static Point point = Point.NEVER;

  private DoomedServer() {}

  public static void main(String[] args) throws Exception {
    point = Point.valueOf(args[0]);
    // The two instances must not share a loop.
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(16));
    RecoveryOptions recovery = Lab.embedded(Path.of(args[1]));
    try {
      Await.await(lab(args[2], recovery, DoomedServer::toldHere).deploy(vertx));
      Await.await(lab(args[3], recovery, () -> toldThere(vertx)).deploy(vertx));
    } catch (Exception failed) {
      // The event loops would keep the process alive, and the test waiting.
      failed.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
    System.out.println("listening");
    // Ends with the test that started it.
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(1);
  }

  private static Lab lab(String port, RecoveryOptions recovery, Runnable told) {
    return new Lab(Integer.parseInt(port), recovery, Stores.class.getName(), observe(told));
  }

  private static Consumer<Io> observe(Runnable told) {
    return io -> io.of("/chat").onConnection(socket -> socket.onAnyOutgoing((event, args) -> {
      if (!event.equals("message") || !args.getJsonObject(0).getString("text").startsWith(DOOM)) return;
      if (point == Point.MID_REPLAY && socket.recovered()) halt();
      if (point == Point.BETWEEN_PUBLISH_AND_ACKNOWLEDGEMENT) told.run();
    }));
  }

  /** The sender's instance is stuck from here on: its own copy comes before its acknowledgement. */
  private static void toldHere() {
    try {
      TimeUnit.SECONDS.sleep(60);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** The other one says it to its clients. */
  private static void toldThere(Vertx vertx) {
    vertx.setTimer(FLUSHED_MILLIS, said -> halt());
  }

  private static void halt() {
    Runtime.getRuntime().halt(EXIT);
  }

  private static boolean isDoom(Object entries) {
    for (Object entry : (List<?>) entries) {
      JsonArray event = ((LogEntry) entry).event();
      if (event.size() > 1 && event.getValue(1) instanceof JsonObject body && DOOM.equals(body.getString("text"))) return true;
    }
    return false;
  }

  /** In front of the real one, which is on the class path too. */
  public static final class Stores implements RecoveryProvider {
    @Override
    public Future<RecoveryProvider.Stores> open(Vertx vertx, String namespace, RecoveryOptions options) {
      return new StoredRecovery().open(vertx, namespace, options).map(stores -> new Hooked(stores, hook(stores.log())));
    }

    private static EventLog hook(EventLog log) {
      return (EventLog) Proxy.newProxyInstance(EventLog.class.getClassLoader(), new Class<?>[] {EventLog.class}, (proxy, method, args) -> {
        boolean doomed = method.getName().equals("append") && isDoom(args[0]);
        if (doomed && point == Point.BEFORE_INSERT) halt();
        Object result;
        try {
          result = method.invoke(log, args);
        } catch (InvocationTargetException failure) {
          throw failure.getCause();
        }
        if (doomed && point == Point.BETWEEN_INSERT_AND_PUBLISH)
          return ((Future<?>) result).onSuccess(inserted -> halt()).compose(inserted -> Future.future(never -> {}));
        return result;
      });
    }
  }

  private record Hooked(RecoveryProvider.Stores stores, EventLog log) implements RecoveryProvider.Stores {
    @Override
    public RecoveryStore sessions() {
      return stores.sessions();
    }

    @Override
    public Future<Void> close() {
      return stores.close();
    }
  }
}
