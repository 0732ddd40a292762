package com.example;

import dev.magpie.core.Io;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.SmartInitializingSingleton;

/** Listens when all beans are there, on the event loop of the Io, and disconnects the clients before the beans are destroyed. */
public class MagpieServer implements SmartInitializingSingleton, DisposableBean {
  private static final int SECONDS = 30;

  private final Io io;
  private final Router router;
  private final String host;
  private final int port;
  /** Null until it listens. */
  private HttpServer server;

  public MagpieServer(Io io, Router router, String host, int port) {
    this.io = io;
    this.router = router;
    this.host = host;
    this.port = port;
  }

  @Override
  public void afterSingletonsInstantiated() {
    try {
      server = io.ready()
          .compose(ready -> io.vertx().createHttpServer().requestHandler(router).listen(port, host))
          .await(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      throw new IllegalStateException("not listening after " + SECONDS + " s", late);
    }
  }

  @Override
  public void destroy() throws TimeoutException {
    io.close()
        .compose(closed -> server == null ? Future.succeededFuture() : server.close())
        .await(SECONDS, TimeUnit.SECONDS);
  }

  /** The port that it listens on. */
  public int port() {
    return server.actualPort();
  }
}
