package com.example;

import dev.magpie.core.Io;
import dev.magpie.core.IoOptions;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An embedded Vert.x with one Io on one of its event loops. Other beans put handlers on the Io while the context starts. */
@Configuration(proxyBeanMethods = false)
public class MagpieConfiguration {

  @Bean
  Vertx vertx() {
    return Vertx.vertx();
  }

  @Bean
  Router router(Vertx vertx) {
    return Router.router(vertx);
  }

  @Bean
  Io io(Vertx vertx, Router router, ObjectProvider<IoOptions> options) {
    return Io.create(vertx, options.getIfAvailable(IoOptions::new)).mount(router, "/socket.io");
  }

  @Bean
  MagpieServer magpieServer(Io io, Router router, @Value("${magpie.host:127.0.0.1}") String host,
      @Value("${magpie.port:8000}") int port) {
    return new MagpieServer(io, router, host, port);
  }
}
