package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Clients that have nothing to do with an attack, each on a thread of its own: one asks for the server's health, some send texts that come
 * back, one talks in the chat. What they lost, and how long they waited.
 */
final class Honest implements AutoCloseable {
  private static final long PAUSE_MS = 20;

  private interface Client {
    /** One question and its answer; throws where the answer is not the right one. */
    void ask(int number) throws Exception;
  }

  private final int port;
  private final List<Thread> threads = new ArrayList<>();
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final List<Long> healthMs = Collections.synchronizedList(new ArrayList<>());
  private int reported;
  private volatile boolean ending;

  Honest(int port) throws IOException {
    this.port = port;
    start("health", health());
    for (int i = 0; i < 5; i++) start("echo " + i, echo());
    start("chat", chat());
  }

  private void start(String name, Client client) {
    Thread thread = new Thread(() -> {
      try {
        for (int i = 0; !ending; i++, Thread.sleep(PAUSE_MS)) client.ask(i);
      } catch (Exception | AssertionError failure) {
        failures.add(name + ": " + failure);
      }
    }, "honest " + name);
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  private Client health() throws IOException {
    RawWebSocket client = RawWebSocket.tcp(port);
    return number -> {
      long asked = System.nanoTime();
      client.send(RawWebSocket.ascii("GET /health HTTP/1.1\r\nHost: a\r\n\r\n"));
      int status = client.readAnswer().status();
      healthMs.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - asked));
      if (status != 200) throw new IOException("status " + status);
    };
  }

  private Client echo() throws IOException {
    RawWebSocket client = RawWebSocket.connect(port, "/ws?echo=true");
    return number -> {
      String text = "number " + number;
      client.sendText(text);
      String back = text(client);
      if (!back.equals(text)) throw new IOException(back + " instead of " + text);
    };
  }

  private Client chat() throws IOException {
    RawWebSocket client = RawWebSocket.connect(port, "/ws?ns=/chat");
    acknowledged(client, "join", new JsonObject().put("room", "honest"), 0);
    return number -> {
      JsonObject answer = acknowledged(client, "message", new JsonObject().put("room", "honest").put("text", "number " + number),
          number + 1);
      if (!answer.getBoolean("ok")) throw new IOException("message " + number + ": " + answer);
    };
  }

  /** The first argument of the acknowledgement. */
  static JsonObject acknowledged(RawWebSocket client, String event, JsonObject argument, int id) throws IOException {
    client.sendText(new JsonObject().put("event", event).put("args", new JsonArray().add(argument)).put("ack", id).encode());
    while (true) {
      String text = text(client);
      if (!text.startsWith("{")) continue;
      JsonObject frame = new JsonObject(text);
      if (Integer.valueOf(id).equals(frame.getInteger("ack"))) return frame.getJsonArray("args").getJsonObject(0);
    }
  }

  private static String text(RawWebSocket client) throws IOException {
    while (true) {
      Frame frame = client.readFrame();
      if (frame.opcode() == RawWebSocket.TEXT) return frame.text();
      if (frame.opcode() == RawWebSocket.PING) client.sendPong(frame.payload());
      if (frame.opcode() == RawWebSocket.CLOSE) throw new IOException("closed: " + frame);
    }
  }

  /** How long the questions for health waited that were answered since the last call. */
  void report(String attack) {
    List<Long> waits;
    synchronized (healthMs) {
      waits = new ArrayList<>(healthMs.subList(reported, healthMs.size()));
      reported = healthMs.size();
    }
    Collections.sort(waits);
    if (!waits.isEmpty())
      System.out.println("abuse: attack=" + attack + " asked=" + waits.size() + " p99=" + waits.get(waits.size() * 99 / 100) + "ms longest="
          + waits.get(waits.size() - 1) + "ms");
  }

  /** Ends them, and asserts that nothing was lost: an answer that does not come within the patience of {@link RawWebSocket} is. */
  void assertNothingLost() throws InterruptedException {
    ending = true;
    for (Thread thread : threads) thread.join(RawWebSocket.TIMEOUT_MILLIS);
    assertThat(failures).as("what honest clients lost").isEmpty();
  }

  /** Only for a machine that does nothing else: the attackers, the server and these clients share it. */
  void assertPrompt() {
    List<Long> waits = new ArrayList<>(healthMs);
    Collections.sort(waits);
    assertThat(waits.get(waits.size() * 99 / 100)).as("milliseconds in which 99 % of the questions for health are answered")
        .isLessThanOrEqualTo(1_000);
    assertThat(waits.get(waits.size() - 1)).as("milliseconds of the longest").isLessThanOrEqualTo(3_000);
  }

  @Override
  public void close() {
    ending = true;
  }
}
