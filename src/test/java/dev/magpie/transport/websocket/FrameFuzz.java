package dev.magpie.transport.websocket;

import dev.magpie.testing.FuzzTarget;
import dev.magpie.transport.CloseReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Frames, in pieces whose size the first byte gives: they are read, or refused at one place, and the same however they are cut. */
public final class FrameFuzz {
  /** Small, so that frames of spoilt lengths reach them. */
  private static final WebSocketLimits LIMITS = WebSocketLimits.DEFAULT.withMaxMessageBytes(20_000);

  private static final byte[] SCRATCH = new byte[16 << 10];

  static final FuzzTarget TARGET = new FuzzTarget("frames", NoneIsThrown.class, FrameFuzz::read);

  private FrameFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    TARGET.feed(input);
  }

  private static void read(byte[] input) {
    if (input.length == 0) return;
    List<String> inPieces = read(input, 1 + (input[0] & 0xFF));
    List<String> whole = read(input, input.length);
    if (!inPieces.equals(whole)) throw new AssertionError("in pieces " + inPieces + ", whole " + whole);
  }

  private static List<String> read(byte[] input, int piece) {
    Receiver receiver = new Receiver();
    FrameDecoder decoder = new FrameDecoder(receiver, LIMITS, SCRATCH);
    for (int at = 1; at < input.length; at += piece) {
      ByteBuf in = Unpooled.wrappedBuffer(input, at, Math.min(input.length - at, piece));
      decoder.decode(in);
      if (in.isReadable() && receiver.wantsFrames()) throw new AssertionError("not read on");
    }
    decoder.release();
    return receiver.heard;
  }

  private static final class NoneIsThrown extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Receiver implements FrameDecoder.Receiver {
    private final List<String> heard = new ArrayList<>();
    private boolean ended;

    @Override
    public boolean wantsFrames() {
      return !ended;
    }

    @Override
    public boolean mayHold(long bytes) {
      // Twice while it is copied.
      if (bytes > 2L * LIMITS.maxMessageBytes() + 1024) throw new AssertionError("more than a message can be: " + bytes);
      return true;
    }

    @Override
    public void text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      // Never half a character, which would come back as a question mark.
      if (!new String(bytes, StandardCharsets.UTF_8).equals(text)) throw new AssertionError("not a text: " + text);
      if (bytes.length > LIMITS.maxMessageBytes()) throw new AssertionError("longer than allowed");
      heard.add("text " + text);
    }

    @Override
    public void binary(byte[] bytes, int length) {
      if (length > Math.min(bytes.length, LIMITS.maxMessageBytes())) throw new AssertionError("longer than allowed");
      heard.add("binary " + java.util.Arrays.hashCode(java.util.Arrays.copyOf(bytes, length)));
    }

    @Override
    public void ping(byte[] payload) {
      control("ping", payload);
    }

    @Override
    public void pong() {
      heard.add("pong");
    }

    @Override
    public void closeFrame(byte[] payload) {
      control("close", payload);
      ended = true;
    }

    private void control(String what, byte[] payload) {
      if (payload.length > 125) throw new AssertionError("longer than allowed");
      heard.add(what + " " + java.util.Arrays.toString(payload));
    }

    @Override
    public void violation(CloseReason reason, String what) {
      if (ended) throw new AssertionError("two ends");
      heard.add(reason + " " + what);
      ended = true;
    }
  }
}
