package dev.magpie.api;

import dev.magpie.api.KeyCollection.Stored;
import dev.magpie.logging.Reason;
import dev.magpie.transport.Networks;
import dev.magpie.transport.admission.MinuteSums;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.shareddata.Shareable;
import io.vertx.ext.mongo.MongoClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API keys of a Vert.x instance: checks them against the database. It reads all keys at once and keeps them for some seconds, so that
 * no request costs a query, whoever sends it; a key that is revoked, by whatever program, is refused within 5 s. May be used from any
 * thread.
 */
public final class ApiKeys implements Shareable {
  /** Wrong keys of one address in a minute; from then on they are refused without a look at the database. */
  static final int MOST_WRONG = 10;

  /** Age at which the keys are read again, if one is checked. */
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(3);

  /** Between two reads that are caused by unknown keys: one may have been made just now. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  private static final byte[] NO_HASH = new byte[32];

  private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);

  private final Vertx vertx;
  private final LongSupplier nanoTime;
  private final Map<String, TokenBucket> buckets = new ConcurrentHashMap<>();
  private final Map<String, Instant> usedMinutes = new ConcurrentHashMap<>();

  // Guarded by this.
  private final MinuteSums wrong;
  private @Nullable Future<KeyCollection> database;
  private @Nullable Known known;
  /** The read that was begun last; null once it has failed. */
  private @Nullable Future<Known> running;
  private long runningSince;
  /** The one that will begin after the pause. */
  private @Nullable Promise<Known> next;

  /**
   * The keys as they were read.
   *
   * @param at when that read began
   */
  private record Known(Map<String, Stored> byId, long at) {}

  ApiKeys(Vertx vertx, LongSupplier nanoTime) {
    this.vertx = vertx;
    this.nanoTime = nanoTime;
    this.wrong = new MinuteSums(nanoTime);
    this.runningSince = nanoTime.getAsLong() - PAUSE_NANOS;
  }

  /** The one of this Vert.x instance. */
  public static ApiKeys of(Vertx vertx) {
    return vertx.sharedData().<String, ApiKeys>getLocalMap("magpie.api.keys")
        .computeIfAbsent("keys", name -> new ApiKeys(vertx, System::nanoTime));
  }

  /** Names the database of the keys, which may still be opening. Without one every key is refused with 503. */
  public synchronized void use(Future<MongoClient> client) {
    database = client.map(KeyCollection::new);
    known = null;
    running = null;
  }

  /** Whether there is a database, or will be. */
  public synchronized boolean hasDatabase() {
    return database != null;
  }

  /**
   * Checks a key. Completes on the caller's context, usually at once.
   *
   * @param written {@code mgp_<id>_<secret>}
   * @param address of the client: of wrong keys that one address sends, ten a minute are looked up
   * @return the key; fails with {@link Problem}: 401, 429, or 503 where keys cannot be looked up
   */
  public Future<ApiKey> check(String written, String address) {
    Future<KeyCollection> collection = collection();
    if (collection.failed()) return Future.failedFuture(collection.cause());
    long asked = nanoTime.getAsLong();
    Matcher form = ApiKey.parse(written);
    if (!form.matches()) return Future.failedFuture(wrongKey(address));
    String id = form.group(1);
    byte[] hash = sha256(form.group(2));
    Future<Known> read = keys(asked - FRESH_NANOS)
        // Not known: made since then, or invented.
        .compose(first -> first.byId.containsKey(id) || isBlocked(address) ? Future.succeededFuture(first) : keys(asked));
    if (read.succeeded()) return judged(read.result(), id, hash, address);
    Promise<ApiKey> here = ((ContextInternal) vertx.getOrCreateContext()).promise();
    read.compose(all -> judged(all, id, hash, address)).onComplete(here);
    return here.future();
  }

  private Future<ApiKey> judged(Known all, String id, byte[] hash, String address) {
    Stored stored = all.byId.get(id);
    // Compared in any case, so that the time does not tell which ids exist.
    boolean same = MessageDigest.isEqual(stored == null ? NO_HASH : stored.hash(), hash);
    if (stored == null || !same) return Future.failedFuture(wrongKey(address));
    ApiKey key = stored.key();
    Instant now = Instant.now();
    if (key.isOver(now))
      return Future.failedFuture(ApiAccess.unauthorized(key.revoked() != null ? "the API key was revoked" : "the API key has expired"));
    long nanos = nanoTime.getAsLong();
    if (!buckets.computeIfAbsent(id, first -> new TokenBucket(key.rate(), nanos)).take(nanos))
      return Future.failedFuture(tooMany("more requests than the API key allows: " + key.rate() + " a second", 1));
    noteUse(id, now.truncatedTo(ChronoUnit.MINUTES));
    return Future.succeededFuture(key);
  }

  private synchronized boolean isBlocked(String address) {
    return wrong.of(Networks.limited(address)) >= MOST_WRONG;
  }

  private synchronized Problem wrongKey(String address) {
    String network = Networks.limited(address);
    if (wrong.of(network) >= MOST_WRONG) return tooMany("too many wrong API keys from this address; try again in a minute", 60);
    wrong.add(network, 1);
    return ApiAccess.unauthorized("not an API key of this server");
  }

  /** @param seconds after which a repetition may succeed */
  private static Problem tooMany(String detail, int seconds) {
    return Problem.of(429, "too-many-requests", "Too many requests", detail).with("Retry-After", Integer.toString(seconds));
  }

  /** Once a minute and key; a use that is not written, because the database is away, is left out. */
  private void noteUse(String id, Instant minute) {
    if (minute.equals(usedMinutes.put(id, minute))) return;
    collection().compose(keys -> keys.used(id, minute))
        .onFailure(failure -> log.debug("use of an API key not written id={} reason={}", id, Reason.of(failure)));
  }

  /** Fails with {@link Problem} where there is none, or not yet. */
  private synchronized Future<KeyCollection> collection() {
    if (database == null)
      return Future.failedFuture(Problem.unavailable("API keys are kept in the database, which this process does not have: it runs "
          + "gateways without dev.magpie.MainVerticle"));
    if (!database.isComplete()) return Future.failedFuture(Problem.unavailable("the database with the API keys is being opened"));
    return database.recover(ApiKeys::unavailable);
  }

  private static <T> Future<T> unavailable(Throwable failure) {
    log.debug("API keys not read reason={}", Reason.of(failure));
    return Future.failedFuture(failure instanceof Problem ? failure
        : Problem.unavailable("the database with the API keys does not answer; try again later"));
  }

  /** The keys as of a read that began at this time or later. Reads are shared, and begin with a pause between them. */
  private Future<Known> keys(long notBefore) {
    long pause;
    Future<Known> asked;
    synchronized (this) {
      if (known != null && known.at - notBefore >= 0) return Future.succeededFuture(known);
      if (running != null && runningSince - notBefore >= 0) return running;
      if (next != null) return next.future();
      next = Promise.promise();
      asked = next.future();
      pause = runningSince + PAUSE_NANOS - nanoTime.getAsLong();
    }
    if (pause <= 0) read();
    else vertx.setTimer(TimeUnit.NANOSECONDS.toMillis(pause) + 1, due -> read());
    return asked;
  }

  private void read() {
    Promise<Known> read;
    long began = nanoTime.getAsLong();
    synchronized (this) {
      read = Objects.requireNonNull(next);
      next = null;
      running = read.future();
      runningSince = began;
    }
    collection().compose(KeyCollection::all).map(all -> new Known(all, began)).recover(ApiKeys::unavailable)
        .onComplete(all -> keep(read.future(), all.result()))
        .onComplete(read);
  }

  /** @param all null where the read has failed: the next check begins another one */
  private synchronized void keep(Future<Known> read, @Nullable Known all) {
    if (all == null) {
      if (running == read) running = null;
      return;
    }
    if (known != null && known.at - all.at > 0) return;
    known = all;
    buckets.keySet().retainAll(all.byId.keySet());
    usedMinutes.keySet().retainAll(all.byId.keySet());
  }

  static byte[] sha256(String secret) {
    return Hashes.digest().digest(secret.getBytes(StandardCharsets.US_ASCII));
  }
}
