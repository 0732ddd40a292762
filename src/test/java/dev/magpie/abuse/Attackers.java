package dev.magpie.abuse;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Attackers behind the addresses 127.0.2.1 and following: each tries one row of the catalogue after the other, whatever is answered. Beside
 * them one floods with handshakes and some flood with events, which note the reasons that they are given.
 */
final class Attackers implements AutoCloseable {
  /** For answers: a row that waits for one that does not come goes on to the next. */
  private static final int PATIENCE_MS = 500;

  /** For the reasons that the floods are given: they come, however busy the machine is. */
  private static final int REASON_MS = 30_000;

  private static final int ADDRESSES = 20;

  /** In one piece: the end of the connection cannot come between them. */
  private static final byte[] EVENTS = events(1_500);

  private static final int EVENT_FLOODS = 3;
  private static final String EVENTS_ADDRESS = "127.0.2.101";
  private static final String HANDSHAKES_ADDRESS = "127.0.2.102";

  private final Subject subject;
  private final List<Row> rows;
  private final Semaphore atOnce;
  private final List<Thread> threads = new ArrayList<>();
  private final Set<String> reasons = new ConcurrentSkipListSet<>();
  private final LongAdder attempts = new LongAdder();
  private volatile boolean ending;

  /** @param atOnce attempts that run at the same time: what the machine bears beside the server */
  Attackers(Subject subject, int count, int atOnce) {
    this.subject = subject;
    this.rows = Catalogue.rows().toList();
    this.atOnce = new Semaphore(atOnce, true);
    for (int i = 0; i < count; i++) {
      int number = i;
      start(() -> attack(number));
    }
    for (int i = 0; i < EVENT_FLOODS; i++) start(() -> repeat(this::floodWithEvents));
    start(() -> repeat(this::floodWithHandshakes));
  }

  private interface Attempt {
    void run() throws Exception;
  }

  private void start(Runnable attacker) {
    Thread thread = new Thread(attacker, "attacker " + threads.size());
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  private static byte[] events(int count) {
    byte[] one = RawWebSocket.frame(RawWebSocket.TEXT, RawWebSocket.ascii("42[\"x\"]"));
    ByteBuffer all = ByteBuffer.allocate(count * one.length);
    for (int i = 0; i < count; i++) all.put(one);
    return all.array();
  }

  /** Texts of close frames and of refused handshakes, and what the attackers were warned of. */
  Set<String> reasons() {
    return reasons;
  }

  long attempts() {
    return attempts.sum();
  }

  private void attack(int number) {
    for (int i = number; !ending; i++) {
      Row row = rows.get(i % rows.size());
      atOnce.acquireUninterruptibly();
      try (Abuser abuser = new Abuser(subject, PATIENCE_MS, "127.0.2." + (1 + number % ADDRESSES))) {
        if (!ending) row.attempt().run(abuser);
      } catch (Exception | AssertionError answeredOtherwise) {
        // What the row asks for is another test's; here many run at once, and limits refuse some.
      } finally {
        atOnce.release();
      }
      attempts.increment();
    }
  }

  private void repeat(Attempt attempt) {
    while (!ending) {
      try {
        attempt.run();
        // Flooding costs the attacker little, but all share two cores.
        TimeUnit.MILLISECONDS.sleep(20);
      } catch (Exception closed) {
        // Again.
      }
    }
  }

  private void floodWithEvents() throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(subject.port(), EVENTS_ADDRESS)) {
      client.socket().setSoTimeout(REASON_MS);
      client.send(RawWebSocket.upgradeRequest(Abuser.WEBSOCKET));
      HttpAnswer answer = client.readAnswer();
      if (answer.status() != 101) {
        reasons.add(answer.status() + " " + new JsonObject(answer.body()).getString("message"));
        return;
      }
      client.sendText("40");
      client.send(EVENTS);
      for (Frame frame = client.readFrame(); ; frame = client.readFrame()) {
        if (frame.opcode() == RawWebSocket.TEXT && frame.text().startsWith("42[\"sys:limit\""))
          reasons.add("warned " + new JsonArray(frame.text().substring(2)).getJsonObject(1).getString("what"));
        if (frame.opcode() != RawWebSocket.CLOSE) continue;
        reasons.add(frame.closeCode() + " " + frame.closeReason());
        return;
      }
    }
  }

  private void floodWithHandshakes() throws IOException {
    try (RawWebSocket client = RawWebSocket.tcp(subject.port(), HANDSHAKES_ADDRESS)) {
      client.socket().setSoTimeout(REASON_MS);
      for (int i = 0; i < 20 && !ending; i++) {
        HttpAnswer answer = client.send(RawWebSocket.ascii("GET " + Abuser.POLLING + " HTTP/1.1\r\nHost: localhost\r\n\r\n")).readAnswer();
        if (answer.status() != 200) reasons.add(answer.status() + " " + new JsonObject(answer.body()).getString("message"));
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    ending = true;
    // Some wait for an answer that does not come; they end with the process.
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    for (Thread thread : threads) thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())));
  }
}
