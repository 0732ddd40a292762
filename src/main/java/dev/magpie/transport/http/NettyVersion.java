package dev.magpie.transport.http;

import io.netty.util.Version;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.spi.VertxServiceProvider;

/**
 * Refuses a Netty that Vert.x 5 cannot run on. A build that forces Netty 4.1, as that of Spring Boot 3 does, would otherwise get a {@code
 * NoClassDefFoundError} out of Vert.x. Vert.x finds it by {@link java.util.ServiceLoader} and calls it before it makes its event loops, on
 * the thread that creates the {@link Vertx}. Stateless.
 */
public final class NettyVersion implements VertxServiceProvider {
  private static final String RECOMMENDED = "4.2.18.Final";
  /** Netty has it since 4.2; the event loops of Vert.x are made of it. */
  private static final String NEEDED = "io.netty.channel.MultiThreadIoEventLoopGroup";
  private static final String ARTIFACT = "netty-transport";

  /** For {@link java.util.ServiceLoader}. */
  public NettyVersion() {}

  /** @throws IllegalStateException that names the version found and how to set the right one */
  @Override
  public void init(VertxBootstrap bootstrap) {
    ClassLoader loader = Vertx.class.getClassLoader();
    try {
      Class.forName(NEEDED, false, loader);
    } catch (ClassNotFoundException earlier) {
      throw new IllegalStateException("Vert.x 5 needs Netty 4.2, but the class path has " + found(loader) + ": set Netty's version to "
          + RECOMMENDED + ", in a build of Spring Boot 3 by the property netty.version");
    }
  }

  private static String found(ClassLoader loader) {
    Version version = Version.identify(loader).get(ARTIFACT);
    return ARTIFACT + " " + (version == null ? "of an earlier version" : version.artifactVersion());
  }
}
