package dev.magpie.core;

import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The acknowledgement of one event, where its sender asked for one. Sent at most once: later calls, and calls after the socket left, do
 * nothing. May be used from any thread.
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
   * @throws IllegalArgumentException for an argument that cannot be written; a client is sent {@code {"error": "internal error"}} then
   */
  public void send(@Nullable Object... args) {}

  /**
   * Ends it without an answer.
   *
   * @return whether it was still to be answered
   */
  boolean settle() {
    return false;
  }

  /** Answers with arguments that are wire values already, unless it is settled. */
  final void sendNow(JsonArray args) {
    if (settle()) answer(args);
  }

  void answer(JsonArray args) {}

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

  /** An argument of an acknowledgement that cannot be written. Whoever catches it knows that it has been reported and answered. */
  static final class Unwritable extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    Unwritable(String of, Throwable cause) {
      super("acknowledgement" + of + ": args" + (cause instanceof IllegalArgumentException ? cause.getMessage() : ": " + cause), cause);
    }
  }

  /** For a sender that waits. Only the first call counts; calls may come from several threads. */
  abstract static class Once extends Ack {
    private boolean settled;

    @Override
    public boolean requested() {
      return true;
    }

    @Override
    public final void send(@Nullable Object... args) {
      JsonArray values;
      try {
        values = values().arguments(Arrays.asList(args));
      } catch (RuntimeException | StackOverflowError failure) {
        Unwritable reported = new Unwritable(of(), failure);
        failed(reported);
        throw reported;
      }
      if (settle()) answer(values);
      else ignored();
    }

    @Override
    final synchronized boolean settle() {
      boolean first = !settled;
      settled = true;
      return first;
    }

    final synchronized boolean isSettled() {
      return settled;
    }

    /** The event, for a message: {@code  of "order"}. */
    String of() {
      return "";
    }

    /** Converts the arguments. */
    abstract Values values();

    @Override
    abstract void answer(JsonArray args);

    /** An acknowledgement could not be written. */
    void failed(Unwritable failure) {}

    /** It has been answered before. */
    void ignored() {}
  }
}
