package dev.magpie.cluster;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Hands immutable messages of one type on by identity inside the process, and writes them for other nodes. */
final class BusCodec<T> implements MessageCodec<T, T> {
  private final Class<T> type;
  private final BiConsumer<Wire.Writer, T> write;
  private final Function<Wire.Reader, T> read;

  private BusCodec(Class<T> type, BiConsumer<Wire.Writer, T> write, Function<Wire.Reader, T> read) {
    this.type = type;
    this.write = write;
    this.read = read;
  }

  static <T> BusCodec<T> of(Class<T> type, BiConsumer<Wire.Writer, T> write, Function<Wire.Reader, T> read) {
    return new BusCodec<>(type, write, read);
  }

  /** Registers the type with the event bus. Idempotent. */
  static <T> void register(EventBus eventBus, Class<T> type, BiConsumer<Wire.Writer, T> write, Function<Wire.Reader, T> read) {
    try {
      eventBus.registerDefaultCodec(type, of(type, write, read));
    } catch (IllegalStateException alreadyRegistered) {
      // Every instance of the process registers it, and they start in any order.
    }
  }

  @Override
  public T transform(T message) {
    return message;
  }

  @Override
  public void encodeToWire(Buffer buffer, T message) {
    Wire.Writer writer = new Wire.Writer();
    write.accept(writer, message);
    Buffer body = writer.buffer();
    buffer.appendInt(body.length()).appendBuffer(body);
  }

  @Override
  public T decodeFromWire(int position, Buffer buffer) {
    int start = position + Integer.BYTES;
    return read.apply(new Wire.Reader(buffer.getBuffer(start, start + buffer.getInt(position))));
  }

  @Override
  public String name() {
    return type.getName();
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
