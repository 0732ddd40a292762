package dev.magpie.core;

import dev.magpie.core.Room.Member;
import dev.magpie.state.Keyed;
import dev.magpie.state.Kind;
import dev.magpie.state.RetainedReplica;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The retained values, or the streams, of a namespace on one instance: a replica of each room that has members here. Made when the
 * namespace uses them for the first time. Owned by one {@link Namespace}, used on its context.
 *
 * @param <S> the namespace's sockets
 * @param <E> what a key of a room holds
 * @param <C> a change of a key
 */
final class RetainedRooms<S extends Member, E extends Keyed, C extends Keyed> implements RoomListener<S> {

  /** The sockets, as their rooms' state sees them. */
  interface Sockets<S> {
    /** Whether so much waits for this client that it should get no more now. */
    boolean isFull(S socket);

    /** Runs this once it is not full any more; never once its connection has ended. */
    void whenWritable(S socket, Runnable then);

    /** Whether the client has its former session. */
    boolean recovered(S socket);

    /** Whether it gets what it missed; what is sent meanwhile waits. */
    boolean isReplaying(S socket);

    /** Runs this when that is done; at once if it is. */
    void afterReplay(S socket, Runnable then);

    /** Sends an event that sets state. */
    void send(S socket, StateEvent event);

    /** Position of this instance in the log; null in a namespace without recovery. */
    @Nullable String position();

    /** An event was sent to so many. */
    void sent(StateEvent event, int receivers);
  }

  private final Loop loop;
  private final String namespace;
  private final Rooms<S> rooms;
  private final Sockets<S> sockets;
  private final Kind<?> kind;
  private final RetainedReplica.Merge<E, C> merge;
  private final Function<E, StateEvent> ofValue;
  private final Function<C, StateEvent> ofChange;
  private final Map<String, RetainedReplica<S, E, C>> replicas = new HashMap<>();

  /**
   * The state of one kind.
   *
   * @param merge what a change makes of a key
   * @param ofValue the event of a value, for who joins
   * @param ofChange the event of a change, for the members
   */
  RetainedRooms(Loop loop, String namespace, Rooms<S> rooms, Sockets<S> sockets, Kind<?> kind, RetainedReplica.Merge<E, C> merge,
      Function<E, StateEvent> ofValue, Function<C, StateEvent> ofChange) {
    this.loop = loop;
    this.namespace = namespace;
    this.rooms = rooms;
    this.sockets = sockets;
    this.kind = kind;
    this.merge = merge;
    this.ofValue = ofValue;
    this.ofChange = ofChange;
  }

  /** Begins with the members that are there. */
  void start() {
    rooms.listen(this);
    for (String room : rooms.occupied()) {
      RetainedReplica<S, E, C> replica = open(room);
      rooms.members(room, socket -> join(socket, replica));
    }
  }

  private RetainedReplica<S, E, C> open(String room) {
    RetainedReplica<S, E, C> replica = new RetainedReplica<>(loop.options().state().maxKeys(), merge, new Members(room));
    replicas.put(room, replica);
    loop.hub().subscribe(kind, namespace, room, replica);
    return replica;
  }

  @Override
  public void joined(S socket, String room, boolean first) {
    if (room.equals(socket.id())) return;
    RetainedReplica<S, E, C> replica = replicas.get(room);
    join(socket, replica == null ? open(room) : replica);
  }

  private void join(S socket, RetainedReplica<S, E, C> replica) {
    boolean replaying = socket.begun && sockets.isReplaying(socket);
    replica.join(socket, socket.begun && !replaying, sockets.recovered(socket));
    if (replaying) sockets.afterReplay(socket, () -> replica.ready(socket));
  }

  @Override
  public void begun(S socket) {
    if (socket.joined == null) return;
    sockets.afterReplay(socket, () -> {
      // In those in which it is now: it may have joined and left rooms meanwhile.
      Map<String, ?> joined = socket.joined;
      if (joined == null) return;
      for (String room : List.copyOf(joined.keySet())) {
        RetainedReplica<S, E, C> replica = replicas.get(room);
        if (replica != null) replica.ready(socket);
      }
    });
  }

  @Override
  public void left(S socket, String room, boolean last) {
    RetainedReplica<S, E, C> replica = replicas.get(room);
    if (replica == null || room.equals(socket.id())) return;
    replica.leave(socket);
    if (!last) return;
    replicas.remove(room);
    loop.hub().unsubscribe(kind, namespace, room);
  }

  private <K extends Keyed> StateEvent event(K of, Function<K, StateEvent> make) {
    StateEvent event = of.form(() -> make.apply(of));
    String position = sockets.position();
    return position == null ? event : event.marked(position);
  }

  private final class Members implements RetainedReplica.Members<S, E, C> {
    private final String room;

    Members(String room) {
      this.room = room;
    }

    @Override
    public boolean isFull(S member) {
      return sockets.isFull(member);
    }

    @Override
    public void whenWritable(S member, Runnable then) {
      sockets.whenWritable(member, then);
    }

    @Override
    public void send(S member, E entry) {
      StateEvent event = event(entry, ofValue);
      sockets.send(member, event);
      sockets.sent(event, 1);
    }

    @Override
    public void sendToAll(C change) {
      StateEvent event = event(change, ofChange);
      RetainedReplica<S, E, C> replica = replicas.get(room);
      int[] receivers = {0};
      rooms.members(room, member -> {
        if (replica.defers(member)) return;
        receivers[0]++;
        sockets.send(member, event);
      });
      if (receivers[0] > 0) sockets.sent(event, receivers[0]);
    }
  }
}
