package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import java.util.List;
import java.util.stream.Stream;

/** Engine.IO and Socket.IO packets, over WebSocket. */
final class PacketRows {
  private static final String BROKE = "client cut off .*reason=parse error";
  private static final String CLOSED = "client cut off .*reason=";
  private static final int DEPTH = 1_001;

  private PacketRows() {}

  static Stream<Row> all() {
    return Stream.of(
            Stream.of(engine("32", "an empty frame", "")),
            each("33", "a packet type that there is none of", PacketRows::engine, "7", "x", "٣"),
            Stream.of(engine("34", "a ping from the client", "2")),
            Stream.of(pongs(), closePacket()),
            Stream.of(Row.of("38", "an event before CONNECT", BROKE, abuser -> {
              RawWebSocket client = abuser.webSocket();
              client.sendText("42[\"a\"]");
              abuser.closes(client, 1008);
            })),
            Stream.of(socket("39", "a second CONNECT", "40")),
            namespaces(),
            Stream.of(socket("43", "DISCONNECT with data", "41{}")),
            each("45", "a reserved name", PacketRows::socket, "42[\"connect\"]", "42[\"disconnect\"]", "42[\"disconnecting\"]",
            "42[\"newListener\"]", "42[\"connect_error\"]", "42[\"removeListener\"]"),
            each("46", "an event without a name", PacketRows::socket, "42[]", "42{}", "42[null]", "42[{\"toString\":\"x\"}]",
            "42[[[\"a\"]]]", "42", "42[true,1]"),
            each("47", "what is not JSON", PacketRows::socket, "42[\"a\"", "42[\"a\",NaN]", "42['a']", "42[\"a\",]", "42[\"a\"][\"b\"]",
            "42 [\"a\"]", "42[\"a\",\"\u0001\"]"),
            Stream.of(acks()),
            each("50", "an acknowledgement without its payload", PacketRows::socket, "43", "430", "43[]", "431{}", "431null"),
            Stream.of(depth(), brackets()),
            Stream.of(socket("52", "a number of 100,000 digits", "42[\"a\"," + "9".repeat(100_000) + "]"),
            socket("52", "1e999999999", "42[\"a\",1e999999999]")),
            Stream.of(collisions()),
            Stream.of(odd("55", "keys that mean something elsewhere",
            "42[\"a\",{\"a\":1,\"a\":2,\"__proto__\":{\"x\":1},\"constructor\":1,\"$where\":\"1\",\"a.b\":1,\"\":1}]")),
            Stream.of(Row.of("57", "text where an attachment should come", BROKE + ".*plaintext", abuser -> {
              RawWebSocket client = abuser.joined();
              client.sendText("451-[\"a\",{\"_placeholder\":true,\"num\":0}]").sendText("42[\"b\"]");
              abuser.closes(client, 1008);
            })),
            Stream.of(Row.of("59", "binary that nobody announced", BROKE, abuser -> {
              RawWebSocket client = abuser.joined();
              client.sendBinary(new byte[] {1});
              abuser.closes(client, 1008);
            })),
            Stream.of("5", "-1", "0.5", "\"0\"", "null", "true")
            .map(num -> socket("61", "attachment number " + num, "451-[\"a\",{\"_placeholder\":true,\"num\":" + num + "}]")),
            Stream.of(socket("61", "an attachment without a number", "451-[\"a\",{\"_placeholder\":true}]")),
            Stream.of(Row.of("61", "one attachment at two places", abuser -> {
              RawWebSocket client = abuser.joined();
              client.sendText("451-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]").sendBinary(new byte[] {1});
              abuser.survives(client);
            })),
            each("63", "a count of attachments that is none", PacketRows::socket, "45a-", "45-", "45", "4511-[\"a\"]", "451.23-[\"a\"]",
            "45-1-[\"a\"]", "451832742252-[\"a\"]"),
            Stream.of(socket("65", "an event name of 900 kB", "42[\"" + "n".repeat(900_000) + "\"]"), distinctNames()),
            Stream.of(floodOfEvents()),
            auths())
        .flatMap(rows -> rows);
  }

  /** Rows that show what a guard is for: with the guard off they fail. */
  static Row depth() {
    return socket("51", "JSON 1,001 deep", "42[\"a\"," + "[".repeat(DEPTH) + "]".repeat(DEPTH) + "]");
  }

  private static Row brackets() {
    return socket("51", "400,000 opening brackets", "42[\"a\"," + "[".repeat(400_000));
  }

  private interface Rows {
    Row of(String id, String title, String packet);
  }

  private static Stream<Row> each(String id, String title, Rows rows, String... packets) {
    return Stream.of(packets).map(packet -> rows.of(id, title + ", " + packet.replaceAll("\\p{Cntrl}", "?"), packet));
  }

  /** An Engine.IO packet that closes the connection. */
  private static Row engine(String id, String title, String packet) {
    return Row.of(id, title, CLOSED + "parse error", abuser -> {
      RawWebSocket client = abuser.webSocket();
      client.sendText(packet);
      abuser.closes(client, 1008);
    });
  }

  /** What a client that has joined sends, and is closed for. */
  private static Row socket(String id, String title, String packet) {
    return Row.of(id, title, BROKE, abuser -> {
      RawWebSocket client = abuser.joined();
      client.sendText(packet);
      abuser.closes(client, 1008);
    });
  }

  /** What is odd, but data. */
  private static Row odd(String id, String title, String packet) {
    return Row.of(id, title, abuser -> {
      RawWebSocket client = abuser.joined();
      client.sendText(packet);
      abuser.survives(client);
    });
  }

  private static Row pongs() {
    return Row.of("35", "a flood of pongs that nobody asked for", CLOSED + "rate limit", abuser -> {
      RawWebSocket client = abuser.webSocket();
      flood(client, RawWebSocket.frame(RawWebSocket.TEXT, new byte[] {'3'}), 10_000);
      abuser.closes(client, 1008);
    });
  }

  private static Row closePacket() {
    return Row.of("37", "a close packet", abuser -> {
      long before = abuser.subject().held().get("sessions");
      RawWebSocket client = abuser.webSocket();
      client.sendText("1");
      abuser.closes(client, 1000);
      assertThat(abuser.subject().held().get("sessions")).isEqualTo(before);
    });
  }

  private static Stream<Row> namespaces() {
    return Stream.of(
        Row.of("41", "namespaces that there are none of", "client warned .*connect refused namespace=/nope reason=Invalid namespace",
        abuser -> {
          RawWebSocket client = abuser.joined();
          for (String name : List.of("/nope", "/a?b=1", "/../", "/" + "n".repeat(255))) {
            client.sendText("40" + name + ",");
            assertThat(abuser.skipTo(client, "44" + name)).isEqualTo("44" + name + ",{\"message\":\"Invalid namespace\"}");
          }
          abuser.survives(client);
        }),
        socket("41", "a namespace of 900 kB", "40/" + "n".repeat(900_000)),
        Row.of("42", "1,000 namespaces on one connection", "client warned .*connect refused namespace=/n0 ", abuser -> {
          RawWebSocket client = abuser.joined();
          for (int i = 0; i < 1_000; i++) client.sendText("40/n" + i + ",");
          for (int i = 0; i < 1_000; i++) abuser.skipTo(client, "44/n" + i + ",");
          abuser.survives(client);
        }));
  }

  private static Row acks() {
    return Row.of("49", "acknowledgements that nobody asked for", abuser -> {
      long before = abuser.subject().counted("acks_ignored");
      RawWebSocket client = abuser.joined();
      client.sendText("431[]").sendText("431[]").sendText("439223372036854775807[1]");
      abuser.survives(client);
      assertThat(abuser.subject().counted("acks_ignored") - before).isEqualTo(3);
    });
  }

  /** "Aa" and "BB" have the same hash, and so has every string of them. */
  private static Row collisions() {
    return Row.of("54", "16,384 keys of one hash", abuser -> {
      StringBuilder packet = new StringBuilder("42[\"a\",{");
      for (int key = 0; key < 1 << 14; key++) {
        packet.append(key == 0 ? "\"" : ",\"");
        for (int bit = 0; bit < 14; bit++) packet.append((key >> bit & 1) == 0 ? "Aa" : "BB");
        packet.append("\":1");
      }
      RawWebSocket client = abuser.joined();
      client.sendText(packet.append("}]").toString());
      abuser.survives(client);
    });
  }

  private static Row distinctNames() {
    return Row.of("65", "1,500 names of events", "client warned .*more than half of 1000 events/s", abuser -> {
      RawWebSocket client = abuser.joined();
      for (int i = 0; i < 1_500; i++) client.sendText("42[\"name-" + i + "\"]");
      abuser.survives(client);
      // No name becomes a label: each would be a series that stays.
      assertThat(abuser.subject().metrics()).doesNotContain("name-7");
    });
  }

  private static Row floodOfEvents() {
    return Row.of("66", "10,000 events at once", 2, "client warned .*more than half of 1000 events/s|client cut off .*reason=rate limit",
        abuser -> {
      RawWebSocket client = abuser.joined();
      flood(client, RawWebSocket.frame(RawWebSocket.TEXT, "42[\"a\"]".getBytes()), 10_000);
      abuser.closes(client, 1008);
    });
  }

  /** In pieces of some thousand frames; the server may cut the flood off. */
  static void flood(RawWebSocket client, byte[] frame, int count) {
    byte[][] frames = new byte[1_000][];
    java.util.Arrays.fill(frames, frame);
    byte[] piece = RawWebSocket.concat(frames);
    try {
      for (int i = 0; i < count; i += frames.length) client.send(piece);
    } catch (java.io.IOException cutOff) {
      // What is left to read says why.
    }
  }

  private static Stream<Row> auths() {
    return Stream.of("{\"pid\":{},\"offset\":[]}", "{\"pid\":\"" + "p".repeat(900_000) + "\"}", "{\"pid\":\"foreign\",\"offset\":\"zzz\"}",
        "{\"pid\":\"a\",\"offset\":{\"$gt\":\"\"}}")
        .map(auth -> Row.of("68", "CONNECT with " + (auth.length() > 99 ? "a pid of 900 kB" : auth), abuser -> {
          RawWebSocket client = abuser.webSocket();
          client.sendText("40" + auth);
          assertThat(abuser.skipTo(client, "40{")).contains("\"sid\":");
          abuser.survives(client);
        }));
  }
}
