package dev.magpie.chaos;

import dev.magpie.chaos.Schedule.Step;
import dev.magpie.chaos.Schedule.Store;
import dev.magpie.core.Application;
import dev.magpie.log.RecoveryProvider;
import dev.magpie.testing.MongoServer;
import dev.magpie.testing.NodeClients;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Clients that talk in two rooms while the server, the wire and the database break by a {@link Schedule}, and what they hold when all is
 * whole again. On the test's thread.
 */
final class ChaosRun {
  static final String NAMESPACE = "/chat";

  /** Of a group of ten; seeds have neither retries nor a cid. */
  private static final List<String> KINDS = List.of("websocket", "upgrade", "magpie", "polling", "websocket", "magpie", "upgrade", "seed",
      "websocket", "magpie");

  private static final int IN_ONE_PROCESS = 25;
  private static final long PATIENCE_SECONDS = 120;
  /** Ends of the server that nobody asked for; only a database that is away excuses them. */
  private static final int MOST_ENDS = 10;
  /** So long nothing may come before it is taken for all there is. */
  private static final long QUIET_SECONDS = 3;

  private final Path folder;
  private final long seed;
  private final Schedule schedule;
  private final Store store;
  private final int clients;
  private final long everyMillis;
  private final JsonObject settings;
  private final Optional<Class<? extends RecoveryProvider>> recovery;

  private ServerProcess server;
  private MongoServer mongo;
  private Proxy proxy;
  private final List<ClientGroup> groups = new ArrayList<>();
  private int ends;
  private final Map<Schedule.Fault, Integer> done = new EnumMap<>(Schedule.Fault.class);

  /**
   * @param everyMillis between two messages of one client, on the average
   * @param settings other than the default ones
   * @param recovery instead of the server's own
   */
  ChaosRun(Path folder, long seed, Schedule schedule, Store store, int clients, long everyMillis, JsonObject settings,
      Optional<Class<? extends RecoveryProvider>> recovery) {
    this.folder = folder;
    this.seed = seed;
    this.schedule = schedule;
    this.store = store;
    this.clients = clients;
    this.everyMillis = everyMillis;
    this.settings = settings;
    this.recovery = recovery;
  }

  /** What was found, and what it was found among. */
  record Outcome(List<Member> members, List<String> violations, Map<Schedule.Fault, Integer> faults, int ends, long errors) {
    long acknowledged() {
      return members.stream().flatMap(member -> member.sent().stream()).filter(sent -> sent.outcome() == Sent.Outcome.ACKNOWLEDGED).count();
    }

    long held() {
      return members.stream().mapToLong(member -> member.held().size()).sum();
    }

    int recoveries() {
      return members.stream().mapToInt(Member::recoveries).sum();
    }

    int renewals() {
      return members.stream().mapToInt(Member::renewals).sum();
    }

    @Override
    public String toString() {
      return violations.size() + " violations; " + acknowledged() + " acknowledged, " + held() + " held, " + recoveries() + " recovered, "
          + renewals() + " began anew; " + faults
          + "; ended by itself: " + ends + "; errors in the server's log: " + errors;
    }
  }

  Outcome run() throws Exception {
    NodeClients.install();
    Files.createDirectories(folder);
    try {
      begin();
      for (ClientGroup group : groups) group.start();
      for (Step step : schedule.steps()) {
        Thread.sleep(step.pauseMillis());
        supervise();
        apply(step);
      }
      // The last words are said while all is whole.
      Thread.sleep(1_000);
      for (ClientGroup group : groups) group.stop();
      List<String> restless = settle();
      return outcome(restless);
    } finally {
      end();
    }
  }

  private void begin() throws Exception {
    JsonObject all = new JsonObject()
        .put("heartbeat", new JsonObject().put("interval_ms", 2_000).put("timeout_ms", 3_000))
        .put("applications", new JsonArray().add("chat").add("aside"))
        .put("gateway", new JsonObject().put("instances", 2))
        .mergeIn(settings, true);
    if (store == Store.MONGO) {
      mongo = MongoServer.start(folder.resolve("mongo"));
      all.put("mongo", new JsonObject().put("connection_string", mongo.connectionString()));
    }
    server = new ServerProcess(folder, all, services());
    server.start();
    server.awaitListening();
    proxy = new Proxy(server.port());
    for (int first = 0; first < clients; first += IN_ONE_PROCESS) {
      groups.add(new ClientGroup(proxy.port(), NAMESPACE, seed, everyMillis, hasLog(), first,
          members(first, Math.min(clients, first + IN_ONE_PROCESS)), folder.resolve("clients-" + first + ".log")));
    }
    List<String> absent = await(0);
    if (!absent.isEmpty()) throw new IOException("the clients did not come in: " + absent + "\n" + Files.readString(server.log()));
  }

  /** Where nothing is kept there is nothing that could leave somebody out. */
  private boolean hasLog() {
    return !settings.encode().contains("\"none\"");
  }

  /** What the server finds before its own: the first class path entry wins where one is asked for. */
  private Path services() throws IOException {
    Path services = Files.createDirectories(folder.resolve("classes/META-INF/services"));
    Files.writeString(services.resolve(Application.class.getName()), Aside.class.getName());
    if (recovery.isPresent()) Files.writeString(services.resolve(RecoveryProvider.class.getName()), recovery.get().getName());
    return folder.resolve("classes");
  }

  /** Two rooms, and a few who are in both. */
  private static JsonArray members(int first, int end) {
    JsonArray members = new JsonArray();
    for (int i = first; i < end; i++) {
      JsonArray rooms = new JsonArray();
      if (i % 2 == 0 || i % 7 == 0) rooms.add("chaos-a");
      if (i % 2 == 1 || i % 7 == 0) rooms.add("chaos-b");
      String kind = KINDS.get(i % KINDS.size());
      members.add(new JsonObject().put("name", kind + "-" + i).put("kind", kind).put("rooms", rooms));
    }
    return members;
  }

  private void apply(Step step) throws Exception {
    done.merge(step.fault(), 1, Integer::sum);
    switch (step.fault()) {
      case KILL -> {
        server.kill();
        Thread.sleep(step.millis());
        server.start();
      }
      case STOP -> {
        server.stop();
        Thread.sleep(step.millis());
        server.goOn();
      }
      case CUT -> proxy.cut(step.share());
      case STALL -> {
        proxy.stall(step.share(), step.millis());
        Thread.sleep(step.millis());
      }
      case DEAFEN -> {
        proxy.deafen(step.share(), step.millis());
        Thread.sleep(step.millis());
      }
      case HALF_CLOSE -> proxy.halfClose(step.share());
      case BLACK_HOLE -> proxy.blackHole(step.share());
      case KILL_DATABASE -> {
        mongo.kill();
        Thread.sleep(step.millis());
        mongo.startAgain();
      }
      case STOP_DATABASE -> {
        ServerProcess.signal(mongo.pid(), "STOP");
        Thread.sleep(step.millis());
        ServerProcess.signal(mongo.pid(), "CONT");
      }
    }
  }

  /** A server that finds no database when it starts ends; whoever runs one starts it again. */
  private void supervise() throws IOException {
    if (server.isAlive()) return;
    if (++ends > MOST_ENDS) throw new IOException("the server ended by itself " + ends + " times:\n" + Files.readString(server.log()));
    server.start();
  }

  /** @return who did not come to rest */
  private List<String> settle() throws Exception {
    supervise();
    server.awaitListening();
    return await(QUIET_SECONDS);
  }

  /** Until everybody is connected, has said what it had to say and heard nothing more for a while. */
  private List<String> await(long quietSeconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    long held = -1;
    long since = System.nanoTime();
    while (true) {
      List<JsonObject> states = new ArrayList<>();
      for (ClientGroup group : groups) states.addAll(group.state());
      List<String> restless = states.stream().filter(state -> !state.getBoolean("ready") || state.getInteger("waiting") > 0)
          .map(JsonObject::encode).toList();
      long now = states.stream().mapToLong(state -> state.getLong("held")).sum();
      if (now != held || !restless.isEmpty()) since = System.nanoTime();
      held = now;
      if (restless.isEmpty() && System.nanoTime() - since >= TimeUnit.SECONDS.toNanos(quietSeconds)) return List.of();
      if (System.nanoTime() > end) return restless;
      if (!server.isAlive()) throw new IOException("the server ended by itself:\n" + Files.readString(server.log()));
      Thread.sleep(200);
    }
  }

  private Outcome outcome(List<String> restless) throws IOException {
    List<Member> members = new ArrayList<>();
    for (ClientGroup group : groups) members.addAll(group.dump());
    List<String> violations = new ArrayList<>(Checker.violations(members));
    if (ends > 0 && store == Store.EMBEDDED) violations.add("the server ended by itself " + ends + " times");
    restless.forEach(state -> violations.add("did not come to rest: " + state));
    long errors = Files.readAllLines(server.log()).stream().filter(line -> line.contains(" ERROR ")).count();
    return new Outcome(members, violations, done, ends, errors);
  }

  private void end() throws Exception {
    for (ClientGroup group : groups) group.close();
    if (server != null) server.close();
    if (proxy != null) proxy.close();
    if (mongo != null) mongo.close();
  }
}
