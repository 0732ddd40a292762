package dev.magpie.transport.admission;

import dev.magpie.Internal;
import dev.magpie.transport.ClientUse;
import dev.magpie.transport.Exceeded;
import dev.magpie.transport.Resource;
import dev.magpie.transport.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * What one connection counts on: its address, its users, and all clients. A connection of an exempt address has none. Owned by the
 * connection's event loop, but for {@link #close}, which the {@link AdmissionToken} calls once, on any thread.
 *
 * <p>Where the bucket of an address is empty, only those of its connections are closed that have sent more than their part of it: an office
 * behind one address does not lose its connections because of one of them.
 */
@Internal
@NullMarked
public final class ClientShares implements ClientUse {
  private final LimitTable table;
  private final ClientLimits limits;
  private final Part address;
  private final @Nullable Part all;
  /** Of the users as which its sockets are identified; mostly one. */
  private final List<Part> users = new ArrayList<>(1);
  private @Nullable Exceeded last;

  private ClientShares(LimitTable table, ClientLimits limits, Share address, @Nullable Share all) {
    this.table = table;
    this.limits = limits;
    this.address = new Part(address);
    this.all = all == null ? null : new Part(all);
  }

  /** An open connection's, or why it is refused. */
  record Opened(@Nullable ClientShares shares, @Nullable Exceeded exceeded) {}

  /** @param key of the address ({@link dev.magpie.transport.Networks#limited}) */
  static Opened open(LimitTable table, ClientLimits limits, String key) {
    Share address = table.acquire(Scope.ADDRESS, key, limits.address());
    Exceeded exceeded = admit(table, address);
    if (exceeded != null) {
      table.release(address);
      table.refused(exceeded.scope(), exceeded.resource());
      return new Opened(null, exceeded);
    }
    Share all = null;
    if (!limits.all().equals(Quotas.NONE)) {
      all = table.acquire(Scope.ALL, "", limits.all());
      all.add(Resource.CONNECTIONS, 1);
    }
    return new Opened(new ClientShares(table, limits, address, all), null);
  }

  private static @Nullable Exceeded admit(LimitTable table, Share address) {
    long now = table.now();
    // An address that uses up a bucket gets no further clients until half of it is there again: each new one has a part of its own.
    for (Resource rate : List.of(Resource.EVENTS, Resource.BYTES))
      if (address.quotas.of(rate) > 0 && address.isSpent(rate, now)) return exceeded(address, rate, now);
    if (!address.hold(Resource.CONNECTIONS)) return exceeded(address, Resource.CONNECTIONS, now);
    if (!takeHandshake(address, now)) {
      address.release(Resource.CONNECTIONS, 1);
      return exceeded(address, Resource.HANDSHAKES, now);
    }
    return null;
  }

  private static boolean takeHandshake(Share share, long now) {
    long most = share.quotas.handshakesPerSecond();
    return most == 0 || share.take(Resource.HANDSHAKES, nanos(1, most), now, Resource.HANDSHAKES.burstNanos()) >= 0;
  }

  private static long nanos(long units, long perSecond) {
    return (long) Math.ceil(units * 1e9 / perSecond);
  }

  private static Exceeded exceeded(Share share, Resource resource, long now) {
    long limit = share.quotas.of(resource);
    return resource.isRate() ? Exceeded.forNext(TimeUnit.NANOSECONDS.toMillis(share.debt(resource, now)), share.scope, resource, limit)
        : new Exceeded(share.scope, resource, limit, 0);
  }

  // Messages.

  @Override
  public Verdict take(long size, long graceNanos) {
    long now = table.now();
    Verdict worst = take(address, size, now, graceNanos);
    if (worst != Verdict.EXCEEDED && all != null) worst = worse(worst, take(all, size, now, graceNanos));
    for (int i = 0; i < users.size() && worst != Verdict.EXCEEDED; i++) worst = worse(worst, take(users.get(i), size, now, graceNanos));
    return worst;
  }

  private static Verdict worse(Verdict one, Verdict other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  private Verdict take(Part part, long size, long now, long grace) {
    Verdict events = take(part, part.events, Resource.EVENTS, 1, now, grace);
    return events == Verdict.EXCEEDED ? events : worse(events, take(part, part.bytes, Resource.BYTES, size, now, grace));
  }

  private Verdict take(Part part, Own own, Resource rate, long units, long now, long grace) {
    Share share = part.share;
    long perSecond = share.quotas.of(rate);
    if (perSecond == 0) return Verdict.FINE;
    long burst = rate.burstNanos();
    long nanos = nanos(units, perSecond);
    long debt = share.take(rate, nanos, now, burst + grace);
    long ownDebt = own.take(nanos * Math.max(1, share.held(Resource.CONNECTIONS)), now, burst + grace);
    boolean empty = debt < 0;
    if (empty) share.spend(rate);
    boolean low = (empty || debt > burst / 2) && ownDebt > burst / 2;
    if (!low) return Verdict.FINE;
    boolean exceeds = empty && ownDebt > burst + grace;
    if (now < own.warnedUntil) return exceeds ? exceeds(part, rate, now) : Verdict.FINE;
    own.warnedUntil = now + share.debt(rate, now);
    last = exceeded(share, rate, now);
    table.warned(share.scope, rate);
    return Verdict.WARN;
  }

  private Verdict exceeds(Part part, Resource rate, long now) {
    last = exceeded(part.share, rate, now);
    table.refused(part.share.scope, rate);
    return Verdict.EXCEEDED;
  }

  @Override
  public @Nullable Exceeded last() {
    return last;
  }

  // Sockets, rooms, acknowledgements.

  @Override
  public @Nullable Exceeded join(@Nullable String user) {
    long now = table.now();
    Part part = user == null ? null : find(user);
    boolean isNew = user != null && part == null;
    if (isNew) part = new Part(table.acquire(Scope.USER, user, limits.user()));
    Exceeded exceeded = part == null ? null : admit(part, isNew, now);
    if (exceeded == null) exceeded = hold(Resource.NAMESPACES, part);
    else table.refused(exceeded.scope(), exceeded.resource());
    if (exceeded != null) {
      if (isNew) drop(part, exceeded.resource() != Resource.CONNECTIONS);
      return exceeded;
    }
    if (part != null) part.sockets++;
    if (isNew) users.add(part);
    return null;
  }

  private static @Nullable Exceeded admit(Part user, boolean isNew, long now) {
    if (isNew && !user.share.hold(Resource.CONNECTIONS)) return exceeded(user.share, Resource.CONNECTIONS, now);
    return takeHandshake(user.share, now) ? null : exceeded(user.share, Resource.HANDSHAKES, now);
  }

  @Override
  public void left(@Nullable String user) {
    release(Resource.NAMESPACES, user, 1);
    Part part = user == null ? null : find(user);
    if (part == null || --part.sockets > 0) return;
    users.remove(part);
    drop(part, true);
  }

  private void drop(Part user, boolean connected) {
    if (connected) user.share.release(Resource.CONNECTIONS, 1);
    table.release(user.share);
  }

  @Override
  public @Nullable Exceeded hold(Resource resource, @Nullable String user) {
    return hold(resource, user == null ? null : find(user));
  }

  private @Nullable Exceeded hold(Resource resource, @Nullable Part user) {
    Share refuses = !address.share.hold(resource) ? address.share : null;
    if (refuses == null && all != null && !all.share.hold(resource)) {
      address.share.release(resource, 1);
      refuses = all.share;
    }
    if (refuses == null && user != null && !user.share.hold(resource)) {
      address.share.release(resource, 1);
      if (all != null) all.share.release(resource, 1);
      refuses = user.share;
    }
    if (refuses == null) return null;
    table.refused(refuses.scope, resource);
    return exceeded(refuses, resource, 0);
  }

  @Override
  public void add(Resource resource, @Nullable String user, long more) {
    address.share.add(resource, more);
    if (all != null) all.share.add(resource, more);
    Part part = user == null ? null : find(user);
    if (part != null) part.share.add(resource, more);
  }

  private @Nullable Part find(String user) {
    for (int i = 0; i < users.size(); i++) if (users.get(i).share.key.equals(user)) return users.get(i);
    return null;
  }

  /** The connection has ended; its sockets leave by themselves. */
  void close() {
    address.share.release(Resource.CONNECTIONS, 1);
    table.release(address.share);
    if (all == null) return;
    all.share.release(Resource.CONNECTIONS, 1);
    table.release(all.share);
  }

  /** The connection's part of one share. */
  private static final class Part {
    private final Share share;
    private final Own events = new Own();
    private final Own bytes = new Own();
    /** Of this user. */
    private int sockets;

    Part(Share share) {
      this.share = share;
    }
  }

  /** What the connection has taken itself of a bucket of which each connection has an equal part. */
  private static final class Own {
    /** When its own part is full again. */
    private long full;
    /** When the whole bucket would have been full after the last warning. */
    private long warnedUntil;

    /** @return the debt before */
    long take(long nanos, long now, long most) {
      long from = Math.max(full, now);
      // A heavy sender is forgotten soon after it has stopped.
      full = Math.min(from + nanos, now + most + most / 4);
      return from - now;
    }
  }
}
