package dev.magpie.transport.websocket;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Strict UTF-8 (RFC 3629) checked piece by piece: no overlong forms, no surrogates, nothing above U+10FFFF. The state between two pieces
 * is one int, so that a fragmented message needs no validator object.
 */
final class Utf8 {
  /** Between two code points: where a text begins and where it must end. */
  static final int EDGE = 0;

  static final int INVALID = -1;

  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long NOT_ASCII = 0x8080808080808080L;

  // A state is the number of continuation bytes to come and, above them, the bounds of the next one.
  private static final int COUNT_MASK = 0x3;
  private static final int LOW_SHIFT = 8;
  private static final int HIGH_SHIFT = 16;

  private Utf8() {}

  /** The state after these bytes, or {@link #INVALID} at the first byte that is not valid here. */
  static int check(int state, byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      if (state == EDGE) {
        while (to - at >= Long.BYTES && ((long) LONGS.get(bytes, at) & NOT_ASCII) == 0) at += Long.BYTES;
        if (at == to) break;
        state = lead(bytes[at++] & 0xFF);
      } else {
        state = continuation(state, bytes[at++] & 0xFF);
      }
      if (state == INVALID) return INVALID;
    }
    return state;
  }

  private static int lead(int b) {
    if (b < 0x80) return EDGE;
    if (b < 0xC2) return INVALID; // a continuation byte, or the overlong C0 and C1
    if (b < 0xE0) return expect(1, 0x80, 0xBF);
    if (b == 0xE0) return expect(2, 0xA0, 0xBF); // shorter would be overlong
    if (b == 0xED) return expect(2, 0x80, 0x9F); // above are the surrogates
    if (b < 0xF0) return expect(2, 0x80, 0xBF);
    if (b == 0xF0) return expect(3, 0x90, 0xBF); // shorter would be overlong
    if (b < 0xF4) return expect(3, 0x80, 0xBF);
    if (b == 0xF4) return expect(3, 0x80, 0x8F); // above is beyond U+10FFFF
    return INVALID;
  }

  private static int continuation(int state, int b) {
    if (b < (state >> LOW_SHIFT & 0xFF) || b > (state >> HIGH_SHIFT & 0xFF)) return INVALID;
    int remaining = (state & COUNT_MASK) - 1;
    return remaining == 0 ? EDGE : expect(remaining, 0x80, 0xBF);
  }

  private static int expect(int count, int low, int high) {
    return high << HIGH_SHIFT | low << LOW_SHIFT | count;
  }
}
