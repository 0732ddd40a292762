package dev.magpie.core;

import dev.magpie.protocol.Ids;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.Handshake;
import dev.magpie.transport.Link;
import dev.magpie.transport.Message;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** Who gets a broadcast: the selection of 10,000 sockets' rooms, per call. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RoomsBenchmark {
  private static final int SOCKETS = 10_000;

  @Param({"1", "100", "10000"})
  public int rooms;

  private Vertx vertx;
  private Namespace namespace;
  private final Broadcast all = Broadcast.fromJson(new JsonObject().put("event", "e"));
  private final Broadcast room = Broadcast.fromJson(new JsonObject().put("event", "e").put("rooms", new JsonArray().add("r0")));
  private final Broadcast except = Broadcast.fromJson(new JsonObject().put("event", "e").put("rooms", new JsonArray().add("r0"))
      .put("except", new JsonArray().add("r1")));

  @Setup
  public void connect() {
    vertx = Vertx.vertx();
    CompletableFuture<Namespace> joined = new CompletableFuture<>();
    vertx.runOnContext(now -> {
      Io io = Io.create(vertx, new IoOptions().setRateLimits(RateLimits.SOCKET_IO));
      int[] number = new int[1];
      io.onConnection(socket -> socket.join("r" + number[0]++ % rooms));
      for (int i = 0; i < SOCKETS; i++) io.connectSocketIo(new SilentLink(), 4).onText("0");
      joined.complete(io.of("/"));
    });
    namespace = joined.join();
    if (namespace.size() != SOCKETS) throw new IllegalStateException("only " + namespace.size() + " joined");
  }

  @TearDown
  public void close() {
    vertx.close().await();
  }

  @Benchmark
  public void everybody(Blackhole hole) {
    namespace.select(all, hole::consume);
  }

  @Benchmark
  public void oneRoom(Blackhole hole) {
    namespace.select(room, hole::consume);
  }

  @Benchmark
  public void oneRoomWithoutAnother(Blackhole hole) {
    namespace.select(except, hole::consume);
  }

  /** Takes everything, says nothing. */
  private static final class SilentLink implements Link {
    private final String id = Ids.random();

    @Override
    public String id() {
      return id;
    }

    @Override
    public void send(Message message) {}

    @Override
    public boolean writable() {
      return true;
    }

    @Override
    public void close(CloseReason reason, String detail) {}

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public Handshake handshake() {
      return null;
    }

    @Override
    public String transportName() {
      return "websocket";
    }
  }
}
