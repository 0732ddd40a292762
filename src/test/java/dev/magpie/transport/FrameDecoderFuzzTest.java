package dev.magpie.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.Fuzz;
import dev.magpie.testing.RawWebSocket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrameDecoderFuzzTest {
  /** Small, so that frames of spoilt lengths reach them. */
  private static final WebSocketLimits LIMITS = WebSocketLimits.DEFAULT.withMaxMessageBytes(20_000);

  private static final List<byte[]> CORPUS = List.of(
      RawWebSocket.frame(RawWebSocket.TEXT, "42[\"套餐\",\"😀\"]".getBytes(StandardCharsets.UTF_8)),
      RawWebSocket.frame(RawWebSocket.BINARY, new byte[300]),
      RawWebSocket.concat(RawWebSocket.fragment(false, RawWebSocket.TEXT, new byte[] {'4', (byte) 0xE5}), RawWebSocket.frame(RawWebSocket.PING, new byte[125]), RawWebSocket.fragment(true, RawWebSocket.CONTINUATION, new byte[] {(byte) 0xA5, (byte) 0x97})),
      RawWebSocket.frame(RawWebSocket.CLOSE, RawWebSocket.closePayload(1000, new byte[] {'b', 'y', 'e'})),
      RawWebSocket.frame(RawWebSocket.PONG, new byte[0]),
      RawWebSocket.header(true, 0, RawWebSocket.BINARY, true, 70_000),
      RawWebSocket.header(false, 0, RawWebSocket.TEXT, true, 10_000));

  @Test
  void framesAreReadOrRefusedHoweverTheyAreCut() {
    Fuzz fuzz = new Fuzz(4, CORPUS);
    byte[] scratch = new byte[16 << 10];
    assertThat(fuzz.run(NoneIsAllowed.class, bytes -> {
      Receiver receiver = new Receiver();
      FrameDecoder decoder = new FrameDecoder(receiver, LIMITS, scratch);
      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + fuzz.random().nextInt(bytes.length));
        ByteBuf piece = Unpooled.wrappedBuffer(bytes, at, length);
        decoder.decode(piece);
        assertThat(receiver.violated || !piece.isReadable()).isTrue();
        at += length;
      }
      decoder.release();
    })).isPositive();
  }

  private static final class NoneIsAllowed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static final class Receiver implements FrameDecoder.Receiver {
    private boolean violated;

    @Override
    public boolean wantsFrames() {
      return !violated;
    }

    @Override
    public void text(String text) {
      // Never half a character.
      assertThat(text.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(LIMITS.maxMessageBytes());
      assertThat(text.indexOf('\uFFFD') >= 0 && text.codePoints().anyMatch(c -> c >= 0xD800 && c <= 0xDFFF)).isFalse();
    }

    @Override
    public void binary(byte[] bytes, int length) {
      assertThat(length).isBetween(0, Math.min(bytes.length, LIMITS.maxMessageBytes()));
    }

    @Override
    public void ping(byte[] payload) {
      assertThat(payload.length).isLessThanOrEqualTo(125);
    }

    @Override
    public void pong() {}

    @Override
    public void closeFrame(byte[] payload) {
      violated = true;
    }

    @Override
    public void violation(CloseReason reason, String what) {
      assertThat(violated).isFalse();
      violated = true;
    }
  }
}
