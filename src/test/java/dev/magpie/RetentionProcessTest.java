package dev.magpie;

import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.log.LoggedEvent;
import dev.magpie.store.ChatFile;
import dev.magpie.testing.Await;
import dev.magpie.testing.Flood;
import dev.magpie.testing.MagpieProcess;
import java.io.File;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the program removes from the chat's log, and what it does not. */
@Timeout(300)
class RetentionProcessTest extends CommandProcesses {
  private static final int KEPT = 5_000;
  private static final int MIB = 1 << 20;

  private final HttpClient http = HttpClient.newHttpClient();
  private Process server;

  @AfterEach
  void kill() throws Exception {
    if (server != null) server.destroyForcibly().waitFor();
  }

  /** The same as a clock 31 days ahead: the program has nothing but its clock and the times in the data. */
  @Test
  void withAClockThatIs31DaysAheadOfTheDataNothingIsRemovedAndTheLogSaysWhy() throws Exception {
    ChatFile chat = new ChatFile(folder.resolve("data"));
    chat.write(50, () -> System.currentTimeMillis() - DAYS.toMillis(31));
    start("");
    awaitMetric("magpie_log_events", 50);
    assertThat(out("server")).contains("log not trimmed by age namespace=/chat clock_ahead_days=31").contains("recovery.accept_clock_jump");
    stop();
    assertThat(chat.messages()).extracting(LoggedEvent::seq).hasSize(50);
    // What the setting is for, and that age would have removed them.
    start("\"recovery\":{\"accept_clock_jump\":true},");
    awaitMetric("magpie_log_events", 1);
    assertThat(out("server")).contains("log trimmed namespace=/chat reason=age events=49");
  }

  @Test
  void ofThirtyThousandMessagesTheNewestAreKeptInAFileThatStaysSmallWhileTheProgramRuns() throws Exception {
    Files.createDirectories(folder.resolve("own/META-INF/services"));
    Files.writeString(folder.resolve("own/META-INF/services/dev.magpie.core.Application"), Flood.class.getName());
    start("\"applications\":[\"chat\",\"flood\"],\"recovery\":{\"max_events\":" + KEPT + "},");
    String ended = "flood ended messages=" + Flood.MESSAGES;
    Await.until(ended, () -> out("server").contains(ended));
    // Trimmed for the last time by the clock. The metric is a sample, maybe of a moment between two of the trimmings before.
    Await.until("the last trimming", () -> out("server").contains("first=" + (Flood.MESSAGES - KEPT + 1)));
    // 20 MiB of text were written.
    awaitMetric("magpie_log_events", KEPT);
    Await.until("a compacted file", () -> metric(metrics(), "magpie_store_bytes") < 16 * MIB);
    assertThat(metric(metrics(), "magpie_log_bytes")).isBetween((double) KEPT * 700, (double) KEPT * 1_000);
    stop();
    List<LoggedEvent> kept = new ChatFile(folder.resolve("data")).messages();
    assertThat(kept).hasSize(KEPT);
    assertThat(kept.get(0).seq()).isEqualTo(Flood.MESSAGES - KEPT + 1);
    assertThat(kept.get(KEPT - 1).seq()).isEqualTo(Flood.MESSAGES);
  }

  private void start(String settings) throws Exception {
    Files.writeString(folder.resolve("own.json"), "{" + settings
        + "\"http\":{\"listeners\":[{\"port\":0}]},\"bot\":{\"instances\":0},\"gateway\":{\"instances\":1}}");
    server = MagpieProcess.program("-conf", "own.json")
        .classPath(folder.resolve("own") + File.pathSeparator + MagpieProcess.testClassPath()).builder().directory(folder.toFile())
        .redirectOutput(folder.resolve("server.out").toFile()).redirectError(folder.resolve("server.err").toFile()).start();
    url(server);
  }

  private void stop() throws Exception {
    server.destroy();
    assertThat(server.waitFor(60, SECONDS)).isTrue();
  }

  private void awaitMetric(String name, double value) {
    Await.until(name + " " + value, () -> metric(metrics(), name) == value);
  }

  private String metrics() throws Exception {
    URI metrics = URI.create("http" + managementUrl(server) + "metrics");
    HttpRequest request = HttpRequest.newBuilder(metrics).timeout(Duration.ofSeconds(20)).build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  /** Of the chat, where there is one for each namespace; NaN where there is none. */
  private static double metric(String metrics, String name) {
    Matcher line = Pattern.compile("(?m)^" + name + "(?:\\{[^}]*namespace=\"/chat\"[^}]*}|(?:\\{})?) (\\S+)$").matcher(metrics);
    return line.find() ? Double.parseDouble(line.group(1)) : Double.NaN;
  }
}
