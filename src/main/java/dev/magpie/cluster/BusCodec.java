package dev.magpie.cluster;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Passes immutable messages of one type by reference inside the process, and encodes them for other nodes. */
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
      // Another instance of the process has registered it already.
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
