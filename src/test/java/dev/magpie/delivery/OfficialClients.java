package dev.magpie.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.NodeClients;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Clients of the official library, version 4, in one process of Node; a test tells them what to do and waits for what they see ({@code
 * src/test/node/delivery.mjs}). Used by one thread; a reader of its own collects the lines.
 */
final class OfficialClients implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final Process node;
  private final Writer commands;
  private final Map<String, Client> clients = new HashMap<>();
  private final List<JsonObject> lines = new ArrayList<>();
  private int keys;

  private OfficialClients(Process node) {
    this.node = node;
    this.commands = node.outputWriter(StandardCharsets.UTF_8);
    Thread reader = new Thread(this::read, "official-clients");
    reader.setDaemon(true);
    reader.start();
  }

  static OfficialClients start(Path folder) throws Exception {
    NodeClients.install();
    return new OfficialClients(NodeClients.start("delivery.mjs", folder.resolve("node.log")));
  }

  private void read() {
    try (BufferedReader out = node.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        synchronized (lines) {
          lines.add(new JsonObject(line));
          lines.notifyAll();
        }
      }
    } catch (IOException ended) {
      // With its process.
    }
  }

  /** Waits for a line, from this place on; the place behind it. */
  private int await(int from, String what, Predicate<JsonObject> wanted) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    synchronized (lines) {
      int next = from;
      while (true) {
        for (; next < lines.size(); next++) if (wanted.test(lines.get(next))) return next + 1;
        long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        if (left <= 0) throw new AssertionError("no " + what + " in " + lines.subList(from, lines.size()));
        lines.wait(left);
      }
    }
  }

  private void tell(JsonObject command) throws IOException {
    commands.write(command.encode() + "\n");
    commands.flush();
  }

  Client open(String id, String url, JsonObject options) throws Exception {
    return open(id, new JsonObject().put("op", "open").put("url", url).put("options", options));
  }

  /** A client with the session of another one, as a duplicated tab has it. */
  Client copy(String id, String url, JsonObject session) throws Exception {
    return open(id, new JsonObject().put("op", "open").put("url", url).put("session", session));
  }

  /** Another namespace on the connection of a client. */
  Client share(String id, Client of, String namespace) throws Exception {
    return open(id, new JsonObject().put("op", "share").put("of", of.id).put("namespace", namespace));
  }

  Client open(String id, JsonObject command) throws Exception {
    Client client = new Client(id);
    clients.put(id, client);
    tell(command.put("id", id));
    return client;
  }

  @Override
  public void close() {
    node.destroyForcibly();
  }

  /** One client, and how far the test has read what it saw. */
  final class Client {
    private final String id;
    private final List<String> forgotten = new ArrayList<>();
    private int read;

    private Client(String id) {
      this.id = id;
    }

    private Client op(String op, Object... members) throws IOException {
      JsonObject command = new JsonObject().put("op", op).put("id", id);
      for (int i = 0; i < members.length; i += 2) command.put((String) members[i], members[i + 1]);
      tell(command);
      return this;
    }

    /** The next such event that the test has not seen yet; what came before it is passed over. */
    JsonObject next(String event) throws InterruptedException {
      read = await(read, event + " of " + id, line -> id.equals(line.getString("id")) && event.equals(line.getString("event")));
      synchronized (lines) {
        return lines.get(read - 1);
      }
    }

    /** Waits for its connection, and says whether it is recovered. */
    boolean connected() throws InterruptedException {
      return next("connect").getBoolean("recovered");
    }

    /** An acknowledgement, whenever it comes. */
    final class Answer {
      private final int key;

      private Answer(int key) {
        this.key = key;
      }

      JsonObject await() throws InterruptedException {
        int at = OfficialClients.this.await(0, "acknowledgement " + key + " of " + id,
            line -> line.containsKey("ack") && line.getInteger("key") == key);
        synchronized (lines) {
          return lines.get(at - 1).getJsonArray("ack").getJsonObject(0);
        }
      }

      boolean isThere() {
        synchronized (lines) {
          return lines.stream().anyMatch(line -> line.containsKey("ack") && line.getInteger("key") == key);
        }
      }
    }

    Answer emit(String event, JsonObject body) throws IOException {
      int key = ++keys;
      op("emit", "event", event, "args", new JsonArray().add(body), "key", key);
      return new Answer(key);
    }

    JsonObject ask(String event, JsonObject body) throws Exception {
      return emit(event, body).await();
    }

    Client cut() throws IOException {
      return op("cut");
    }

    Client leave() throws Exception {
      op("leave");
      next("disconnect");
      return this;
    }

    Client comeBack() throws IOException {
      return op("return");
    }

    Client comeBackAt(String url) throws IOException {
      return op("return", "url", url);
    }

    /** Its last ping seems to be too long ago, when it is asked to send next. */
    Client expire() throws IOException {
      return op("expire");
    }

    /** This text was the test's own means, and is not counted. */
    Client forget(String text) {
      forgotten.add(text);
      return this;
    }

    /** Says goodbye and stays away. */
    Client depart() throws IOException {
      return op("depart");
    }

    Client abandon() throws IOException {
      return op("abandon");
    }

    /** From now on it believes this of its session. */
    Client believe(Object pid, Object offset) throws IOException {
      return op("forget", "pid", pid, "offset", offset);
    }

    /** Waits until its messages go over a WebSocket. */
    Client webSocket() throws Exception {
      op("webSocket");
      next("webSocket");
      return this;
    }

    JsonObject session() throws Exception {
      int from;
      synchronized (lines) {
        from = lines.size();
      }
      op("session");
      int at = await(from, "session of " + id, line -> id.equals(line.getString("id")) && line.containsKey("session"));
      synchronized (lines) {
        return lines.get(at - 1).getJsonObject("session");
      }
    }

    /** All texts that it has heard as {@code message}, in their order, from its beginning. */
    List<String> texts() {
      List<String> texts = new ArrayList<>();
      synchronized (lines) {
        for (JsonObject line : lines) {
          if (id.equals(line.getString("id")) && "message".equals(line.getString("event")))
            texts.add(line.getJsonArray("args").getJsonObject(0).getString("text"));
        }
      }
      texts.removeIf(forgotten::contains);
      return texts;
    }

    /** Waits until it has heard a text. */
    Client hears(String text) throws InterruptedException {
      await(0, text + " at " + id,
          line -> id.equals(line.getString("id")) && "message".equals(line.getString("event"))
          && text.equals(line.getJsonArray("args").getJsonObject(0).getString("text")));
      return this;
    }

    /** All it has heard of an event, from its beginning. */
    List<JsonObject> all(String event) {
      synchronized (lines) {
        return lines.stream().filter(line -> id.equals(line.getString("id")) && event.equals(line.getString("event"))).toList();
      }
    }

    Client assertTexts(String... texts) {
      assertThat(texts()).containsExactly(texts);
      return this;
    }
  }
}
