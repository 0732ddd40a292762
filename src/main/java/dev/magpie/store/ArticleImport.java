package dev.magpie.store;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoWriteException;
import com.mongodb.bulk.BulkWriteError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.BulkOperation;
import io.vertx.ext.mongo.BulkOperationType;
import io.vertx.ext.mongo.BulkWriteOptions;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.UpdateOptions;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An atomic import of articles. New and changed ones are first staged in the collection {@code article_import}; a marker in {@code
 * magpie_once} then commits the import, and only then are the articles written. An import that was interrupted before the marker has
 * changed nothing; one that was interrupted after it is completed by the next start or import. Needs no transactions. Blocks; used by one
 * thread.
 */
public final class ArticleImport {
  private static final Logger log = LoggerFactory.getLogger(ArticleImport.class);

  private static final String LAID = "article_import";
  private static final JsonObject NOTE = new JsonObject().put("_id", "article-import");

  /** Number of completed imports, by which bots notice one. */
  static final JsonObject IMPORTED = new JsonObject().put("_id", "articles-imported");

  private static final String READY = "ready";
  private static final int BATCH = 500;

  /** Lease: an import of another machine without a heartbeat for so long is considered dead. */
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private final MongoClient client;
  private final boolean dryRun;
  private final String owner = ManagementFactory.getRuntimeMXBean().getName() + "-" + System.nanoTime();

  /** Existing articles: field hashes by id, and ids by title. */
  private final Map<String, long[]> existing = new HashMap<>();

  private final Map<String, String> idsByTitle = new HashMap<>();

  /** Source position of each article of this import, for error messages. */
  private final Map<String, String> places = new HashMap<>();

  private final List<BulkOperation> batch = new ArrayList<>();
  private boolean laying;
  private boolean writing;
  private boolean written;
  private long lastSign;
  private long created;
  private long changed;
  private long unchanged;

  /** How many articles of an import were new, had changed and had not. */
  public record Outcome(long created, long changed, long unchanged) {
    public long all() {
      return created + changed + unchanged;
    }
  }

  ArticleImport(MongoClient client, boolean dryRun) {
    this.client = client;
    this.dryRun = dryRun;
  }

  /**
   * Reads the existing articles and takes the import lock.
   *
   * @throws IllegalStateException when another import is running
   */
  public ArticleImport begin() throws Exception {
    if (!dryRun) {
      finish(client);
      claim();
    }
    Blocking.forEach(client, Articles.COLLECTION, document -> Article.read(document).ifPresent(article -> {
      JsonObject fields = ArticleFields.of(article);
      existing.put(article.id(), ArticleFields.NAMES.stream().mapToLong(name -> hash(name, fields.getValue(name))).toArray());
      idsByTitle.putIfAbsent(article.title(), article.id());
    }));
    return this;
  }

  private void claim() throws Exception {
    if (note().isPresent()) {
      JsonObject other = note().get();
      if (isAlive(other))
        throw new IllegalStateException("another import is running (process " + other.getString("owner")
            + "); try again when it has ended");
      log.warn("an import was interrupted before it changed anything owner={}", other.getString("owner"));
      Blocking.on(client.removeDocument(Seeds.ONCE, NOTE.copy().put("owner", other.getString("owner"))));
    }
    try {
      Blocking.on(client.insert(Seeds.ONCE, NOTE.copy().put("owner", owner).put("state", "laying").put("sign", Instant.now().toString())));
    } catch (MongoWriteException e) {
      if (e.getError().getCode() == WriteErrors.DUPLICATE_KEY)
        throw new IllegalStateException("another import has just begun; try again when it has ended");
      throw e;
    }
    laying = true;
    lastSign = System.nanoTime();
    clear(client);
  }

  private Optional<JsonObject> note() throws Exception {
    return Optional.ofNullable(Blocking.on(client.findOne(Seeds.ONCE, NOTE, null)));
  }

  /** Checks the process of an import on this machine, which is stored as pid@host. */
  private static boolean isAlive(JsonObject other) {
    String here = ManagementFactory.getRuntimeMXBean().getName();
    String[] process = other.getString("owner").split("[@]", 2);
    boolean onThisMachine = process.length == 2 && process[1].startsWith(here.substring(here.indexOf('@') + 1) + "-");
    if (onThisMachine && ProcessHandle.of(Long.parseLong(process[0])).filter(ProcessHandle::isAlive).isEmpty()) return false;
    return Duration.between(Instant.parse(other.getString("sign")), Instant.now()).compareTo(SILENCE) < 0;
  }

  /**
   * Takes one article, whose fields have no {@linkplain ArticleFields#problems problems}.
   *
   * @param place where it was read
   * @return what is wrong with it beside the others; nothing, when it is taken
   */
  public Optional<String> add(JsonObject fields, String place) throws Exception {
    String title = fields.getString("title");
    String id = fields.containsKey("id") ? known(ArticleId.parse(fields.getString("id")))
        : idsByTitle.getOrDefault(title, ArticleFields.idFor(title));
    String before = places.putIfAbsent(id, place);
    if (before != null)
      return Optional.of((fields.containsKey("id") ? "id: " + id : "title: " + title) + ": the same article as in " + before);
    if (fields.containsKey("id")) fields.put("id", id);
    long[] known = existing.get(id);
    if (known == null && !ArticleId.parse(id).canBeNew())
      return Optional.of("id: " + RegexText.cut(id, 100) + "; allowed for a new article: a text, a number or an ObjectId");
    if (known == null) created++;
    else if (differs(fields, known)) changed++;
    else unchanged++;
    if (!dryRun && laying && (known == null || differs(fields, known))) lay(id, known == null, fields);
    return Optional.empty();
  }

  /** Files lose the types of ids: an existing id is meant, if only one matches. */
  private String known(ArticleId id) {
    return id.alike().stream().map(ArticleId::key).filter(existing::containsKey).findFirst().orElse(id.key());
  }

  private static boolean differs(JsonObject fields, long[] known) {
    for (int i = 0; i < known.length; i++) {
      String name = ArticleFields.NAMES.get(i);
      if (fields.containsKey(name) && hash(name, fields.getValue(name)) != known[i]) return true;
    }
    return false;
  }

  private void lay(String id, boolean isNew, JsonObject fields) throws Exception {
    JsonObject now = new JsonObject().put("updatedAt", Instant.now().toString());
    JsonObject stored = ArticleFields.toDocument(isNew ? defaults(now.getString("updatedAt")).mergeIn(fields) : now.mergeIn(fields));
    JsonObject laid = new JsonObject().put("_id", "%09d".formatted(places.size())).put("id", id).put("how", isNew ? "insert" : "set")
        .put("fields", stored);
    batch.add(BulkOperation.createInsert(laid));
    if (batch.size() == BATCH) flush();
  }

  private static JsonObject defaults(String now) {
    JsonObject defaults = new JsonObject().put("lang", "").put("status", Article.PUBLISHED).put("body", "").put("createdAt", now)
        .put("updatedAt", now);
    ArticleFields.LISTS.forEach(list -> defaults.put(list, new JsonArray()));
    ArticleFields.COUNTERS.forEach(counter -> defaults.put(counter, 0));
    return defaults;
  }

  private void flush() throws Exception {
    if (batch.isEmpty()) return;
    Blocking.on(client.bulkWriteWithOptions(LAID, List.copyOf(batch), new BulkWriteOptions(false)));
    batch.clear();
    if (System.nanoTime() - lastSign > TimeUnit.SECONDS.toNanos(5)) sign("laying");
  }

  private void sign(String state) throws Exception {
    lastSign = System.nanoTime();
    JsonObject signs = new JsonObject().put("sign", Instant.now().toString()).put("state", state);
    boolean ours = Blocking.on(client.updateCollection(Seeds.ONCE, NOTE.copy().put("owner", owner), new JsonObject().put("$set", signs)))
        .getDocMatched() == 1;
    if (!ours) throw new IllegalStateException("another import took this one for dead; nothing was imported");
  }

  /** After an error: nothing will be written, and further articles are only validated. */
  public void abandon() throws Exception {
    if (!laying) return;
    laying = false;
    batch.clear();
    clear(client);
    Blocking.on(client.removeDocument(Seeds.ONCE, NOTE.copy().put("owner", owner)));
  }

  /**
   * Writes all that was added.
   *
   * @param progress gets the number of written and of all new or changed articles
   */
  public Outcome commit(Written progress) throws Exception {
    Outcome outcome = new Outcome(created, changed, unchanged);
    if (dryRun) return outcome;
    flush();
    sign(READY);
    laying = false;
    writing = true;
    List<String> refused = apply(client, count -> progress.hear(count, outcome.created() + outcome.changed()));
    writing = false;
    if (refused.isEmpty()) return outcome;
    written = true;
    throw new IllegalStateException("the database refused " + refused.size() + " of the articles, the first: " + refused.get(0));
  }

  /** Progress of a commit. */
  public interface Written {
    void hear(long written, long all);
  }

  /** Describes the state of the articles after a failed commit, for the user. */
  public String fate() {
    if (written) return "the others are in place";
    return writing ? "all is laid ready, and is written when Magpie starts or articles are imported again" : "nothing was imported";
  }

  /** Completes an import that was interrupted after its marker. */
  static void finish(MongoClient client) throws Exception {
    JsonObject note = Blocking.on(client.findOne(Seeds.ONCE, NOTE, null));
    if (note == null || !READY.equals(note.getString("state"))) return;
    log.info("finishing the import of {}", note.getString("owner"));
    apply(client, count -> {});
  }

  /**
   * Idempotent, also when two processes do it at once.
   *
   * @return articles that the database refuses permanently, with the reasons; they must not block the others or the next start
   */
  private static List<String> apply(MongoClient client, LongConsumer written) throws Exception {
    List<BulkOperation> writes = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    long[] count = {0};
    try {
      Blocking.forEach(client, LAID, laid -> {
        // Laid ready by a program that did not check it.
        if (isNew(laid) && !ArticleId.parse(laid.getString("id")).canBeNew()) {
          refused.add(laid.getString("id") + ": cannot be written");
          return;
        }
        writes.add(write(laid));
        if (writes.size() == BATCH) {
          count[0] += put(client, writes, refused);
          written.accept(count[0]);
        }
      });
      count[0] += put(client, writes, refused);
      written.accept(count[0]);
    } catch (Unfinished e) {
      throw (Exception) e.getCause();
    }
    Blocking.on(client.updateCollectionWithOptions(Seeds.ONCE, IMPORTED, new JsonObject().put("$inc", new JsonObject().put("count", 1)),
        new UpdateOptions().setUpsert(true)));
    clear(client);
    Blocking.on(client.removeDocument(Seeds.ONCE, NOTE.copy().put("state", READY)));
    if (!refused.isEmpty()) log.warn("articles not imported count={} first={}", refused.size(), refused.get(0));
    return refused;
  }

  /** The embedded server logs an error for a drop of a missing collection. */
  private static void clear(MongoClient client) throws Exception {
    if (Blocking.on(client.getCollections()).contains(LAID)) Blocking.on(client.dropCollection(LAID));
  }

  private static boolean isNew(JsonObject laid) {
    return laid.getString("how").equals("insert");
  }

  private static BulkOperation write(JsonObject laid) {
    ArticleId id = ArticleId.parse(laid.getString("id"));
    JsonObject fields = laid.getJsonObject("fields");
    if (!isNew(laid)) return BulkOperation.createUpdate(id.query(), new JsonObject().put("$set", fields));
    if (!id.isTextLikeAnObjectId()) return BulkOperation.createInsert(fields.put("_id", id.stored()));
    return BulkOperation.createUpdate(id.upsertQuery(), new JsonObject().put("$setOnInsert", fields)).setUpsert(true);
  }

  private static int put(MongoClient client, List<BulkOperation> writes, List<String> refused) {
    if (writes.isEmpty()) return 0;
    try {
      int size = writes.size();
      List<BulkOperation> now = List.copyOf(writes);
      writes.clear();
      try {
        Blocking.on(client.bulkWriteWithOptions(Articles.COLLECTION, now, new BulkWriteOptions(false)));
      } catch (MongoBulkWriteException e) {
        for (BulkWriteError error : e.getWriteErrors()) {
          if (isInPlace(now.get(error.getIndex()), error)) continue;
          if (error.getCode() != WriteErrors.DUPLICATE_KEY && WriteErrors.mayPass(error.getCode())) throw e;
          refused.add(id(now.get(error.getIndex())) + ": " + error.getMessage());
        }
      }
      return size;
    } catch (Exception e) {
      throw new Unfinished(e);
    }
  }

  /** A duplicate key is expected where another process completed the import; one of a foreign unique index is an error. */
  private static boolean isInPlace(BulkOperation write, BulkWriteError error) {
    boolean isOfTheId = !error.getMessage().contains("index: ") || error.getMessage().contains("index: _id_");
    return error.getCode() == WriteErrors.DUPLICATE_KEY && write.getType() == BulkOperationType.INSERT && isOfTheId;
  }

  private static String id(BulkOperation write) {
    JsonObject holder = write.getType() == BulkOperationType.INSERT ? write.getDocument() : write.getFilter();
    return ArticleId.of(holder.getValue("_id")).map(ArticleId::key).orElse("?");
  }

  private static final class Unfinished extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unfinished(Exception cause) {
      super(cause);
    }
  }

  /** 64-bit FNV-1a hash of a field's text; a collision is negligible. */
  private static long hash(String field, Object value) {
    long hash = 0xcbf29ce484222325L;
    String text = ArticleFields.canonical(field, value);
    for (int i = 0; i < text.length(); i++) hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    return hash;
  }
}
