package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.load.ServerProcess;
import dev.magpie.testing.Alone;
import dev.magpie.testing.Await;
import dev.magpie.testing.RawWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The program as a process of its own, with little memory, under attacks that go for its memory, while honest clients are beside them. Each
 * attack lasts a second or two in a build, a minute with {@code -Pabuse}, chat at full rate ten; only there, where nothing else runs, is
 * the time measured against a bound in which {@code /health} answers. There {@code -Dabuse.attacks=halfOpen,chat} names those to run, and
 * {@code -Dabuse.seconds=60} says how long each lasts.
 */
@Timeout(3_600)
@Alone
class AttackTest {
  private static final boolean LONG = "long".equals(System.getProperty("abuse"));
  private static final long ATTACK_MS = LONG ? seconds(60) : 1_500;
  private static final long CHAT_MS = LONG ? seconds(600) : 2_000;
  private static final int HALF_OPEN = LONG ? 10_000 : 3_000;
  private static final int BODIES = LONG ? 900 : 300;

  /** Those to run, by name; all where nothing is said. */
  private static final List<String> ATTACKS = List.of(System.getProperty("abuse.attacks",
      "pipelining,unfinishedMessages,unfinishedBodies,slowBodies,halfOpen,headers,chat").split(","));

  /** Of the process beside its heap, in MiB: what is not the heap's of an idle server, and direct memory as large as the budget. */
  private static final int BESIDE_THE_HEAP = 300;

  /** Of the request that asks how much is pending: it waits for its answer meanwhile. */
  private static final int OWN_REQUEST = 4 << 10;

  /** Log lines about strangers: a burst, then ten a second. */
  private static final int BURST = 1_000;
  private static final int PER_SECOND = 10;

  private static long seconds(int usual) {
    return TimeUnit.SECONDS.toMillis(Integer.getInteger("abuse.seconds", usual));
  }

  private static ServerProcess start(int heap, long pendingBytes) throws Exception {
    ServerProcess.Plan plan = ServerProcess.plan()
        .with("applications", new JsonArray().add("chat"))
        // All come from one address, and the attack is to be written.
        .with("chat.user_bytes_per_minute", 1L << 40)
        .with("chat.address_bytes_per_minute", 1L << 40)
        .with("http.trusted_proxies", new JsonArray().add("127.0.0.1"))
        .java("-Xmx" + heap + "m", "--enable-native-access=ALL-UNNAMED", "--add-opens", "java.base/java.nio=ALL-UNNAMED",
        "-Dlogback.configurationFile=logback.xml");
    if (pendingBytes > 0) plan.with("limits.pending_bytes", pendingBytes);
    return plan.start();
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 512})
  void honestClientsAreServedBesideAttacksOnTheMemory(int heap) throws Exception {
    long began = System.nanoTime();
    try (ServerProcess server = start(heap, 0); Honest honest = new Honest(server.port)) {
      int descriptors = server.descriptors();
      int lines = server.lines().size();
      for (String attack : ATTACKS) {
        run(attack, new Attack(server.port, server::isAlive), server.port);
        honest.report(attack);
      }
      long used = (long) server.metric("jvm_memory_used_bytes") >> 20;
      honest.assertNothingLost();
      if (LONG) honest.assertPrompt();
      assertThat(server.isAlive()).isTrue();
      // What is left of it goes with the connections, and those with their clients.
      assertThat(Await.holdsWithin(Duration.ofSeconds(20), () -> server.descriptors() <= descriptors + 10))
          .as("descriptors are free again, of which there were " + descriptors).isTrue();
      assertThat(Await.holdsWithin(Duration.ofSeconds(10), () -> server.metric("magpie_pending_bytes") <= OWN_REQUEST))
          .as("nothing is pending any more but the request that asks").isTrue();
      long resident = server.residentBytes() >> 20;
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
      System.out.println("abuse: heap=" + heap + "MB used=" + used + "MB resident=" + resident + "MB lines="
          + (server.lines().size() - lines) + " seconds=" + seconds);
      assertThat(resident).as("MiB of the process").isLessThan(heap + BESIDE_THE_HEAP);
      assertThat(server.lines().size() - lines).as("lines in the log").isLessThan((int) (BURST + PER_SECOND * seconds + 200));
      assertThat(server.lines()).as("a stack trace for what strangers do")
          .noneMatch(line -> line.startsWith("\tat ") || line.contains("OutOfMemory"));
    }
  }

  private static void run(String name, Attack attack, int port) throws Exception {
    switch (name) {
      case "pipelining" -> attack.pipelining(ATTACK_MS);
      case "unfinishedMessages" -> attack.unfinishedMessages(ATTACK_MS);
      case "unfinishedBodies" -> attack.unfinishedBodies(BODIES, ATTACK_MS);
      case "slowBodies" -> attack.slowBodies(ATTACK_MS);
      case "halfOpen" -> attack.halfOpen(HALF_OPEN, ATTACK_MS);
      case "headers" -> attack.headers(ATTACK_MS);
      case "chat" -> chat(port, CHAT_MS);
      default -> throw new IllegalArgumentException("no attack: " + name);
    }
  }

  /** The check sees that the bound is missing: the same messages exhaust the heap, and the program ends as it does then. */
  @Test
  void withoutTheBoundTheSameAttackEndsTheProgram() throws Exception {
    try (ServerProcess server = start(96, 1L << 40)) {
      new Attack(server.port, server::isAlive).unfinishedMessages(60_000);
      assertThat(server.ends(Duration.ofSeconds(20))).isTrue();
      assertThat(server.exitCode()).isEqualTo(3);
      assertThat(server.lines()).anyMatch(line -> line.startsWith("magpie: the heap is exhausted"));
    }
  }

  /** Members that say as much as they may, for this long. */
  private static void chat(int port, long millis) throws IOException, InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    String text = new JsonArray().add("message").add(new JsonObject().put("room", "loud").put("text", "x".repeat(9_900))).encode();
    List<RawWebSocket> members = new ArrayList<>();
    List<Thread> readers = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        RawWebSocket member = RawWebSocket.connect(port, "/ws?ns=/chat");
        Honest.acknowledged(member, "join", new JsonObject().put("room", "loud"), 0);
        members.add(member);
        readers.add(reader(member));
      }
      // Half of what the settings allow each of them: none is cut off for it.
      for (; System.nanoTime() < until; Thread.sleep(40)) for (RawWebSocket member : members) member.sendText(text);
    } finally {
      for (RawWebSocket member : members) member.close();
      for (Thread reader : readers) reader.join(5_000);
    }
  }

  private static Thread reader(RawWebSocket member) {
    Thread thread = new Thread(() -> {
      try {
        while (true) if (member.readFrame().opcode() == RawWebSocket.PING) member.sendPong(new byte[0]);
      } catch (IOException closed) {
        // By this side.
      }
    });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
