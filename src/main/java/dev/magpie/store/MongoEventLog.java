package dev.magpie.store;

import com.mongodb.MongoBulkWriteException;
import dev.magpie.log.Appended;
import dev.magpie.log.EventLog;
import dev.magpie.log.LogEntry;
import dev.magpie.log.LoggedEvent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.FindOptions;
import io.vertx.ext.mongo.IndexOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * A log in a MongoDB that processes share: documents {@code {_id: "<namespace>:<number>", dedupe: "<namespace>:<cid>", …}}. The two unique
 * keys are the only concurrency control: on a duplicate number the appender reads the head and renumbers the rest; a duplicate cid is a
 * retry. Inserts are ordered, so a number exists only when the one before it does. No transactions.
 */
final class MongoEventLog implements EventLog {
  static final String EVENTS = "events";
  static final String LOGS = "event_logs";

  /**
   * The id once more, by which ranges are read: some servers take no document where an index has {@code _id} behind another key, and walk
   * through all of them for a range of ids.
   */
  private static final String PLACE = "place";

  /**
   * The bytes of all events so far, this one among them, by their {@linkplain LoggedEvent#weight weight}: the difference of two is what
   * lies between them.
   */
  private static final String SUM = "sum";

  /** Attempts to append while other nodes win. */
  private static final int ATTEMPTS = 50;

  /** Numbers removed per batch. */
  private static final int TRIM = 5_000;

  private static final int DUPLICATE_KEY = 11000;
  private static final String ERASED = "[]";
  private static final Pattern NUL_OR_BACKSLASH = Pattern.compile("\\\\[0\\\\]");

  private final MongoClient mongo;
  private final DatabaseGate gate;
  private final String namespace;
  private final String epoch;
  private final LongSupplier clock;

  /** The head as the last write left it; -1 when it is to be read. Changed by the one caller of {@link #append}. */
  private volatile long head = -1;

  /** Of the document at the head. */
  private volatile long sum;

  private MongoEventLog(MongoClient mongo, DatabaseGate gate, String namespace, String epoch, LongSupplier clock) {
    this.mongo = mongo;
    this.gate = gate;
    this.namespace = namespace;
    this.epoch = epoch;
    this.clock = clock;
  }

  static Future<MongoEventLog> open(MongoClient mongo, DatabaseGate gate, String namespace, String newEpoch, LongSupplier clock) {
    JsonObject id = new JsonObject().put("_id", namespace);
    return gate.askForLog(() -> mongo.createIndexWithOptions(EVENTS, new JsonObject().put("dedupe", 1), new IndexOptions().unique(true))
        .compose(made -> mongo.createIndex(EVENTS, new JsonObject().put(PLACE, 1)))
        .compose(made -> mongo.createIndex(EVENTS, new JsonObject().put("rooms", 1).put(PLACE, 1)))
        .compose(made -> mongo.createIndex(EVENTS, new JsonObject().put("uid", 1).put(PLACE, 1)))
        .compose(made -> mongo.findOne(LOGS, id, null))
        .compose(found -> found != null ? Future.succeededFuture()
        : mongo.insert(LOGS, id.copy().put("epoch", newEpoch)).recover(raced -> Future.succeededFuture()))
        .compose(made -> mongo.findOne(LOGS, id, null))
        .map(found -> new MongoEventLog(mongo, gate, namespace, found.getString("epoch"), clock)));
  }

  @Override
  public String epoch() {
    return epoch;
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public Future<Extent> extent() {
    // The head first: what is let go meanwhile is then seen to be missing.
    return gate.askForLog(() -> edge(-1).compose(newest -> edge(1).map(first -> new Extent(first == 0 ? newest + 1 : first, newest))));
  }

  /** The newest number (-1) or the oldest (1); 0 when there is none. */
  private Future<Long> edge(int order) {
    return edgeDocument(order).map(found -> found == null ? 0L : seq(found));
  }

  private Future<JsonObject> edgeDocument(int order) {
    JsonObject fields = new JsonObject().put("_id", 1).put(SUM, 1).put("at", 1);
    FindOptions options = new FindOptions().setSort(new JsonObject().put(PLACE, order)).setLimit(1).setFields(fields);
    return mongo.findWithOptions(EVENTS, range(1, Long.MAX_VALUE), options).map(found -> found.isEmpty() ? null : found.get(0));
  }

  // --- Writing

  @Override
  public Future<List<Appended>> append(List<LogEntry> entries) {
    Appended[] appended = new Appended[entries.size()];
    return gate.askForLog(() -> append(entries, 0, appended, ATTEMPTS))
        // The outcome is unknown, so the head must be read again.
        .onFailure(failure -> head = -1)
        .map(done -> Arrays.asList(appended));
  }

  private Future<Void> append(List<LogEntry> entries, int from, Appended[] appended, int attempts) {
    if (from == entries.size()) return Future.succeededFuture();
    if (attempts == 0) return Future.failedFuture("other nodes were first " + ATTEMPTS + " times");
    return newest().compose(newest -> {
      List<LoggedEvent> events = new ArrayList<>(entries.size() - from);
      for (int i = from; i < entries.size(); i++) events.add(entries.get(i).at(newest + 1 + events.size(), clock.getAsLong()));
      return insert(events).transform(inserted -> {
        int written = inserted.succeeded() ? events.size() : writtenBefore(inserted.cause());
        if (written < 0) return Future.failedFuture(inserted.cause());
        for (int i = 0; i < written; i++) appended[from + i] = new Appended(events.get(i), false);
        head = newest + written;
        for (int i = 0; i < written; i++) sum += bytes(events.get(i));
        int next = from + written;
        return next == entries.size() ? Future.succeededFuture() : refused(entries, next, appended, attempts);
      });
    });
  }

  private Future<Long> newest() {
    if (head >= 0) return Future.succeededFuture(head);
    return edgeDocument(-1).map(found -> {
      sum = found == null ? 0 : found.getLong(SUM, 0L);
      return found == null ? 0L : seq(found);
    });
  }

  private Future<?> insert(List<LoggedEvent> events) {
    List<BulkOperation> inserts = new ArrayList<>(events.size());
    long upTo = sum;
    for (LoggedEvent event : events) inserts.add(BulkOperation.createInsert(document(event).put(SUM, upTo += bytes(event))));
    return mongo.bulkWriteWithOptions(EVENTS, inserts, new BulkWriteOptions(true));
  }

  private static long bytes(LoggedEvent event) {
    return event.weight();
  }

  /** Documents written before the duplicate key; -1 if the error is another one. */
  private static int writtenBefore(Throwable failure) {
    if (!(failure instanceof MongoBulkWriteException bulk) || bulk.getWriteErrors().isEmpty() || bulk.getWriteConcernError() != null)
      return -1;
    return bulk.getWriteErrors().get(0).getCode() == DUPLICATE_KEY ? bulk.getWriteErrors().get(0).getIndex() : -1;
  }

  /** Some servers do not name the index: an existing cid is a retry, otherwise the number was taken. */
  private Future<Void> refused(List<LogEntry> entries, int at, Appended[] appended, int attempts) {
    return mongo.findOne(EVENTS, new JsonObject().put("dedupe", namespace + ":" + entries.get(at).cid()), null).compose(original -> {
      if (original == null) head = -1;
      else appended[at] = new Appended(event(original), true);
      return append(entries, original == null ? at : at + 1, appended, original == null ? attempts - 1 : attempts);
    });
  }

  @Override
  public Future<Boolean> replace(long seq, JsonArray content) {
    return change(seq, new JsonObject().put("event", EventCodec.writeContent(content)));
  }

  @Override
  public Future<Boolean> erase(long seq) {
    return change(seq, nothing());
  }

  private static JsonObject nothing() {
    return new JsonObject().put("event", ERASED).put("rooms", new JsonArray()).put("except", new JsonArray()).putNull("uid");
  }

  private Future<Boolean> change(long seq, JsonObject fields) {
    JsonObject query = new JsonObject().put("_id", id(seq)).put("event", new JsonObject().put("$ne", ERASED));
    return gate.askForLog(() -> mongo.updateCollection(EVENTS, query, new JsonObject().put("$set", fields)))
        .map(updated -> updated.getDocMatched() == 1);
  }

  @Override
  public Future<List<Long>> eraseAll(String uid) {
    JsonObject theirs = range(1, Long.MAX_VALUE).put("uid", uid);
    return gate.askForLog(() -> mongo.findWithOptions(EVENTS, theirs,
        new FindOptions().setFields(new JsonObject().put("_id", 1)).setSort(new JsonObject().put(PLACE, 1)))
        .map(found -> found.stream().map(this::seq).toList())
        .compose(seqs -> mongo.updateCollectionWithOptions(EVENTS, theirs, new JsonObject().put("$set", nothing()),
        new UpdateOptions().setMulti(true)).map(seqs)));
  }

  @Override
  public Future<Boolean> trim(long maxEvents, long maxBytes, long beforeMillis) {
    return edges().compose(edges -> {
      if (edges.isEmpty() || seq(edges.get(0)) >= seq(edges.get(1))) return Future.succeededFuture(false);
      long first = seq(edges.get(0));
      long newest = seq(edges.get(1));
      boolean tooMuch = bytes(edges) > maxBytes;
      JsonObject kept = range(first, newest).put("at", new JsonObject().put("$gte", beforeMillis));
      if (tooMuch) kept.put(SUM, new JsonObject().put("$gt", edges.get(1).getLong(SUM) - maxBytes));
      boolean onlyByNumber = beforeMillis == Long.MIN_VALUE && !tooMuch;
      Future<Long> oldest = onlyByNumber ? Future.succeededFuture(first)
          : find(kept, 1, 1).map(found -> found.isEmpty() ? newest : found.get(0).seq());
      return oldest.compose(until -> {
        // Keeps the newest event, so that its number is not reused.
        long keep = Math.min(newest, Math.max(until, newest - Math.min(maxEvents, newest) + 1));
        long now = Math.min(keep, first + TRIM);
        if (now <= first) return Future.succeededFuture(false);
        boolean more = now < keep;
        return gate.askForLog(() -> mongo.removeDocuments(EVENTS, range(first, now - 1))).map(more);
      });
    });
  }

  /** The oldest and the newest document, without what was said; empty when there is none. */
  private Future<List<JsonObject>> edges() {
    return gate.askForLog(() -> edgeDocument(1)
        .compose(oldest -> edgeDocument(-1).map(newest -> oldest == null || newest == null ? List.of() : List.of(oldest, newest))));
  }

  /** Documents of versions without sums count as 0. */
  private static long bytes(List<JsonObject> edges) {
    return edges.get(1).getLong(SUM, 0L) - edges.get(0).getLong(SUM, 0L);
  }

  @Override
  public Future<Usage> usage() {
    return edges().map(edges -> edges.isEmpty() ? new Usage(0, 0, 0)
        : new Usage(seq(edges.get(1)) - seq(edges.get(0)) + 1, bytes(edges), edges.get(0).getLong("at")));
  }

  @Override
  public Future<Long> believed() {
    return gate.askForLog(() -> mongo.findOne(LOGS, new JsonObject().put("_id", namespace), null))
        .compose(log -> log != null && log.containsKey("clock") ? Future.succeededFuture(log.getLong("clock"))
        : edges().map(edges -> edges.isEmpty() ? 0L : edges.get(1).getLong("at")));
  }

  @Override
  public Future<Void> believe(long millis) {
    JsonObject later = new JsonObject().put("$max", new JsonObject().put("clock", millis));
    return gate.askForLog(() -> mongo.updateCollection(LOGS, new JsonObject().put("_id", namespace), later)).mapEmpty();
  }

  // --- Reading

  @Override
  public Future<List<LoggedEvent>> read(long after, long until, int limit) {
    return find(range(after + 1, until), 1, limit);
  }

  @Override
  public Future<List<LoggedEvent>> read(Map<String, Long> rooms, long after, long until, int limit) {
    if (rooms.isEmpty()) return Future.succeededFuture(List.of());
    JsonArray any = new JsonArray(rooms.keySet().stream().map(MongoEventLog::stored).toList());
    JsonObject query = range(Math.max(after + 1, Collections.min(rooms.values())), until).put("rooms", new JsonObject().put("$in", any));
    return find(query, 1, limit).compose(found -> {
      List<LoggedEvent> theirs = new ArrayList<>(found);
      // From before the client came to a room.
      theirs.removeIf(event -> !event.isFor(rooms));
      if (found.size() < limit || theirs.size() == limit) return Future.succeededFuture(theirs);
      return read(rooms, found.get(found.size() - 1).seq(), until, limit - theirs.size()).map(rest -> {
        theirs.addAll(rest);
        return theirs;
      });
    });
  }

  @Override
  public Future<Page> pageAfter(String room, long after, int limit) {
    return find(historyOf(room, after + 1, Long.MAX_VALUE), 1, limit + 1)
        .map(found -> new Page(found.subList(0, Math.min(limit, found.size())), found.size() > limit));
  }

  @Override
  public Future<Page> pageBefore(String room, long before, int limit) {
    return find(historyOf(room, 1, before - 1), -1, limit + 1).map(found -> {
      List<LoggedEvent> page = new ArrayList<>(found.subList(0, Math.min(limit, found.size())));
      Collections.reverse(page);
      return new Page(page, found.size() > limit);
    });
  }

  private JsonObject historyOf(String room, long from, long until) {
    return range(from, until).put("rooms", stored(room)).put("passing", false);
  }

  private Future<List<LoggedEvent>> find(JsonObject query, int order, int limit) {
    return gate.askForLog(() -> mongo.findWithOptions(EVENTS, query,
        new FindOptions().setSort(new JsonObject().put(PLACE, order)).setLimit(limit)))
        .map(found -> found.stream().map(this::event).toList());
  }

  @Override
  public Future<Optional<LoggedEvent>> find(long seq) {
    return findOne("_id", id(seq)).map(found -> found.filter(event -> !event.isErased()));
  }

  @Override
  public Future<Optional<LoggedEvent>> original(String cid) {
    return findOne("dedupe", namespace + ":" + cid);
  }

  private Future<Optional<LoggedEvent>> findOne(String key, String value) {
    return gate.askForLog(() -> mongo.findOne(EVENTS, new JsonObject().put(key, value), null))
        .map(found -> Optional.ofNullable(found).map(this::event));
  }

  // --- Documents

  private JsonObject document(LoggedEvent event) {
    return document(namespace, event);
  }

  static JsonObject document(String namespace, LoggedEvent event) {
    String id = id(namespace, event.seq());
    return new JsonObject()
        .put("_id", id)
        .put(PLACE, id)
        .put("dedupe", namespace + ":" + event.cid())
        .put("rooms", event.rooms().isEmpty() ? new JsonArray().add("") : new JsonArray(event.rooms().stream().map(MongoEventLog::stored)
        .toList()))
        .put("except", new JsonArray(event.except()))
        .put("uid", event.uid())
        // Stored as a text, since its field names could be operators.
        .put("event", EventCodec.writeContent(event.event()))
        .put("at", event.at())
        .put("passing", event.passing());
  }

  private LoggedEvent event(JsonObject document) {
    List<String> rooms = texts(document, "rooms");
    return new LoggedEvent(
        seq(document),
        rooms.equals(List.of("")) ? List.of() : rooms.stream().map(MongoEventLog::meant).toList(),
        texts(document, "except"),
        document.getString("uid"),
        document.getString("dedupe").substring(namespace.length() + 1),
        EventCodec.readContent(document.getString("event")),
        document.getLong("at"),
        document.getBoolean("passing"));
  }

  /** Some servers truncate a text at NUL, so that two rooms would be equal. */
  static String stored(String room) {
    return room.replace("\\", "\\\\").replace("\0", "\\0");
  }

  static String meant(String room) {
    return room.indexOf('\\') < 0 ? room : NUL_OR_BACKSLASH.matcher(room).replaceAll(found -> found.group().equals("\\0") ? "\0" : "\\\\");
  }

  private static List<String> texts(JsonObject document, String key) {
    return document.getJsonArray(key).stream().map(String.class::cast).toList();
  }

  private JsonObject range(long from, long until) {
    return new JsonObject().put(PLACE, new JsonObject().put("$gte", id(from)).put("$lte", id(until)));
  }

  /** Padded, so that ids sort as their numbers do. */
  private String id(long seq) {
    return id(namespace, seq);
  }

  private static String id(String namespace, long seq) {
    String digits = Long.toString(seq);
    return namespace + ":" + "0".repeat(19 - digits.length()) + digits;
  }

  private long seq(JsonObject document) {
    return Long.parseLong(document.getString("_id").substring(namespace.length() + 1));
  }
}
