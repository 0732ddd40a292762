package dev.magpie.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Thousands of clients in a process of their own, so that a server's descriptors, heap and processor time are its own. Told what to do by
 * lines on standard input, each answered by one line; ends with its input.
 *
 * <pre>
 * connect N [WINDOW]       N more clients, WINDOW bytes of receive buffer for each; answers when all are there (or refused)
 * mute FROM STEP           every STEP-th client from number FROM on stops reading and writing, without a FIN
 * hear                     those read and write again
 * say TEXT                 all send this
 * repeat TIMES TEXT        all send this so many times
 * churn MILLIS             clients come, talk and vanish at random, as many as there were
 * again FROM TO            whoever is cut off comes back after a random time between FROM and TO milliseconds, and again until it is let in
 * vanish                   all go: by FIN, by RST
 * await OPEN MILLIS        answers when so many are open
 * heard COUNT MILLIS       answers when so many messages were heard since the last stats
 * stats                    what was seen since the last stats
 * </pre>
 */
public final class ClientGroup {
  /** Handshakes under way at once; more of them wait in the server's backlog for nothing. */
  private static final int AT_ONCE = 256;

  private record Return(long at, int number) {}

  final String path;
  private final int port;
  private final Selector selector;
  private final ByteBuffer shared = ByteBuffer.allocateDirect(1 << 20);
  private final Random random = new Random(42);
  private final Queue<String> commands = new ConcurrentLinkedQueue<>();
  private volatile boolean ended;

  private final List<Member> members = new ArrayList<>();
  private final Queue<Integer> toConnect = new ArrayDeque<>();
  private final PriorityQueue<Return> returns = new PriorityQueue<>((a, b) -> Long.compare(a.at - b.at, 0));
  private int window;
  private int connecting;
  private int open;
  private int numbers;
  private long againFrom = -1;
  private long againTo;
  private long churnUntil;
  private long nextChurn;

  // Since the last stats.
  private final Map<Integer, Integer> closed = new TreeMap<>();
  private long[] latencies = new long[1 << 16];
  private int measured;
  private long lost;

  /** What is answered, once it is so. */
  private Runnable waiting;

  private ClientGroup(int port, String path, int first) throws IOException {
    this.port = port;
    this.path = path;
    this.numbers = first;
    this.selector = Selector.open();
  }

  public static void main(String[] args) throws IOException {
    ClientGroup group = new ClientGroup(Integer.parseInt(args[0]), args[1], args.length > 2 ? Integer.parseInt(args[2]) : 0);
    Thread reader = new Thread(group::readCommands, "commands");
    reader.setDaemon(true);
    reader.start();
    group.run();
  }

  private void readCommands() {
    try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in))) {
      for (String line; (line = in.readLine()) != null; ) {
        commands.add(line);
        selector.wakeup();
      }
    } catch (IOException closedInput) {
      // The end, as below.
    }
    ended = true;
    selector.wakeup();
  }

  private void run() throws IOException {
    answer("ready");
    while (!ended) {
      selector.select(waiting == null && commands.isEmpty() && returns.isEmpty() && churnUntil == 0 ? 1000 : 2);
      for (SelectionKey key : selector.selectedKeys()) if (key.isValid()) ((Member) key.attachment()).selected(shared);
      selector.selectedKeys().clear();
      if (waiting != null) waiting.run();
      if (waiting == null) {
        String command = commands.poll();
        if (command != null) obey(command.split(" ", 2)[0], command.contains(" ") ? command.substring(command.indexOf(' ') + 1) : "");
      }
      comeBack();
      churn();
      connectMore();
    }
  }

  private void obey(String command, String rest) {
    String[] words = rest.split(" ");
    switch (command) {
      case "connect" -> {
        window = words.length > 1 ? Integer.parseInt(words[1]) : 0;
        for (int i = 0; i < Integer.parseInt(words[0]); i++) toConnect.add(numbers++);
        await(() -> connecting == 0 && toConnect.isEmpty(), Long.MAX_VALUE);
      }
      case "mute" -> {
        int from = Integer.parseInt(words[0]);
        int step = Integer.parseInt(words[1]);
        List<Member> muted = members.stream().filter(m -> m.isOpen() && m.number >= from && (m.number - from) % step == 0).toList();
        muted.forEach(Member::mute);
        answer("muted " + muted.size());
      }
      case "hear" -> {
        members.stream().filter(Member::isMute).forEach(Member::hear);
        answer("ok");
      }
      case "say" -> {
        members.forEach(member -> member.say(rest));
        answer("ok");
      }
      case "repeat" -> {
        for (int i = 0; i < Integer.parseInt(words[0]); i++) members.forEach(member -> member.say(rest.substring(words[0].length() + 1)));
        answer("ok");
      }
      case "again" -> {
        againFrom = Long.parseLong(words[0]);
        againTo = Long.parseLong(words[1]);
        answer("ok");
      }
      case "churn" -> {
        long millis = Long.parseLong(words[0]);
        churnUntil = System.nanoTime() + millis * 1_000_000;
        nextChurn = System.nanoTime();
        await(() -> churnUntil == 0 && connecting == 0 && toConnect.isEmpty(), millis + 60_000);
      }
      case "vanish" -> {
        againFrom = -1;
        toConnect.clear();
        returns.clear();
        for (Member member : List.copyOf(members)) member.vanish(random.nextBoolean());
        answer("ok");
      }
      case "await" -> {
        int wanted = Integer.parseInt(words[0]);
        await(() -> open == wanted && connecting == 0, Long.parseLong(words[1]));
      }
      case "heard" -> await(() -> measured >= Integer.parseInt(words[0]), Long.parseLong(words[1]));
      case "stats" -> stats();
      default -> answer("unknown " + command);
    }
  }

  private void await(java.util.function.BooleanSupplier done, long millis) {
    long begun = System.nanoTime();
    waiting = () -> {
      long passed = (System.nanoTime() - begun) / 1_000_000;
      if (!done.getAsBoolean() && passed < millis) return;
      waiting = null;
      answer("open " + open + " in " + passed);
    };
  }

  private void connectMore() throws IOException {
    while (connecting < AT_ONCE && !toConnect.isEmpty()) {
      Member member = new Member(this, toConnect.poll());
      members.add(member);
      connecting++;
      member.connect(selector, port, window);
    }
  }

  private void comeBack() {
    while (!returns.isEmpty() && returns.peek().at - System.nanoTime() <= 0) toConnect.add(returns.poll().number);
  }

  /** Every few milliseconds somebody vanishes in one way or another, talks or joins a room; and somebody comes for each who went. */
  private void churn() {
    if (churnUntil == 0) return;
    if (System.nanoTime() - churnUntil > 0) {
      churnUntil = 0;
      return;
    }
    while (nextChurn - System.nanoTime() <= 0) {
      nextChurn += 5_000_000;
      if (members.isEmpty()) continue;
      for (int talk = 0; talk < 3; talk++) pick().say("[\"say\",\"" + "talk ".repeat(1 + random.nextInt(20)) + "\"]");
      pick().say("[\"join\",\"room-" + random.nextInt(50) + "\"]");
      Member one = pick();
      if (one.isOpen() && random.nextInt(4) == 0) {
        if (random.nextInt(4) > 0) one.vanish(random.nextBoolean());
        else if (!one.isMute()) one.mute();
        if (!one.isOpen() || one.isMute()) toConnect.add(numbers++);
      }
    }
  }

  private Member pick() {
    return members.get(random.nextInt(members.size()));
  }

  private void stats() {
    Arrays.sort(latencies, 0, measured);
    StringBuilder line = new StringBuilder("stats open=" + open + " messages=" + measured + " lost=" + lost);
    line.append(" p50=").append(percentile(0.5)).append(" p99=").append(percentile(0.99)).append(" closed=")
        .append(closed.toString().replace(" ", ""));
    answer(line.toString());
    closed.clear();
    measured = 0;
    lost = 0;
  }

  /** In microseconds. */
  private long percentile(double part) {
    return measured == 0 ? 0 : latencies[(int) Math.min(measured - 1, measured * part)] / 1000;
  }

  void opened(Member member) {
    connecting--;
    open++;
  }

  void gone(Member member, int code, boolean wasOpen) {
    if (wasOpen) open--;
    else connecting--;
    closed.merge(code, 1, Integer::sum);
    members.remove(member);
    if (againFrom < 0) return;
    long wait = (againFrom + random.nextInt((int) Math.max(1, againTo - againFrom))) * 1_000_000;
    returns.add(new Return(System.nanoTime() + wait, member.number));
  }

  void measured(long nanos, int missing) {
    if (measured == latencies.length) latencies = Arrays.copyOf(latencies, measured * 2);
    latencies[measured++] = nanos;
    lost += missing;
  }

  private static void answer(String line) {
    System.out.println(line);
  }
}
