package dev.magpie.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.transport.CloseReason;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the decoder of frames holds of a message that is not finished. */
class UnfinishedMessageTest {
  @Test
  void anAnnouncedLengthAllocatesNothing() {
    Recording recording = new Recording();
    recording.read(Frame.binaryHeader(16 << 20));
    assertThat(recording.held).isEmpty();
  }

  @Test
  void aMessageThatArrivesWholeIsNotCounted() {
    Recording recording = new Recording();
    recording.read(Frame.binary(100_000));
    assertThat(recording.held).isEmpty();
    assertThat(recording.messages).isEqualTo(1);
  }

  @Test
  void anUnfinishedMessageIsCountedAsItIsAllocatedAndForgottenWhenItIsWhole() {
    Recording recording = new Recording();
    byte[] frame = Frame.binary(100_000);
    recording.read(Arrays.copyOf(frame, 1_014));
    assertThat(recording.held).containsExactly(1_000L, 1_000L);
    recording.read(Arrays.copyOfRange(frame, 1_014, 1_514));
    assertThat(recording.held).as("both arrays while one is copied into the other").containsExactly(1_000L, 1_000L, 3_000L, 2_000L);
    recording.read(Arrays.copyOfRange(frame, 1_514, frame.length));
    assertThat(recording.held).as("what a read completes is handed on at once").endsWith(2_000L, 0L);
    assertThat(recording.messages).isEqualTo(1);
  }

  @Test
  void aMessageThatFindsNoMemoryEndsItsConnection() {
    Recording recording = new Recording();
    recording.most = 10_000;
    byte[] frame = Frame.binary(100_000);
    for (int at = 0; at < frame.length && recording.end == null; at += 5_000) recording.read(Arrays.copyOfRange(frame, at, at + 5_000));
    assertThat(recording.end).isEqualTo(CloseReason.OUT_OF_MEMORY);
  }

  /** Masked by zeros. */
  private static final class Frame {
    static byte[] binaryHeader(int length) {
      return Unpooled.buffer(14).writeByte(0x82).writeByte(0x80 | 127).writeLong(length).writeInt(0).array();
    }

    static byte[] binary(int length) {
      byte[] header = binaryHeader(length);
      return Arrays.copyOf(header, header.length + length);
    }
  }

  private static final class Recording implements FrameDecoder.Receiver {
    private final FrameDecoder decoder = new FrameDecoder(this, WebSocketLimits.DEFAULT.withMaxMessageBytes(16 << 20), new byte[16]);
    private final List<Long> held = new ArrayList<>();
    private long most = Long.MAX_VALUE;
    private int messages;
    private CloseReason end;

    void read(byte[] bytes) {
      decoder.decode(Unpooled.wrappedBuffer(bytes));
    }

    @Override
    public boolean wantsFrames() {
      return end == null;
    }

    @Override
    public boolean mayHold(long bytes) {
      held.add(bytes);
      return bytes <= most;
    }

    @Override
    public void text(String text) {
      messages++;
    }

    @Override
    public void binary(byte[] bytes, int length) {
      messages++;
    }

    @Override
    public void ping(byte[] payload) {}

    @Override
    public void pong() {}

    @Override
    public void closeFrame(byte[] payload) {}

    @Override
    public void violation(CloseReason reason, String what) {
      end = reason;
    }
  }
}
