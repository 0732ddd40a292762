package dev.magpie.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One client of a {@link ClientGroup}: the least that a server takes for a Socket.IO client or for a plain WebSocket. Used on its
 * thread only.
 */
final class Member {
  /** From several addresses of this machine, since one has too few ports for all that come and go. */
  private static final int ADDRESSES = System.getProperty("os.name").equals("Linux") ? 8 : 1;

  /** Longer frames are not looked at. */
  private static final int LONG = 256 << 10;

  private static final byte[] UPGRADE_END = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private enum State {
    CONNECTING,
    UPGRADING,
    OPEN,
    GONE
  }

  final int number;
  private final ClientGroup group;
  private final boolean socketIo;
  private State state = State.CONNECTING;
  private SocketChannel channel;
  private SelectionKey key;
  private ByteBuffer early;
  /** Bytes still to come of a frame that is too long to be kept. */
  private long skip;
  /** Neither reads nor writes any more, though its connection stands. */
  private boolean mute;
  private boolean joined;
  private long lastSequence = -1;
  int status;

  Member(ClientGroup group, int number) {
    this.group = group;
    this.number = number;
    this.socketIo = group.path.startsWith("/socket.io");
  }

  void connect(Selector selector, int port, int window) throws IOException {
    channel = SocketChannel.open();
    channel.configureBlocking(false);
    if (window > 0) channel.setOption(StandardSocketOptions.SO_RCVBUF, window);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    if (ADDRESSES > 1) channel.bind(new InetSocketAddress(InetAddress.getByName("127.0.0." + (1 + number % ADDRESSES)), 0));
    key = channel.register(selector, SelectionKey.OP_CONNECT, this);
    channel.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
  }

  boolean isOpen() {
    return state == State.OPEN && joined;
  }

  boolean isMute() {
    return mute;
  }

  /** Its connection stays, and nothing comes over it any more. */
  void mute() {
    mute = true;
    if (key != null && key.isValid()) key.interestOps(0);
  }

  void hear() {
    mute = false;
    if (key != null && key.isValid()) key.interestOps(SelectionKey.OP_READ);
  }

  void say(String text) {
    if (isOpen() && !mute) write(1, (socketIo ? "42" + text : text).getBytes(StandardCharsets.UTF_8));
  }

  /** Goes without a word: by FIN, or by RST. */
  void vanish(boolean reset) {
    try {
      if (reset) channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException gone) {
      // Then it is closed already.
    }
    gone(1006);
  }

  void selected(ByteBuffer shared) {
    try {
      if (key.isConnectable()) connected();
      else if (key.isReadable()) read(shared);
    } catch (IOException broken) {
      gone(1006);
    }
  }

  private void connected() throws IOException {
    if (!channel.finishConnect()) return;
    state = State.UPGRADING;
    key.interestOps(SelectionKey.OP_READ);
    String query = (group.path.contains("?") ? "&" : "?") + "n=" + number;
    String request = "GET " + group.path + query + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
  }

  private void read(ByteBuffer shared) throws IOException {
    shared.clear();
    if (early != null) shared.put(early);
    early = null;
    int read = channel.read(shared);
    shared.flip();
    skipLong(shared);
    while (state == State.UPGRADING ? readAnswer(shared) : state == State.OPEN && readFrame(shared)) {
      // One after the other.
    }
    if (state == State.GONE) return;
    if (shared.hasRemaining()) early = ByteBuffer.allocate(shared.remaining()).put(shared).flip();
    if (read < 0) gone(status == 0 ? 1006 : status);
  }

  private void skipLong(ByteBuffer in) {
    int skipped = (int) Math.min(skip, in.remaining());
    in.position(in.position() + skipped);
    skip -= skipped;
  }

  private boolean readAnswer(ByteBuffer in) {
    for (int end = in.position(); end + 4 <= in.limit(); end++) {
      if (in.get(end) != '\r' || in.get(end + 1) != UPGRADE_END[1] || in.get(end + 2) != '\r') continue;
      byte[] head = new byte[end + 4 - in.position()];
      in.get(head);
      status = Integer.parseInt(new String(head, 9, 3, StandardCharsets.US_ASCII));
      if (status != 101) {
        gone(status);
        return false;
      }
      state = State.OPEN;
      if (!socketIo) join();
      return true;
    }
    return false;
  }

  private void join() {
    joined = true;
    group.opened(this);
  }

  private boolean readFrame(ByteBuffer in) {
    if (in.remaining() < 2) return false;
    int start = in.position();
    int opcode = in.get() & 0x0F;
    int length = in.get() & 0x7F;
    if (length >= 126 && in.remaining() < (length == 126 ? 2 : 8)) {
      in.position(start);
      return false;
    }
    if (length == 126) length = in.getShort() & 0xFFFF;
    else if (length == 127) length = (int) in.getLong();
    if (length > LONG) {
      skip = length;
      skipLong(in);
      return skip == 0;
    }
    if (in.remaining() < length) {
      in.position(start);
      return false;
    }
    int end = in.position() + length;
    received(opcode, in, end);
    in.position(end);
    return state == State.OPEN;
  }

  private void received(int opcode, ByteBuffer in, int end) {
    int length = end - in.position();
    switch (opcode) {
      case 8 -> {
        int code = length < 2 ? 1005 : in.getShort(in.position()) & 0xFFFF;
        write(8, length < 2 ? new byte[0] : new byte[] {(byte) (code >> 8), (byte) code});
        gone(code);
      }
      case 9 -> write(10, new byte[0]);
      case 1 -> text(in, end);
      default -> { }
    }
  }

  private void text(ByteBuffer in, int end) {
    int at = in.position();
    if (socketIo && end - at == 1 && in.get(at) == '2') write(1, new byte[] {'3'});
    else if (socketIo && in.get(at) == '0') write(1, new byte[] {'4', '0'});
    else if (socketIo && end - at > 1 && in.get(at + 1) == '0' && !joined) join();
    else measure(in, at, end);
  }

  /** A message {@code ["m",sequence,nanoTime,…]}: its clock is the machine's, so the way of a message can be told from here. */
  private void measure(ByteBuffer in, int at, int end) {
    while (at < end && in.get(at) != '[') at++;
    if (at + 6 > end || in.get(at + 2) != 'm' || in.get(at + 3) != '"') return;
    at += 5;
    long sequence = 0;
    for (; at < end && in.get(at) >= '0' && in.get(at) <= '9'; at++) sequence = sequence * 10 + in.get(at) - '0';
    long sent = 0;
    for (at++; at < end && in.get(at) >= '0' && in.get(at) <= '9'; at++) sent = sent * 10 + in.get(at) - '0';
    group.measured(System.nanoTime() - sent, lastSequence < 0 ? 0 : (int) (sequence - lastSequence - 1));
    lastSequence = sequence;
  }

  private void write(int opcode, byte[] payload) {
    if (mute) return;
    ByteBuffer frame = ByteBuffer.allocate(payload.length + 8);
    frame.put((byte) (0x80 | opcode));
    if (payload.length < 126) frame.put((byte) (0x80 | payload.length));
    else frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    // A mask of zeros changes nothing.
    frame.putInt(0).put(payload).flip();
    try {
      channel.write(frame);
    } catch (IOException broken) {
      gone(1006);
    }
  }

  private void gone(int code) {
    if (state == State.GONE) return;
    state = State.GONE;
    boolean had = joined;
    joined = false;
    try {
      channel.close();
    } catch (IOException ignored) {
      // It is gone either way.
    }
    group.gone(this, code, had);
  }
}
