package dev.magpie.chat;

import dev.magpie.chat.ChatError.Code;
import dev.magpie.transport.admission.MinuteSums;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Rate limit of wrong moderator secrets by address, or IPv6 network of 64 bits. Owned by one {@link ChatState}, used on its context; the
 * total may be read from any thread.
 */
final class WrongSecrets {
  /** Per address and minute; more than for one connection, since several people may share an address. */
  static final int MOST = 20;

  private final MinuteSums wrong;
  private final AtomicLong total = new AtomicLong();

  WrongSecrets(LongSupplier nanoTime) {
    wrong = new MinuteSums(nanoTime);
  }

  /**
   * Counts a secret that an address has sent; throws a {@link ChatError} above the limit.
   *
   * @param right whether it is a moderator's secret; above the limit a right one is refused too
   */
  void tried(String address, boolean right) {
    if (wrong.of(address) >= MOST) {
      ignored();
      throw tooMany();
    }
    if (right) return;
    total.incrementAndGet();
    wrong.add(address, 1);
  }

  /** Counts a secret that was not compared. */
  void ignored() {
    total.incrementAndGet();
  }

  static ChatError tooMany() {
    return new ChatError(Code.RATE_LIMIT, "too many wrong secrets; try again in a minute");
  }

  long total() {
    return total.get();
  }
}
