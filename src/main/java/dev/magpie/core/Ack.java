package dev.magpie.core;

import dev.magpie.protocol.Values;
import io.vertx.core.json.JsonArray;
import java.util.Arrays;
import java.util.function.Consumer;

/** The answer to one event, where its sender asked for one. Sent at most once: later calls, and calls after the socket left, do nothing. */
public class Ack {
  /** For an event whose sender wants no answer. */
  static final Ack NONE = new Ack();

  private Ack() {}

  /** Whether the sender waits for an answer. */
  public boolean requested() {
    return false;
  }

  /** Answers with these arguments, none included. May be called from any thread. */
  public void send(Object... args) {}

  /** An acknowledgement that {@code answer} carries back, for events between servers. */
  static Ack to(Consumer<JsonArray> answer) {
    return new Once() {
      @Override
      void answer(JsonArray args) {
        answer.accept(args);
      }
    };
  }

  /** For a sender that waits: the first call alone answers, from whatever thread it comes. */
  abstract static class Once extends Ack {
    private boolean sent;

    @Override
    public boolean requested() {
      return true;
    }

    @Override
    public final void send(Object... args) {
      synchronized (this) {
        if (sent) return;
        sent = true;
      }
      answer(Values.arguments(Arrays.asList(args)));
    }

    abstract void answer(JsonArray args);
  }
}
