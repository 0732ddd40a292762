package dev.magpie.state;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The members of one room and the list that its clients have. The two differ by what has changed since the last message: one message at
 * most is sent in an interval, with the new members or with those who have left, so that all clients have the same list at any time. Owned
 * by a {@link PresenceSpace}.
 */
final class PresenceRoom extends RoomState<PresencePage, PresenceChange> {

  /** One key in the room. */
  static final class Member {
    private final String key;
    /** Its place in the lists. */
    private final long seq;
    private JsonObject description;
    private int holders;
    private boolean present;
    /** The clients' list has it, like this; null if not. */
    private @Nullable PresenceMember shown;
    /** It was in the first page of its own sockets only. */
    private boolean shownToItself;
    /** One of these sockets has become another member since. */
    private boolean renamed;
    /** Cancels the end of the grace time; null while that is not running. */
    private @Nullable Runnable leaving;

    private Member(String key, long seq, JsonObject description) {
      this.key = key;
      this.seq = seq;
      this.description = description;
    }

    private PresenceMember now() {
      return new PresenceMember(key, description);
    }

    /** Whether the clients' list has to change. */
    private boolean isNews() {
      return present ? shown == null || !shown.description().equals(description) : shown != null || renamed;
    }
  }

  private final PresenceSpace space;
  /** By instance and socket; a null member for a socket that is not shown. */
  private final Map<String, Map<String, @Nullable Member>> sockets = new HashMap<>();
  /** By key: who is present, and who is in the clients' list. */
  private final Map<String, Member> members = new HashMap<>();
  /** Who is present, by place. */
  private final TreeMap<Long, Member> present = new TreeMap<>();
  /** The clients' list, by place. */
  private final TreeMap<Long, Member> shown = new TreeMap<>();
  /** Members that the clients' list has to be changed for, the oldest change first. */
  private final Set<Member> news = new LinkedHashSet<>();
  private long seqs;
  private boolean large;
  /** The count that was sent last while the room was large. */
  private int told;
  private long version;
  /** A message was sent less than an interval ago. */
  private boolean pausing;

  PresenceRoom(String name, PresenceSpace space) {
    super(name);
    this.space = space;
  }

  // --- What happens to the sockets

  @Nullable Member hold(String instance, String socket, @Nullable String key, JsonObject description) {
    Member member = key == null ? null : members.computeIfAbsent(key, id -> new Member(id, ++seqs, description));
    Member before = sockets.computeIfAbsent(instance, id -> new HashMap<>()).put(socket, member);
    if (member != null) {
      if (member != before) member.holders++;
      arrived(member, description);
    }
    if (before != null && before != member) {
      before.renamed |= before.shownToItself;
      released(before, false);
    }
    send();
    return member;
  }

  /** The first page for a socket that has joined. It shows the socket's own member, even if the others are told of it only later. */
  PresenceSpace.Entered enter(String instance, String socket, @Nullable String key, JsonObject description) {
    Member own = hold(instance, socket, key, description);
    PresencePage page = shown(0);
    if (own != null && own.shown == null) {
      own.shownToItself = true;
      List<PresenceMember> more = new ArrayList<>(page.members());
      more.add(own.now());
      page = new PresencePage(more, page.count() + 1, page.next());
    }
    return new PresenceSpace.Entered(page, large);
  }

  void exit(String instance, String socket, boolean lost) {
    Map<String, @Nullable Member> here = sockets.get(instance);
    if (here == null || !here.containsKey(socket)) return;
    Member member = here.remove(socket);
    if (here.isEmpty()) sockets.remove(instance);
    if (member != null) released(member, lost);
    send();
    space.changed(this);
  }

  @Override
  protected void detached(String instance) {
    Map<String, @Nullable Member> gone = sockets.remove(instance);
    if (gone == null) return;
    for (Member member : gone.values()) if (member != null) released(member, true);
    send();
  }

  /** A member who was here before a restart, unless it is here again already. */
  void restore(PresenceMember known) {
    if (members.containsKey(known.key())) return;
    Member member = new Member(known.key(), ++seqs, known.description());
    members.put(known.key(), member);
    member.present = true;
    present.put(member.seq, member);
    changed(member);
    lastReleased(member, true);
    send();
    space.changed(this);
  }

  private void graceEnded(Member member) {
    leave(member);
    send();
    space.changed(this);
  }

  private void arrived(Member member, JsonObject description) {
    if (member.leaving != null) member.leaving.run();
    member.leaving = null;
    boolean isNew = !member.present;
    boolean isStored = !isNew && member.description.equals(description);
    member.description = description;
    if (isNew) {
      member.present = true;
      present.put(member.seq, member);
      space.tell(new PresenceChange.Came(room(), member.now()));
    }
    if (!isStored) space.stored(room(), member.now());
    changed(member);
  }

  private void released(Member member, boolean lost) {
    if (--member.holders == 0) lastReleased(member, lost);
  }

  private void lastReleased(Member member, boolean lost) {
    long grace = space.settings().grace();
    if (lost && grace > 0) member.leaving = space.schedule(grace, () -> graceEnded(member));
    else leave(member);
  }

  private void leave(Member member) {
    member.leaving = null;
    member.present = false;
    present.remove(member.seq);
    space.removed(room(), member.key);
    space.tell(new PresenceChange.Went(room(), member.now()));
    changed(member);
  }

  private void changed(Member member) {
    if (member.isNews()) {
      news.add(member);
      return;
    }
    news.remove(member);
    if (!member.present) members.remove(member.key);
  }

  @Override
  protected boolean isEmpty() {
    return sockets.isEmpty() && present.isEmpty();
  }

  // --- The clients' list

  @Override
  protected PresencePage snapshot() {
    return shown(0);
  }

  @Override
  protected long version() {
    return version;
  }

  /** Sends what is new, unless a message was sent in this interval. */
  private void send() {
    if (pausing || news.isEmpty()) return;
    int most = space.settings().largeRoom();
    boolean wasLarge = large;
    // Half of it, so that a room at the bound does not change again and again.
    large = present.size() > (wasLarge ? most / 2 : most);
    PresenceChange change = large ? counted(wasLarge) : wasLarge ? relisted() : listed(news.iterator().next().present);
    if (change == null) return;
    pause();
    version++;
    publish(change);
    send();
  }

  private void pause() {
    long interval = space.settings().interval();
    pausing = interval > 0;
    if (pausing) space.schedule(interval, () -> {
      pausing = false;
      send();
    });
  }

  private @Nullable PresenceChange counted(boolean wasLarge) {
    takeAll();
    if (wasLarge && told == present.size()) return null;
    told = present.size();
    return new PresenceChange.Counted(told);
  }

  private PresenceChange relisted() {
    takeAll();
    return new PresenceChange.Relisted(shown(0));
  }

  private void takeAll() {
    List<Member> all = List.copyOf(news);
    news.clear();
    all.forEach(this::take);
  }

  /** @param joined whether those who have joined are sent, or those who have left */
  private PresenceChange listed(boolean joined) {
    List<PresenceMember> changed = new ArrayList<>();
    for (Iterator<Member> each = news.iterator(); each.hasNext(); ) {
      Member member = each.next();
      if (member.present != joined) continue;
      each.remove();
      changed.add(Objects.requireNonNullElseGet(joined ? null : member.shown, member::now));
      take(member);
    }
    return joined ? new PresenceChange.Joined(changed, shown.size()) : new PresenceChange.Left(changed, shown.size());
  }

  /** The clients' list becomes what is. */
  private void take(Member member) {
    member.shownToItself = false;
    member.renamed = false;
    if (member.present) {
      member.shown = member.now();
      shown.put(member.seq, member);
    } else {
      member.shown = null;
      shown.remove(member.seq);
      members.remove(member.key);
    }
  }

  // --- Pages

  int count() {
    return present.size();
  }

  PresencePage list(long after, int limit) {
    return page(present, after, limit, Member::now);
  }

  PresencePage shown(long after) {
    return page(shown, after, space.settings().pageSize(), member -> Objects.requireNonNull(member.shown));
  }

  private static PresencePage page(TreeMap<Long, Member> list, long after, int limit, Function<Member, PresenceMember> form) {
    List<PresenceMember> page = new ArrayList<>();
    long last = after;
    for (Member member : list.tailMap(after, false).values()) {
      if (page.size() == limit) return new PresencePage(page, list.size(), Long.toString(last));
      page.add(form.apply(member));
      last = member.seq;
    }
    return new PresencePage(page, list.size(), null);
  }

  /** The place that a page's {@link PresencePage#next} names: 0 before the first member. */
  static long position(@Nullable String after) {
    if (after == null) return 0;
    try {
      long position = Long.parseLong(after);
      if (position >= 0) return position;
    } catch (NumberFormatException noNumber) {
      // Refused below.
    }
    throw new IllegalArgumentException("after: the member \"next\" of a page, or null for the first page");
  }
}
