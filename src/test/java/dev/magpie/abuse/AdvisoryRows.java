package dev.magpie.abuse;

import static dev.magpie.abuse.Abuser.POLLING;
import static dev.magpie.abuse.Abuser.WEBSOCKET;
import static dev.magpie.abuse.Abuser.of;
import static dev.magpie.abuse.Abuser.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.protocol.Ids;
import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** What was found in servers of this kind, under the number it was published by. */
final class AdvisoryRows {
  private static final String BROKE = "client cut off .*reason=parse error";

  /** {@code -Dabuse.resets=10000} for many. */
  private static final int RESETS = Integer.getInteger("abuse.resets", 500);

  private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private AdvisoryRows() {}

  static Stream<Row> all() {
    return Stream.of(engine(), parser(), webSockets(), http(), pages()).flatMap(rows -> rows);
  }

  private static Stream<Row> engine() {
    return Stream.of(
        Row.of("CVE-2017-16031", "ids that can be guessed", abuser -> {
          // The first ten characters alone, 60 bits, as numbers: a set of a million texts would be 130 MB.
          long[] ids = new long[1_000_000];
          long[] seen = new long[20];
          for (int i = 0; i < ids.length; i++) {
            String id = Ids.random();
            for (int at = 0; at < 20; at++) {
              int digit = ALPHABET.indexOf(id.charAt(at));
              seen[at] |= 1L << digit;
              if (at < 10) ids[i] = ids[i] << 6 | digit;
            }
          }
          Arrays.sort(ids);
          for (int i = 1; i < ids.length; i++) assertThat(ids[i] == ids[i - 1]).isFalse();
          // 20 characters of 64 are 120 bits; each is used at each place.
          assertThat(seen).containsOnly(-1L);
          // And the secret is not what others see.
          String sid = abuser.sid();
          abuser.post(of(sid), "40");
          assertThat(abuser.get(of(sid)).body()).contains("\"sid\":").doesNotContain(sid);
          abuser.assertLivesAndEnd(sid);
        }),
        Row.of("CVE-2020-28481", "pages of every origin let in by default", 2, "origin not admitted", abuser -> {
          // Each origin that polls is named in the log once.
          HttpAnswer polling = abuser.get(POLLING, "Origin: https://cve-2020-28481.example");
          assertThat(polling.headers()).doesNotContainKey("access-control-allow-origin");
          end(abuser, polling);
          RawWebSocket client = abuser.tcp().send(RawWebSocket.upgradeRequest(WEBSOCKET, "Origin: https://evil.example"));
          assertThat(client.readAnswer().status()).isEqualTo(403);
        }),
        Row.of("CVE-2024-38355", "an event named error", abuser -> {
          RawWebSocket client = abuser.joined();
          client.sendText("42[\"error\",{}]");
          abuser.survives(client);
        }),
        Row.of("CVE-2020-36048", "a POST of 101 MB", "reason=payload too large", abuser -> {
          String sid = abuser.sid();
          RawWebSocket post = abuser.send("POST", of(sid), null, "Transfer-Encoding: chunked");
          long sent = pour(post, "4".repeat(65_536), 101_000_000);
          // The rest lies in the kernels' buffers.
          assertThat(sent).isLessThan(30_000_000);
          abuser.assertGone(sid);
        }),
        Row.of("CVE-2020-36048", "a POST that announces 101 MB", "reason=payload too large", abuser -> {
          String sid = abuser.sid();
          assertThat(abuser.send("POST", of(sid), null, "Content-Length: 101000000").readAnswer().status()).isEqualTo(413);
          abuser.assertGone(sid);
        }),
        Row.of("CVE-2022-21676", "a reserved bit in the first frame", "client cut off .*reserved bit", abuser -> {
          byte[] frame = RawWebSocket.frame(true, 2, RawWebSocket.TEXT, true, new byte[] {'4'});
          RawWebSocket client = abuser.tcp().send(RawWebSocket.concat(RawWebSocket.upgradeRequest(WEBSOCKET), frame));
          assertThat(client.readAnswer().status()).isEqualTo(101);
          abuser.closes(client, 1002);
        }),
        Row.of("CVE-2022-41940", "a reset while upgrading", abuser -> {
          for (int i = 0; i < RESETS; i++) {
            RawWebSocket client = RawWebSocket.tcp(abuser.port());
            client.send(RawWebSocket.upgradeRequest(WEBSOCKET));
            client.reset();
          }
        }),
        Row.of("CVE-2023-31125", "transports that are names of properties", 5, "request refused .*reason=code 0", abuser -> {
          for (String transport : new String[] {"constructor", "__proto__", "toString", "", "websocket&transport=websocket"}) {
            RawWebSocket client = abuser.tcp().send(RawWebSocket.upgradeRequest("/socket.io/?EIO=4&transport=" + transport));
            refused(client.readAnswer(), 400, 0);
            assertThat(client.readEnd()).isTrue();
          }
        }),
        Row.of("CVE-2020-7693, CVE-2020-8823", "SockJS, which is not offered", 2, "request refused .*reason=code 0", abuser -> {
          for (String path : new String[] {"/sockjs/info", "/socket.io/000/aaaa/xhr", "/socket.io/000/aaaa/htmlfile?c=%3Cscript%3E"}) {
            HttpAnswer answer = abuser.post(path, "");
            assertThat(answer.status()).isIn(400, 404, 405);
            assertThat(answer.body()).doesNotContain("<script>");
          }
        }));
  }

  private static Stream<Row> parser() {
    return Stream.of(
            broken("CVE-2020-36049", "endless digits of attachments", "45" + "1".repeat(900_000)),
            Row.of("CVE-2022-2421", "an attachment's number that is a method's name", BROKE, abuser -> {
              RawWebSocket client = abuser.joined();
              client.sendText("451-[\"e\",{\"_placeholder\":true,\"num\":\"splice\"}]").sendBinary(new byte[] {1});
              abuser.closes(client, 1008);
            }),
            broken("CVE-2026-33151", "eleven attachments", "4511-[\"e\"]"),
            broken("netty-socketio #945", "1,832,742,252 attachments", "451832742252-[\"e\"]"),
            Row.of("GHSA-2m8v-j782-fhvr", "no attachments", abuser -> {
              RawWebSocket client = abuser.joined();
              client.sendText("450-[\"e\"]");
              abuser.survives(client);
            }))
        .flatMap(row -> row.id().equals("CVE-2022-2421")
            ? Stream.concat(Stream.of(row),
            Stream.of("42[{\"toString\":\"foo\"}]", "42[true,1]", "42[null,1]", "42[\"connect\"]")
            .map(packet -> broken("CVE-2023-32695", "the name " + packet, packet)))
            : Stream.of(row));
  }

  private static Row broken(String id, String title, String packet) {
    return Row.of(id, title, BROKE, abuser -> {
      RawWebSocket client = abuser.joined();
      client.sendText(packet);
      abuser.closes(client, 1008);
    });
  }

  private static Stream<Row> webSockets() {
    return Stream.of(
        Row.of("CVE-2016-10518, CVE-2026-45736", "memory in a pong", abuser -> {
          RawWebSocket client = abuser.joined();
          for (int length : new int[] {0, 1, 125}) {
            byte[] payload = new byte[length];
            Arrays.fill(payload, (byte) 0xA5);
            client.sendPing(payload);
            Frame pong = client.readFrame();
            while (pong.opcode() != RawWebSocket.PONG) pong = client.readFrame();
            assertThat(pong.payload()).isEqualTo(payload);
          }
        }),
        Row.of("CVE-2016-10542", "a header that announces 2^40 bytes", "reason=payload too large", abuser -> {
          RawWebSocket client = abuser.joined();
          client.send(RawWebSocket.header(true, 0, RawWebSocket.BINARY, true, 1L << 40));
          abuser.closes(client, 1009);
        }),
        Row.of("GHSA-5v72, CVE-2021-32640", "headers of an upgrade that are hard to read", abuser -> {
          for (String header : new String[] {"Sec-WebSocket-Extensions: constructor", "Sec-WebSocket-Extensions: " + "a;".repeat(3000),
              "Sec-WebSocket-Protocol: a" + " ".repeat(7000) + "b", "Sec-WebSocket-Protocol: " + ",".repeat(7000)}) {
            RawWebSocket client = abuser.tcp().send(RawWebSocket.upgradeRequest(WEBSOCKET, header));
            HttpAnswer answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(101);
            assertThat(answer.headers()).doesNotContainKeys("sec-websocket-extensions", "sec-websocket-protocol");
            client.close();
          }
        }),
        Row.of("CVE-2024-37890", "an upgrade of 100 kB of headers", "request refused .*status=431", abuser ->
            assertThat(abuser.raw("GET " + WEBSOCKET + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n" + "X: yz\r\n".repeat(20_000)
                + "\r\n")).matches("(?s)HTTP/1.[01] 431.*")),
        endless("CVE-2026-48779, CVE-2026-42786, CVE-2026-44545", RawWebSocket.BINARY),
        endless("GHSA-7vpq-g998-qpv7", RawWebSocket.TEXT));
  }

  private static Row endless(String id, int opcode) {
    return Row.of(id, "a million empty fragments of opcode " + opcode, "fragments", abuser -> {
      RawWebSocket client = abuser.joined();
      client.send(RawWebSocket.fragment(false, opcode, new byte[0]));
      PacketRows.flood(client, RawWebSocket.fragment(false, RawWebSocket.CONTINUATION, new byte[0]), 1_000_000);
      abuser.closes(client, 1009);
    });
  }

  private static Stream<Row> http() {
    String post = "POST " + POLLING;
    return Stream.of(
        Row.of("CVE-2020-11612, CVE-2026-42587", "compressed bodies", 5, "client cut off .*compressed body", abuser -> {
          for (String encoding : new String[] {"br", "gzip", "zstd", "snappy", "deflate"}) {
            String sid = abuser.sid();
            assertThat(abuser.post(of(sid), "40", "Content-Encoding: " + encoding).status()).isEqualTo(415);
            abuser.assertGone(sid);
          }
        }),
        Row.of("CVE-2026-50020", "a NUL before the request", "request refused .*status=400", abuser ->
            assertThat(abuser.raw("\u0000GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")).matches("(?s)HTTP/1.[01] 400.*")),
        Row.of("CVE-2026-42581", "a length beside chunks", 2, "request refused .*status=400 .*Transfer-Encoding", abuser -> {
          for (String version : new String[] {"1.0", "1.1"}) {
            assertThat(abuser.raw(post + " HTTP/" + version
                + "\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: "
                + "a\r\n\r\n"))
                .as("HTTP/" + version).matches("(?s)HTTP/1.[01] 400.*").doesNotContain("404");
          }
        }),
        Row.of("+http", "transfer codings that end in another than chunked", 5, "request refused .*status=400", abuser -> {
          for (String codings : new String[] {"chunked, xchunked", "xchunked", "chunked, identity", "chunked;q=1", "chunked, chunked"}) {
            String smuggling = post + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + codings
                + "\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
            assertThat(abuser.raw(smuggling)).as(codings).matches("(?s)HTTP/1.[01] 400.*").doesNotContain("404");
          }
        }),
        Row.of("CVE-2025-58056", "a line feed in a chunk's extension", "client cut off .*POST cut off", abuser -> {
          String sid = abuser.sid();
          String smuggling = "POST " + of(sid)
              + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2;\nxx\r\n40\r\n0\r\n\r\nGET /smuggled "
              + "HTTP/1.1\r\nHost: a\r\n\r\n";
          // Neither the one reading of it nor the other.
          assertThat(abuser.raw(smuggling)).matches("(?s)(HTTP/1.1 400.*)?").doesNotContain("404");
          abuser.assertGone(sid);
        }),
        Row.of("CVE-2024-29025", "100,000 fields of a form", "reason=parse error", abuser -> {
          String sid = abuser.sid();
          refused(abuser.post(of(sid), "a=b&".repeat(100_000), "Content-Type: application/x-www-form-urlencoded"), 400, 3);
          abuser.assertGone(sid);
        }),
        Row.of("CVE-2023-44487, CVE-2025-55163, GHSA-w9fj", "HTTP/2 over clear text", abuser -> {
          RawWebSocket preface = abuser.tcp().send(RawWebSocket.ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"));
          assertThat(preface.readAnswer().status()).isEqualTo(501);
          assertThat(
              abuser.raw("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: "
              + "h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")).doesNotContain(" 101 ");
        }),
        Row.of("CVE-2018-12541", "an upgrade with an endless body", "request refused .*status=400 reason=an upgrade has no body",
        abuser -> {
          RawWebSocket client = abuser.tcp().send(RawWebSocket.ascii(
              new String(RawWebSocket.upgradeRequest(WEBSOCKET, "Transfer-Encoding: chunked"),
              java.nio.charset.StandardCharsets.US_ASCII)));
          assertThat(pour(client, "x".repeat(65_536), 100_000_000)).isLessThan(30_000_000);
        }),
        Row.of("CVE-2018-12537", "line ends that a header is made of", 2, "request refused .*status=400", abuser -> {
          String answer =
              abuser.raw("OPTIONS " + POLLING
              + " HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nAccess-Control-Request-Headers: a\rX-Injected: "
              + "1\r\nConnection: close\r\n\r\n");
          assertThat(answer.lines().noneMatch(line -> line.startsWith("X-Injected"))).isTrue();
          assertThat(abuser.get("/socket.io/?EIO=4&transport=%0d%0aX-Injected:%201").headers()).doesNotContainKey("x-injected");
        }));
  }

  private static Stream<Row> pages() {
    return Stream.of(
        Row.of("CVE-2026-1002", "a path with dots that poisons a cache", 2, "request refused .*status=404", abuser -> {
          int before = abuser.get("/index.html").status();
          abuser.get("/foo/bar%2F..%2Findex.html");
          abuser.get("/bar%2F..%2Findex.html");
          assertThat(abuser.get("/index.html").status()).isEqualTo(before);
        }),
        Row.of("CVE-2025-11965, CVE-2025-11966, CVE-2018-12542, CVE-2019-17640, CVE-2023-24815", "files that are not for the public", 4,
        "request refused .*status=404", abuser -> {
          for (String path : new String[] {"/.git/config", "/..%5c..%5capp.conf", "/%2e%2e/pom.xml", "//etc/passwd", "/img/",
              "/..%2fbuild.properties", "/socket.io/../../etc/passwd", "/%00"}) {
            assertThat(abuser.get(path).status()).as(path).isIn(400, 404);
          }
        }));
  }

  /** Writes until the server has enough; reads its answer meanwhile, or the end. */
  private static long pour(RawWebSocket client, String chunk, long bytes) throws Exception {
    byte[] framed = RawWebSocket.ascii(Integer.toHexString(chunk.length()) + "\r\n" + chunk + "\r\n");
    AtomicLong sent = new AtomicLong();
    Thread writer = new Thread(() -> {
      try {
        while (sent.get() < bytes) {
          client.send(framed);
          sent.addAndGet(framed.length);
        }
      } catch (IOException cutOff) {
        // That is the point.
      }
    });
    writer.start();
    HttpAnswer answer = client.readAnswer();
    assertThat(answer.status()).isIn(400, 413);
    writer.join(Row.SOON_MS);
    assertThat(writer.isAlive()).isFalse();
    return sent.get();
  }

  private static void end(Abuser abuser, HttpAnswer handshake) throws IOException {
    String sid = new io.vertx.core.json.JsonObject(handshake.body().split("\u001e")[0].substring(1)).getString("sid");
    abuser.post(of(sid), "1");
  }
}
