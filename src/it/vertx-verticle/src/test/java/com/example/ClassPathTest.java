package com.example;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Magpie brings Vert.x with its Netty, Jackson and SLF4J: none of its optional dependencies. */
class ClassPathTest {
  private static final Set<String> BY_MAGPIE = Set.of(
      "magpie",
      "vertx-core", "vertx-core-logging",
      "vertx-web", "vertx-web-common", "vertx-auth-common", "vertx-bridge-common", "vertx-eventbus-bridge-common",
      "jackson-core", "jackson-databind", "jackson-annotations",
      "slf4j-api",
      "netty-common", "netty-buffer", "netty-transport", "netty-transport-classes-epoll", "netty-transport-native-unix-common",
      "netty-handler", "netty-handler-proxy", "netty-resolver", "netty-resolver-dns", "netty-tcnative-classes",
      "netty-codec-base", "netty-codec-compression", "netty-codec-http", "netty-codec-http2", "netty-codec-http3",
      "netty-codec-classes-quic", "netty-codec-socks", "netty-codec-dns");

  @Test
  void holdsNoOptionalDependencyOfMagpie() {
    assertEquals(new TreeSet<>(BY_MAGPIE), jars("(junit|opentest4j|apiguardian|jspecify|vertx-junit5|magpie-.*-tests|surefire).*"));
  }

  /** The names of the jars without their versions, but those of the tests. */
  private static Set<String> jars(String ofTests) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> new File(entry).getName())
        .filter(name -> name.endsWith(".jar") && !name.matches(ofTests))
        .map(name -> name.replaceAll("-\\d.*", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
