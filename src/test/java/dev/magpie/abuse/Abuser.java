package dev.magpie.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.magpie.testing.RawWebSocket;
import dev.magpie.testing.RawWebSocket.Frame;
import dev.magpie.testing.RawWebSocket.HttpAnswer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A client by hand: every connection is its own and is closed at the end. */
final class Abuser implements AutoCloseable {
  static final String ENGINE = "/socket.io/?EIO=4&transport=";
  static final String POLLING = ENGINE + "polling";
  static final String WEBSOCKET = ENGINE + "websocket";

  private final Subject subject;
  private final int patienceMs;
  private final String from;
  private final List<RawWebSocket> opened = new ArrayList<>();
  private int barriers;

  Abuser(Subject subject) {
    this(subject, RawWebSocket.TIMEOUT_MILLIS);
  }

  /** @param patienceMs for an answer; short where none is expected to come */
  Abuser(Subject subject, int patienceMs) {
    this(subject, patienceMs, "127.0.0.1");
  }

  /** @param from its own address */
  Abuser(Subject subject, int patienceMs, String from) {
    this.subject = subject;
    this.patienceMs = patienceMs;
    this.from = from;
  }

  Subject subject() {
    return subject;
  }

  int port() {
    return subject.port();
  }

  // Connections.

  RawWebSocket tcp() throws IOException {
    return keep(RawWebSocket.tcp(port(), from));
  }

  private RawWebSocket keep(RawWebSocket client) throws IOException {
    client.socket().setSoTimeout(patienceMs);
    opened.add(client);
    return client;
  }

  // HTTP.

  HttpAnswer get(String target, String... headers) throws IOException {
    return request("GET", target, null, headers);
  }

  HttpAnswer post(String target, String body, String... headers) throws IOException {
    return request("POST", target, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  HttpAnswer request(String method, String target, byte[] body, String... headers) throws IOException {
    return send(method, target, body, headers).readAnswer();
  }

  /** Sends a request; its answer is not read yet. */
  RawWebSocket send(String method, String target, byte[] body, String... headers) throws IOException {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    if (body != null) head.append("Content-Length: ").append(body.length).append("\r\n");
    for (String header : headers) head.append(header).append("\r\n");
    return tcp().send(RawWebSocket.concat(RawWebSocket.ascii(head.append("\r\n").toString()), body == null ? new byte[0] : body));
  }

  /** A connection of its own for these bytes; what is answered before the end, or before a second of silence, is returned. */
  String raw(String bytes) throws IOException {
    RawWebSocket client = tcp();
    client.socket().setSoTimeout(Math.min(10_000, patienceMs));
    StringBuilder answer = new StringBuilder();
    try {
      client.send(RawWebSocket.ascii(bytes));
    } catch (IOException answeredBefore) {
      // The answer may be there.
    }
    try {
      for (int b; (b = client.socket().getInputStream().read()) >= 0; ) answer.append((char) b);
    } catch (IOException silentOrReset) {
      // What came before it counts.
    }
    return answer.toString();
  }

  static void refused(HttpAnswer answer, int status, int code) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(new JsonObject(answer.body()).getInteger("code")).isEqualTo(code);
  }

  // Polling.

  /** Opens a polling session. */
  String sid() throws IOException {
    HttpAnswer answer = get(POLLING);
    assertThat(answer.status()).isEqualTo(200);
    return new JsonObject(answer.body().split("\u001e")[0].substring(1)).getString("sid");
  }

  static String of(String sid) {
    return POLLING + "&sid=" + sid;
  }

  void assertGone(String sid) throws IOException {
    refused(get(of(sid)), 400, 1);
  }

  /** Shows that the session lives, and ends it. */
  void assertLivesAndEnd(String sid) throws IOException {
    // An acknowledgement that nobody asked for: it is counted, no more.
    assertThat(post(of(sid), "4399[]").body()).isEqualTo("ok");
    assertThat(post(of(sid), "1").body()).isEqualTo("ok");
  }

  // WebSocket.

  /** An Engine.IO session, its open packet read. */
  RawWebSocket webSocket() throws IOException {
    RawWebSocket client = tcp().upgrade(WEBSOCKET);
    assertThat(client.readFrame().text()).startsWith("0{");
    return client;
  }

  /** One that has joined the main namespace. */
  RawWebSocket joined() throws IOException {
    RawWebSocket client = webSocket();
    client.sendText("40");
    skipTo(client, "40{");
    return client;
  }

  RawWebSocket plain() throws IOException {
    return tcp().upgrade("/ws?ns=/");
  }

  /** The next text that begins so; what the applications say to every client is passed over. */
  String skipTo(RawWebSocket client, String start) throws IOException {
    while (true) {
      Frame frame = client.readFrame();
      if (frame.opcode() == RawWebSocket.CLOSE) throw new AssertionError("closed before " + start + ": " + frame);
      if (frame.text().startsWith(start)) return frame.text();
    }
  }

  void closes(RawWebSocket client, int code) throws IOException {
    Frame close = client.skipToClose();
    assertThat(close.closeCode()).as(close.toString()).isEqualTo(code);
    try {
      client.send(RawWebSocket.frame(RawWebSocket.CLOSE, new byte[0]));
    } catch (IOException closedAlready) {
      // Where we closed first, the server has the last word.
    }
    assertThat(client.readEnd()).isTrue();
  }

  /** The connection works as before. */
  void survives(RawWebSocket client) throws IOException {
    byte[] barrier = ("barrier " + barriers++).getBytes(StandardCharsets.UTF_8);
    client.sendPing(barrier);
    for (Frame frame = client.readFrame(); !Arrays.equals(frame.payload(), barrier); frame = client.readFrame()) {
      if (frame.opcode() == RawWebSocket.CLOSE) throw new AssertionError("closed: " + frame);
    }
  }

  @Override
  public void close() throws IOException {
    for (RawWebSocket client : opened) client.close();
  }
}
