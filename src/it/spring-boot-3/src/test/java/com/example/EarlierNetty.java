package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;

/** Not among the tests of the build: {@code mvn test -Dnetty.version=4.1.128.Final -Dtest=EarlierNetty}. */
class EarlierNetty {
  @Test
  void isRefusedWithTheVersionToSet() {
    IllegalStateException refusal = assertThrows(IllegalStateException.class, Vertx::vertx);
    assertEquals("Vert.x 5 needs Netty 4.2, but the class path has netty-transport 4.1.128.Final: set Netty's version to 4.2.18.Final, "
        + "in a build of Spring Boot 3 by the property netty.version", refusal.getMessage());
  }
}
