package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Await;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Honest people who chat, some in each room, those of one room behind one address: each says something now and then, and must get every
 * acknowledgement and everything that the others in its room say, in the order in which each of them said it. Each has a thread that reads.
 */
final class Chatters implements AutoCloseable {
  /** Between the acknowledgement of a message and the next message. */
  private static final long PAUSE_MS = 1_000;

  private static final long PATIENCE_SECONDS = 60;
  private static final int JOIN = 0;

  private final ScheduledExecutorService sayers = Executors.newScheduledThreadPool(2, task -> {
    Thread thread = new Thread(task, "chatters");
    thread.setDaemon(true);
    return thread;
  });
  private final List<Chatter> all = new ArrayList<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean ending;
  private volatile boolean closing;

  /** Those of room {@code r} have the address {@code 127.0.1.(r + 1)}. */
  Chatters(int port, int rooms, int members) throws Exception {
    for (int room = 0; room < rooms; room++) {
      for (int member = 0; member < members; member++) all.add(new Chatter(room, member, members, port));
    }
    for (Chatter chatter : all) chatter.join();
    // What is said before the last one has joined would be missing there.
    for (Chatter chatter : all) chatter.sayLater(1 + (long) chatter.member * 37 % PAUSE_MS);
  }

  /** Messages that were acknowledged. */
  long acknowledged() {
    return all.stream().mapToLong(chatter -> chatter.acknowledged).sum();
  }

  boolean hasLost() {
    return !failures.isEmpty();
  }

  /** Ends them, and asserts that nothing was lost and nobody was cut off. */
  void assertNothingLost() {
    ending = true;
    boolean complete = Await.holdsWithin(Duration.ofSeconds(PATIENCE_SECONDS), () -> hasLost() || all.stream().allMatch(Chatter::hasAll));
    assertThat(failures).as("what honest clients lost").isEmpty();
    assertThat(complete).as("every message of an honest client has reached its room").isTrue();
  }

  @Override
  public void close() throws IOException {
    ending = true;
    closing = true;
    sayers.shutdownNow();
    for (Chatter chatter : all) chatter.client.close();
  }

  private final class Chatter {
    private final int room;
    private final int member;
    private final RawWebSocket client;
    private final CountDownLatch joined = new CountDownLatch(1);
    /** By member of its room: the number of the last message heard. */
    private final int[] heard;
    private volatile int said;
    private volatile int acknowledged;

    Chatter(int room, int member, int members, int port) throws IOException {
      this.room = room;
      this.member = member;
      this.heard = new int[members];
      this.client = RawWebSocket.tcp(port, "127.0.1." + (room + 1)).upgrade("/ws?ns=/chat");
      client.socket().setSoTimeout(0);
      Thread reader = new Thread(null, this::read, toString(), 256 << 10);
      reader.setDaemon(true);
      reader.start();
    }

    void join() throws Exception {
      send("join", new JsonObject().put("room", "room" + room).put("name", toString()), JOIN);
      if (!joined.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) throw new IOException(this + " has not joined: " + failures);
    }

    void sayLater(long millis) {
      if (!ending) sayers.schedule(this::say, millis, TimeUnit.MILLISECONDS);
    }

    private void say() {
      if (ending) return;
      int number = said + 1;
      try {
        said = number;
        send("message", new JsonObject().put("room", "room" + room).put("text", room + " " + member + " " + number), number);
      } catch (IOException cut) {
        // The reader says so.
      }
    }

    private void send(String event, JsonObject argument, int ack) throws IOException {
      String text = new JsonObject().put("event", event).put("args", new JsonArray().add(argument)).put("ack", ack).encode();
      synchronized (client) {
        client.sendText(text);
      }
    }

    private void read() {
      try {
        while (true) {
          Frame frame = client.readFrame();
          if (frame.opcode() == RawWebSocket.CLOSE) throw new IOException(frame.closeCode() + " " + frame.closeReason());
          if (frame.opcode() == RawWebSocket.PING) pong(frame);
          else if (frame.text().startsWith("{")) answered(new JsonObject(frame.text()));
          else if (frame.text().startsWith("[\"message\"")) heard(new JsonArray(frame.text()).getJsonObject(1));
        }
      } catch (IOException | RuntimeException end) {
        if (!closing) failures.add(this + " was cut off: " + end.getMessage());
      }
    }

    private void pong(Frame ping) throws IOException {
      synchronized (client) {
        client.sendPong(ping.payload());
      }
    }

    private void answered(JsonObject frame) {
      Integer ack = frame.getInteger("ack");
      if (ack == null || frame.containsKey("event")) return;
      JsonObject answer = frame.getJsonArray("args").getJsonObject(0);
      if (!answer.getBoolean("ok")) failures.add(this + ": " + answer);
      if (ack == JOIN) joined.countDown();
      else {
        acknowledged = ack;
        sayLater(PAUSE_MS);
      }
    }

    private synchronized void heard(JsonObject message) {
      String[] words = message.getString("text").split(" ");
      int from = Integer.parseInt(words[1]);
      int number = Integer.parseInt(words[2]);
      if (Integer.parseInt(words[0]) != room || number != heard[from] + 1)
        failures.add(this + " heard " + String.join(" ", words) + " after " + heard[from]);
      heard[from] = number;
    }

    private synchronized int heardOf(int from) {
      return heard[from];
    }

    boolean hasAll() {
      if (acknowledged < said) return false;
      return all.stream().filter(other -> other.room == room).allMatch(other -> heardOf(other.member) == other.said);
    }

    @Override
    public String toString() {
      return "chatter-" + room + "-" + member;
    }
  }
}
