package dev.magpie;

import dev.magpie.conformance.ConformanceSetUp;

/**
 * The set-up that the official protocol suites expect, on port 3000: Engine.IO, which echoes, at {@code /engine.io/}; Socket.IO at {@code
 * /socket.io/}. Arguments: port and number of gateway instances.
 */
public final class ConformanceServer {
  private ConformanceServer() {}

  public static void main(String[] args) {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 3000;
    int instances = args.length > 1 ? Integer.parseInt(args[1]) : 1;
    ConformanceSetUp.start(port, instances)
        .onSuccess(started -> System.out.println("conformance server on port " + port + ", instances " + instances))
        .onFailure(failed -> {
          System.err.println(failed.getMessage());
          System.exit(2);
        });
  }
}
