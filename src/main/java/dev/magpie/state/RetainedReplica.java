package dev.magpie.state;

import dev.magpie.Internal;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An instance's copy of the retained values, or the streams, of one room, and what its members have got of it: who joins gets the values,
 * as fast as its connection takes them, and then every change. While values are still on their way to a member, a change waits for its turn
 * there, so that a member gets the versions in their order, and of each key only the newest. A member that reads too slowly for a change
 * that replaces the whole value gets it in the same way. Used on the instance's context.
 *
 * @param <M> the members of the room on this instance
 * @param <E> what a key holds
 * @param <C> a change of a key
 */
@Internal
public final class RetainedReplica<M, E extends Keyed, C extends Keyed> implements Replica<List<E>, C> {

  /** What a change makes of a key. */
  public interface Merge<E, C> {
    /**
     * The value after a change.
     *
     * @param former null for none
     * @return null for a key that is forgotten, of which the members are not told
     */
    @Nullable E after(@Nullable E former, C change);
  }

  /** The members, as the replica sees them. */
  public interface Members<M, E, C> {
    /** Whether so much waits for this member that it should get no more now. */
    boolean isFull(M member);

    /** Runs this once it is not full any more; never for one that has left. */
    void whenWritable(M member, Runnable then);

    /** Sends a value, or that the key was removed. */
    void send(M member, E entry);

    /** Sends a change to all members but those that {@link RetainedReplica#defers}. */
    void sendToAll(C change);
  }

  private final Members<M, E, C> members;
  private final Merge<E, C> merge;
  private final int maxRemoved;
  /** With removed keys; in the order of their versions. */
  private final Map<String, E> entries = new LinkedHashMap<>();
  private int removed;
  private boolean complete;
  /** Version of the snapshot or of the last change. */
  private long version;
  /** Members that are not served have got all up to this version. */
  private long passed;
  /** Whether members that are full get the present change later. */
  private boolean deferrable;
  /** Members that have not got all values; null for none. */
  private @Nullable Map<M, Service> served;

  /** @param maxRemoved number of removed keys that are remembered for clients that reconnect */
  public RetainedReplica(int maxRemoved, Merge<E, C> merge, Members<M, E, C> members) {
    this.maxRemoved = maxRemoved;
    this.merge = merge;
    this.members = members;
  }

  // --- From the hub

  @Override
  public void snapshot(String epoch, long newest, List<E> state) {
    state.forEach(this::put);
    version = newest;
    passed = newest;
    complete = true;
    if (served != null) for (Service service : new ArrayList<>(served.values())) service.run();
  }

  @Override
  public void changed(String epoch, long newest, C change) {
    E next = merge.after(entries.get(change.key()), change);
    // Where the change is the value, whoever gets the newest later misses nothing; a chunk of a stream is not.
    deferrable = (Object) next == change && change.version() > version;
    version = newest;
    if (next == null) {
      entries.remove(change.key());
      return;
    }
    put(next);
    members.sendToAll(change);
    passed = newest;
  }

  private void put(E entry) {
    E former = entries.remove(entry.key());
    if (former != null && former.isRemoved()) removed--;
    entries.put(entry.key(), entry);
    if (entry.isRemoved() && ++removed > maxRemoved) forgetOldest();
  }

  private void forgetOldest() {
    entries.values().stream().filter(Keyed::isRemoved).findFirst().ifPresent(oldest -> {
      entries.remove(oldest.key());
      removed--;
      // Members that knew the key would never hear of it.
      if (served != null) for (Service service : new ArrayList<>(served.values())) service.forgotten(oldest);
    });
  }

  // --- From the members

  /**
   * A member has joined: it gets the values, in this turn if they are known.
   *
   * @param ready false if nothing may be sent to it before {@link #ready}
   * @param knew whether it may have got values of this room before: then it is told of removed keys too
   */
  public void join(M member, boolean ready, boolean knew) {
    Service service = new Service(member, ready, knew);
    if (served == null) served = new IdentityHashMap<>(2);
    served.put(member, service);
    service.run();
  }

  /** From now on the member may be sent to. */
  public void ready(M member) {
    Service service = served == null ? null : served.get(member);
    if (service == null) return;
    service.ready = true;
    service.run();
  }

  /** The member has left. */
  public void leave(M member) {
    if (served == null) return;
    Service service = served.remove(member);
    if (service != null) service.ended = true;
    if (served.isEmpty()) served = null;
  }

  /**
   * Whether the change that is sent to all is nothing for this member now: it has not got all values yet, or so much waits for it that it
   * gets this one once there is room, or a newer one of the key.
   */
  public boolean defers(M member) {
    if (served != null && served.containsKey(member)) return true;
    if (!deferrable || !members.isFull(member)) return false;
    if (served == null) served = new IdentityHashMap<>(2);
    Service service = new Service(member, true, true);
    service.begun = passed;
    service.sent = passed;
    served.put(member, service);
    service.run();
    return true;
  }

  /** The values on their way to one member. */
  private final class Service {
    private final M member;
    private final boolean knew;
    private boolean ready;
    private boolean ended;
    private boolean awaits;
    /** Version of the snapshot when it began: keys removed before are nothing new for it; -1 before. */
    private long begun = -1;
    /** Version that was sent last. */
    private long sent;

    Service(M member, boolean ready, boolean knew) {
      this.member = member;
      this.ready = ready;
      this.knew = knew;
    }

    void run() {
      if (!complete || !ready || ended || awaits) return;
      if (begun < 0) begun = version;
      for (E entry : entries.values()) {
        if (entry.version() <= sent || entry.isRemoved() && entry.version() <= begun && !knew) continue;
        if (members.isFull(member)) {
          awaits = true;
          members.whenWritable(member, () -> {
            awaits = false;
            run();
          });
          return;
        }
        sent = entry.version();
        members.send(member, entry);
        // The connection may have ended.
        if (ended) return;
      }
      leave(member);
    }

    /** A removal is remembered no longer: it is sent now, whatever waits, if the member may know the key and has not heard of it. */
    void forgotten(E entry) {
      if (!ended && begun >= 0 && entry.version() > sent && (knew || entry.version() > begun)) members.send(member, entry);
    }
  }
}
