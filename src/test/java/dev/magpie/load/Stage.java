package dev.magpie.load;

import dev.magpie.core.Application;
import dev.magpie.core.Io;
import dev.magpie.core.Socket;
import dev.magpie.transport.heartbeat.TimerHandle;
import dev.magpie.transport.heartbeat.TimerWheel;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.FileInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The application of a server that is tried under load. Clients in {@code /} talk, join rooms and hear the time; who speaks in {@code
 * /control} makes trouble: each of its events is acknowledged once the trouble is there. Each end of a client is a line on standard output.
 */
public final class Stage implements Application {
  /** What is held on purpose, by all instances. */
  private static final ConcurrentLinkedQueue<Object> HELD = new ConcurrentLinkedQueue<>();

  private static final AtomicLong SEQUENCE = new AtomicLong();
  private static volatile boolean leaking;

  @Override
  public String name() {
    return "stage";
  }

  @Override
  public boolean byDefault() {
    return false;
  }

  @Override
  public void mount(Io io, Vertx vertx) {
    io.onConnection(socket -> serve(io, socket));
    io.of("/control").onConnection(socket -> obey(io, vertx, socket));
  }

  private static void serve(Io io, Socket socket) {
    socket.onDisconnect(reason -> System.out.println("left n=" + socket.query("n", "-1") + " at=" + System.nanoTime() + " reason="
        + reason));
    socket.on("say", args -> io.to("room-" + socket.id().charAt(0)).emit("said", args.getValue(0)));
    socket.on("join", String.class, room -> socket.join(room));
    socket.join("room-" + (char) ('a' + Math.floorMod(socket.id().hashCode(), 16)));
    // Acknowledgements that nobody gives: a client that vanishes leaves one behind.
    socket.timeout(1_000).emitWithAck("there?").onComplete(answered -> { });
    if (leaking) leak(io.timers(), socket);
  }

  private static void leak(TimerWheel timers, Socket socket) {
    HELD.add(socket);
    HELD.add(new byte[10_000]);
    timers.schedule(new TimerHandle() {
      @Override
      protected void due() { }
    }, TimeUnit.HOURS.toNanos(1));
  }

  private static void obey(Io io, Vertx vertx, Socket socket) {
    socket.on("tick", (args, ack) -> {
      tick(io, vertx, args.getLong(0), args.getInteger(1), args.getInteger(2));
      ack.send();
    });
    socket.on("block", (args, ack) -> {
      long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(args.getLong(0));
      while (System.nanoTime() - until < 0) Thread.onSpinWait();
      ack.send();
    });
    socket.on("stuff", (args, ack) -> {
      stuff(io, args.getInteger(0), args.getInteger(1));
      ack.send();
    });
    socket.on("leak", (args, ack) -> {
      leaking = true;
      ack.send();
    });
    socket.on("fill", (args, ack) -> vertx.executeBlocking(() -> fill(args.getInteger(0))).onComplete(filled -> ack.send(filled.result())));
    socket.on("gc", (args, ack) -> vertx.executeBlocking(Stage::collect).onComplete(left -> ack.send(left.result())));
    socket.on("open", (args, ack) -> vertx.executeBlocking(Stage::openAll).onComplete(opened -> ack.send(opened.result())));
    socket.on("free", (args, ack) -> vertx.executeBlocking(Stage::free).onComplete(freed -> ack.send()));
  }

  /** Tells everybody the time, so many times. */
  private static void tick(Io io, Vertx vertx, long everyMillis, int padding, int times) {
    String pad = "x".repeat(padding);
    int[] left = {times};
    vertx.setPeriodic(everyMillis, timer -> {
      if (left[0]-- > 0) io.emit("m", SEQUENCE.incrementAndGet(), System.nanoTime(), pad);
      else vertx.cancelTimer(timer);
    });
  }

  /** From a number on, every step-th client is sent more than the operating system takes for one that does not read. */
  private static void stuff(Io io, int from, int step) {
    Buffer much = Buffer.buffer(new byte[6_000_000]);
    for (Socket socket : io.of("/").sockets()) {
      int number = Integer.parseInt(socket.query("n", "-1"));
      if (number >= from && (number - from) % step == 0) socket.emit("stuff", much);
    }
  }

  /** Holds memory until so much of the heap, in percent, is in use. */
  private static long fill(int percent) {
    Runtime heap = Runtime.getRuntime();
    System.gc();
    while ((heap.totalMemory() - heap.freeMemory()) * 100 / heap.maxMemory() < percent) HELD.add(new byte[200_000]);
    System.gc();
    return (heap.totalMemory() - heap.freeMemory()) * 100 / heap.maxMemory();
  }

  /** Bytes of the heap that are in use. */
  private static long collect() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Takes all file descriptors that are left. */
  private static int openAll() {
    List<FileInputStream> opened = new ArrayList<>();
    try {
      while (true) opened.add(new FileInputStream("/dev/null"));
    } catch (IOException noneLeft) {
      HELD.addAll(opened);
      return opened.size();
    }
  }

  private static Object free() throws IOException {
    for (Object held; (held = HELD.poll()) != null; ) if (held instanceof FileInputStream file) file.close();
    System.gc();
    return null;
  }
}
