package dev.magpie.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.testing.Alone;
import dev.magpie.testing.Await;
import dev.magpie.testing.RawWebSocket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** When descriptors, memory or places run out, new clients are sent away and those who are here do not notice. */
@Timeout(120)
@Alone
class ScarcityTest {

  @Test
  void whoFindsNoPlaceIsToldWhenToComeAgain() throws Exception {
    try (ServerProcess server = ServerProcess.plan().with("limits.max_connections", 2).with("engine.connect_timeout_ms", 100_000).start();
        RawWebSocket one = RawWebSocket.connect(server.port, "/ws");
        RawWebSocket two = RawWebSocket.connect(server.port, "/socket.io/?EIO=4&transport=websocket")) {
      for (String path : new String[] {"/ws", "/socket.io/?EIO=4&transport=websocket"}) {
        RawWebSocket.HttpAnswer answer = refusal(server.port, path);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(Integer.parseInt(answer.headers().get("retry-after"))).isBetween(5, 15);
        assertThat(answer.body()).contains("the server is full");
      }
      HttpResponse<String> poll = server.get("/socket.io/?EIO=4&transport=polling");
      assertThat(poll.statusCode()).isEqualTo(503);
      assertThat(poll.headers().firstValueAsLong("retry-after").orElseThrow()).isBetween(5L, 15L);
      assertThat(poll.body()).isEqualTo("{\"message\":\"the server is full\"}");
      assertThat(server.get("/health").statusCode()).isEqualTo(200);
      assertThat(server.metric("magpie_clients_refused_total")).isEqualTo(3);
      one.close();
      assertThat(Await.holdsWithin(Duration.ofSeconds(10), () -> server.metric("magpie_clients") == 1)).isTrue();
      assertThat(server.get("/socket.io/?EIO=4&transport=polling").statusCode()).isEqualTo(200);
    }
  }

  /** The jars of the class path take some; connections get those that are left when the server has started, but for a reserve. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void connectionsNeverTakeTheLastDescriptors() throws Exception {
    try (ServerProcess server = ServerProcess.plan().descriptors(400).start();
        RawWebSocket control = RawWebSocket.connect(server.port, "/ws?ns=/control");
        ClientGroupProcess group = new ClientGroupProcess(server.port, "/ws")) {
      long open = 0;
      for (int i = 0; i < 60; i++) open = ClientGroupProcess.number(group.tell("connect 10"), "open");
      Load.report("400 descriptors: clients=" + open + " descriptors=" + server.descriptors());
      assertThat(open).isBetween(20L, 380L);
      assertThat(server.descriptors()).isLessThan(394);
      group.tell("stats");
      command(control, "tick", 20, 10, 100);
      List<RawWebSocket> idle = new ArrayList<>();
      for (int i = 0; i < 100; i++) idle.add(RawWebSocket.tcp(server.port));
      group.tell("heard " + open * 100 + " 30000");
      String stats = group.tell("stats");
      assertThat(ClientGroupProcess.number(stats, "lost")).isZero();
      assertThat(ClientGroupProcess.number(stats, "messages")).isEqualTo(open * 100);
      assertThat(ClientGroupProcess.number(stats, "open")).isEqualTo(open);
      for (RawWebSocket connection : idle) connection.close();
      group.tell("vanish");
      long freed = System.nanoTime();
      assertThat(connectsWithin(server.port, Duration.ofSeconds(20))).isTrue();
      Load.report("400 descriptors: accepted " + (System.nanoTime() - freed) / 1_000_000 + " ms after they were free");
    }
  }

  /** Who is not let in yet, and who is being sent away, takes nobody's place. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aBurstFillsAsManyPlacesAsFewAtATime() throws Exception {
    try (ServerProcess server = ServerProcess.plan().descriptors(400).start();
        ClientGroupProcess group = new ClientGroupProcess(server.port, "/ws")) {
      long burst = ClientGroupProcess.number(group.tell("connect 600"), "open");
      long open = burst;
      for (int i = 0; i < 30; i++) open = ClientGroupProcess.number(group.tell("connect 10"), "open");
      Load.report("400 descriptors: clients of a burst=" + burst + " clients=" + open + " descriptors=" + server.descriptors());
      assertThat(open).isBetween(20L, 380L);
      assertThat(burst).isGreaterThan(open * 9 / 10);
      assertThat(server.descriptors()).isLessThan(394);
    }
  }

  /** Others than connections may take them all: then nothing can be accepted, and all the same nobody is lost. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void withoutAnyDescriptorClientsLiveOnAndAcceptingResumes() throws Exception {
    try (ServerProcess server = ServerProcess.plan().descriptors(256).start();
        RawWebSocket control = RawWebSocket.connect(server.port, "/ws?ns=/control");
        ClientGroupProcess group = new ClientGroupProcess(server.port, "/ws")) {
      group.tell("connect 20");
      group.tell("stats");
      command(control, "tick", 20, 10, 200);
      command(control, "open");
      try (RawWebSocket waiting = RawWebSocket.tcp(server.port)) {
        waiting.send(RawWebSocket.upgradeRequest("/ws"));
        waiting.socket().setSoTimeout(2_500);
        assertThatThrownBy(waiting::readAnswer).as("there is none for it").isInstanceOf(SocketTimeoutException.class);
        waiting.socket().setSoTimeout(20_000);
        command(control, "free");
        long freed = System.nanoTime();
        assertThat(waiting.readAnswer().status()).isEqualTo(101);
        Load.report("no descriptors: accepted " + (System.nanoTime() - freed) / 1_000_000 + " ms after they were free");
      }
      group.tell("heard 4000 30000");
      String stats = group.tell("stats");
      assertThat(stats).contains("open=20 messages=4000 lost=0");
    }
  }

  @Test
  void aHeapThatIsNearlyFullTakesNobodyMore() throws Exception {
    try (ServerProcess server = ServerProcess.plan().java("-Xmx128m").start();
        ClientGroupProcess group = new ClientGroupProcess(server.port, "/ws")) {
      group.tell("connect 50");
      server.control("tick", 20, 100, 50);
      group.tell("heard 2500 30000");
      long before = ClientGroupProcess.number(group.tell("stats"), "p99");
      RawWebSocket control = RawWebSocket.connect(server.port, "/ws?ns=/control");
      String filled = command(control, "fill", 93);
      assertThat(Await.holdsWithin(Duration.ofSeconds(20), () -> refusal(server.port, "/ws").status() == 503))
          .as("heap in use: %s", filled).isTrue();
      assertThat(refusal(server.port, "/ws").body()).contains("short of memory");
      command(control, "tick", 20, 100, 50);
      group.tell("heard 2500 30000");
      String stats = group.tell("stats");
      assertThat(stats).contains("open=50 messages=2500 lost=0");
      command(control, "free");
      assertThat(Await.holdsWithin(Duration.ofSeconds(20), () -> refusal(server.port, "/ws").status() == 101)).isTrue();
      Load.report("full heap: p99=" + ClientGroupProcess.number(stats, "p99") + "us before=" + before + "us");
      assertThat(server.lines()).noneMatch(line -> line.contains("OutOfMemoryError"));
      control.close();
    }
  }

  private static String command(RawWebSocket control, String event, Object... args) throws IOException {
    control.socket().setSoTimeout(60_000);
    control.sendText(new io.vertx.core.json.JsonObject().put("event", event).put("args", new io.vertx.core.json.JsonArray(List.of(args)))
        .put("ack", 1).encode());
    RawWebSocket.Frame frame = control.readFrame();
    while (frame.opcode() != RawWebSocket.TEXT) frame = control.readFrame();
    return frame.text();
  }

  private static RawWebSocket.HttpAnswer refusal(int port, String path) throws IOException {
    try (RawWebSocket asking = RawWebSocket.tcp(port).send(RawWebSocket.upgradeRequest(path))) {
      return asking.readAnswer();
    }
  }

  private static boolean connectsWithin(int port, Duration time) throws Exception {
    return Await.holdsWithin(time, () -> {
      try (RawWebSocket connected = RawWebSocket.connect(port, "/ws")) {
        return true;
      } catch (IOException notYet) {
        return false;
      }
    });
  }
}
