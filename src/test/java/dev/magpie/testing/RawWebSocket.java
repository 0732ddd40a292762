package dev.magpie.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A WebSocket client that sends whatever a test wants, right or wrong, over a blocking socket to 127.0.0.1, and shows what comes back frame
 * by frame. Used by one thread; every read ends after {@link #TIMEOUT_MILLIS}.
 *
 * <pre>{@code
 * try (RawWebSocket client = RawWebSocket.connect(port, "/ws")) {
 *   client.sendText("hello");
 *   assertThat(client.readFrame().text()).isEqualTo("hello");
 *   client.send(RawWebSocket.frame(true, 0b100, TEXT, true, bytes));   // RSV1
 *   assertThat(client.readClose().closeCode()).isEqualTo(1002);
 * }
 * }</pre>
 */
public final class RawWebSocket implements AutoCloseable {
  public static final int CONTINUATION = 0;
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;

  /** Room for a slow machine: nothing waits this long when all is well. */
  public static final int TIMEOUT_MILLIS = 20_000;

  /** RFC 6455's example key; its answer is {@link #EXAMPLE_ACCEPT}. */
  public static final String EXAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  public static final String EXAMPLE_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private RawWebSocket(Socket socket) throws IOException {
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
    this.out = socket.getOutputStream();
  }

  // Opening.

  /** A TCP connection on which nothing has been said. */
  public static RawWebSocket tcp(int port) throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    return new RawWebSocket(socket);
  }

  /** The same from this address of the client: on Linux the whole of 127.0.0.0/8 is this machine. */
  public static RawWebSocket tcp(int port, String from) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    return new RawWebSocket(socket);
  }

  /** A TCP connection that can be sent little before the sender has to wait. */
  public static RawWebSocket tcpWithSmallWindow(int port, int receiveBufferBytes) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(receiveBufferBytes);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
    return new RawWebSocket(socket);
  }

  public static RawWebSocket tls(int port, SSLContext context) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
    socket.startHandshake();
    return new RawWebSocket(socket);
  }

  /** A connection whose upgrade was accepted. Headers are given as {@code "Name: value"}. */
  public static RawWebSocket connect(int port, String path, String... headers) throws IOException {
    return tcp(port).upgrade(path, headers);
  }

  /** Asks for the upgrade and reads the 101. */
  public RawWebSocket upgrade(String path, String... headers) throws IOException {
    send(upgradeRequest(path, headers));
    HttpAnswer answer = readAnswer();
    if (answer.status() != 101) throw new IOException("not upgraded: " + answer);
    return this;
  }

  /** The bytes of a correct upgrade request. */
  public static byte[] upgradeRequest(String path, String... headers) {
    StringBuilder head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n");
    head.append("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").append(EXAMPLE_KEY).append("\r\n");
    for (String header : headers) head.append(header).append("\r\n");
    return ascii(head.append("\r\n").toString());
  }

  // Sending.

  /** Any bytes, in one piece. */
  public RawWebSocket send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** The same bytes in pieces of this size, each in a write of its own. */
  public RawWebSocket sendChopped(byte[] bytes, int pieceBytes) throws IOException {
    for (int at = 0; at < bytes.length; at += pieceBytes) {
      out.write(bytes, at, Math.min(pieceBytes, bytes.length - at));
      out.flush();
    }
    return this;
  }

  public RawWebSocket sendText(String text) throws IOException {
    return send(frame(TEXT, text.getBytes(StandardCharsets.UTF_8)));
  }

  public RawWebSocket sendBinary(byte[] data) throws IOException {
    return send(frame(BINARY, data));
  }

  public RawWebSocket sendPing(byte[] payload) throws IOException {
    return send(frame(PING, payload));
  }

  public RawWebSocket sendPong(byte[] payload) throws IOException {
    return send(frame(PONG, payload));
  }

  public RawWebSocket sendClose(int code, String reason) throws IOException {
    return send(frame(CLOSE, closePayload(code, reason.getBytes(StandardCharsets.UTF_8))));
  }

  /** A correct client frame: final and masked. */
  public static byte[] frame(int opcode, byte[] payload) {
    return frame(true, 0, opcode, true, payload);
  }

  /** A masked frame without reserved bits, which may be one of several fragments. */
  public static byte[] fragment(boolean fin, int opcode, byte[] payload) {
    return frame(fin, 0, opcode, true, payload);
  }

  /** @param rsv RSV1 is 4, RSV2 is 2, RSV3 is 1 */
  public static byte[] frame(boolean fin, int rsv, int opcode, boolean masked, byte[] payload) {
    byte[] header = header(fin, rsv, opcode, masked, payload.length);
    byte[] frame = Arrays.copyOf(header, header.length + payload.length);
    int mask = masked ? ByteBuffer.wrap(header, header.length - 4, 4).getInt() : 0;
    for (int i = 0; i < payload.length; i++) frame[header.length + i] = (byte) (payload[i] ^ mask >>> 24 - 8 * (i & 3));
    return frame;
  }

  /** A header alone, which may promise a payload of any length. */
  public static byte[] header(boolean fin, int rsv, int opcode, boolean masked, long length) {
    ByteBuffer header = ByteBuffer.allocate(14);
    header.put((byte) ((fin ? 0x80 : 0) | rsv << 4 | opcode));
    int maskBit = masked ? 0x80 : 0;
    if (length >= 0 && length <= 125) header.put((byte) (maskBit | length));
    else if (length > 0 && length <= 0xFFFF) header.put((byte) (maskBit | 126)).putShort((short) length);
    else header.put((byte) (maskBit | 127)).putLong(length);
    if (masked) header.putInt(ThreadLocalRandom.current().nextInt());
    return Arrays.copyOf(header.array(), header.position());
  }

  public static byte[] closePayload(int code, byte[] reason) {
    return ByteBuffer.allocate(2 + reason.length).putShort((short) code).put(reason).array();
  }

  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) all.writeBytes(part);
    return all.toByteArray();
  }

  public static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  // Reading.

  /** A frame from the server. */
  public record Frame(boolean fin, int rsv, int opcode, boolean masked, byte[] payload) {
    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    /** 1005 for a close frame without a code. */
    public int closeCode() {
      return payload.length == 0 ? 1005 : (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
    }

    public String closeReason() {
      return payload.length <= 2 ? "" : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      String shown = payload.length > 200 ? payload.length + " bytes" : opcode == CLOSE ? closeCode() + " " + closeReason() : text();
      return "Frame[fin=" + fin + " rsv=" + rsv + " opcode=" + opcode + " " + shown + "]";
    }
  }

  /** An HTTP answer; header names in lower case. */
  public record HttpAnswer(int status, Map<String, String> headers, String body) {}

  /** The next frame, or an {@link EOFException} when the server has closed. */
  public Frame readFrame() throws IOException {
    int first = readByte();
    int second = readByte();
    long length = second & 0x7F;
    if (length == 126) length = ByteBuffer.wrap(readBytes(2)).getShort() & 0xFFFF;
    else if (length == 127) length = ByteBuffer.wrap(readBytes(8)).getLong();
    byte[] payload = readBytes(Math.toIntExact(length));
    return new Frame((first & 0x80) != 0, first >> 4 & 7, first & 0x0F, (second & 0x80) != 0, payload);
  }

  /** The next frame, which must be a close frame, and behind it nothing but the end of the connection. */
  public Frame readClose() throws IOException {
    Frame frame = readFrame();
    if (frame.opcode() != CLOSE) throw new IOException("not a close frame: " + frame);
    return frame;
  }

  /** The close frame, past whatever is in front of it. */
  public Frame skipToClose() throws IOException {
    Frame frame;
    do frame = readFrame();
    while (frame.opcode() != CLOSE);
    return frame;
  }

  /** Whether the server closes without a further byte. */
  public boolean readEnd() throws IOException {
    try {
      return in.read() == -1;
    } catch (SocketException reset) {
      return true;
    }
  }

  public HttpAnswer readAnswer() throws IOException {
    int status = Integer.parseInt(readLine().split(" ")[1]);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line; !(line = readLine()).isEmpty(); ) {
      int colon = line.indexOf(':');
      headers.merge(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim(), (a, b) -> a + ", " + b);
    }
    String body = ascii(readBytes(Integer.parseInt(headers.getOrDefault("content-length", "0"))));
    return new HttpAnswer(status, headers, body);
  }

  public byte[] readBytes(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) throw new EOFException("the server closed");
    return bytes;
  }

  private int readByte() throws IOException {
    int b = in.read();
    if (b < 0) throw new EOFException("the server closed");
    return b;
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b; (b = readByte()) != '\n'; ) if (b != '\r') line.append((char) b);
    return line.toString();
  }

  private static String ascii(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  // Ending.

  /** Ends the connection with an RST. */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Sends a FIN and goes on reading. */
  public void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  public Socket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
