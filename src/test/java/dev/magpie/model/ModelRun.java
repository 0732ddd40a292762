package dev.magpie.model;

import dev.magpie.core.FakeClient;
import dev.magpie.core.Io;
import dev.magpie.core.Namespace;
import dev.magpie.core.Socket;
import dev.magpie.core.TextStream;
import dev.magpie.log.Recovery;
import dev.magpie.model.Heard.Kind;
import dev.magpie.simulation.Simulation;
import dev.magpie.transport.heartbeat.Sweeps;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Instances, their hub and their clients in a simulation: what a seed decides is done to them, and all is held against {@link Truth}.
 * On the test's thread.
 */
final class ModelRun implements AutoCloseable {
  /**
   * What a run is made of.
   *
   * @param instances the most at a time
   * @param recoverable whether the namespace has recovery
   * @param pageSize members of a page of the presence list
   */
  record Setting(int instances, boolean recoverable, int pageSize) {
    static Setting of(long seed) {
      Random random = new Random(~seed);
      return new Setting(2 + random.nextInt(3), random.nextBoolean(), random.nextInt(3) == 0 ? 2 : 100);
    }
  }

  static final String NAMESPACE = "/model";
  private static final List<String> ROOMS = List.of("a", "b", "c");
  private static final List<String> KEYS = List.of("k0", "k1", "k2", "k3");
  private static final int USERS = 5;
  private static final int DEVICES = 10;
  private static final long GRACE = 10_000;
  private static final long INTERVAL = 1_000;
  /** How long a loop stands still at most. */
  private static final long PAUSE = 3_000;
  /** How long a message is under way at most: through two loops that stand still, and until the next message of the room. */
  private static final long LAG = 2 * PAUSE + 2 * INTERVAL;
  private static final long TTL = 4_000;

  private final Setting setting;
  private final Simulation simulation;
  private final Random random;
  private final Truth truth = new Truth();
  private final List<Instance> instances = new ArrayList<>();
  private final List<Device> devices = new ArrayList<>();
  private final List<Text> texts = new ArrayList<>();
  private final Set<String> faults = new LinkedHashSet<>();
  private final List<String> trace = new ArrayList<>();
  private final StateHub hub;
  private int texted;

  ModelRun(long seed, Setting setting) {
    this.setting = setting;
    this.simulation = new Simulation(seed);
    this.random = simulation.random();
    this.hub = new StateHub(simulation);
    start();
    start();
    for (int i = 0; i < DEVICES; i++) devices.add(new Device(i));
  }

  Simulation simulation() {
    return simulation;
  }

  StateHub hub() {
    return hub;
  }

  /** What was done, in its order. */
  List<String> trace() {
    return trace;
  }

  /** Does so much at random, comes to rest now and then, and says what was wrong; empty when all was right. */
  Set<String> run(int actions) {
    for (int i = 1; i <= actions && faults.isEmpty(); i++) {
      act();
      simulation.run(random.nextInt(6));
      if (i % 100 == 0 || i == actions) rest();
    }
    checkHistory();
    return faults;
  }

  private void fault(String what) {
    faults.add(simulation.millis() + " ms: " + what);
  }

  private void note(String what) {
    trace.add(simulation.millis() + " ms: " + what);
  }

  // --- What is done

  private void act() {
    Device device = devices.get(random.nextInt(devices.size()));
    Instance instance = instances.get(random.nextInt(instances.size()));
    String room = one(ROOMS);
    int dice = random.nextInt(100);
    if (dice < 12) device.connect(instance);
    else if (dice < 18) device.end(true);
    else if (dice < 20) device.end(false);
    else if (dice < 34) device.join(room);
    else if (dice < 41) device.leave(room);
    else if (dice < 61) instance.write(room, one(KEYS));
    else if (dice < 65) instance.remove(room, one(KEYS));
    else if (dice < 69) instance.get(room, one(KEYS));
    else if (dice < 73) device.stall(random.nextBoolean());
    else if (dice < 82) instance.stream();
    else if (dice < 94) simulation.pass(random.nextInt(5) == 0 ? random.nextInt(15_000) : random.nextInt(1_500));
    else if (dice < 97) pause();
    else if (dice < 98 && instances.size() > 1) stop(instance);
    else if (dice < 100 && instances.size() < setting.instances) start();
  }

  private <T> T one(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private void start() {
    Instance instance = new Instance("i" + instances.size() + "@" + simulation.millis());
    note("starts " + instance);
    simulation.settle();
    if (!instance.ready) throw new AssertionError("an instance does not become ready");
    instances.add(instance);
  }

  /** What an instance that ends leaves behind, the others take care of. */
  private void stop(Instance instance) {
    note("stops " + instance);
    instances.remove(instance);
    instance.stop();
  }

  /** A loop stands still: its ticks and all that it is told come late. */
  private void pause() {
    ContextInternal context = random.nextInt(3) == 0 ? hub.context() : one(instances).context;
    long millis = random.nextInt((int) PAUSE);
    note("pauses " + (context == hub.context() ? "the hub" : "an instance") + " for " + millis + " ms");
    simulation.pause(context);
    // Others go on meanwhile.
    for (int i = random.nextInt(5); i > 0; i--) act0(context);
    simulation.pass(millis);
    simulation.resume(context);
  }

  /** Something that needs no other pause. */
  private void act0(ContextInternal paused) {
    Device device = one(devices);
    switch (random.nextInt(4)) {
      case 0 -> device.join(one(ROOMS));
      case 1 -> device.leave(one(ROOMS));
      case 2 -> device.end(true);
      default -> one(instances).write(one(ROOMS), one(KEYS));
    }
    simulation.run(random.nextInt(6));
  }

  // --- What is checked

  /** Everything comes to rest, and all is as it should be. */
  private void rest() {
    for (Device device : devices) device.stall(false);
    simulation.settle();
    simulation.pass(GRACE + LAG + TTL);
    for (int pages = 0; pages < USERS && devices.stream().map(Device::turnPage).reduce(false, Boolean::logicalOr); pages++)
      simulation.pass(100);
    note("rests");
    for (String room : ROOMS) {
      checkPresence(room);
      checkRetained(room);
    }
    for (Text text : texts) checkText(text);
  }

  private void checkPresence(String room) {
    Set<String> expected = truth.present(room);
    for (Instance instance : instances) {
      same(instance + " lists in " + room, expected, new TreeSet<>(simulation.await(instance.list(room))));
      same(instance + " counts members of " + room, expected.size(), simulation.await(instance.present(room)));
      same(instance + " counts sockets of " + room, truth.sockets(room), simulation.await(instance.count(room)));
    }
    for (Device device : devices) {
      if (!device.isIn(room)) continue;
      same(device + " shows in " + room, expected, device.view.present(room));
      same(device + " shows a count of " + room, expected.size(), device.view.count(room));
    }
  }

  private void checkRetained(String room) {
    Map<String, Long> values = new TreeMap<>();
    for (String key : KEYS) {
      long value = simulation.await(instances.get(0).value(room, key));
      if (value != 0) values.put(key, value);
      if (!truth.mayRest(room, key, value)) fault(room + "/" + key + " has come to rest with " + value);
      for (Instance instance : instances)
        same(instance + " has in " + room + "/" + key, value, simulation.await(instance.value(room, key)));
    }
    for (Device device : devices) if (device.isIn(room)) same(device + " has in " + room, values, device.view.retained(room));
  }

  /** Of those who were there while it grew, or came when it was still kept. */
  private void checkText(Text text) {
    long idle = simulation.millis() - text.touched;
    if (!text.ended && idle > StateHub.STREAM_IDLE - LAG && idle < StateHub.STREAM_IDLE + LAG) return;
    if (!text.ended && idle >= StateHub.STREAM_IDLE + LAG) text.abandon();
    String expected = text.text + (text.aborted ? " (aborted)" : text.ended ? " (done)" : "");
    for (Device device : devices) {
      if (!device.isIn(text.room)) continue;
      long since = Math.max(device.since(text.room), device.openedAt);
      if (since > text.begun && since + LAG > text.keptUntil()) continue;
      String shown = device.view.text(text.id);
      // It may have read on only when the text was no longer kept.
      if (device.view.skips() && since > text.begun && expected.startsWith(shown == null ? "" : shown)) continue;
      same(device + " has of stream " + text.id, expected, String.valueOf(shown));
    }
  }

  private void checkHistory() {
    truth.checkConditions(this::fault);
    for (Device device : devices) for (View view : device.views) for (View.Segment segment : view.segments())
      truth.checkSeen(view, segment, this::fault);
  }

  private void same(String what, Object expected, Object actual) {
    if (!expected.equals(actual)) fault(what + " " + actual + " instead of " + expected);
  }

  @Override
  public void close() throws Exception {
    simulation.close();
  }

  // --- An instance

  /** One gateway, as an application writes it. */
  final class Instance {
    final String name;
    final ContextInternal context = simulation.newContext();
    private Io io;
    private Namespace namespace;
    private long ticks;
    private boolean ready;

    Instance(String name) {
      this.name = name;
      simulation.on(context, () -> {
        TimerWheel timers = new TimerWheel(simulation::nanoTime);
        Sweeps sweeps = new Sweeps(context, timers);
        io = Io.create(simulation.vertx(), FakeClient.clockedBy(hub::now), timers);
        ticks = simulation.vertx().setPeriodic(TimerWheel.TICK_MS, tick -> sweeps.request());
        namespace = io.of(NAMESPACE);
        if (setting.recoverable) namespace.recoverable(Recovery.MEMORY);
        hub.presence(namespace, GRACE, INTERVAL, setting.pageSize);
        namespace.use(request -> {
          request.identify(request.auth().getString("user"));
          return Future.succeededFuture();
        });
        namespace.onConnection(socket -> devices.get(socket.auth().getInteger("device")).admitted(socket));
        io.ready().onSuccess(done -> ready = true).onFailure(failure -> fault("an instance failed: " + failure));
      });
    }

    void stop() {
      simulation.on(context, () -> {
        for (Text text : texts) if (text.owner == this && !text.ended) text.abandon();
        io.close();
        simulation.vertx().cancelTimer(ticks);
        for (Device device : devices) device.lost(this);
      });
    }

    /** Runs it when the loop comes to it, if the instance has not ended before. */
    void run(Runnable action) {
      simulation.on(context, action);
    }

    void write(String room, String key) {
      run(() -> {
        long now = simulation.millis();
        long ifVersion = random.nextInt(3) > 0 ? -1 : random.nextInt(4) == 0 ? 0 : Math.max(0, truth.floor(room, key) - random.nextInt(2));
        long ttl = random.nextInt(5) == 0 ? 1 + random.nextInt((int) TTL) : 0;
        Write write = truth.write(this, room, key, ifVersion, ttl, now);
        note(this + " writes " + write + (ifVersion < 0 ? "" : " if version " + ifVersion) + (ttl == 0 ? "" : " for " + ttl + " ms"));
        JsonObject value = new JsonObject().put("room", room).put("key", key).put("n", write.value);
        hub.write(namespace, write, value).onComplete(done -> {
          if (done.succeeded()) {
            write.done = simulation.millis();
            truth.learnt(write.value, done.result(), ModelRun.this::fault);
          } else if (StateHub.conflict(done.cause()) >= 0) {
            write.done = simulation.millis();
            write.lost = true;
            write.present = StateHub.conflict(done.cause());
          } else if (instances.contains(this)) fault(write + " failed: " + done.cause());
        });
      });
    }

    void remove(String room, String key) {
      run(() -> {
        Write removal = truth.removal(this, room, key, simulation.millis());
        note(this + " removes " + room + "/" + key);
        hub.remove(namespace, removal).onComplete(done -> {
          if (done.succeeded()) {
            removal.done = simulation.millis();
            removal.removed = done.result();
          } else if (instances.contains(this)) fault(removal + " failed: " + done.cause());
        });
      });
    }

    /** Not older than what was acknowledged when it began. */
    void get(String room, String key) {
      run(() -> {
        long floor = truth.floor(room, key);
        hub.version(namespace, room, key).onComplete(done -> {
          if (done.failed()) {
            if (instances.contains(this)) fault("get failed: " + done.cause());
          } else if (done.result() > 0 && done.result() < floor)
            fault(this + " got version " + done.result() + " of " + room + "/" + key + ", where " + floor + " was acknowledged before");
        });
      });
    }

    void stream() {
      run(() -> {
        if (!instances.contains(this)) return;
        List<Text> open = texts.stream().filter(text -> text.owner == this && text.isOpen()).toList();
        if (open.isEmpty() || random.nextInt(6) == 0) texts.add(new Text("s" + texts.size(), one(ROOMS), this));
        else {
          Text text = one(open);
          if (random.nextInt(6) == 0) text.end();
          else text.append();
        }
      });
    }

    Future<List<String>> list(String room) {
      return hub.list(namespace, room);
    }

    Future<Integer> present(String room) {
      return hub.present(namespace, room);
    }

    Future<Integer> count(String room) {
      return hub.count(namespace, room);
    }

    /** @return 0 for none */
    Future<Long> value(String room, String key) {
      return hub.value(namespace, room, key);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  // --- A stream

  /** A text that one instance appends to. */
  private final class Text {
    final String id;
    final String room;
    final Instance owner;
    final long begun = simulation.millis();
    String text = "";
    boolean ended;
    boolean aborted;
    /** When it was appended to last. */
    long touched;
    private long endedAt;
    private final TextStream stream;

    Text(String id, String room, Instance owner) {
      this.id = id;
      this.room = room;
      this.owner = owner;
      this.stream = owner.namespace.to(room).stream(id);
      append();
    }

    void append() {
      String chunk = "w" + ++texted + " ";
      text += chunk;
      touched = simulation.millis();
      note(owner + " appends " + chunk + "to " + id + " in " + room);
      stream.append(chunk).onFailure(failure -> {
        if (instances.contains(owner)) fault("append to " + id + " failed: " + failure);
      });
    }

    void end() {
      note(owner + " ends " + id);
      endAt(simulation.millis(), false);
      stream.end();
    }

    void abandon() {
      endAt(Math.min(simulation.millis(), touched + StateHub.STREAM_IDLE), true);
    }

    private void endAt(long millis, boolean abandoned) {
      ended = true;
      aborted = abandoned;
      endedAt = millis;
    }

    /** Whether it takes more; one that is about to be abandoned is left alone. */
    boolean isOpen() {
      return !ended && simulation.millis() - touched < StateHub.STREAM_IDLE - 2 * LAG;
    }

    /** Whoever joins before gets it. */
    long keptUntil() {
      return ended ? endedAt + StateHub.STREAM_KEPT : Long.MAX_VALUE;
    }
  }

  // --- A client

  /** A user's device: with one connection after another, of which it keeps the session where the namespace has recovery. */
  private final class Device {
    final String name;
    final String user;
    final int number;
    final boolean plain;
    final boolean asksState;
    final List<View> views = new ArrayList<>();
    View view;
    private Instance at;
    private FakeClient client;
    private Socket socket;
    private String id;
    private String pid;
    private String offset;
    private final Map<String, Long> rooms = new HashMap<>();
    private long openedAt;
    private int lostAgain;

    Device(int number) {
      this.number = number;
      this.user = "u" + number % USERS;
      this.name = user + "-" + number;
      this.plain = number % 3 == 2;
      this.asksState = number % 3 != 0;
      newView();
    }

    private void newView() {
      view = new View(name, user, ModelRun.this::fault,
          (value, state) -> truth.learnt(value, state.getLong("version"), ModelRun.this::fault));
      views.add(view);
    }

    boolean isIn(String room) {
      return socket != null && rooms.containsKey(room);
    }

    /** When it joined. */
    long since(String room) {
      return rooms.get(room);
    }

    void connect(Instance instance) {
      if (at != null) return;
      at = instance;
      note(this + " connects to " + instance);
      instance.run(() -> {
        // The instance may have ended, or the client may have given up, meanwhile.
        if (!instances.contains(instance) || at != instance || client != null) {
          if (!instances.contains(instance) && at == instance) at = null;
          return;
        }
        JsonObject auth = new JsonObject().put("user", user).put("device", number);
        if (plain) {
          client = FakeClient.magpieV1(instance.io, "ns=" + NAMESPACE, text -> hear(Heard.magpieV1(text)));
          JsonObject first = new JsonObject().put("auth", auth);
          if (pid != null) first.put("resume", new JsonObject().put("pid", pid).put("offset", offset));
          client.say(first.encode());
        } else {
          client = FakeClient.socketIo(instance.io, this::hearSocketIo);
          if (asksState) auth.put("state", true);
          if (pid != null) auth.put("pid", pid).put("offset", offset);
          client.say("0" + NAMESPACE + "," + auth.encode());
        }
      });
    }

    private void hearSocketIo(String text) {
      // Engine.IO's own packets come to a link's transport only.
      hear(Heard.socketIo(text, setting.recoverable, asksState));
    }

    private void hear(Heard heard) {
      if (heard.offset() != null) offset = heard.offset();
      if (heard.kind() == Kind.OPEN) opened(heard.object());
      else if (heard.kind() == Kind.ACK) view.page(pages.remove(heard.id()), heard.object());
      else if (heard.kind() == Kind.REFUSED && heard.args().toString().contains("nvalid")) fault(this + " was refused: " + heard.args());
      else {
        if (heard.kind() == Kind.EVENT && heard.event().equals("presence:leave")) checkLeave(heard.object());
        view.hear(heard);
      }
    }

    private void checkLeave(JsonObject message) {
      for (Object member : message.getJsonArray("members")) {
        String left = ((JsonObject) member).getString("id");
        if (!truth.mayHaveLeft(message.getString("room"), left, simulation.millis(), GRACE, LAG))
          fault(this + " was told that " + left + " has left " + message.getString("room") + ", who is there, or may still come back");
      }
    }

    private void opened(JsonObject open) {
      id = open.getString(plain ? "id" : "sid");
      String given = open.getString("pid");
      boolean recovered = given != null && given.equals(pid);
      pid = given;
      openedAt = simulation.millis();
      note(this + (recovered ? " is back as " : " is ") + id.substring(0, 5));
      if (recovered) {
        view.mayskip();
        rooms.keySet().forEach(room -> truth.joined(room, user, id, simulation.millis()));
      } else {
        rooms.clear();
        newView();
      }
    }

    /** On the instance's loop. */
    void admitted(Socket admitted) {
      socket = admitted;
    }

    /** @param lost the connection breaks; otherwise the client says that it goes */
    void end(boolean lost) {
      Instance instance = at;
      if (instance == null) return;
      note(this + (lost ? " is cut off" : " goes"));
      instance.run(() -> {
        if (at != instance) return;
        if (client != null) {
          if (!lost && !plain) client.say("1" + NAMESPACE);
          client.cut();
        }
        ended(lost);
      });
    }

    private void ended(boolean lost) {
      if (id != null) rooms.keySet().forEach(room -> truth.left(room, user, id, lost || plain, simulation.millis()));
      // Lost again and again before it was told what it missed, it begins anew: removed keys are not remembered for ever.
      lostAgain = id != null && simulation.millis() - openedAt > LAG ? 0 : lostAgain + 1;
      if (!lost || !setting.recoverable || socket == null || lostAgain > 1) {
        rooms.clear();
        pid = null;
      }
      at = null;
      client = null;
      socket = null;
      id = null;
      stalled = false;
    }

    private boolean stalled;

    void join(String room) {
      Instance instance = at;
      if (instance != null) instance.run(() -> {
        if (socket == null || at != instance || rooms.containsKey(room)) return;
        note(this + " joins " + room);
        rooms.put(room, simulation.millis());
        view.joined(room, truth.floors(room, instance, simulation.millis() - LAG));
        truth.joined(room, user, id, simulation.millis());
        socket.join(room);
      });
    }

    void leave(String room) {
      Instance instance = at;
      if (instance != null) instance.run(() -> {
        if (socket == null || at != instance || !rooms.containsKey(room)) return;
        note(this + " leaves " + room);
        rooms.remove(room);
        socket.leave(room);
        view.left(room);
        truth.left(room, user, id, false, simulation.millis());
      });
    }

    /** It reads nothing, or reads again. */
    void stall(boolean stall) {
      Instance instance = at;
      if (instance != null) instance.run(() -> {
        if (client == null || at != instance || stalled == stall) return;
        note(this + (stall ? " stalls" : " drains"));
        stalled = stall;
        if (stall) {
          view.mayskip();
          client.stall();
        } else client.drain();
      });
    }

    private final Map<Long, String> pages = new HashMap<>();
    private long acks;

    /** Asks for the next page of a list that has one. */
    boolean turnPage() {
      Instance instance = at;
      if (instance == null || socket == null) return false;
      Map<String, String> next = view.pages();
      next.forEach((room, after) -> instance.run(() -> {
        if (client == null || at != instance) return;
        long ack = acks++;
        pages.put(ack, room);
        JsonObject asked = new JsonObject().put("room", room).put("after", after);
        if (plain) client.say(new JsonObject().put("event", "presence:list").put("args", List.of(asked)).put("ack", ack).encode());
        else client.say("2" + NAMESPACE + "," + ack + "[\"presence:list\"," + asked.encode() + "]");
      }));
      return !next.isEmpty();
    }

    /** Its instance has ended. */
    void lost(Instance instance) {
      if (at == instance) ended(true);
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
