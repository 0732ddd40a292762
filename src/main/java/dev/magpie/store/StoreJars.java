package dev.magpie.store;

import java.util.List;
import java.util.stream.Stream;

/**
 * The optional dependencies that the store needs: an application that uses Magpie as a library adds them to its class path. Stateless.
 */
final class StoreJars {
  private record Jar(String artifact, String className) {}

  private static final Jar CLIENT = new Jar("io.vertx:vertx-mongo-client", "io.vertx.ext.mongo.MongoClient");
  private static final Jar EMBEDDED = new Jar("de.bwaldvogel:mongo-java-server-h2-backend", "de.bwaldvogel.mongo.backend.h2.H2Backend");

  private StoreJars() {}

  /** @throws IllegalStateException that names those that are missing */
  static void require() {
    List<String> missing = Stream.of(CLIENT, EMBEDDED).filter(jar -> !isPresent(jar.className)).map(Jar::artifact).toList();
    if (!missing.isEmpty()) throw new IllegalStateException("the store needs more jars on the class path: " + String.join(", ", missing));
  }

  private static boolean isPresent(String className) {
    try {
      Class.forName(className, false, StoreJars.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException absent) {
      return false;
    }
  }
}
