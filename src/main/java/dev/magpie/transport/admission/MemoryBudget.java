package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.Networks;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.Shareable;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The budget of memory for unfinished work of peers: parts of WebSocket messages, of request heads and of bodies, attachments that wait for
 * others, requests without an answer, send queues, pending acknowledgements. One for a Vert.x instance, shared by its event loops: the
 * total is one atomic counter, from which each loop leases {@link #PIECE pieces}. Input and output that is handled within one turn of the
 * loop is not counted, and so costs nothing here. Objects count by a fixed estimate.
 *
 * <p>A message that waits for several clients of a loop is one buffer and counts once, on the account of the first of them; when that
 * client has taken it and others have not, it counts in the total only.
 *
 * <p>When the total is used up, the requester is refused and the largest account of its loop is closed, which makes room for the next one.
 * One client address, by {@link Networks#limited}, holds at most an {@link #ADDRESS_PART eighth}, or one message of the largest size where
 * that is more, so that no single client can use up the budget.
 */
@Internal
public final class MemoryBudget implements Shareable {
  static final int PIECE = 256 << 10;
  static final int ADDRESS_PART = 8;

  /** Granularity of reservations of an account. */
  static final int STEP = 1 << 10;

  /** Estimated heap of a queue entry, for each peer that waits for a buffer. */
  static final int PLACE_BYTES = 64;

  /** Default total: this part of the largest heap. A finished message exists twice, as bytes and as text, and the collector needs room. */
  private static final int HEAP_PART = 4;

  /** Leased, in bytes. */
  private final AtomicLong leased = new AtomicLong();
  /** Bytes by client address; an entry goes with its last byte. */
  private final Map<String, Long> byAddress = new ConcurrentHashMap<>();
  /** Largest message of all endpoints, in bytes: an address has one limit for all of them. */
  private volatile long largest;
  private final LongAdder refusals = new LongAdder();
  private final Queue<Lease> leases = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<Lease> ofThisLoop = ThreadLocal.withInitial(Lease::new);

  MemoryBudget() {}

  /** The one of this Vert.x instance. */
  public static MemoryBudget of(Vertx vertx) {
    return vertx.sharedData().<String, MemoryBudget>getLocalMap("magpie.memory").computeIfAbsent("budget", name -> new MemoryBudget());
  }

  /** Default total, in bytes: a quarter of the largest heap. */
  public static long usualTotal() {
    return Runtime.getRuntime().maxMemory() / HEAP_PART;
  }

  /**
   * Opens an account of one peer, used on this event loop only.
   *
   * @param total bytes that its endpoint allows for all accounts together
   * @param largest bytes of one message of the endpoint's largest size: an address may hold at least that, but not more than half of the
   *     total
   * @param address of the client; empty where it is not known: then only the total applies
   * @param evict ends the peer, which then holds nothing: called when its account is the largest while another one is refused
   */
  public Account open(long total, long largest, String address, Runnable evict) {
    if (largest > this.largest) this.largest = largest;
    return new Account(ofThisLoop.get(), total, address, evict);
  }

  // For operators.

  /** Bytes that the event loops have leased: what is held, plus at most two pieces for each loop. */
  public long leased() {
    return leased.get();
  }

  /** Bytes that accounts hold, in steps of {@link #STEP}. */
  public long held() {
    return leases.stream().mapToLong(lease -> lease.used.get()).sum();
  }

  public long refusals() {
    return refusals.sum();
  }

  /** The share of the total that one event loop has leased. */
  private final class Lease {
    private final Set<Account> holders = new HashSet<>();
    private final Map<Object, Kept> kept = new IdentityHashMap<>();
    private long granted;
    /** Written by its loop alone, read by {@link #held}. */
    private final AtomicLong used = new AtomicLong();

    Lease() {
      leases.add(this);
    }

    boolean take(long bytes, long total) {
      long now = used.getPlain() + bytes;
      long missing = now - granted;
      // Near the end of the total only what is needed.
      if (missing > 0 && !grant((missing + PIECE - 1) / PIECE * PIECE, total) && !grant(missing, total)) return false;
      used.setRelease(now);
      return true;
    }

    private boolean grant(long bytes, long total) {
      if (leased.addAndGet(bytes) > total) {
        leased.addAndGet(-bytes);
        return false;
      }
      granted += bytes;
      return true;
    }

    void give(long bytes) {
      long now = used.getPlain() - bytes;
      used.setRelease(now);
      long kept = now == 0 ? 0 : PIECE;
      if (now > 0 && granted - now < 2 * PIECE) return;
      long back = granted - now - kept;
      granted -= back;
      leased.addAndGet(-back);
    }

    /** Returns false where the requester itself is the largest: its owner ends it. */
    boolean closeLargest(Account requester) {
      Account largest = requester;
      for (Account holder : holders) if (holder.bytes > largest.bytes) largest = holder;
      if (largest == requester) return false;
      largest.evict.run();
      return true;
    }
  }

  /** A buffer that waits for peers of one loop. */
  private static final class Kept {
    private final long bytes;
    /** Null once it has taken the buffer while others have not. */
    private Account payer;
    private int peers;

    Kept(long bytes, Account payer) {
      this.bytes = bytes;
      this.payer = payer;
    }
  }

  /** The memory that one peer holds. */
  public final class Account {
    private final Lease lease;
    private final long total;
    private final Runnable evict;
    private String address;
    /** The address, or its network, as limits count it; null until something is held. */
    private String limited;
    private long bytes;
    /** Bytes taken from the address's share and from the lease: in steps, so that small changes of a queue mostly need no other call. */
    private long reserved;
    private boolean closedAnother;

    private Account(Lease lease, long total, String address, Runnable evict) {
      this.lease = lease;
      this.total = total;
      this.address = address;
      this.evict = evict;
    }

    /**
     * Sets how many bytes this peer holds; a decrease is always granted.
     *
     * @return false when the budget refuses it: the account is unchanged, and the caller ends the peer
     */
    public boolean hold(long now) {
      if (now > reserved && !reserve(now)) {
        refusals.increment();
        return false;
      }
      bytes = now;
      if (now == 0 || reserved - now >= 2 * STEP) giveBack(roundUp(now));
      return true;
    }

    /** Whether the last refusal ended another peer, the one with the largest account. */
    public boolean closedAnother() {
      return closedAnother;
    }

    /** Adds to what this peer holds, as {@link #hold} does. */
    public boolean add(long more) {
      return hold(bytes + more);
    }

    /** Moves the account to another client: a proxy's connection serves one client after the other. */
    void moveTo(String client) {
      if (client.equals(address)) return;
      giveShare(reserved);
      address = client;
      limited = null;
      takeShare(reserved);
    }

    /**
     * Counts a buffer that waits for this peer, and perhaps for others of its loop.
     *
     * @param bytes of the buffer, the same for all of them
     * @return false when the budget refuses it: nothing has changed then
     */
    public boolean keep(Object buffer, long bytes) {
      Kept known = lease.kept.get(buffer);
      if (!add(known == null ? bytes + PLACE_BYTES : PLACE_BYTES)) return false;
      if (known == null) lease.kept.put(buffer, known = new Kept(bytes, this));
      known.peers++;
      return true;
    }

    /** Releases a buffer that waited for this peer; once for each {@link #keep}. */
    public void letGo(Object buffer) {
      Kept done = lease.kept.get(buffer);
      boolean pays = done.payer == this;
      if (--done.peers == 0) {
        lease.kept.remove(buffer);
        if (!pays) lease.give(done.bytes);
        add(pays ? -done.bytes - PLACE_BYTES : -PLACE_BYTES);
        return;
      }
      if (pays) {
        // It still counts in the total.
        done.payer = null;
        bytes -= done.bytes;
        reserved -= done.bytes;
        giveShare(done.bytes);
      }
      add(-PLACE_BYTES);
    }

    private boolean reserve(long now) {
      // Near a bound only what is needed.
      if (take(roundUp(now)) || take(now)) return true;
      boolean itsShareIsUsed = limited != null && byAddress.getOrDefault(limited, 0L) + now - reserved > share();
      closedAnother = !itsShareIsUsed && lease.closeLargest(this);
      return false;
    }

    private boolean take(long upTo) {
      long more = upTo - reserved;
      if (takeShare(more) > share()) {
        giveShare(more);
        return false;
      }
      if (!lease.take(more, total)) {
        giveShare(more);
        return false;
      }
      if (reserved == 0) lease.holders.add(this);
      reserved = upTo;
      return true;
    }

    private void giveBack(long downTo) {
      long less = reserved - downTo;
      if (less <= 0) return;
      reserved = downTo;
      giveShare(less);
      lease.give(less);
      if (reserved == 0) lease.holders.remove(this);
    }

    private long share() {
      return Math.max(total / ADDRESS_PART, Math.min(total / 2, largest));
    }

    private static long roundUp(long bytes) {
      return (bytes + STEP - 1) / STEP * STEP;
    }

    private long takeShare(long more) {
      if (address.isEmpty() || more == 0) return 0;
      if (limited == null) limited = Networks.limited(address);
      return byAddress.merge(limited, more, Long::sum);
    }

    private void giveShare(long less) {
      if (address.isEmpty() || less == 0) return;
      byAddress.merge(limited, -less, (held, change) -> held + change == 0 ? null : held + change);
    }
  }
}
