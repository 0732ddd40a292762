package dev.magpie.abuse;

import static dev.magpie.testing.RawWebSocket.BINARY;
import static dev.magpie.testing.RawWebSocket.CLOSE;
import static dev.magpie.testing.RawWebSocket.CONTINUATION;
import static dev.magpie.testing.RawWebSocket.PING;
import static dev.magpie.testing.RawWebSocket.PONG;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.closePayload;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.fragment;
import static dev.magpie.testing.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What RFC 6455 asks of a server that sends every message back, case by case under the numbers of the Autobahn suite: sections 1 to 5 and
 * 7. UTF-8, section 6, is in {@link Utf8Cases}.
 */
final class FrameCases {
  private static final byte[] HELLO = bytes("Hello, world!");
  private static final byte[] FRAGMENT_1 = bytes("fragment1");
  private static final byte[] FRAGMENT_2 = bytes("fragment2");
  private static final byte[] BOTH = concat(FRAGMENT_1, FRAGMENT_2);
  private static final byte[] COSMOS_WITH_A_SURROGATE = concat(bytes("κόσμε"), new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
      bytes("edited"));

  private static final int[] VALID_CODES = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999};
  private static final int[] INVALID_CODES = {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999};

  /** How bytes reach the server. */
  private enum Chops {
    NONE,
    FRAMES,
    OCTETS;

    void send(RawWebSocket client, byte[]... frames) throws IOException {
      switch (this) {
        case NONE -> client.send(concat(frames));
        case FRAMES -> {
          for (byte[] frame : frames) client.send(frame);
        }
        case OCTETS -> client.sendChopped(concat(frames), 1);
      }
    }
  }

  /** Speaks to the server until one of them has closed. */
  interface Play {
    void run(RawWebSocket client) throws Exception;
  }

  record Case(String id, Play play) {
    @Override
    public String toString() {
      return id;
    }
  }

  private FrameCases() {}

  static Stream<Case> all() {
    return Stream.of(sizes(), pings(), reservedBits(), opcodes(), fragments(), Utf8Cases.all(), closing()).flatMap(cases -> cases);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // What the server answers.

  static void echoes(RawWebSocket client, int opcode, byte[] payload) throws IOException {
    Frame echo = client.readFrame();
    assertThat(List.of(echo.opcode(), echo.fin(), echo.rsv(), echo.masked())).as(echo.toString())
        .isEqualTo(List.of(opcode, true, 0, false));
    assertThat(echo.payload()).isEqualTo(payload);
  }

  private static void pongs(RawWebSocket client, byte[] payload) throws IOException {
    echoes(client, PONG, payload);
  }

  /** The server fails the connection with this code, says nothing more and ends it. */
  static void fails(RawWebSocket client, int code) throws IOException {
    assertThat(client.readClose().closeCode()).isEqualTo(code);
    assertThat(client.readEnd()).isTrue();
  }

  /** Nothing else was said, and a closing handshake works. */
  static void closes(RawWebSocket client) throws IOException {
    answersClose(client, 1000, closePayload(1000, new byte[0]));
  }

  private static void answersClose(RawWebSocket client, int code, byte[] payload) throws IOException {
    client.send(frame(CLOSE, payload));
    assertThat(client.readClose().closeCode()).isEqualTo(code);
    assertThat(client.readEnd()).isTrue();
  }

  // 1: framing.

  private static Stream<Case> sizes() {
    int[] sizes = {0, 125, 126, 127, 128, 65_535, 65_536};
    return Stream.of(TEXT, BINARY)
        .flatMap(opcode -> IntStream.rangeClosed(1, 8).mapToObj(number -> new Case("1." + opcode + "." + number, client -> {
      byte[] payload = new byte[sizes[Math.min(number, 7) - 1]];
      Arrays.fill(payload, opcode == TEXT ? (byte) '*' : (byte) 0xFE);
      client.sendChopped(frame(opcode, payload), number == 8 ? 997 : Integer.MAX_VALUE / 2);
      echoes(client, opcode, payload);
      closes(client);
    })));
  }

  // 2: pings and pongs.

  private static Stream<Case> pings() {
    byte[] odd = {0, (byte) 0xFF, (byte) 0xFE, (byte) 0xFD, (byte) 0xFC, (byte) 0xFB, 0, (byte) 0xFF};
    byte[] longest = filled(125);
    return Stream.of(
        ping("2.1", Chops.NONE, new byte[0]),
        ping("2.2", Chops.NONE, HELLO),
        ping("2.3", Chops.NONE, odd),
        ping("2.4", Chops.NONE, longest),
        new Case("2.5", client -> {
          client.sendPing(filled(126));
          fails(client, 1002);
        }),
        ping("2.6", Chops.OCTETS, longest),
        new Case("2.7", client -> {
          client.sendPong(new byte[0]);
          closes(client);
        }),
        new Case("2.8", client -> {
          client.sendPong(HELLO);
          closes(client);
        }),
        new Case("2.9", client -> {
          client.sendPong(HELLO).sendPing(odd);
          pongs(client, odd);
          closes(client);
        }),
        tenPings("2.10", Chops.FRAMES),
        tenPings("2.11", Chops.OCTETS));
  }

  private static Case ping(String id, Chops chops, byte[] payload) {
    return new Case(id, client -> {
      chops.send(client, frame(PING, payload));
      pongs(client, payload);
      closes(client);
    });
  }

  private static Case tenPings(String id, Chops chops) {
    return new Case(id, client -> {
      for (int i = 0; i < 10; i++) chops.send(client, frame(PING, bytes("payload-" + i)));
      for (int i = 0; i < 10; i++) pongs(client, bytes("payload-" + i));
      closes(client);
    });
  }

  // 3: reserved bits. 4: reserved opcodes.

  private static Stream<Case> reservedBits() {
    return Stream.of(
        new Case("3.1", client -> {
          client.send(reserved(1, TEXT, HELLO));
          fails(client, 1002);
        }),
        echoedThenFailed("3.2", Chops.NONE, reserved(2, TEXT, HELLO)),
        echoedThenFailed("3.3", Chops.FRAMES, reserved(3, TEXT, HELLO)),
        echoedThenFailed("3.4", Chops.OCTETS, reserved(4, TEXT, HELLO)),
        failed("3.5", Chops.NONE, reserved(5, BINARY, filled(8))),
        failed("3.6", Chops.NONE, reserved(6, PING, HELLO)),
        failed("3.7", Chops.NONE, reserved(7, CLOSE, closePayload(1000, new byte[0]))));
  }

  private static byte[] reserved(int rsv, int opcode, byte[] payload) {
    return frame(true, rsv, opcode, true, payload);
  }

  private static Stream<Case> opcodes() {
    return Stream.of(3, 11).flatMap(first -> {
      String section = first == 3 ? "4.1." : "4.2.";
      return Stream.of(
          failed(section + 1, Chops.NONE, frame(first, new byte[0])),
          failed(section + 2, Chops.NONE, frame(first + 1, HELLO)),
          echoedThenFailed(section + 3, Chops.NONE, frame(first + 2, new byte[0])),
          echoedThenFailed(section + 4, Chops.FRAMES, frame(first + 3, HELLO)),
          echoedThenFailed(section + 5, Chops.OCTETS, frame(first + 4, HELLO)));
    });
  }

  private static Case failed(String id, Chops chops, byte[]... frames) {
    return new Case(id, client -> {
      chops.send(client, frames);
      fails(client, 1002);
    });
  }

  /** A message before the breach comes back; a ping behind it is not answered. */
  private static Case echoedThenFailed(String id, Chops chops, byte[] breach) {
    return new Case(id, client -> {
      chops.send(client, frame(TEXT, HELLO), breach, frame(PING, new byte[0]));
      echoes(client, TEXT, HELLO);
      fails(client, 1002);
    });
  }

  // 5: fragments.

  private static Stream<Case> fragments() {
    byte[][] two = {fragment(false, TEXT, FRAGMENT_1), fragment(true, CONTINUATION, FRAGMENT_2)};
    byte[][] around = {two[0], frame(PING, HELLO), two[1]};
    byte[] last = fragment(true, CONTINUATION, FRAGMENT_1);
    byte[] notLast = fragment(false, CONTINUATION, FRAGMENT_1);
    Stream<Case> inChops = Stream.of(Chops.values()).flatMap(chops -> {
      int nth = chops.ordinal();
      return Stream.of(
          new Case("5." + (3 + nth), client -> {
            chops.send(client, two);
            echoes(client, TEXT, BOTH);
            closes(client);
          }),
          new Case("5." + (6 + nth), client -> {
            chops.send(client, around);
            pongs(client, HELLO);
            echoes(client, TEXT, BOTH);
            closes(client);
          }),
          failed("5." + (9 + nth), chops, last, frame(TEXT, HELLO)),
          failed("5." + (12 + nth), chops, notLast, frame(TEXT, HELLO)));
    });
    Stream<Case> others = Stream.of(
        failed("5.1", Chops.NONE, fragment(false, PING, FRAGMENT_1), fragment(true, CONTINUATION, FRAGMENT_2)),
        failed("5.2", Chops.NONE, fragment(false, PONG, FRAGMENT_1), fragment(true, CONTINUATION, FRAGMENT_2)),
        new Case("5.15", client -> {
          client.send(concat(two[0], two[1], notLast, frame(TEXT, HELLO)));
          echoes(client, TEXT, BOTH);
          fails(client, 1002);
        }),
        failed("5.16", Chops.NONE, notLast, two[0], two[1], notLast, two[0], two[1]),
        failed("5.17", Chops.NONE, last, two[0], two[1], last, two[0], two[1]),
        failed("5.18", Chops.NONE, two[0], fragment(true, TEXT, FRAGMENT_2)),
        fivePieces("5.19", Chops.NONE),
        fivePieces("5.20", Chops.FRAMES));
    return Stream.concat(inChops, others);
  }

  /** Each ping is answered before the rest of the message is sent. */
  private static Case fivePieces(String id, Chops chops) {
    return new Case(id, client -> {
      chops.send(client, fragment(false, TEXT, bytes("1")), fragment(false, CONTINUATION, bytes("2")), frame(PING, bytes("first")));
      pongs(client, bytes("first"));
      chops.send(client, fragment(false, CONTINUATION, bytes("3")), fragment(false, CONTINUATION, bytes("4")),
          frame(PING, bytes("second")));
      pongs(client, bytes("second"));
      chops.send(client, fragment(true, CONTINUATION, bytes("5")));
      echoes(client, TEXT, bytes("12345"));
      closes(client);
    });
  }

  // 7: closing.

  private static Stream<Case> closing() {
    byte[] normal = frame(CLOSE, closePayload(1000, new byte[0]));
    Stream<Case> order = Stream.of(
        new Case("7.1.1", client -> {
          client.send(concat(frame(TEXT, HELLO), normal));
          echoes(client, TEXT, HELLO);
          fails(client, 1000);
        }),
        closedOnce("7.1.2", normal, normal),
        closedOnce("7.1.3", normal, frame(PING, new byte[0])),
        closedOnce("7.1.4", normal, frame(TEXT, HELLO)),
        closedOnce("7.1.5", fragment(false, TEXT, FRAGMENT_1), normal, fragment(true, CONTINUATION, FRAGMENT_2)),
        new Case("7.1.6", client -> {
          byte[] large = new byte[256 << 10];
          Arrays.fill(large, (byte) 'B');
          client.send(concat(frame(TEXT, large), frame(TEXT, HELLO), normal, frame(PING, new byte[0])));
          // How much of it comes back before the end is the server's choice; that it ends with this code is not.
          assertThat(client.skipToClose().closeCode()).isEqualTo(1000);
          assertThat(client.readEnd()).isTrue();
        }));
    Stream<Case> payloads = Stream.of(
        new Case("7.3.1", client -> answersClose(client, 1005, new byte[0])),
        new Case("7.3.2", client -> answersClose(client, 1002, new byte[1])),
        new Case("7.3.3", client -> answersClose(client, 1000, closePayload(1000, new byte[0]))),
        new Case("7.3.4", client -> answersClose(client, 1000, closePayload(1000, HELLO))),
        new Case("7.3.5", client -> answersClose(client, 1000, closePayload(1000, filled(123)))),
        new Case("7.3.6", client -> answersClose(client, 1002, closePayload(1000, filled(124)))),
        new Case("7.5.1", client -> answersClose(client, 1007, closePayload(1000, COSMOS_WITH_A_SURROGATE))),
        // The suite leaves these open, we do not.
        new Case("7.13.1", client -> answersClose(client, 1002, closePayload(5000, new byte[0]))),
        new Case("7.13.2", client -> answersClose(client, 1002, closePayload(65_535, new byte[0]))));
    Stream<Case> valid = IntStream.range(0, VALID_CODES.length)
        .mapToObj(i -> new Case("7.7." + (i + 1),
        client -> answersClose(client, VALID_CODES[i], closePayload(VALID_CODES[i], new byte[0]))));
    Stream<Case> invalid = IntStream.range(0, INVALID_CODES.length)
        .mapToObj(i -> new Case("7.9." + (i + 1), client -> answersClose(client, 1002, closePayload(INVALID_CODES[i], new byte[0]))));
    return Stream.of(order, payloads, valid, invalid).flatMap(cases -> cases);
  }

  /** Behind a close frame nothing is heard. */
  private static Case closedOnce(String id, byte[]... frames) {
    return new Case(id, client -> {
      client.send(concat(frames));
      fails(client, 1000);
    });
  }

  private static byte[] filled(int length) {
    byte[] filled = new byte[length];
    Arrays.fill(filled, (byte) '*');
    return filled;
  }
}
