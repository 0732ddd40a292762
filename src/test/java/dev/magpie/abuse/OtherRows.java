package dev.magpie.abuse;

import static dev.magpie.abuse.Abuser.POLLING;
import static dev.magpie.abuse.Abuser.of;
import static dev.magpie.abuse.Abuser.refused;
import static dev.magpie.testing.RawWebSocket.BINARY;
import static dev.magpie.testing.RawWebSocket.CONTINUATION;
import static dev.magpie.testing.RawWebSocket.TEXT;
import static dev.magpie.testing.RawWebSocket.ascii;
import static dev.magpie.testing.RawWebSocket.fragment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/** Bad inputs that are in no list, and the good one that is as large as it gets. */
final class OtherRows {
  private static final String PARSE_ERROR = "client cut off .*reason=parse error";

  private OtherRows() {}

  static Stream<Row> all() {
    return Stream.of(packets(), told(), plain(), http()).flatMap(rows -> rows);
  }

  private static Stream<Row> packets() {
    return Stream.of(
        Row.of("+values", "300,000 empty objects in one message", PARSE_ERROR + " .*100000 values", abuser -> {
          RawWebSocket client = abuser.joined();
          client.sendText("42[\"a\"," + "{},".repeat(300_000) + "1]");
          abuser.closes(client, 1008);
        }),
        Row.of("+namespace", "a namespace of line ends and colours", PARSE_ERROR + ".*namespace /a\\?\\?x is not", abuser -> {
          RawWebSocket client = abuser.joined();
          client.sendText("42/a\n\u001bx,[\"e\"]");
          abuser.closes(client, 1008);
        }),
        Row.of("+order", "DISCONNECT from a namespace that was never joined", PARSE_ERROR, abuser -> {
          RawWebSocket client = abuser.joined();
          client.sendText("41/other,");
          abuser.closes(client, 1008);
        }),
        Row.of("+order", "packets behind a close packet", abuser -> {
          RawWebSocket client = abuser.joined();
          client.send(RawWebSocket.concat(RawWebSocket.frame(TEXT, ascii("1")), RawWebSocket.frame(TEXT, ascii("42[")),
              RawWebSocket.frame(BINARY, new byte[] {1})));
          abuser.closes(client, 1000);
        }));
  }

  private static Stream<Row> told() {
    return Stream.of(
        Row.of("+told", "a polling client that breaks the protocol reads why in the answer to its POST",
        PARSE_ERROR + " detail=the first packet is not CONNECT", abuser -> {
          String sid = abuser.sid();
          RawWebSocket poll = abuser.send("GET", of(sid), null);
          Thread.sleep(50);
          var post = abuser.post(of(sid), "42[\"a\"]");
          refused(post, 400, 3);
          assertThat(new JsonObject(post.body()).getString("message")).isEqualTo("Bad request: the first packet is not CONNECT");
          assertThat(poll.readAnswer().body()).isEqualTo("1");
          abuser.assertGone(sid);
        }),
        Row.of("+told", "a close frame says why", PARSE_ERROR, abuser -> {
          RawWebSocket client = abuser.joined();
          client.sendText("42[\"a\"," + "[".repeat(65));
          assertThat(client.skipToClose().closeReason())
              .isEqualTo("JSON beyond its limits: 64 levels, 100000 values, 1000 characters of a number");
        }));
  }

  private static Stream<Row> plain() {
    return Stream.of(
        Row.of("+plain", "10 MB come back as they were sent", abuser -> {
          byte[] tenMegabytes = new byte[10_000_000];
          Arrays.fill(tenMegabytes, (byte) 0xA7);
          RawWebSocket client = abuser.tcp().upgrade("/ws?echo=true");
          Thread sender = new Thread(() -> send(client, tenMegabytes));
          sender.start();
          assertThat(client.readFrame().payload()).isEqualTo(tenMegabytes);
          sender.join();
          client.close();
        }),
        Row.of("+plain", "three million empty objects are a text", abuser -> {
          RawWebSocket client = abuser.plain();
          client.sendText("[\"m\"," + "{},".repeat(3_000_000) + "1]");
          abuser.survives(client);
        }),
        Row.of("+plain", "JSON that is none, names that are reserved, acknowledgements that nobody asked for", abuser -> {
          RawWebSocket client = abuser.plain();
          for (String text : new String[] {"", "[", "[\"connect\"]", "{\"event\":null}", "{\"ack\":-1}", "{\"ack\":1e999}",
              "{\"ack\":99999999999999999999}", "[".repeat(10_000), "{\"$binary\":\"===\"}", "\u0000"}) client.sendText(text);
          abuser.survives(client);
        }),
        Row.of("+plain", "a namespace of 3,000 characters", "client warned .*connect refused namespace=/n+ reason=Invalid namespace",
        abuser -> {
          RawWebSocket client = abuser.tcp().upgrade("/ws?ns=" + "n".repeat(3_000));
          abuser.closes(client, 4404);
        }),
        Row.of("+plain", "a thousand rooms in one query", abuser -> {
          long rooms = abuser.subject().held().get("rooms");
          RawWebSocket client = abuser.tcp().upgrade("/ws?ns=/&" + "room=a&".repeat(500));
          abuser.survives(client);
          // Its own, that of all, and at most one for each of the two parameters.
          assertThat(abuser.subject().held().get("rooms") - rooms).isBetween(0L, 4L);
          client.close();
        }),
        Row.of("+plain", "a message announced at 2^63 bytes", "client cut off .*reason=transport error", abuser -> {
          RawWebSocket client = abuser.plain();
          client.send(RawWebSocket.header(true, 0, BINARY, true, Long.MIN_VALUE));
          abuser.closes(client, 1002);
        }),
        Row.of("+plain", "a length that has a shorter form", "client cut off .*shortest form", abuser -> {
          RawWebSocket client = abuser.plain();
          client.send(new byte[] {(byte) 0x81, (byte) 0xFE, 0, 5, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'});
          abuser.closes(client, 1002);
        }),
        Row.of("+plain", "a message that never ends", abuser -> {
          RawWebSocket client = abuser.plain();
          client.send(fragment(false, TEXT, ascii("half"))).send(fragment(false, CONTINUATION, ascii("a")));
          abuser.survives(client);
        }));
  }

  private static void send(RawWebSocket client, byte[] data) {
    try {
      client.sendBinary(data);
    } catch (java.io.IOException cutOff) {
      // What is read says so.
    }
  }

  private static Stream<Row> http() {
    return Stream.of(
        Row.of("+http", "2,000 requests at once on one connection, none of whose answers is read at first", abuser -> {
          RawWebSocket client = abuser.tcp();
          Thread sender = new Thread(() -> {
            try {
              client.send(ascii("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(2_000)));
            } catch (java.io.IOException cutOff) {
              // What is read says so.
            }
          });
          sender.start();
          Thread.sleep(200);
          for (int i = 0; i < 2_000; i++) assertThat(client.readAnswer().status()).isEqualTo(200);
          sender.join();
          client.close();
        }),
        Row.of("+http", "a session's id that is none", abuser -> {
          for (String sid : new String[] {"", "x", "../../etc/passwd", "%00", "%0d%0aX:y", "null", "0", "a".repeat(3_000)})
            refused(abuser.get(of(sid)), 400, 1);
        }),
        Row.of("+http", "a query that cannot be decoded", "request refused .*code 0",
        abuser -> refused(abuser.get(POLLING + "&x=%zz"), 400, 0)),
        Row.of("+http", "Upgrade: websocket on a POST with a body", "request refused .*status=400 reason=not a WebSocket upgrade", abuser ->
            assertThat(abuser.post(POLLING, "40", "Upgrade: websocket").status()).isEqualTo(400)),
        Row.of("+http", "two lengths", "request refused .*status=400", abuser ->
            assertThat(abuser.raw("POST " + POLLING + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n40x"))
                .startsWith("HTTP/1.1 400")),
        Row.of("+http", "a length below zero", "request refused .*status=400", abuser ->
            assertThat(abuser.raw("POST " + POLLING + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"))
                .startsWith("HTTP/1.1 400")),
        Row.of("+http", "11,000 packets in one body", PARSE_ERROR + ".*10000 packets", abuser -> {
          String sid = abuser.sid();
          refused(abuser.post(of(sid), "6\u001e".repeat(10_999) + "6"), 400, 3);
          abuser.assertGone(sid);
        }),
        Row.of("+http", "a body that is not UTF-8", PARSE_ERROR, abuser -> {
          String sid = abuser.sid();
          refused(abuser.request("POST", of(sid), new byte[] {(byte) 0xC0, (byte) 0x80}), 400, 3);
          abuser.assertGone(sid);
        }),
        Row.of("+http", "TLS where none is spoken", "request refused .*status=400", abuser -> {
          String answer = abuser.raw(new String(new byte[] {0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3, '\r', '\n', '\r', '\n'},
              StandardCharsets.ISO_8859_1));
          assertThat(answer).matches("(?s)HTTP/1.[01] 400.*");
        }));
  }

  /** With a heartbeat of a second and half a second. */
  static Stream<Row> withShortHeartbeat() {
    return Stream.of(Row.of("+trickle", "a POST whose body trickles for ever", abuser -> {
      String sid = abuser.sid();
      RawWebSocket post = abuser.send("POST", of(sid), null, "Content-Length: 1000");
      Thread drip = new Thread(() -> {
        try {
          while (true) {
            post.send(new byte[] {'4'});
            Thread.sleep(100);
          }
        } catch (Exception closed) {
          // As it shall be.
        }
      });
      drip.start();
      // It is excused once, since an upload may delay a pong; then the session is over, and the connection with it.
      refused(post.readAnswer(), 400, 3);
      assertThat(post.readEnd()).isTrue();
      drip.join();
      abuser.assertGone(sid);
    }));
  }
}
