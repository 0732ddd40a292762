package dev.magpie.transport.websocket;

import static dev.magpie.testing.RawWebSocket.CLOSE;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.closePayload;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.fragment;
import static dev.magpie.testing.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.transport.CloseReason;
import dev.magpie.transport.websocket.WebSocketHarness.Closed;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 6455, section 7: what the Autobahn suite asks in its section 7, and our own ends. */
class WebSocketCloseTest {
  private static WebSocketHarness harness;
  private RawWebSocket client;
  private WebSocketChannel channel;

  @BeforeAll
  static void start() {
    harness = WebSocketHarness.echo();
  }

  @AfterAll
  static void stop() {
    harness.close();
  }

  @BeforeEach
  void connect() throws Exception {
    client = harness.connect();
    channel = harness.awaitOpened();
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
    assertThat(harness.closed).isEmpty();
  }

  // The client closes.

  @ParameterizedTest
  @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
  void answersAValidCodeWithTheSameAndEnds(int code) throws Exception {
    client.sendClose(code, "bye");
    assertThat(client.readClose().closeCode()).isEqualTo(code);
    assertThat(client.readEnd()).isTrue();
    assertThat(harness.awaitClosed()).isEqualTo(new Closed(code, "bye", CloseReason.TRANSPORT_CLOSE));
  }

  @Test
  void answersAnEmptyCloseFrameWithAnEmptyOne() throws Exception {
    client.send(frame(CLOSE, new byte[0]));
    assertThat(client.readClose().payload()).isEmpty();
    assertThat(client.readEnd()).isTrue();
    assertThat(harness.awaitClosed()).isEqualTo(new Closed(1005, "", CloseReason.TRANSPORT_CLOSE));
  }

  @Test
  void takesAReasonOf123Bytes() throws Exception {
    client.sendClose(1000, "*".repeat(123));
    assertThat(client.readClose().closeCode()).isEqualTo(1000);
    assertThat(harness.awaitClosed().reason()).hasSize(123);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535})
  void closesWith1002WhenACodeIsNotOneThatMayBeSent(int code) throws Exception {
    client.sendClose(code, "");
    assertFailed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void closesWith1002WhenACloseFrameHasOneByte() throws Exception {
    client.send(frame(CLOSE, new byte[] {3}));
    assertFailed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void closesWith1002WhenACloseFrameHas126Bytes() throws Exception {
    client.send(frame(CLOSE, closePayload(1000, new byte[124])));
    assertFailed(1002, CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void closesWith1007WhenAReasonIsNotUtf8() throws Exception {
    client.send(frame(CLOSE, closePayload(1000, HexFormat.of().parseHex("cebae1bdb9cf83cebcceb5eda080"))));
    assertFailed(1007, CloseReason.INVALID_TEXT);
  }

  @Test
  void hearsNothingBehindACloseFrame() throws Exception {
    client.send(concat(frame(CLOSE, closePayload(1000, new byte[0])), frame(TEXT, ascii("late")), frame(9, ascii("late"))));
    assertThat(client.readClose().closeCode()).isEqualTo(1000);
    assertThat(client.readEnd()).isTrue();
    harness.awaitClosed();
  }

  @Test
  void closesInsideAFragmentedMessage() throws Exception {
    client.send(concat(fragment(false, TEXT, ascii("half")), frame(CLOSE, closePayload(1000, new byte[0]))));
    assertThat(client.readClose().closeCode()).isEqualTo(1000);
    harness.awaitClosed();
  }

  @Test
  void reports1006WhenTheClientEndsWithoutACloseFrame() throws Exception {
    client.close();
    assertThat(harness.awaitClosed()).isEqualTo(new Closed(1006, "", CloseReason.TRANSPORT_CLOSE));
  }

  @Test
  void reportsAnErrorWhenTheConnectionIsReset() throws Exception {
    client.reset();
    assertThat(harness.awaitClosed()).isEqualTo(new Closed(1006, "", CloseReason.TRANSPORT_ERROR));
  }

  // The server closes.

  @Test
  void waitsForTheClientsCloseFrameAndThenEnds() throws Exception {
    WebSocketHarness.on(channel, () -> channel.close(4404, "no such namespace"));
    Frame close = client.readClose();
    assertThat(close.closeCode()).isEqualTo(4404);
    assertThat(close.closeReason()).isEqualTo("no such namespace");
    client.sendClose(4404, "");
    assertThat(client.readEnd()).isTrue();
    assertThat(harness.awaitClosed()).isEqualTo(new Closed(4404, "no such namespace", CloseReason.FORCED_SERVER_CLOSE));
  }

  @Test
  void handsNoMessageOnOnceItHasClosed() throws Exception {
    WebSocketHarness.on(channel, () -> channel.close(1000, ""));
    assertThat(client.readClose().closeCode()).isEqualTo(1000);
    client.sendText("would be echoed").sendClose(1000, "");
    assertThat(client.readEnd()).isTrue();
    harness.awaitClosed();
  }

  @Test
  void writesWhatWasSentBeforeItCloses() throws Exception {
    WebSocketHarness.on(
        channel,
        () -> {
          channel.sendText("last words");
          channel.close(1000, "");
          channel.sendText("never");
        });
    assertThat(client.readFrame().text()).isEqualTo("last words");
    assertThat(client.readClose().closeCode()).isEqualTo(1000);
    client.sendClose(1000, "");
    assertThat(client.readEnd()).isTrue();
    harness.awaitClosed();
  }

  @Test
  void freesTheDescriptorAfterTwoSecondsWhenTheClientNeverCloses() throws Exception {
    long start = System.nanoTime();
    WebSocketHarness.on(channel, () -> channel.close(1000, ""));
    assertThat(client.readClose().closeCode()).isEqualTo(1000);
    assertThat(client.readEnd()).isTrue();
    assertThat(harness.awaitClosed().code()).isEqualTo(1000);
    assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThanOrEqualTo(1_900L);
  }

  @Test
  void freesTheDescriptorAfterTwoSecondsWhenABrokenClientStays() throws Exception {
    long start = System.nanoTime();
    client.send(frame(true, 4, TEXT, true, new byte[0]));
    assertThat(client.readClose().closeCode()).isEqualTo(1002);
    assertThat(client.readEnd()).isTrue(); // the FIN comes at once
    assertThat(harness.awaitClosed().code()).isEqualTo(1002);
    assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThanOrEqualTo(1_900L);
  }

  @Test
  void closesAtOnceWhenItIsToldNotToWait() throws Exception {
    WebSocketHarness.on(channel, () -> channel.closeNow(CloseReason.PING_TIMEOUT, null));
    assertThat(client.readClose().closeCode()).isEqualTo(4000);
    assertThat(client.readEnd()).isTrue();
    assertThat(harness.awaitClosed().why()).isEqualTo(CloseReason.PING_TIMEOUT);
  }

  @Test
  void abortsWithoutACloseFrame() throws Exception {
    WebSocketHarness.on(channel, () -> channel.abort(CloseReason.FORCED_SERVER_CLOSE));
    assertThat(client.readEnd()).isTrue();
    assertThat(harness.awaitClosed()).isEqualTo(new Closed(1006, "", CloseReason.FORCED_SERVER_CLOSE));
  }

  @Test
  void cutsALongReasonAtACodePoint() throws Exception {
    WebSocketHarness.on(channel, () -> channel.close(4000, "鹊".repeat(50)));
    assertThat(client.readClose().closeReason()).isEqualTo("鹊".repeat(41));
    client.close();
    harness.awaitClosed();
  }

  private void assertFailed(int code, CloseReason why) throws Exception {
    assertThat(client.readClose().closeCode()).isEqualTo(code);
    assertThat(client.readEnd()).isTrue();
    client.close();
    Closed closed = harness.awaitClosed();
    assertThat(closed.code()).isEqualTo(code);
    assertThat(closed.why()).isEqualTo(why);
  }

  @Test
  void isNotReadAnyMoreWhenItGoesOnSendingAfterItsEnd() throws Exception {
    client.send(frame(true, 7, TEXT, true, ascii("reserved bits")));
    assertThat(client.readClose().closeCode()).isEqualTo(1002);
    byte[] more = new byte[1 << 20];
    long taken = 0;
    try {
      for (; taken < 200L << 20; taken += more.length) client.send(more);
    } catch (IOException cutOff) {
      // When the time for its close frame was over.
    }
    assertThat(taken).as("what the buffers of the operating system hold, and a little").isLessThan(100L << 20);
    assertThat(harness.awaitClosed().why()).isEqualTo(CloseReason.PROTOCOL_ERROR);
  }
}
