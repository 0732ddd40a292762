package dev.magpie.chat;

import dev.magpie.chat.ChatRefusal.Code;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * A log that lasts as long as its process, and no longer than its bounds: the oldest go first. Owned by one context; {@link ChatHouse} leads
 * there.
 */
final class MemoryChatLog implements ChatLog {
  private static final int MOST_MESSAGES = 100_000;

  /** Characters of all messages together: some 64 MB of heap at worst. */
  private static final long MOST_TEXT = 32 << 20;

  /** A retry comes within minutes; its message may have gone before it. */
  private static final int MOST_CIDS = 200_000;

  private final BiConsumer<String, Said> tell;
  private final NavigableMap<Long, Said> messages = new TreeMap<>();
  private final Map<String, NavigableMap<Long, Said>> rooms = new HashMap<>();
  private final Map<String, Long> cids = new LinkedHashMap<>();
  private long head;
  private long text;

  /** @param tell hears, with the event's name, what a room is to be told */
  MemoryChatLog(BiConsumer<String, Said> tell) {
    this.tell = tell;
  }

  @Override
  public Future<Appended> append(String room, String cid, String from, String uid, String text) {
    Long first = cids.get(cid);
    if (first != null) return Future.succeededFuture(new Appended(first, true));
    Said said = new Said(room, ++head, cid, from, uid, text, System.currentTimeMillis(), false, false);
    cids.put(cid, said.seq());
    put(said);
    trim();
    tell.accept("message", said);
    return Future.succeededFuture(new Appended(said.seq(), false));
  }

  @Override
  public Future<Page> page(String room, Boundary boundary, int limit) {
    NavigableMap<Long, Said> all = rooms.getOrDefault(room, new TreeMap<>());
    NavigableMap<Long, Said> part = boundary.before() ? all.headMap(boundary.seq(), false).descendingMap() : all.tailMap(boundary.seq(), false);
    List<Said> page = new ArrayList<>(part.values().stream().limit(limit + 1L).toList());
    boolean more = page.size() > limit;
    if (more) page.remove(limit);
    if (boundary.before()) java.util.Collections.reverse(page);
    return Future.succeededFuture(new Page(List.copyOf(page), more));
  }

  @Override
  public Future<Said> change(String room, long seq, String event, UnaryOperator<Said> change) {
    Said said = messages.get(seq);
    if (said == null || !said.room().equals(room) || said.deleted()) return ChatRefusal.future(Code.NOT_FOUND, "there is no such message");
    Said changed;
    try {
      changed = change.apply(said);
    } catch (ChatRefusal refusal) {
      return Future.failedFuture(refusal);
    }
    remove(said);
    put(changed);
    tell.accept(event, changed);
    return Future.succeededFuture(changed);
  }

  @Override
  public Future<Long> head() {
    return Future.succeededFuture(head);
  }

  private void put(Said said) {
    messages.put(said.seq(), said);
    rooms.computeIfAbsent(said.room(), name -> new TreeMap<>()).put(said.seq(), said);
    text += said.text().length();
  }

  private void remove(Said said) {
    messages.remove(said.seq());
    NavigableMap<Long, Said> room = rooms.get(said.room());
    room.remove(said.seq());
    if (room.isEmpty()) rooms.remove(said.room());
    text -= said.text().length();
  }

  private void trim() {
    while (messages.size() > MOST_MESSAGES || text > MOST_TEXT) remove(messages.firstEntry().getValue());
    while (cids.size() > MOST_CIDS) cids.remove(cids.keySet().iterator().next());
  }
}
