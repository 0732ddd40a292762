package dev.magpie.transport.websocket;

import static dev.magpie.transport.websocket.WebSocketFrames.BINARY;
import static dev.magpie.transport.websocket.WebSocketFrames.CLOSE;
import static dev.magpie.transport.websocket.WebSocketFrames.CONTINUATION;
import static dev.magpie.transport.websocket.WebSocketFrames.MAX_CONTROL_BYTES;
import static dev.magpie.transport.websocket.WebSocketFrames.PING;
import static dev.magpie.transport.websocket.WebSocketFrames.PONG;
import static dev.magpie.transport.websocket.WebSocketFrames.TEXT;

import dev.magpie.transport.CloseReason;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes a client's frames (RFC 6455, section 5) and hands on whole messages. One for each channel, used on its event loop only.
 *
 * <p>It replaces Netty's decoder for four reasons. A frame becomes a {@code String} or the receiver's array without frame objects and
 * retained buffers in between, so that nothing can leak. A text is checked while it is copied and refused at its first wrong byte. A
 * message's memory grows with what has arrived, not with what a header announces. Between messages it holds eight fields.
 */
final class FrameDecoder {

  /** Receives what was decoded; may stop the decoder after each call. */
  interface Receiver {
    boolean wantsFrames();

    /** Whether an unfinished message may hold this many bytes; 0 always succeeds. */
    boolean mayHold(long bytes);

    void text(String text);

    void binary(byte[] bytes, int length);

    void ping(byte[] payload);

    void pong();

    void closeFrame(byte[] payload);

    /** The peer violated the protocol or a limit: what follows cannot be decoded. */
    void violation(CloseReason reason, String what);
  }

  private enum Step {
    FIRST_BYTE,
    SECOND_BYTE,
    LENGTH_16,
    LENGTH_64,
    MASK,
    PAYLOAD
  }

  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final long NOT_ASCII = 0x8080808080808080L;
  private static final int MIN_ASSEMBLY = 512;

  // Set once.
  private final Receiver receiver;
  private final WebSocketLimits limits;
  private final byte[] scratch;

  // The frame that is being read.
  private Step step = Step.FIRST_BYTE;
  private boolean fin;
  private byte opcode;
  private byte missing;
  private int mask;
  private long field;
  /** Payload bytes to come. */
  private int remaining;
  private byte[] control;
  private int controlLength;

  // The message that is being assembled; opcode 0 between messages.
  private byte messageOpcode;
  private int fragments;
  private byte[] assembly;
  private int assembled;
  /** Whether the receiver counts memory of this message. */
  private boolean counted;
  private int utf8 = Utf8.EDGE;

  /** @param scratch shared by all decoders of an event loop; used within one call only */
  FrameDecoder(Receiver receiver, WebSocketLimits limits, byte[] scratch) {
    this.receiver = receiver;
    this.limits = limits;
    this.scratch = scratch;
  }

  /** Decodes until the input is used up or the receiver stops it. */
  void decode(ByteBuf in) {
    while (receiver.wantsFrames() && advance(in)) {}
  }

  /** Whether part of a message or of a frame has arrived. */
  boolean isMidMessage() {
    return messageOpcode != 0 || step != Step.FIRST_BYTE;
  }

  /** Drops the unfinished message. */
  void release() {
    control = null;
    releaseAssembly();
  }

  /** One step; false when it needs more input. */
  private boolean advance(ByteBuf in) {
    // A payload may be empty, every other step needs a byte.
    if (step != Step.PAYLOAD && !in.isReadable()) return false;
    switch (step) {
      case FIRST_BYTE -> firstByte(in.readByte());
      case SECOND_BYTE -> secondByte(in.readByte());
      case LENGTH_16 -> {
        if (!readField(in)) return false;
        longLength(field, MAX_CONTROL_BYTES);
      }
      case LENGTH_64 -> {
        if (!readField(in)) return false;
        longLength(field, 0xFFFF);
      }
      case MASK -> {
        if (!readField(in)) return false;
        mask = (int) field;
        step = Step.PAYLOAD;
      }
      case PAYLOAD -> {
        if (remaining > 0 && !in.isReadable()) return false;
        if (isControl()) controlPayload(in);
        else dataPayload(in);
      }
    }
    return true;
  }

  private void firstByte(byte b) {
    fin = b < 0;
    opcode = (byte) (b & 0x0F);
    if ((b & 0x70) != 0) {
      violation("a reserved bit is set");
    } else if (opcode > PONG || opcode > BINARY && opcode < CLOSE) {
      violation("opcode " + opcode + " is reserved");
    } else if (isControl() && !fin) {
      violation("a control frame is fragmented");
    } else if (opcode == CONTINUATION && messageOpcode == 0) {
      violation("a continuation frame without a message before it");
    } else if ((opcode == TEXT || opcode == BINARY) && messageOpcode != 0) {
      violation("a message begins inside another");
    } else {
      step = Step.SECOND_BYTE;
    }
  }

  private void secondByte(byte b) {
    int length = b & 0x7F;
    if (b >= 0) {
      violation("a frame is not masked");
    } else if (isControl() && length > MAX_CONTROL_BYTES) {
      violation("a control frame is longer than 125 bytes");
    } else if (length > MAX_CONTROL_BYTES) {
      expectField(length == 126 ? Step.LENGTH_16 : Step.LENGTH_64, length == 126 ? 2 : 8);
    } else {
      length(length);
    }
  }

  private void longLength(long length, int shorterForm) {
    // Negative: the most significant bit must be 0.
    if (length <= shorterForm) violation("a length is not in its shortest form");
    else length(length);
  }

  private void length(long length) {
    if (!isControl() && length > limits.maxMessageBytes() - assembled) {
      receiver.violation(CloseReason.PAYLOAD_TOO_LARGE, "a message is longer than " + limits.maxMessageBytes() + " bytes");
    } else if (!isControl() && ++fragments > limits.maxFragments()) {
      receiver.violation(CloseReason.PAYLOAD_TOO_LARGE, "a message has more than " + limits.maxFragments() + " fragments");
    } else {
      remaining = (int) length;
      expectField(Step.MASK, 4);
    }
  }

  private void expectField(Step next, int bytes) {
    step = next;
    field = 0;
    missing = (byte) bytes;
  }

  private boolean readField(ByteBuf in) {
    while (missing > 0 && in.isReadable()) {
      field = field << 8 | in.readUnsignedByte();
      missing--;
    }
    return missing == 0;
  }

  private void controlPayload(ByteBuf in) {
    if (control == null) control = new byte[remaining];
    int read = Math.min(remaining, in.readableBytes());
    readUnmasked(in, control, controlLength, read);
    controlLength += read;
    if (remaining > 0) return;

    byte[] payload = control;
    control = null;
    controlLength = 0;
    step = Step.FIRST_BYTE;
    switch (opcode) {
      case PING -> receiver.ping(payload);
      case PONG -> receiver.pong();
      default -> receiver.closeFrame(payload);
    }
  }

  private void dataPayload(ByteBuf in) {
    if (opcode != CONTINUATION) messageOpcode = opcode;
    boolean whole = fin && assembly == null && opcode != CONTINUATION && in.readableBytes() >= remaining;
    if (whole && messageOpcode == TEXT && remaining <= scratch.length) {
      shortText(in);
      return;
    }
    int read = Math.min(remaining, in.readableBytes());
    if (!reserve(read)) {
      receiver.violation(CloseReason.OUT_OF_MEMORY, "unfinished messages exceed the memory budget");
    } else if (!append(in, read)) {
      receiver.violation(CloseReason.INVALID_TEXT, "a text is not UTF-8");
    } else if (remaining == 0) {
      step = Step.FIRST_BYTE;
      if (fin) endMessage();
    } else {
      // The rest of this frame continues the message.
      opcode = CONTINUATION;
    }
  }

  /** The usual case: all of a short text has arrived in one piece. */
  private void shortText(ByteBuf in) {
    int length = remaining;
    boolean ascii = readUnmasked(in, scratch, 0, length);
    step = Step.FIRST_BYTE;
    endOfMessage();
    if (ascii) {
      receiver.text(new String(scratch, 0, length, StandardCharsets.ISO_8859_1));
    } else if (Utf8.check(Utf8.EDGE, scratch, 0, length) == Utf8.EDGE) {
      receiver.text(new String(scratch, 0, length, StandardCharsets.UTF_8));
    } else {
      receiver.violation(CloseReason.INVALID_TEXT, "a text is not UTF-8");
    }
  }

  /** Adds a piece to the message; false for a text that is not UTF-8. */
  private boolean append(ByteBuf in, int length) {
    int from = assembled;
    boolean ascii = readUnmasked(in, assembly, from, length);
    assembled += length;
    if (messageOpcode != TEXT || ascii && utf8 == Utf8.EDGE) return true;
    utf8 = Utf8.check(utf8, assembly, from, assembled);
    // The last piece of a message must end at a code point's edge.
    return utf8 != Utf8.INVALID && (utf8 == Utf8.EDGE || !fin || remaining > 0);
  }

  /** Makes room for what has arrived; false when the budget refuses it. A message that this call completes is not counted. */
  private boolean reserve(int length) {
    int needed = assembled + length;
    if (assembly != null && needed <= assembly.length) return true;
    boolean last = fin && length == remaining;
    int size = size(length, last);
    // While one array is copied into the other, both count.
    int before = assembly == null ? 0 : assembly.length;
    if (!last && !count((long) before + size)) return false;
    assembly = assembly == null ? new byte[size] : Arrays.copyOf(assembly, size);
    return last || count(size);
  }

  /** Twice the size before, but not more than the frame needs. */
  private int size(int length, boolean last) {
    if (assembly == null) return last ? length : Math.min(assembled + remaining, Math.max(length, MIN_ASSEMBLY));
    long announced = (long) assembled + remaining;
    long doubled = Math.max(assembled + length, 2L * assembly.length);
    // Within a frame its header tells how much is to come; after a frame that is not the last one, the size is unknown.
    return (int) (length < remaining || fin ? Math.min(announced, doubled) : Math.min(limits.maxMessageBytes(), doubled));
  }

  private boolean count(long bytes) {
    if (!receiver.mayHold(bytes)) return false;
    counted = true;
    return true;
  }

  private void releaseAssembly() {
    assembly = null;
    if (counted) receiver.mayHold(0);
    counted = false;
  }

  private void endMessage() {
    byte kind = messageOpcode;
    byte[] bytes = assembly;
    int length = assembled;
    endOfMessage();
    if (kind == TEXT) receiver.text(new String(bytes, 0, length, StandardCharsets.UTF_8));
    else receiver.binary(bytes, length);
  }

  private void endOfMessage() {
    messageOpcode = 0;
    fragments = 0;
    releaseAssembly();
    assembled = 0;
    utf8 = Utf8.EDGE;
  }

  /** Copies payload bytes to an array and unmasks them; returns whether all of them are ASCII. */
  private boolean readUnmasked(ByteBuf in, byte[] to, int at, int length) {
    in.readBytes(to, at, length);
    remaining -= length;
    int end = at + length;
    long key = (mask & 0xFFFFFFFFL) << 32 | mask & 0xFFFFFFFFL;
    long seen = 0;
    for (; end - at >= Long.BYTES; at += Long.BYTES) {
      long word = (long) LONGS.get(to, at) ^ key;
      LONGS.set(to, at, word);
      seen |= word;
    }
    for (; at < end; at++) {
      to[at] ^= (byte) (mask >>> 24);
      seen |= to[at];
      // The key's next byte comes first, here and in the next piece.
      mask = Integer.rotateLeft(mask, 8);
    }
    return (seen & NOT_ASCII) == 0;
  }

  private void violation(String what) {
    receiver.violation(CloseReason.PROTOCOL_ERROR, what);
  }

  private boolean isControl() {
    return opcode >= CLOSE;
  }
}
