package dev.magpie.core;

import dev.magpie.state.PresenceMember;
import dev.magpie.state.PresencePage;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who is present in a room, over all instances: see {@link Namespace#presence(String)}. May be used from any thread; futures complete on
 * the instance's context, and fail when the instance is closed.
 *
 * <pre>{@code
 * RoomPresence lobby = io.of("/").presence("lobby");
 * lobby.count().onSuccess(count -> log.info("{} in the lobby", count));
 * }</pre>
 */
public final class RoomPresence {
  private final NamespacePresence presence;
  private final String room;

  RoomPresence(NamespacePresence presence, String room) {
    this.presence = presence;
    this.room = room;
  }

  /** The name of the room. */
  public String room() {
    return room;
  }

  /** All members, in the order in which they came; with those whose connection has ended within the grace time. */
  public Future<List<PresenceMember>> list() {
    return presence.list(room, null, Integer.MAX_VALUE).map(PresencePage::members);
  }

  /**
   * A page of the members.
   *
   * @param after the {@link PresencePage#next} of the page before; null for the first page
   * @param limit members of the page, at least 1
   * @return fails with an {@link IllegalArgumentException} for an {@code after} that no page had
   */
  public Future<PresencePage> list(@Nullable String after, int limit) {
    if (limit < 1) throw new IllegalArgumentException("limit: at least 1, not " + limit);
    return presence.list(room, after, limit);
  }

  /** The number of members; for that of sockets see {@link Namespace#count(String)}. */
  public Future<Integer> count() {
    return presence.count(room);
  }

  /**
   * Registers a handler that is called for each member who has come, on the instance's context: once for a member with several sockets.
   * Until {@link #close}.
   */
  public RoomPresence onJoin(Consumer<PresenceMember> handler) {
    presence.watch(this, room, Objects.requireNonNull(handler, "handler"), true);
    return this;
  }

  /** The same for members who have left: after the grace time. */
  public RoomPresence onLeave(Consumer<PresenceMember> handler) {
    presence.watch(this, room, Objects.requireNonNull(handler, "handler"), false);
    return this;
  }

  /** Removes the handlers that were registered by this object. */
  public void close() {
    presence.unwatch(this);
  }

  /**
   * The key or the description of a socket of this instance has changed: calls {@link PresenceOptions#setKey} and {@link
   * PresenceOptions#setDescribe} for it again. The others get the new description as a join; a member whose last socket has another key has
   * left, without the grace time. Does nothing for a socket that is not in the room.
   */
  public void refresh(Socket socket) {
    presence.refresh(room, socket);
  }
}
