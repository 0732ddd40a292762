package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import dev.magpie.transport.admission.MinuteSums;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Quota of bytes that one user, and all users of one address, or IPv6 network of 64 bits, may write in a minute: messages and edits, which
 * the log stores. Owned by one {@link ChatState}, used on its context; the totals may be read from any thread.
 */
final class WriteQuota {
  static final long USER_BYTES_PER_MINUTE = 2L << 20;
  static final long ADDRESS_BYTES_PER_MINUTE = 16L << 20;

  /** Bytes of a stored message besides its text, an estimate: room, cid, name and times. */
  static final int MESSAGE_BYTES = 256;

  private final MinuteSums users;
  private final MinuteSums addresses;
  private final AtomicLong refusedUser = new AtomicLong();
  private final AtomicLong refusedAddress = new AtomicLong();

  /** Bytes in a minute. */
  record Limits(long user, long address) {}

  WriteQuota(LongSupplier nanoTime) {
    users = new MinuteSums(nanoTime);
    addresses = new MinuteSums(nanoTime);
  }

  /** Takes the bytes of a text from both quotas, or from none: throws a {@link ChatError} if one of them has too few. */
  void take(String uid, String address, String text, Limits limits) {
    long bytes = MESSAGE_BYTES + text.getBytes(StandardCharsets.UTF_8).length;
    if (users.of(uid) + bytes > limits.user()) throw refused(refusedUser, "you");
    if (addresses.of(address) + bytes > limits.address()) throw refused(refusedAddress, "your address");
    users.add(uid, bytes);
    addresses.add(address, bytes);
  }

  private static ChatError refused(AtomicLong counter, String whose) {
    counter.incrementAndGet();
    return new ChatError(Code.RATE_LIMIT, "too many bytes of messages from " + whose + "; try again in a minute");
  }

  long refusedUser() {
    return refusedUser.get();
  }

  long refusedAddress() {
    return refusedAddress.get();
  }
}
