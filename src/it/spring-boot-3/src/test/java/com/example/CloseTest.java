package com.example;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The end of the Spring context is the end of the server. */
@Timeout(60)
class CloseTest {
  @Test
  void disconnectsTheClientsAndFreesThePort() throws Exception {
    ConfigurableApplicationContext spring = SpringApplication.run(ExampleApplication.class, "--magpie.port=0");
    int port = spring.getBean(MagpieServer.class).port();
    Vertx vertx = Vertx.vertx();
    try {
      TextClient client = TextClient.connect(vertx, port);
      spring.close();
      client.awaitClose();
      assertThrows(Exception.class, () -> TextClient.connect(vertx, port));
    } finally {
      spring.close();
      vertx.close().await();
    }
  }
}
