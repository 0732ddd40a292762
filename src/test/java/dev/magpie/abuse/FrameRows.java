package dev.magpie.abuse;

import static dev.magpie.abuse.Abuser.WEBSOCKET;
import static dev.magpie.testing.RawWebSocket.BINARY;
import static dev.magpie.testing.RawWebSocket.CLOSE;
import static dev.magpie.testing.RawWebSocket.CONTINUATION;
import static dev.magpie.testing.RawWebSocket.PING;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.concat;
import static dev.magpie.testing.RawWebSocket.fragment;
import static dev.magpie.testing.RawWebSocket.frame;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** WebSocket frames. */
final class FrameRows {
  private static final byte[] EVENT = "42[\"a\"]".getBytes(StandardCharsets.UTF_8);

  private FrameRows() {}

  static Stream<Row> all() {
    return Stream.of(
            IntStream.of(4, 2, 1).mapToObj(rsv -> closed("69", "reserved bits " + rsv, 1002, frame(true, rsv, TEXT, true, EVENT))),
            IntStream.of(3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
            .mapToObj(opcode -> closed("70", "opcode " + opcode, 1002, frame(opcode, EVENT))),
            Stream.of(closed("71", "a frame without a mask", 1002, frame(true, 0, TEXT, false, EVENT))),
            Stream.of(closed("73", "a continuation of nothing", 1002, frame(CONTINUATION, EVENT))),
            Stream.of(closed("73", "a text inside a text", 1002, concat(fragment(false, TEXT, EVENT), frame(TEXT, EVENT)))),
            Stream.of(pingBetweenFragments()),
            Stream.of("c080", "eda080", "f4908080", "e5a5", "ff")
            .map(hex -> closed("75", "text that is not UTF-8: " + hex, 1007, frame(TEXT, concat(new byte[] {'4'}, bytes(hex))))),
            Stream.of(closed("75", "text that ends inside a code point, in fragments", 1007,
            concat(fragment(false, TEXT, bytes("34e5")), fragment(true, CONTINUATION, bytes("a5"))))),
            Stream.of(closed("76", "a close frame of one byte", 1002, frame(CLOSE, new byte[1]))),
            IntStream.of(0, 999, 1004, 1005, 1006, 1015, 5000)
            .mapToObj(code -> closed("76", "close code " + code, 1002, frame(CLOSE, RawWebSocket.closePayload(code, new byte[0])))),
            Stream.of(closed("76", "a close reason that is not UTF-8", 1007, frame(CLOSE, RawWebSocket.closePayload(1000, bytes("c080"))))),
            Stream.of(largeFrame()),
            Stream.of(closed("78", "a message of 1,000,001 bytes", 1009, frame(TEXT, filled(1_000_001)))),
            Stream.of(closed("78", "fragments of 1,000,002 bytes", 1009,
            concat(fragment(false, TEXT, filled(500_001)), fragment(true, CONTINUATION, filled(500_001))))),
            Stream.of(deflate()),
            upgrades(),
            pings(),
            Stream.of(farewell(), silentFarewell()))
        .flatMap(rows -> rows);
  }

  /** Frames that close the connection, at both endpoints. */
  private static Row closed(String id, String title, int code, byte[] frames) {
    return Row.of(id, title, code == 1009 ? 1 : 2, "client cut off .*reason=", abuser -> {
      RawWebSocket socketIo = abuser.joined();
      socketIo.send(frames);
      abuser.closes(socketIo, code);
      // Its messages may be larger.
      if (code == 1009) return;
      RawWebSocket plain = abuser.plain();
      plain.send(frames);
      abuser.closes(plain, code);
    });
  }

  private static Row pingBetweenFragments() {
    return Row.of("74", "a ping between fragments", "connect refused namespace=/nope", abuser -> {
      RawWebSocket client = abuser.joined();
      client.send(fragment(false, TEXT, "40/nope".getBytes())).sendPing(new byte[] {7})
          .send(fragment(true, CONTINUATION, "?1,".getBytes()));
      RawWebSocket.Frame pong = client.readFrame();
      while (pong.opcode() != RawWebSocket.PONG) pong = client.readFrame();
      assertThat(pong.payload()).containsExactly(7);
      abuser.skipTo(client, "44/nope?1,");
    });
  }

  private static Row largeFrame() {
    return Row.of("77", "a frame of more than 65,536 bytes", abuser -> {
      RawWebSocket client = abuser.joined();
      client.sendText("42[\"a\",\"" + "x".repeat(900_000) + "\"]");
      abuser.survives(client);
    });
  }

  private static Row deflate() {
    return Row.of("80", "a compressed message", "client cut off .*a reserved bit is set", abuser -> {
      RawWebSocket client = abuser.tcp().send(RawWebSocket.upgradeRequest(WEBSOCKET, "Sec-WebSocket-Extensions: permessage-deflate"));
      HttpAnswer answer = client.readAnswer();
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.headers()).doesNotContainKey("sec-websocket-extensions");
      client.send(frame(true, 4, BINARY, true, new byte[1000]));
      abuser.closes(client, 1002);
    });
  }

  private static Stream<Row> upgrades() {
    String target = "GET " + WEBSOCKET + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n";
    String key = "Sec-WebSocket-Key: " + RawWebSocket.EXAMPLE_KEY + "\r\n";
    return Stream.of(
        Row.of("81", "a key that is none", "request refused .*status=400",
        abuser -> assertThat(abuser.raw(target + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n"))
        .startsWith("HTTP/1.1 400")),
        Row.of("81", "version 12", "request refused .*status=426", abuser ->
            assertThat(abuser.raw(target + key + "Connection: Upgrade\r\nSec-WebSocket-Version: 12\r\n\r\n")
                .toLowerCase(java.util.Locale.ROOT))
                .startsWith("http/1.1 426").contains("sec-websocket-version: 13\r\n")),
        Row.of("81", "no Connection header", "request refused .*status=400",
        abuser -> assertThat(abuser.raw(target + key + "Sec-WebSocket-Version: 13\r\n\r\n")).startsWith("HTTP/1.1 400")));
  }

  private static Stream<Row> pings() {
    byte[] ping = frame(PING, new byte[125]);
    String log = "client cut off .*reason=rate limit";
    return Stream.of(
        Row.of("83", "a flood of pings", log, abuser -> {
          RawWebSocket client = abuser.joined();
          Thread flood = new Thread(() -> PacketRows.flood(client, ping, 100_000));
          flood.start();
          abuser.closes(client, 1008);
          flood.join();
        }),
        Row.of("83", "a flood of pings from a peer that reads nothing", log, abuser -> {
          RawWebSocket client = abuser.joined();
          PacketRows.flood(client, ping, 100_000);
          // Its window is full of pongs: whether the close frame still found room there depends on how fast it wrote.
          try {
            assertThat(client.skipToClose().closeCode()).isEqualTo(1008);
          } catch (IOException endedBeforeTheCloseFrame) {
            assertThat(client.readEnd()).isTrue();
          }
        }));
  }

  private static Row farewell() {
    return Row.of("86", "a close frame, and a connection that stays", abuser -> {
      RawWebSocket client = abuser.joined();
      client.sendClose(1000, "");
      abuser.closes(client, 1000);
    });
  }

  private static Row silentFarewell() {
    return Row.of("86", "a peer that answers no close frame and goes on holding its connection", "client cut off .*reason=parse error",
        abuser -> {
      RawWebSocket client = abuser.joined();
      long open = descriptors(abuser);
      client.sendText("42[");
      assertThat(client.skipToClose().closeCode()).isEqualTo(1008);
      // The server's end of it; ours stays until the row is over.
      Row.await("the descriptor is free", () -> descriptors(abuser) < open);
    });
  }

  private static long descriptors(Abuser abuser) {
    return abuser.subject().held().getOrDefault("descriptors", 0L);
  }

  private static byte[] filled(int length) {
    byte[] bytes = new byte[length];
    java.util.Arrays.fill(bytes, (byte) '4');
    return bytes;
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
