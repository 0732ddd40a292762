package dev.magpie.testing;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * An HTTP/2 client that writes its frames one by one, also wrong ones. Writing survives a server that has closed: the frames before tell
 * why. Used by one thread.
 */
public final class RawHttp2 implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int END_HEADERS = 4;
  public static final int ACK = 1;
  private static final int PRIORITY = 32;

  public static final int INITIAL_WINDOW_SIZE = 4;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private final SSLSocket socket;
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();

  /** Whether the first settings are sent. */
  private boolean opened;

  /** A frame that the server sent. */
  public record Frame(int type, int flags, int stream, byte[] payload) {
    /** The error code of a GOAWAY or RST_STREAM. */
    public int error() {
      return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
    }

    public boolean ends() {
      return (type == HEADERS || type == DATA) && (flags & END_STREAM) != 0;
    }
  }

  private RawHttp2(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
  }

  /** Connected, with HTTP/2 agreed; nothing of it is sent yet. */
  public static RawHttp2 agree(SSLContext context, int port) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setSoTimeout(30_000);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    parameters.setServerNames(java.util.List.of(new SNIHostName("localhost")));
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return new RawHttp2(socket);
  }

  /** The same, behind the first settings: pairs of number and value. */
  public static RawHttp2 open(SSLContext context, int port, int... settings) throws IOException {
    RawHttp2 client = agree(context, port);
    ByteBuffer pairs = ByteBuffer.allocate(settings.length / 2 * 6);
    for (int i = 0; i < settings.length; i += 2) pairs.putShort((short) settings[i]).putInt(settings[i + 1]);
    client.opened = true;
    client.write(PREFACE.getBytes(StandardCharsets.US_ASCII));
    client.frame(SETTINGS, 0, 0, pairs.array());
    return client;
  }

  /** A GET of a path of localhost. */
  public void get(int stream, String path, String... headers) {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, request("GET", path, headers));
  }

  /** A head with this method; further headers as names and values. */
  public byte[] request(String method, String path, String... headers) {
    String[] all = new String[8 + headers.length];
    System.arraycopy(new String[] {":method", method, ":scheme", "https", ":authority", "localhost:" + socket.getPort(), ":path", path}, 0,
        all, 0, 8);
    System.arraycopy(headers, 0, all, 8, headers.length);
    return block(all);
  }

  /** Headers as names and values, without compression. */
  public static byte[] block(String... headers) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < headers.length; i += 2) {
      block.write(0);
      text(block, headers[i]);
      text(block, headers[i + 1]);
    }
    return block.toByteArray();
  }

  private static void text(ByteArrayOutputStream block, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    // RFC 7541, section 5.1: an integer with a prefix of seven bits.
    int length = bytes.length;
    if (length < 127) {
      block.write(length);
    } else {
      block.write(127);
      for (length -= 127; length >= 128; length >>>= 7) block.write(length & 127 | 128);
      block.write(length);
    }
    block.writeBytes(bytes);
  }

  /** Does nothing once the server has closed. */
  public void frame(int type, int flags, int stream, byte... payload) {
    ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
    frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
    frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
    write(frame.array());
  }

  public void reset(int stream) {
    frame(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(8).array());
  }

  private void write(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException closed) {
      // What was read before tells.
    }
  }

  /** The next frame; null when the server has closed. */
  public Frame read() {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = new byte[length];
      in.readFully(payload);
      if (opened && type == SETTINGS && (flags & ACK) == 0) frame(SETTINGS, ACK, 0);
      return new Frame(type, flags, stream, payload);
    } catch (java.net.SocketTimeoutException late) {
      throw new AssertionError("nothing came", late);
    } catch (EOFException end) {
      return null;
    } catch (IOException reset) {
      return null;
    }
  }

  /** The next frame of this kind, skipping others; null when the server has closed before. */
  public Frame await(Predicate<Frame> kind) {
    Frame frame = read();
    while (frame != null && !kind.test(frame)) frame = read();
    return frame;
  }

  /** The head of the answer on this stream. */
  public Http2Headers head(int stream) throws Http2Exception {
    Frame head = await(frame -> frame.type == HEADERS && frame.stream == stream || frame.type == GOAWAY);
    if (head == null || head.type == GOAWAY) throw new AssertionError("no answer: " + (head == null ? "closed" : "GOAWAY " + head.error()));
    // The weight and the parent stream.
    int priority = (head.flags & PRIORITY) != 0 ? 5 : 0;
    return decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(head.payload, priority, head.payload.length - priority));
  }

  public String status(int stream) throws Http2Exception {
    return head(stream).status().toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
