package dev.magpie.load;

import dev.magpie.testing.MagpieProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link ClientGroup} and what it is told. Ends with {@link #close}, and with the process that started it. */
public final class ClientGroupProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;

  private final Process process;
  private final PrintStream commands;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

  /**
   * @param path {@code polling} for a {@link PollingClientGroup}; else {@code /ws}, or {@code /socket.io/?EIO=4&transport=websocket}, with
   *     more in its query
   */
  public ClientGroupProcess(int port, String path) throws Exception {
    this(port, path, 0);
  }

  /** @param first the number of its first client, by which the server knows them */
  public ClientGroupProcess(int port, String path, int first) throws Exception {
    process = MagpieProcess.of(path.equals("polling") ? PollingClientGroup.class : ClientGroup.class, "" + port, path, "" + first)
        .options("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m", "-Djdk.httpclient.keepalive.timeout=1")
        .builder()
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    Thread reader = new Thread(this::readAnswers, "group");
    reader.setDaemon(true);
    reader.start();
    await("ready");
  }

  private void readAnswers() {
    try (BufferedReader in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line; (line = in.readLine()) != null; ) answers.add(line);
    } catch (IOException ended) {
      // Seen by whoever waits for an answer.
    }
  }

  /** Tells it something and waits for its answer. */
  public String tell(String command) throws InterruptedException {
    commands.println(command);
    return await("");
  }

  /** Tells it something whose answer is had by {@link #answer}. */
  public void begin(String command) {
    commands.println(command);
  }

  public String answer() throws InterruptedException {
    return await("");
  }

  /** A number out of an answer such as {@code stats open=3 lost=0}. */
  public static long number(String answer, String name) {
    String word = name.equals("open") && answer.startsWith("open ") ? answer.split(" ")[1]
        : answer.replaceAll(".*\\b" + name + "=(-?\\d+).*", "$1");
    return Long.parseLong(word);
  }

  /** {@code STOP} and {@code CONT}: everybody is away for a while. */
  public void signal(String name) throws Exception {
    ServerProcess.signal(process, name);
  }

  private String await(String start) throws InterruptedException {
    String answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (answer == null || !answer.startsWith(start)) throw new IllegalStateException("the group says " + answer);
    return answer;
  }

  @Override
  public void close() throws InterruptedException {
    commands.close();
    if (!process.waitFor(5, TimeUnit.SECONDS)) process.destroyForcibly();
  }
}
