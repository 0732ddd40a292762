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
 * The memory that peers cause by what they begin and do not finish, or do not take: parts of WebSocket messages, of request heads and of
 * bodies, attachments that wait for others, requests that are not answered yet, what waits in a send queue, acknowledgements that are owed.
 * One for a Vert.x instance: the total is one atomic counter, from which each event loop leases {@link #PIECE pieces}. What is handled or
 * written in one turn of the loop is never counted, so that it has no cost here. Objects count by a fixed estimate.
 *
 * <p>A message that waits for several clients of a loop is one buffer and counts once, on the account of the first of them; it goes on
 * counting in the total when that one is done and others are not.
 *
 * <p>When the total is used up the requester is refused, and the largest account of its loop is closed, so that there is room for the next
 * one. One client address, by {@link Networks#limited}, holds at most an {@link #ADDRESS_PART eighth}, or one message of the largest size
 * where that is more: a single one cannot use up what all share.
 */
@Internal
public final class MemoryBudget implements Shareable {
  static final int PIECE = 256 << 10;
  static final int ADDRESS_PART = 8;

  /** Granularity of reservations of an account. */
  static final int STEP = 1 << 10;

  /** A place in a queue, for each peer that waits for a buffer. */
  static final int PLACE_BYTES = 64;

  /** Of the largest heap: a message that is finished exists twice, as bytes and as text, and the collector needs room beside it. */
  private static final int HEAP_PART = 4;

  /** Leased, in bytes. */
  private final AtomicLong leased = new AtomicLong();
  /** Bytes by client address; an entry goes with its last byte. */
  private final Map<String, Long> byAddress = new ConcurrentHashMap<>();
  /** Message of any endpoint: what an address may hold is the same wherever it holds it. */
  private volatile long largest;
  private final LongAdder refusals = new LongAdder();
  private final Queue<Lease> leases = new ConcurrentLinkedQueue<>();
  private final ThreadLocal<Lease> ofThisLoop = ThreadLocal.withInitial(Lease::new);

  MemoryBudget() {}

  /** The one of this Vert.x instance. */
  public static MemoryBudget of(Vertx vertx) {
    return vertx.sharedData().<String, MemoryBudget>getLocalMap("magpie.memory").computeIfAbsent("budget", name -> new MemoryBudget());
  }

  /** The total where nothing else is set: a quarter of the largest heap. */
  public static long usualTotal() {
    return Runtime.getRuntime().maxMemory() / HEAP_PART;
  }

  /**
   * An account of one peer, used on this event loop only.
   *
   * @param total that its endpoint allows for all accounts together
   * @param largest what one message of the endpoint's largest size takes: an address holds at least that, though never over half of the
   * total
   * @param address of the client; empty where it is not known, so that only the total bounds it
   * @param evict ends the peer, which then holds nothing any more: called when it is the largest while another one is refused
   */
  public Account open(long total, long largest, String address, Runnable evict) {
    if (largest > this.largest) this.largest = largest;
    return new Account(ofThisLoop.get(), total, address, evict);
  }

  // For operators.

  /** Bytes that the event loops have leased: what is held, and at most two pieces more for each loop. */
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

    /** Says false where that is the requester itself, whose owner ends it. */
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
    /** Null once it is done while others are not. */
    private Account payer;
    private int peers;

    Kept(long bytes, Account payer) {
      this.bytes = bytes;
      this.payer = payer;
    }
  }

  /** What one peer holds. */
  public final class Account {
    private final Lease lease;
    private final long total;
    private final Runnable evict;
    private String address;
    /** What stands for the address; null until something is held. */
    private String limited;
    private long bytes;
    /** Taken from the address and the lease: in steps, so that what comes and goes in a queue mostly finds its room. */
    private long reserved;
    private boolean closedAnother;

    private Account(Lease lease, long total, String address, Runnable evict) {
      this.lease = lease;
      this.total = total;
      this.address = address;
      this.evict = evict;
    }

    /**
     * Says how much this peer is about to hold; less is always granted.
     *
     * @return false when it may not: it then holds as much as before, and its owner ends it
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

    /** Whether its last refusal ended the peer that held the most, and that was another one. */
    public boolean closedAnother() {
      return closedAnother;
    }

    /** Adds to what this peer holds, as {@link #hold} does. */
    public boolean add(long more) {
      return hold(bytes + more);
    }

    /** What it holds is this client's from now on: a proxy's connection serves one after the other. */
    void moveTo(String client) {
      if (client.equals(address)) return;
      giveShare(reserved);
      address = client;
      limited = null;
      takeShare(reserved);
    }

    /**
     * Says that a buffer waits for this peer, and perhaps for others of its loop.
     *
     * @param bytes of the buffer, the same whoever says it
     * @return false when it may not wait: nothing has changed then
     */
    public boolean keep(Object buffer, long bytes) {
      Kept known = lease.kept.get(buffer);
      if (!add(known == null ? bytes + PLACE_BYTES : PLACE_BYTES)) return false;
      if (known == null) lease.kept.put(buffer, known = new Kept(bytes, this));
      known.peers++;
      return true;
    }

    /** The buffer does not wait for this peer any more; once for each {@link #keep}. */
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
        // The total goes on holding it.
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
