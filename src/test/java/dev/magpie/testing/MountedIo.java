package dev.magpie.testing;

import static dev.magpie.testing.Await.await;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.ext.web.Router;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** An {@link Io} at {@code /socket.io} and {@code /ws} of a server of its own on 127.0.0.1, with a Vert.x of one event loop. */
public final class MountedIo implements AutoCloseable {
  public final Vertx vertx;
  public final Io io;
  public final int port;
  private final Context context;

  private MountedIo(Vertx vertx, Context context, Io io, int port) {
    this.vertx = vertx;
    this.context = context;
    this.io = io;
    this.port = port;
  }

  public static MountedIo start(IoOptions options, Consumer<Io> application) {
    return start(Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1)), options, application);
  }

  public static MountedIo start(Vertx vertx, IoOptions options, Consumer<Io> application) {
    Context context = vertx.getOrCreateContext();
    Promise<MountedIo> started = Promise.promise();
    context.runOnContext(turn -> {
      try {
        Router router = Router.router(vertx);
        Io io = Io.create(vertx, options);
        io.mount(router, "/socket.io").mountPlain(router, "/ws");
        application.accept(io);
        io.ready().compose(ready -> vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
            .map(server -> new MountedIo(vertx, context, io, server.actualPort())).onComplete(started);
      } catch (Throwable fault) {
        started.fail(fault);
      }
    });
    return await(started.future());
  }

  /** Runs this on the instance's context, and waits for its end. */
  public <T> T onLoop(Callable<T> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(turn -> {
      try {
        done.complete(action.call());
      } catch (Throwable fault) {
        done.fail(fault);
      }
    });
    return await(done.future());
  }

  /** The same for an asynchronous action. */
  public <T> T onLoopAsync(Callable<Future<T>> action) {
    return await(onLoop(action));
  }

  @Override
  public void close() {
    await(vertx.close());
  }
}
