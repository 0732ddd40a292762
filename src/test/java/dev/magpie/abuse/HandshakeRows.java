package dev.magpie.abuse;

import static dev.magpie.abuse.Abuser.POLLING;
import static dev.magpie.abuse.Abuser.WEBSOCKET;
import static dev.magpie.abuse.Abuser.of;
import static dev.magpie.abuse.Abuser.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import io.vertx.core.json.JsonObject;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** HTTP handshakes and polling. */
final class HandshakeRows {
  private static final String REFUSED = "request refused .*status=400 reason=code ";
  private static final String CLOSED = "client cut off .*reason=";

  private HandshakeRows() {}

  static Stream<Row> all() {
    return Stream.of(
        Row.of("1", "no version, or none that there is", 3, REFUSED + 5, abuser -> {
          for (String eio : new String[] {"", "EIO=abc&", "EIO=5&"})
            refused(abuser.get("/socket.io/?" + eio + "transport=polling"), 400, 5);
        }),
        Row.of("4", "no transport, or none that there is", 3, REFUSED + 0, abuser -> {
          for (String transport : new String[] {"", "&transport=abc", "&transport=__proto__"})
            refused(abuser.get("/socket.io/?EIO=4" + transport), 400, 0);
        }),
        Row.of("5", "transport=websocket without an upgrade", REFUSED + 3, abuser -> refused(abuser.get(WEBSOCKET), 400, 3)),
        Row.of("6", "POST without a session", REFUSED + 2, abuser -> refused(abuser.post(POLLING, "40"), 400, 2)),
        Row.of("7", "PUT, DELETE, TRACE", 3, REFUSED + 2, abuser -> {
          for (String method : new String[] {"PUT", "DELETE", "TRACE"})
            assertThat(abuser.request(method, POLLING, null).status()).isIn(400, 405);
        }),
        Row.of("9", "a session's id used from another address", "client warned address=127.0.0.2 .*opened from another address",
        HandshakeRows::anotherAddress),
        Row.of("10", "two GETs at once", CLOSED + ".*two GET", abuser -> {
          String sid = abuser.sid();
          RawWebSocket first = abuser.send("GET", of(sid), null);
          Thread.sleep(50);
          refused(abuser.get(of(sid)), 400, 3);
          assertThat(first.readAnswer().body()).isEqualTo("1");
          abuser.assertGone(sid);
        }),
        Row.of("11", "two POSTs at once", CLOSED + ".*two POST", abuser -> {
          String sid = abuser.sid();
          RawWebSocket first = abuser.send("POST", of(sid), null, "Content-Length: 10");
          Thread.sleep(50);
          refused(abuser.post(of(sid), "40"), 400, 3);
          refused(first.readAnswer(), 400, 3);
          abuser.assertGone(sid);
        }),
        Row.of("13", "a POST that breaks off half-way", CLOSED + ".*cut off", abuser -> {
          String sid = abuser.sid();
          RawWebSocket post = abuser.send("POST", of(sid), null, "Content-Length: 100").send("40".getBytes(StandardCharsets.US_ASCII));
          Thread.sleep(50);
          long sockets = abuser.subject().held().get("sockets");
          post.close();
          Row.await("the session is gone", () -> gone(abuser, sid));
          assertThat(abuser.subject().held().get("sockets")).isEqualTo(sockets);
        }),
        Row.of("14", "a body of 1,000,001 bytes, its length announced", "reason=payload too large", abuser -> {
          String sid = abuser.sid();
          assertThat(abuser.request("POST", of(sid), new byte[1_000_001]).status()).isEqualTo(413);
          abuser.assertGone(sid);
        }),
        Row.of("14", "a body of more than 1,000,000 bytes in chunks", "reason=payload too large", abuser -> {
          String sid = abuser.sid();
          RawWebSocket post = abuser.send("POST", of(sid), null, "Transfer-Encoding: chunked");
          for (int i = 0; i < 11; i++) post.send(RawWebSocket.ascii("186a0\r\n" + "4".repeat(100_000) + "\r\n"));
          assertThat(post.readAnswer().status()).isEqualTo(413);
          abuser.assertGone(sid);
        }),
        unreadable("16", "an empty body", ""),
        Row.of("17", "application/octet-stream from version 4", CLOSED + "parse error", abuser -> {
          String sid = abuser.sid();
          refused(abuser.post(of(sid), "40", "Content-Type: application/octet-stream"), 400, 3);
          abuser.assertGone(sid);
        }),
        unreadable("18", "a payload that is none", "abc"),
        unreadable("18", "a payload of a separator", "\u001e"),
        unreadable("18", "a payload with an empty packet", "40\u001e\u001e41"),
        unreadable("20", "broken base64", "b====!"),
        Row.of("21", "a poll after the upgrade", 2, REFUSED + 3, abuser -> {
          String sid = abuser.sid();
          RawWebSocket webSocket = probing(abuser, sid);
          webSocket.sendText("5");
          webSocket.sendText("40");
          abuser.skipTo(webSocket, "40{");
          refused(abuser.get(of(sid)), 400, 3);
          refused(abuser.post(of(sid), "41"), 400, 3);
          abuser.survives(webSocket);
        }),
        Row.of("22", "a second WebSocket of one session", CLOSED + ".*has a WebSocket already", abuser -> {
          String sid = abuser.sid();
          RawWebSocket first = probing(abuser, sid);
          RawWebSocket second = abuser.tcp().upgrade(WEBSOCKET + "&sid=" + sid);
          abuser.closes(second, 1002);
          first.sendText("5");
          abuser.survives(first);
        }),
        Row.of("25", "a URL of 80 kB", "request refused .*status=414",
        abuser -> assertThat(abuser.raw("GET /" + "a".repeat(80_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        .matches("(?s)HTTP/1.[01] 414.*")),
        Row.of("25", "a hundred headers of 1 kB", "request refused .*status=431", abuser ->
            assertThat(abuser.raw("GET / HTTP/1.1\r\nHost: localhost\r\n" + ("X: " + "a".repeat(1000) + "\r\n").repeat(100) + "\r\n"))
                .matches("(?s)HTTP/1.[01] 431.*")),
        Row.of("25", "a header without a colon", "request refused .*status=400",
        abuser -> assertThat(abuser.raw("GET / HTTP/1.1\r\nno colon\r\n\r\n")).startsWith("HTTP/1.1 400")),
        Row.of("26", "an Origin with control characters", "request refused .*status=400", abuser ->
            assertThat(abuser.raw("GET " + POLLING + " HTTP/1.1\r\nHost: localhost\r\nOrigin: http://a\u0001\r\n\r\n"))
                .matches("(?s)HTTP/1.[01] 400.*")),
        Row.of("26", "a WebSocket from a foreign Origin, or from none that can be named", 5,
        "request refused .*status=403 .*origin not admitted", abuser -> {
          for (String origin : new String[] {"https://evil.example", "null", "", "http://127.0.0.1.evil.example",
              "http://localhost@evil.example"}) {
            RawWebSocket client = abuser.tcp().send(RawWebSocket.upgradeRequest(WEBSOCKET, "Origin: " + origin));
            assertThat(client.readAnswer().status()).as(origin).isEqualTo(403);
            assertThat(client.readEnd()).isTrue();
          }
        }));
  }

  /** With {@code allow_eio3} off, {@code upgrade_timeout_ms} and {@code connect_timeout_ms} short. */
  static Stream<Row> withShortTimes() {
    return Stream.of(
        Row.of("2", "version 3 where it is not allowed", REFUSED + 5,
        abuser -> refused(abuser.get("/socket.io/?EIO=3&transport=polling"), 400, 5)),
        Row.of("23", "a probe, then silence", CLOSED + "connect timeout detail=upgrade", abuser -> {
          String sid = abuser.sid();
          assertThat(abuser.post(of(sid), "40").body()).isEqualTo("ok");
          RawWebSocket webSocket = probing(abuser, sid);
          abuser.closes(webSocket, 4001);
          assertThat(abuser.get(of(sid)).body()).startsWith("40{");
          abuser.assertLivesAndEnd(sid);
        }),
        Row.of("30", "handshakes that never join", 100, CLOSED + "connect timeout", abuser -> {
          List<RawWebSocket> webSockets = new ArrayList<>();
          List<String> sids = new ArrayList<>();
          for (int i = 0; i < 50; i++) {
            webSockets.add(abuser.webSocket());
            sids.add(abuser.sid());
          }
          for (RawWebSocket webSocket : webSockets) abuser.closes(webSocket, 4001);
          // Polling sessions are told by their next GET.
          for (String sid : sids) Row.await("the session ends", () -> farewell(abuser, sid));
        }));
  }

  /** These take the ten seconds of the deadlines that they wait for, all at once. */
  static Stream<Row> slow() {
    return Stream.of(
        Row.of("28, 29, 58", "a header that trickles, a silent connection, attachments that never come", 3,
        "client cut off .*attachments did not come in time|request refused .*no request within 10 s", abuser -> {
          long begun = System.nanoTime();
          RawWebSocket silent = abuser.tcp();
          RawWebSocket slow = abuser.tcp().send(RawWebSocket.ascii("GET / HTTP/1.1\r\nX: "));
          Thread drip = new Thread(() -> drip(slow));
          drip.start();
          RawWebSocket waiting = abuser.joined();
          waiting.sendText("451-[\"a\",{\"_placeholder\":true,\"num\":0}]");
          assertThat(silent.readEnd()).isTrue();
          assertThat(slow.readEnd()).isTrue();
          abuser.closes(waiting, 1008);
          assertThat(System.nanoTime() - begun).isGreaterThan(9_000_000_000L);
          drip.join();
        }));
  }

  private static void drip(RawWebSocket slow) {
    try {
      while (true) {
        Thread.sleep(300);
        slow.send(new byte[] {'a'});
      }
    } catch (Exception closed) {
      // The server closed it, which is what the row waits for.
    }
  }

  private static Row unreadable(String id, String title, String body) {
    return Row.of(id, title, CLOSED + "parse error", abuser -> {
      String sid = abuser.sid();
      refused(abuser.post(of(sid), body), 400, 3);
      abuser.assertGone(sid);
    });
  }

  private static RawWebSocket probing(Abuser abuser, String sid) throws Exception {
    RawWebSocket webSocket = abuser.tcp().upgrade(WEBSOCKET + "&sid=" + sid);
    webSocket.sendText("2probe");
    assertThat(webSocket.readFrame().text()).isEqualTo("3probe");
    return webSocket;
  }

  private static boolean gone(Abuser abuser, String sid) {
    try {
      return abuser.request("PUT", of(sid), null).body().contains("\"code\":1,");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static boolean farewell(Abuser abuser, String sid) {
    try {
      // Refused once the session has ended, and it does not fetch the farewell.
      if (abuser.post(of(sid), "6").status() == 200) return false;
      assertThat(abuser.get(of(sid)).body()).isEqualTo("6\u001e1");
      abuser.assertGone(sid);
      return true;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The whole 127/8 is this machine on Linux; elsewhere the row is run from the same address, and says so in the log by itself. */
  private static void anotherAddress(Abuser abuser) throws Exception {
    String sid = abuser.sid();
    String request = "POST " + of(sid) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n40";
    try (Socket other = new Socket(InetAddress.getByName("127.0.0.1"), abuser.port(), InetAddress.getByName("127.0.0.2"), 0)) {
      OutputStream out = other.getOutputStream();
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(other.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 200").endsWith("ok");
    }
    HttpAnswer joined = abuser.get(of(sid));
    String id = new JsonObject(joined.body().split("\u001e")[0].substring(2)).getString("sid");
    // What others see of this client is not what admits to its session.
    abuser.assertGone(id);
    abuser.assertLivesAndEnd(sid);
  }
}
