package dev.magpie.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * Magpie and its peers under the same load on one machine: starts each in turn (A B C, A B C, …), measures, prints medians and ratios, and
 * writes {@code target/bench/results.json} and {@code chart.svg}. Linux only. Properties:
 *
 * <ul>
 *   <li>{@code bench.rounds} (5), {@code bench.seconds} of one measurement (4)
 *   <li>{@code bench.peers}: some of those in {@link #offered}, between semicolons; all by default
 *   <li>{@code bench.java25} or the environment's {@code JAVA25_HOME}: the home of a second Java
 *   <li>{@code bench.only}: some of {@code idle,bcast,crowd,search,ack,polling,handshake,curve,rooms,bot,state}; the last four of Magpie
 *       alone
 * </ul>
 */
public final class Benchmark {
  private static final int PORT = 8790;
  private static final String REFERENCE = "socket.io, Node ws";

  private final Path project = Path.of(System.getProperty("bench.project", ".")).toAbsolutePath().normalize();
  private final Path work = project.resolve("target/bench");
  private final double seconds = Double.parseDouble(System.getProperty("bench.seconds", "4"));
  private final String only = System.getProperty("bench.only",
      "idle,bcast,crowd,search,ack,polling,handshake,curve,rooms,bot,state");
  private final Results results = new Results();

  public static void main(String[] args) throws Exception {
    if (!Files.exists(Path.of("/proc/self/stat"))) throw new IllegalStateException("the benchmark reads /proc: it runs on Linux alone");
    new Benchmark().run();
    System.exit(0);
  }

  private void run() throws Exception {
    Files.createDirectories(work);
    List<Peer> peers = offered();
    int rounds = Integer.getInteger("bench.rounds", 5);
    for (int round = 1; round <= rounds; round++) {
      for (Peer peer : peers) {
        say("round " + round + " of " + rounds + ": " + peer.name());
        try {
          measure(peer, round);
        } catch (Exception failed) {
          say(peer.name() + ": " + failed);
        }
      }
    }
    Report report = new Report(results, REFERENCE, work);
    System.out.println(report.table());
    report.write();
  }

  private List<Peer> offered() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Path source = project.resolve("src/bench/peers");
    String second = Optional.ofNullable(System.getProperty("bench.java25")).filter(home -> !home.isEmpty())
        .orElse(System.getenv("JAVA25_HOME"));
    String wanted = System.getProperty("bench.peers", "");
    List<Peer> peers = new ArrayList<>();
    offer(peers, wanted, "magpie", () -> Peer.magpie("magpie", java, project, work));
    if (second != null)
      offer(peers, wanted, "magpie, second Java",
          () -> Peer.magpie("magpie, second Java", Path.of(second, "bin", "java").toString(), project, work));
    offer(peers, wanted, "magpie, java -jar", () -> Peer.plainMagpie("magpie, java -jar", java, project));
    offer(peers, wanted, REFERENCE, () -> Peer.node(REFERENCE, "ws", source, work));
    offer(peers, wanted, "socket.io, uWebSockets.js", () -> Peer.node("socket.io, uWebSockets.js", "uws", source, work));
    offer(peers, wanted, "netty-socketio", () -> Peer.nettySocketIo("netty-socketio", java, source, work));
    offer(peers, wanted, "socketioxide", () -> Peer.socketioxide("socketioxide", source, work));
    return peers;
  }

  private static void offer(List<Peer> peers, String wanted, String name, Peer.Preparation preparation) {
    if (!wanted.isEmpty() && !List.of(wanted.split(";")).contains(name)) return;
    try {
      peers.add(preparation.prepare());
    } catch (Exception missing) {
      say("left out: " + name + ": " + missing.getMessage());
    }
  }

  private void measure(Peer peer, int round) throws Exception {
    // A process of its own for memory: nothing has warmed its heap.
    if (only.contains("idle")) {
      idle(peer, 10_000, round == 1);
      if (round == 1) idle(peer, 18_000, false);
    }
    try (Server server = start(peer)) {
      if (!only.contains("idle")) results.add(peer.name(), "start, s", server.startSeconds);
      if (only.contains("bcast")) broadcast(peer, server);
      if (only.contains("crowd")) crowd(peer, server);
      if (only.contains("search") && round == 1) search(peer, server);
      if (only.contains("ack")) echo(peer, server);
      if (only.contains("polling")) polling(peer, server);
      if (only.contains("handshake")) handshake(peer, server);
      if (!peer.name().startsWith("magpie")) return;
      if (only.contains("curve")) curve(peer, server);
      if (only.contains("rooms")) rooms(peer, server);
      if (only.contains("bot")) besideTheBot(peer, server);
      if (only.contains("state")) state(peer, server);
    }
  }

  private Server start(Peer peer) throws Exception {
    Server server = new Server(peer.name(), peer.command(), work.resolve("run/" + peer.name().replaceAll("\\W+", "-")), PORT);
    server.settle();
    return server;
  }

  private void idle(Peer peer, int connections, boolean hold) throws Exception {
    try (Server server = start(peer); Load load = new Load(PORT)) {
      results.add(peer.name(), "start, s", server.startSeconds);
      double before = server.rssKib();
      if (hold) {
        double idle = server.cpuMicros();
        Thread.sleep(15_000);
        results.add(peer.name(), "nobody there, % of a core", (server.cpuMicros() - idle) / 15e6 * 100);
      }
      Load.Opened opened = load.connect(connections);
      Thread.sleep(500);
      if (opened.ready() < connections) say(peer.name() + ": " + opened.ready() + " of " + connections + " connected");
      results.add(peer.name(), "KiB per idle connection of " + connections, (server.rssKib() - before) / opened.ready());
      if (!hold) return;
      // Two heartbeats of each; the first one still warms the program up.
      Thread.sleep(30_000);
      double cpu = server.cpuMicros();
      Thread.sleep(25_000);
      results.add(peer.name(), "10000 who only pong, % of a core", (server.cpuMicros() - cpu) / 25e6 * 100);
      double held = server.rssKib();
      load.disconnect();
      Thread.sleep(25_000);
      results.add(peer.name(), "MiB before 10000 clients", before / 1024);
      results.add(peer.name(), "MiB with 10000 clients", held / 1024);
      results.add(peer.name(), "MiB 25 s after they left", server.rssKib() / 1024);
    }
  }

  private void broadcast(Peer peer, Server server) throws Exception {
    try (Load load = new Load(PORT)) {
      load.connect(1000);
      // No faster than the slowest peer can: what one is behind with would be counted as delivered later.
      load.broadcast(100, 10);
      deliveries(peer, server, load, 100, 1000);
      deliveries(peer, server, load, 200, 1000);
    }
  }

  private void crowd(Peer peer, Server server) throws Exception {
    try (Load load = new Load(PORT)) {
      // Warmed up as for the broadcast, whether that was measured before or not.
      load.connect(1000);
      load.broadcast(100, 5);
      if (load.connect(9000).ready() < 10_000) return;
      load.broadcast(20, 2);
      deliveries(peer, server, load, 100, 10_000);
    }
  }

  private Load.Run deliveries(Peer peer, Server server, Load load, int rate, int connections) throws Exception {
    double cpu = server.cpuMicros();
    Load.Run run = load.broadcast(rate, seconds);
    String name = rate + "/s to " + connections;
    results.add(peer.name(), name + ", us", (server.cpuMicros() - cpu) / Math.max(1, run.got()));
    results.add(peer.name(), name + ", p99 ms", run.p99());
    results.add(peer.name(), name + ", lost %", 100.0 * (run.wanted() - run.got()) / Math.max(1, run.wanted()));
    return run;
  }

  /** The highest rate to 1,000 that loses nothing and keeps p99 at 100 ms, in steps of a quarter. */
  private void search(Peer peer, Server server) throws Exception {
    try (Load load = new Load(PORT)) {
      load.connect(1000);
      int best = 0;
      for (int rate = 100; rate <= 8000; rate = rate * 5 / 4) {
        load.broadcast(rate, 1);
        Load.Run run = load.broadcast(rate, 3);
        if (!run.lossless() || run.p99() > 100) break;
        best = rate;
      }
      results.add(peer.name(), "lossless, M deliveries/s", best / 1000.0);
    }
  }

  private void echo(Peer peer, Server server) throws Exception {
    try (Load load = new Load(PORT)) {
      load.connect(100);
      load.echo(6);
      double cpu = server.cpuMicros();
      Load.Run run = load.echo(seconds);
      results.add(peer.name(), "acknowledged echo, us", (server.cpuMicros() - cpu) / run.got());
      results.add(peer.name(), "echoes/s", run.got() / run.seconds());
    }
  }

  private void polling(Peer peer, Server server) throws Exception {
    try (PollingLoad load = new PollingLoad(PORT)) {
      load.connect(50);
      load.run(4);
      double cpu = server.cpuMicros();
      long echoes = load.run(seconds);
      if (echoes == 0) say(peer.name() + ": no echo over long-polling");
      else results.add(peer.name(), "long-polling echo, us", (server.cpuMicros() - cpu) / echoes);
    }
  }

  /** Warm is a program whose compiler has nothing left to do: batches go on until three of them are within a tenth of the best. */
  private void handshake(Peer peer, Server server) throws Exception {
    try (Load load = new Load(PORT)) {
      double best = Double.MAX_VALUE;
      int near = 0;
      for (int batch = 0; batch < 40 && near < 3; batch++) {
        double cost = handshakes(server, load);
        if (batch == 12) results.add(peer.name(), "handshake after 26,000, us", cost);
        if (batch < 12) continue;
        near = cost < best * 1.1 ? near + 1 : 0;
        best = Math.min(best, cost);
      }
      double[] last = {handshakes(server, load), handshakes(server, load), handshakes(server, load)};
      Arrays.sort(last);
      results.add(peer.name(), "handshake, warm, us", last[1]);
    }
  }

  private static double handshakes(Server server, Load load) throws Exception {
    double cpu = server.cpuMicros();
    int ready = load.connect(2000).ready();
    double cost = (server.cpuMicros() - cpu) / ready;
    load.disconnect();
    // What their ends cost is not the next ones' beginning.
    Thread.sleep(100);
    return cost;
  }

  /** How the cost of a delivery grows with the connections, at 200,000 deliveries a second throughout. */
  private void curve(Peer peer, Server server) throws Exception {
    for (int connections : new int[] {100, 300, 1000, 3000, 10_000}) {
      try (Load load = new Load(PORT)) {
        load.connect(connections);
        load.broadcast(200_000 / connections, 1);
        growth(peer, server, connections + " connections", () -> load.broadcast(200_000 / connections, seconds));
      }
    }
  }

  /**
   * How it grows with the rooms: 1,000 connections get 200 messages a second each throughout, from rooms of 100 (a single one holds them
   * all).
   */
  private void rooms(Peer peer, Server server) throws Exception {
    for (int rooms : new int[] {1, 10, 100, 1000, 10_000}) {
      int members = rooms == 1 ? 1000 : 100;
      int rate = 200_000 / members;
      try (Load load = new Load(PORT)) {
        load.connect(1000);
        load.joinRooms(rooms, members);
        load.toRooms(rooms, members, rate, 1);
        growth(peer, server, rooms + " rooms", () -> load.toRooms(rooms, members, rate, seconds));
      }
    }
  }

  private void growth(Peer peer, Server server, String of, Callable<Load.Run> measured) throws Exception {
    double cpu = server.cpuMicros();
    Load.Run run = measured.call();
    results.add(peer.name(), "us per delivery, " + of, (server.cpuMicros() - cpu) / Math.max(1, run.got()));
  }

  /** The broadcast at 200 a second alone, and beside 100 questions a second at the bot: the same ten again and again, then no two alike. */
  private void besideTheBot(Peer peer, Server server) throws Exception {
    List<String> questions = List.of("How do I pay my bill?", "My internet is slow at night", "如何修改套餐", "手机没有信号怎么办",
        "What does roaming cost?", "宽带怎么报修", "I lost my SIM card",
        "发票在哪里下载", "Is there a student discount?", "怎么取消自动续费");
    try (Load load = new Load(PORT); Load visitors = new Load(PORT, "/bot,")) {
      load.connect(1000);
      visitors.connect(50);
      List<String> same = questions.stream().map(Benchmark::asked).toList();
      List<String> different = IntStream.range(0, 100 * (int) (seconds + 2))
          .mapToObj(i -> asked(questions.get(i % questions.size()) + " " + i)).toList();
      List<String> others = IntStream.range(0, 3_000).mapToObj(i -> asked(i + " " + questions.get(i % questions.size()))).toList();
      // Warm is a program whose compiler has little left to do, on the way of kept questions and on that of new ones.
      visitors.ask(same, 400, 20);
      visitors.ask(others, 100, 30);
      load.broadcast(200, 3);
      results.add(peer.name(), "p99 of 200/s without questions, ms", load.broadcast(200, seconds).p99());
      beside(peer, load, visitors, same, "100 questions/s");
      beside(peer, load, visitors, different, "100 different questions/s");
    }
  }

  private void beside(Peer peer, Load load, Load visitors, List<String> asked, String what) throws Exception {
    var questions = CompletableFuture.supplyAsync(() -> {
      try {
        return visitors.ask(asked, 100, seconds + 1);
      } catch (Exception failed) {
        throw new IllegalStateException(failed);
      }
    });
    Thread.sleep(500);
    results.add(peer.name(), "p99 of 200/s beside " + what + ", ms", load.broadcast(200, seconds).p99());
    Load.Run answered = questions.get();
    results.add(peer.name(), "of " + what + " answered, %", 100.0 * answered.got() / answered.wanted());
    results.add(peer.name(), "p99 of an answer to " + what + ", ms", answered.p99());
  }

  /** Members who join where presence is on, the values of a room to who joins it, and changes of a value beside plain events. */
  private void state(Peer peer, Server server) throws Exception {
    for (String presence : List.of("without", "with")) {
      try (Load load = new Load(PORT, presence.equals("with") ? "/present," : "")) {
        load.connect(1000);
        for (String room : List.of("warm", "hall")) {
          double cpu = server.cpuMicros();
          load.join(room, 1, 0);
          // What is told of the last of them follows within an interval.
          Thread.sleep(2_500);
          if (room.equals("warm")) continue;
          results.add(peer.name(), "1000 join in a second " + presence + " presence, us each", (server.cpuMicros() - cpu) / 1000);
          results.add(peer.name(), "events to each of them " + presence + " presence", (load.received() - 1000) / 1000.0);
        }
      }
    }
    try (Load load = new Load(PORT)) {
      load.connect(10_000);
      load.retain("stage", 100);
      double cpu = server.cpuMicros();
      Load.Run run = load.join("stage", 10, 100);
      results.add(peer.name(), "100 values to each of 10000 who join, us each", (server.cpuMicros() - cpu) / Math.max(1, run.got()));
      results.add(peer.name(), "100 values to each of 10000 who join, lost %", 100.0 * (run.wanted() - run.got()) / run.wanted());
    }
    try (Load load = new Load(PORT)) {
      load.connect(1000);
      load.join("stage 2", 1, 0);
      load.toRoom("stage 2", 200, 5);
      load.retain("stage 2", 200, 5);
      // In turns, since the speed of a machine varies.
      for (int turn = 0; turn < 3; turn++) {
        changes(peer, server, "an event", () -> load.toRoom("stage 2", 200, seconds));
        changes(peer, server, "a retained value", () -> load.retain("stage 2", 200, seconds));
      }
    }
  }

  private void changes(Peer peer, Server server, String what, Callable<Load.Run> measured) throws Exception {
    double cpu = server.cpuMicros();
    Load.Run run = measured.call();
    results.add(peer.name(), what + " 200/s to a room of 1000, us", (server.cpuMicros() - cpu) / Math.max(1, run.got()));
    results.add(peer.name(), what + " 200/s to a room of 1000, p99 ms", run.p99());
  }

  private static String asked(String question) {
    return "[\"ask\",{\"text\":\"" + question + "\"}]";
  }

  static void say(String line) {
    System.out.printf(Locale.ROOT, "%tT %s%n", System.currentTimeMillis(), line);
  }
}
