package dev.magpie.chaos;

import dev.magpie.testing.NodeClients;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Clients in one Node process, {@code src/test/node/chaos.mjs}, which explains them. */
final class ClientGroup implements AutoCloseable {
  private final Process node;
  private final PrintStream commands;
  private final BufferedReader answers;

  /**
   * @param asides whether some messages leave out who says them
   * @param first the number of its first member, over all groups
   */
  ClientGroup(int port, String namespace, long seed, long everyMillis, boolean asides, int first, JsonArray members, Path log)
      throws IOException, InterruptedException {
    JsonObject config = new JsonObject()
        .put("url", "http://127.0.0.1:" + port)
        .put("namespace", namespace)
        .put("magpie", Path.of("webroot/js/magpie.js").toAbsolutePath().toUri().toString())
        .put("seed", seed)
        .put("everyMillis", everyMillis)
        .put("asides", asides)
        .put("first", first)
        .put("members", members);
    node = NodeClients.start("chaos.mjs", log, config.encode());
    commands = new PrintStream(node.getOutputStream(), true, StandardCharsets.UTF_8);
    answers = node.inputReader(StandardCharsets.UTF_8);
  }

  void start() throws IOException {
    tell("start");
  }

  void stop() throws IOException {
    tell("stop");
  }

  List<JsonObject> state() throws IOException {
    return tell("state").getJsonArray("members").stream().map(JsonObject.class::cast).toList();
  }

  List<Member> dump() throws IOException {
    List<Member> members = new ArrayList<>();
    for (JsonObject line = tell("dump"); !line.containsKey("end"); line = answer()) members.add(Member.from(line));
    return members;
  }

  private JsonObject tell(String command) throws IOException {
    commands.println(command);
    return answer();
  }

  private JsonObject answer() throws IOException {
    String line = answers.readLine();
    if (line == null) throw new IOException("the clients' process has ended");
    return new JsonObject(line);
  }

  @Override
  public void close() throws InterruptedException {
    commands.close();
    if (!node.waitFor(5, TimeUnit.SECONDS)) node.destroyForcibly();
  }
}
