package dev.magpie.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Some dozens of Socket.IO clients that poll, in a process of their own; obeys {@code connect}, {@code churn}, {@code vanish} and {@code
 * stats} of {@link ClientGroup}.
 */
public final class PollingClientGroup {
  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Poller> pollers = new CopyOnWriteArrayList<>();
  private final String endpoint;
  private int numbers;

  private PollingClientGroup(int port, int first) {
    this.endpoint = "http://127.0.0.1:" + port + "/socket.io/?EIO=4&transport=polling";
    this.numbers = first;
  }

  public static void main(String[] args) throws Exception {
    PollingClientGroup group = new PollingClientGroup(Integer.parseInt(args[0]), Integer.parseInt(args[2]));
    System.out.println("ready");
    try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
      for (String line; (line = in.readLine()) != null; ) System.out.println(group.obey(line.split(" ")));
    }
    System.exit(0);
  }

  private String obey(String[] words) throws Exception {
    switch (words[0]) {
      case "connect" -> {
        for (int i = 0; i < Integer.parseInt(words[1]); i++) join();
      }
      case "churn" -> churn(Long.parseLong(words[1]));
      case "vanish" -> {
        pollers.forEach(Poller::vanish);
        pollers.clear();
      }
      case "stats" -> { }
      default -> throw new IllegalArgumentException("unknown " + words[0]);
    }
    return "open " + pollers.size();
  }

  private void join() throws Exception {
    Poller poller = new Poller(numbers++);
    pollers.add(poller);
    poller.open();
  }

  private void churn(long millis) throws Exception {
    Random random = new Random(7);
    long until = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() - until < 0) {
      Thread.sleep(20);
      pollers.removeIf(poller -> poller.gone);
      if (pollers.isEmpty() || random.nextInt(4) == 0) join();
      Poller one = pollers.get(random.nextInt(pollers.size()));
      if (random.nextInt(6) == 0) one.vanish();
      else one.say("42[\"say\",\"" + "talk ".repeat(1 + random.nextInt(20)) + "\"]\u001e42[\"join\",\"room-" + random.nextInt(50) + "\"]");
    }
  }

  /** One client: a GET is nearly always under way. */
  private final class Poller {
    private final int number;
    private volatile String sid;
    private volatile boolean gone;
    private volatile CompletableFuture<?> get;
    private volatile boolean posting;

    Poller(int number) {
      this.number = number;
    }

    void open() throws IOException, InterruptedException {
      HttpResponse<String> opened = http.send(request("").GET().build(), BodyHandlers.ofString());
      if (opened.statusCode() != 200) throw new IOException("not let in: " + opened.statusCode());
      sid = opened.body().replaceAll(".*\"sid\":\"([^\"]+)\".*", "$1");
      say("40");
      poll();
    }

    private HttpRequest.Builder request(String more) {
      return HttpRequest.newBuilder(URI.create(endpoint + "&n=" + number + more)).timeout(Duration.ofSeconds(60));
    }

    private void poll() {
      if (gone) return;
      CompletableFuture<HttpResponse<String>> sent = http.sendAsync(request("&sid=" + sid).GET().build(), BodyHandlers.ofString());
      get = sent;
      sent.whenComplete((answer, failure) -> {
        if (failure != null || answer.statusCode() != 200) gone = true;
        if (gone) return;
        for (String packet : answer.body().split("\u001e")) if (packet.equals("2")) say("3");
        poll();
      });
    }

    /** One POST at a time; what comes meanwhile is not said, but for the pong. */
    void say(String packets) {
      if (gone || posting && !packets.equals("3")) return;
      while (posting) Thread.onSpinWait();
      posting = true;
      http.sendAsync(request("&sid=" + sid).POST(HttpRequest.BodyPublishers.ofString(packets)).build(), BodyHandlers.ofString())
          .whenComplete((answer, failure) -> {
        posting = false;
        if (failure != null || answer.statusCode() != 200) gone = true;
      });
    }

    /** It cuts its GET off, or answers it no more. */
    void vanish() {
      gone = true;
      if (get != null && ThreadLocalRandom.current().nextBoolean()) get.cancel(true);
    }
  }
}
