package dev.magpie.state;

import dev.magpie.Internal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who is present in the rooms of one namespace, over all instances. Counts holders, which are sockets of instances, for each room and key,
 * so that a member with several devices is present once, and until the last of them has left. A member whose last holder was lost stays
 * for the grace time, and goes on silently if a holder comes back within it. An instance subscribes to the rooms in which it has sockets,
 * and to {@link #HANDLERS} where its application has handlers. Owned by a {@link Hub}, used on its executor.
 */
@Internal
public final class PresenceSpace extends Space {
  /** The kind of state. */
  public static final Kind<PresenceSpace> KIND = new Kind<>("presence", PresenceSpace::new);

  /** The name to which {@link PresenceChange.Came} and {@link PresenceChange.Went} of all rooms are published; no room has it. */
  public static final String HANDLERS = "\0handlers";

  /**
   * The settings of a namespace, which all instances have in common.
   *
   * @param grace milliseconds for which a member stays without a holder
   * @param interval milliseconds between two messages to the sockets of one room, at least
   * @param pageSize members of a page
   * @param largeRoom number of members above which the clients of a room get the count only
   */
  public record Settings(long grace, long interval, int pageSize, int largeRoom) {}

  /**
   * What a socket is told that has joined a room.
   *
   * @param page the first page of the clients' list, with the socket's own member if everybody fits
   * @param large whether {@link PresenceChange.Counted} follows, instead of {@link PresenceChange.Joined} and {@link PresenceChange.Left}
   */
  public record Entered(PresencePage page, boolean large) {}

  private static final PresencePage NOBODY = new PresencePage(List.of(), 0, null);

  private Settings settings = new Settings(10_000, 1_000, 100, 500);
  /** Null unless the namespace is durable. */
  private @Nullable PresenceJournal journal;

  private PresenceSpace(Hub hub, String namespace) {
    super(hub, namespace);
  }

  /** An instance has the namespace, and says how presence is shown in it. */
  public void open(String instance, Settings newest) {
    settings = newest;
    use(instance);
  }

  @Override
  protected void left() {
    dropIfIdle();
  }

  @Override
  protected void emptied() {
    dropIfIdle();
  }

  /** Clients choose the names of dynamic namespaces: nothing of one stays for ever. */
  private void dropIfIdle() {
    if (isIdle() && (journal == null || journal.isUnused())) hub().drop(KIND, this, 0);
  }

  /**
   * The namespace is durable: its members are stored, and those that were stored when the hub was made stay for the grace time. Does
   * nothing the second time.
   */
  public void keep(Supplier<Future<StateStore>> opener) {
    if (journal != null) return;
    journal = new PresenceJournal(hub(), namespace(), opener, (room, member) -> ((PresenceRoom) room(room)).restore(member),
        this::dropIfIdle);
    journal.open();
  }

  @Override
  protected Future<Void> close() {
    return journal == null ? Future.succeededFuture() : journal.close();
  }

  /**
   * A socket has joined a room, or has another key or description there. The former member leaves at once when a socket changes its key
   * and was the last holder.
   *
   * @param key of the member that the socket holds; null for a socket that is not shown, and gets the changes all the same
   * @param description of the member, if there is a key
   */
  public void hold(String instance, String room, String socket, @Nullable String key, JsonObject description) {
    ((PresenceRoom) room(room)).hold(instance, socket, key, description);
  }

  /** The same for a socket that is sent the list, and gets each change from then on. */
  public Entered enter(String instance, String room, String socket, @Nullable String key, JsonObject description) {
    return ((PresenceRoom) room(room)).enter(instance, socket, key, description);
  }

  /**
   * A socket has left a room; nothing happens if it is not there.
   *
   * @param lost whether its connection has ended, so that the member stays for the grace time; otherwise the member leaves at once
   */
  public void exit(String instance, String room, String socket, boolean lost) {
    PresenceRoom there = there(room);
    if (there != null) there.exit(instance, socket, lost);
  }

  /** Number of members, with those in their grace time. */
  public int count(String room) {
    PresenceRoom there = there(room);
    return there == null ? 0 : there.count();
  }

  /**
   * The members as they are now.
   *
   * @param after the {@link PresencePage#next} of the page before; null for the first page
   * @param limit members of the page
   * @throws IllegalArgumentException for an {@code after} that no page had
   */
  public PresencePage list(String room, @Nullable String after, int limit) {
    long position = PresenceRoom.position(after);
    PresenceRoom there = there(room);
    return there == null ? NOBODY : there.list(position, limit);
  }

  /**
   * A page of the list that the clients of the room have, for one of them.
   *
   * @param after as of {@link #list}
   * @throws IllegalArgumentException as {@link #list}
   */
  public PresencePage shown(String room, @Nullable String after) {
    long position = PresenceRoom.position(after);
    PresenceRoom there = there(room);
    return there == null ? NOBODY : there.shown(position);
  }

  @Override
  protected RoomState<?, ?> make(String room) {
    return room.equals(HANDLERS) ? new Handlers() : new PresenceRoom(room, this);
  }

  private @Nullable PresenceRoom there(String room) {
    return (PresenceRoom) find(room);
  }

  // --- For its rooms

  Settings settings() {
    return settings;
  }

  Runnable schedule(long millis, Runnable task) {
    return hub().schedule(millis, task);
  }

  void stored(String room, PresenceMember member) {
    if (journal != null) journal.put(room, member);
  }

  void removed(String room, String key) {
    if (journal != null) journal.remove(room, key);
  }

  /** To the handlers of all instances. */
  void tell(PresenceChange change) {
    if (find(HANDLERS) instanceof Handlers handlers) handlers.tell(change);
  }

  void changed(PresenceRoom room) {
    dropIfUnused(room);
  }

  /** The instances whose application has handlers. */
  private static final class Handlers extends RoomState<PresencePage, PresenceChange> {
    private long version;

    private Handlers() {
      super(HANDLERS);
    }

    private void tell(PresenceChange change) {
      version++;
      publish(change);
    }

    @Override
    protected PresencePage snapshot() {
      return NOBODY;
    }

    @Override
    protected long version() {
      return version;
    }

    @Override
    protected boolean isEmpty() {
      return true;
    }
  }
}
