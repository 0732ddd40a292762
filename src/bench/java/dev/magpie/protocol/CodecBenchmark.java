package dev.magpie.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The packet languages: what one packet costs to read and to write, in time and in bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
  private final PacketDecoder socketIo = SocketIoFormat.V5.newDecoder(DecoderLimits.DEFAULT);
  private final PacketDecoder plain = PlainJsonFormat.ARRAYS.newDecoder(DecoderLimits.DEFAULT);
  private final JsonArray event = new JsonArray().add("message").add("a text of some forty characters, as in chat")
      .add(new JsonObject().put("room", 7).put("at", 1_700_000_000_000L));
  private final Packet packet = Packet.event("/", event);

  @Benchmark
  public Optional<Packet> readsASocketIoEvent() {
    return socketIo.text("2[\"message\",\"a text of some forty characters, as in chat\",{\"room\":7,\"at\":1700000000000}]");
  }

  @Benchmark
  public EncodedPacket writesASocketIoEvent() {
    return SocketIoFormat.V5.encode(packet, null);
  }

  @Benchmark
  public Optional<Packet> readsAPlainEvent() {
    return plain.text("[\"message\",\"a text of some forty characters, as in chat\",{\"room\":7,\"at\":1700000000000}]");
  }

  @Benchmark
  public EncodedPacket writesAPlainEvent() {
    return PlainJsonFormat.ARRAYS.encode(packet, null);
  }
}
