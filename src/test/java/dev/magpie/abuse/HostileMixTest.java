package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.load.ServerProcess;
import dev.magpie.testing.Alone;
import dev.magpie.testing.Await;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two hundred attackers over every row of the catalogue, and two hundred honest people who chat beside them: those lose nothing, and none
 * is cut off. Some seconds in a build, ten minutes with {@code -Pabuse} ({@code -Dabuse.seconds} says otherwise). The addresses of both are
 * of 127.0.0.0/8, which is not exempt here: otherwise no limit per address would be met.
 */
@Timeout(1_200)
@Alone
class HostileMixTest {
  private static final boolean LONG = "long".equals(System.getProperty("abuse"));
  private static final long SECONDS = LONG ? Integer.getInteger("abuse.seconds", 600) : 12;
  private static final int ATTACKERS = 200;
  private static final int AT_ONCE = LONG ? 32 : 12;
  private static final int ROOMS = 10;
  private static final int MEMBERS = 20;

  /** Within the reach of a machine of two cores; the defaults are for an office. */
  private static ServerProcess start(JsonArray exempt) throws Exception {
    return ServerProcess.plan()
        .with("applications", new JsonArray().add("chat"))
        // It is about the sockets, not about the disk.
        .with("recovery.namespaces", new JsonObject().put("/chat", "memory"))
        .with("limits.exempt", exempt)
        .with("limits.address.connections", 60)
        .with("limits.address.handshakes_per_second", 5)
        .with("limits.address.events_per_second", 200)
        .java("-Xmx512m", "-Dlogback.configurationFile=logback.xml").start();
  }

  @Test
  void honestClientsLoseNothingBesideAttackersOfEveryKind() throws Exception {
    Vertx unused = Subject.vertx();
    try (ServerProcess server = start(new JsonArray()); Chatters honest = new Chatters(server.port, ROOMS, MEMBERS)) {
      int descriptors = server.descriptors();
      long began = System.nanoTime();
      Subject subject = new Subject(unused, server.port, Map::of);
      try (subject; Attackers attackers = new Attackers(subject, ATTACKERS, AT_ONCE)) {
        TimeUnit.SECONDS.sleep(SECONDS);
        boolean met = Await.holdsWithin(Duration.ofSeconds(60), () -> hasMetLimits(attackers));
        honest.assertNothingLost();
        System.out.println("abuse: mix seconds=" + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began) + " attempts="
            + attackers.attempts() + " messages=" + honest.acknowledged() + " refused=" + refused(server)
            + " resident=" + (server.residentBytes() >> 20) + "MB reasons=" + attackers.reasons());
        assertThat(met).as("a limit has warned a connection, and one has refused a handshake: " + attackers.reasons()).isTrue();
      }
      assertThat(refused(server)).isPositive();
      assertThat(server.isAlive()).isTrue();
      assertThat(Await.holdsWithin(Duration.ofSeconds(60), () -> server.descriptors() <= descriptors + 10))
          .as("descriptors are free again, of which there were " + descriptors).isTrue();
      assertThat(server.lines()).as("a stack trace for what strangers do")
          .noneMatch(line -> line.startsWith("\tat ") || line.contains("OutOfMemory"));
    }
  }

  private static long refused(ServerProcess server) throws Exception {
    return (long) server.metric("magpie_limits_refused_total");
  }

  private static boolean hasMetLimits(Attackers attackers) {
    // Not that it was closed: a server that stood still for a while credits that time, and so does one on a busy machine.
    String events = "warned address.events_per_second";
    String handshakes = "429 more than (60 connections|5 handshakes/s) from this address";
    return attackers.reasons().contains(events) && attackers.reasons().stream().anyMatch(reason -> reason.matches(handshakes));
  }

  // The check can fail.

  @Test
  void withTheAddressesExemptTheSameAttackersMeetNoLimitOfAnAddress() throws Exception {
    Vertx unused = Subject.vertx();
    try (ServerProcess server = start(new JsonArray().add("127.0.0.0/8"))) {
      Subject subject = new Subject(unused, server.port, Map::of);
      try (subject; Attackers attackers = new Attackers(subject, 0, 1)) {
        TimeUnit.SECONDS.sleep(3);
        assertThat(hasMetLimits(attackers)).isFalse();
        assertThat(attackers.reasons()).noneMatch(reason -> reason.contains("address"));
      }
    }
  }

  @Test
  void aChatterThatIsCutOffIsSeen() throws Exception {
    try (ServerProcess server = start(new JsonArray()); Chatters honest = new Chatters(server.port, 1, 3)) {
      server.signal("KILL");
      Await.until("a chatter sees that it was cut off", honest::hasLost);
      assertThatThrownBy(honest::assertNothingLost).isInstanceOf(AssertionError.class).hasMessageContaining("was cut off");
    }
  }
}
