package dev.magpie.transport.websocket;

import static dev.magpie.testing.RawWebSocket.BINARY;
import static dev.magpie.testing.RawWebSocket.CLOSE;
import static dev.magpie.testing.RawWebSocket.CONTINUATION;
import static dev.magpie.testing.RawWebSocket.PING;
import static dev.magpie.testing.RawWebSocket.PONG;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.fragment;
import static dev.magpie.testing.RawWebSocket.frame;
import static dev.magpie.testing.RawWebSocket.header;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.transport.CloseReason;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455, section 5: what the Autobahn suite asks in its sections 1 to 5, against a channel that echoes. */
class WebSocketFramingTest {
  private static final int LIMIT = 12_000_000;

  private static WebSocketHarness harness;
  private RawWebSocket client;
  private boolean endSeen;

  @BeforeAll
  static void start() {
    harness = WebSocketHarness.echo(WebSocketLimits.DEFAULT.withMaxMessageBytes(LIMIT), WebSocketHarness.options());
  }

  @AfterAll
  static void stop() {
    harness.close();
  }

  @BeforeEach
  void connect() throws Exception {
    client = harness.connect();
    harness.awaitOpened();
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
    if (!endSeen) harness.awaitClosed();
  }

  // Section 1: framing.

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 8, 125, 126, 127, 128, 16_383, 16_384, 16_385, 65_535, 65_536, 1_000_000, 10_000_000})
  void echoesATextOfEverySize(int length) throws Exception {
    String text = "*".repeat(length);
    client.sendText(text);
    Frame frame = client.readFrame();
    assertThat(frame.opcode()).isEqualTo(TEXT);
    assertThat(frame.text()).isEqualTo(text);
    assertQuiet();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, 8, 125, 126, 127, 128, 65_535, 65_536, 1_000_000, 10_000_000})
  void echoesABinaryOfEverySize(int length) throws Exception {
    byte[] data = random(length);
    client.sendBinary(data);
    Frame frame = client.readFrame();
    assertThat(frame.opcode()).isEqualTo(BINARY);
    assertThat(frame.payload()).isEqualTo(data);
    assertQuiet();
  }

  @ParameterizedTest
  @CsvSource({"1,1000", "3,2000", "7,5000", "64,65536", "997,65536", "1460,200000"})
  void echoesAFrameThatComesInPieces(int pieceBytes, int length) throws Exception {
    byte[] data = random(length);
    client.sendChopped(concat(frame(BINARY, data), frame(TEXT, ascii("end"))), pieceBytes);
    assertThat(client.readFrame().payload()).isEqualTo(data);
    assertThat(client.readFrame().text()).isEqualTo("end");
  }

  @Test
  void masksAreUndoneAcrossPiecesOfEverySize() throws Exception {
    String text = "τὸ πρὶν παλαιὸς ὄλβος ".repeat(8);
    for (int piece = 1; piece <= 17; piece++) {
      client.sendChopped(frame(TEXT, text.getBytes("UTF-8")), piece);
      assertThat(client.readFrame().text()).isEqualTo(text);
    }
  }

  @Test
  void answersUnmaskedFinalFramesInTheirShortestForm() throws Exception {
    for (int length : new int[] {125, 126, 65_535, 65_536}) {
      client.sendBinary(new byte[length]);
      Frame frame = client.readFrame(); // its header is read by the length's form
      assertThat(frame.masked()).isFalse();
      assertThat(frame.fin()).isTrue();
      assertThat(frame.rsv()).isZero();
      assertThat(frame.payload()).hasSize(length);
    }
  }

  @Test
  void closesWith1002WhenAFrameIsNotMasked() throws Exception {
    client.send(frame(true, 0, TEXT, false, ascii("plain")));
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void closesWith1002WhenALengthIsNotInItsShortestForm() throws Exception {
    client.send(new byte[] {(byte) 0x82, (byte) 0xFE, 0, 5});
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void closesWith1002WhenALengthIsNegative() throws Exception {
    client.send(header(true, 0, BINARY, true, -1L));
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(longs = {LIMIT + 1L, 1L << 31, 1L << 32, 1L << 40, Long.MAX_VALUE})
  void closesWith1009FromTheHeaderAlone(long length) throws Exception {
    client.send(header(true, 0, BINARY, true, length));
    assertClosed(1009, CloseReason.PAYLOAD_TOO_LARGE);
  }

  @Test
  void closesWith1009WhenFragmentsAddUpToTooMuch() throws Exception {
    client.send(fragment(false, BINARY, new byte[LIMIT / 2]));
    client.send(header(true, 0, CONTINUATION, true, LIMIT / 2 + 1));
    assertClosed(1009, CloseReason.PAYLOAD_TOO_LARGE);
  }

  @Test
  void echoesAMessageThatIsExactlyAsLongAsAllowed() throws Exception {
    client.send(concat(fragment(false, BINARY, new byte[LIMIT / 2]), fragment(true, CONTINUATION, new byte[LIMIT / 2])));
    assertThat(client.readFrame().payload()).hasSize(LIMIT);
  }

  // Section 2: pings and pongs.

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 124, 125})
  void answersAPingWithItsPayload(int length) throws Exception {
    byte[] payload = random(length);
    client.sendPing(payload);
    Frame pong = client.readFrame();
    assertThat(pong.opcode()).isEqualTo(PONG);
    assertThat(pong.payload()).isEqualTo(payload);
    assertQuiet();
  }

  @Test
  void answersAPingThatComesInPieces() throws Exception {
    byte[] payload = random(125);
    client.sendChopped(frame(PING, payload), 1);
    assertThat(client.readFrame().payload()).isEqualTo(payload);
  }

  @Test
  void closesWith1002WhenAPingIs126BytesLong() throws Exception {
    client.send(frame(PING, new byte[126]));
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void ignoresAPongThatNobodyAskedFor() throws Exception {
    client.sendPong(ascii("unsolicited")).sendPong(new byte[0]);
    assertQuiet();
  }

  @Test
  void answersTenPingsInTheirOrder() throws Exception {
    for (int i = 0; i < 10; i++) client.sendPing(ascii("ping " + i));
    for (int i = 0; i < 10; i++) assertThat(client.readFrame().text()).isEqualTo("ping " + i);
  }

  @Test
  void closesWith1008WhenPingsFlood() throws Exception {
    byte[] many = concat(frame(PING, new byte[0]), frame(PING, new byte[0]));
    for (int i = 0; i < 6; i++) many = concat(many, many); // 128 pings
    for (int i = 0; i < 40; i++) {
      try {
        client.send(many);
      } catch (IOException closed) {
        break;
      }
    }
    assertThat(client.skipToClose().closeCode()).isEqualTo(1008);
    client.close();
    endSeen = true;
    assertThat(harness.awaitClosed().why()).isEqualTo(CloseReason.RATE_LIMIT);
  }

  // Sections 3 and 4: reserved bits and opcodes.

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void closesWith1002WhenAReservedBitIsSet(int rsv) throws Exception {
    client.sendText("before");
    client.send(frame(true, rsv, TEXT, true, ascii("hello")));
    assertThat(client.readFrame().text()).isEqualTo("before");
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @CsvSource({"4,9", "2,9", "1,8", "7,10"})
  void closesWith1002WhenAControlFramesReservedBitIsSet(int rsv, int opcode) throws Exception {
    client.send(frame(true, rsv, opcode, true, new byte[0]));
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
  void closesWith1002WhenAnOpcodeIsReserved(int opcode) throws Exception {
    client.send(frame(opcode, ascii("x")));
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  // Section 5: fragmentation.

  @ParameterizedTest
  @ValueSource(ints = {PING, PONG, CLOSE})
  void closesWith1002WhenAControlFrameIsFragmented(int opcode) throws Exception {
    client.send(fragment(false, opcode, new byte[0]));
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 1_000, 70_000})
  void putsATextTogetherFromFragments(int pieceBytes) throws Exception {
    client.send(fragment(false, TEXT, "a".repeat(pieceBytes).getBytes()));
    client.send(fragment(false, CONTINUATION, "b".repeat(pieceBytes).getBytes()));
    client.send(fragment(true, CONTINUATION, "c".repeat(pieceBytes).getBytes()));
    String text = "a".repeat(pieceBytes) + "b".repeat(pieceBytes) + "c".repeat(pieceBytes);
    assertThat(client.readFrame().text()).isEqualTo(text);
    assertQuiet();
  }

  @Test
  void putsABinaryTogetherFromEmptyAndFullFragments() throws Exception {
    client.send(
        concat(
            fragment(false, BINARY, new byte[0]),
            fragment(false, CONTINUATION, new byte[] {1, 2}),
            fragment(false, CONTINUATION, new byte[0]),
            fragment(true, CONTINUATION, new byte[] {3})));
    assertThat(client.readFrame().payload()).containsExactly(1, 2, 3);
  }

  @Test
  void echoesAMessageOfEmptyFragments() throws Exception {
    client.send(concat(fragment(false, TEXT, new byte[0]), fragment(true, CONTINUATION, new byte[0])));
    assertThat(client.readFrame().text()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 1_000})
  void answersAPingBetweenFragmentsAtOnce(int pieceBytes) throws Exception {
    byte[] bytes =
        concat(
            fragment(false, TEXT, ascii("frag")),
            frame(PING, ascii("1")),
            fragment(false, CONTINUATION, ascii("ment")),
            frame(PONG, ascii("unasked")),
            frame(PING, ascii("2")),
            fragment(true, CONTINUATION, ascii("s")));
    client.sendChopped(bytes, pieceBytes);
    assertThat(client.readFrame()).satisfies(f -> assertThat(f.opcode() + f.text()).isEqualTo(PONG + "1"));
    assertThat(client.readFrame()).satisfies(f -> assertThat(f.opcode() + f.text()).isEqualTo(PONG + "2"));
    assertThat(client.readFrame().text()).isEqualTo("fragments");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closesWith1002WhenAContinuationComesFirst(boolean fin) throws Exception {
    client.send(fragment(fin, CONTINUATION, ascii("lost")));
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void closesWith1002WhenAContinuationFollowsAWholeMessage() throws Exception {
    client.send(concat(frame(TEXT, ascii("whole")), fragment(true, CONTINUATION, ascii("more"))));
    assertThat(client.readFrame().text()).isEqualTo("whole");
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {TEXT, BINARY})
  void closesWith1002WhenAMessageBeginsInsideAnother(int opcode) throws Exception {
    client.send(concat(fragment(false, TEXT, ascii("first")), fragment(true, opcode, ascii("second"))));
    assertClosed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void closesWith1009WhenFragmentsAreEndless() throws Exception {
    byte[] empty = fragment(false, CONTINUATION, new byte[0]);
    client.send(fragment(false, BINARY, new byte[0]));
    send(empty, WebSocketLimits.MAX_FRAGMENTS - 1);
    assertQuiet();
    client.send(empty);
    assertClosed(1009, CloseReason.PAYLOAD_TOO_LARGE);
  }

  /** As sections 9.3 and 9.4 of the suite do. */
  @Test
  void puts4MibTogetherFromFragmentsOf64Bytes() throws Exception {
    client.send(fragment(false, BINARY, new byte[64]));
    send(fragment(false, CONTINUATION, new byte[64]), (4 << 20) / 64 - 2);
    client.send(fragment(true, CONTINUATION, new byte[64]));
    assertThat(client.readFrame().payload()).hasSize(4 << 20);
  }

  private void send(byte[] frame, int times) throws Exception {
    byte[] frames = new byte[frame.length * times];
    for (int i = 0; i < times; i++) System.arraycopy(frame, 0, frames, i * frame.length, frame.length);
    client.send(frames);
  }

  /** Nothing else is on its way: the answer to a ping is the next frame. */
  private void assertQuiet() throws Exception {
    client.sendPing(ascii("quiet?"));
    Frame frame = client.readFrame();
    assertThat(frame.opcode()).isEqualTo(PONG);
    assertThat(frame.text()).isEqualTo("quiet?");
  }

  private void assertClosed(int code, CloseReason why) throws Exception {
    assertThat(client.readClose().closeCode()).isEqualTo(code);
    assertThat(client.readEnd()).isTrue();
    client.close();
    endSeen = true;
    WebSocketHarness.Closed closed = harness.awaitClosed();
    assertThat(closed.code()).isEqualTo(code);
    assertThat(closed.why()).isEqualTo(why);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
