package dev.magpie.core;

import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The acknowledgement of one event, where its sender asked for one. Sent at most once: later calls, and calls after the socket left, do
 * nothing.
 */
public class Ack {
  /** For an event whose sender asked for none. */
  static final Ack NONE = new Ack();

  private Ack() {}

  /** Whether the sender waits for an acknowledgement. */
  public boolean requested() {
    return false;
  }

  /**
   * Sends the acknowledgement with these arguments, or with none. May be called from any thread.
   *
   * @param args as in {@link Socket#emit}
   * @throws IllegalArgumentException for an argument that cannot be written
   */
  public void send(@Nullable Object... args) {}

  /** One that is passed to {@code answer}, for events between servers. */
  static Ack to(Values values, Consumer<JsonArray> answer) {
    return new Once() {
      @Override
      Values values() {
        return values;
      }

      @Override
      void answer(JsonArray args) {
        answer.accept(args);
      }
    };
  }

  /** For a sender that waits. Only the first call counts; calls may come from several threads. */
  abstract static class Once extends Ack {
    private boolean sent;

    @Override
    public boolean requested() {
      return true;
    }

    @Override
    public final void send(@Nullable Object... args) {
      synchronized (this) {
        if (sent) return;
        sent = true;
      }
      answer(values().arguments(Arrays.asList(args)));
    }

    /** Converts the arguments. */
    abstract Values values();

    abstract void answer(JsonArray args);
  }
}
