package dev.magpie.store;

import io.vertx.core.Closeable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import io.vertx.ext.mongo.MongoClient;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of one Vert.x instance: the embedded one or another MongoDB, and the client that reaches it. Opened by each part that needs
 * it and closed by each: all of them share one, which goes with the last. May be used from any thread.
 */
public final class Store {
  private static final Logger log = LoggerFactory.getLogger(Store.class);
  private static final String SHARED = "magpie.store";

  /** Milliseconds; the driver's default of 30 s would hold every query while the database is away. */
  private static final List<String> TIMEOUTS = List.of("serverSelectionTimeoutMS=3000", "connectTimeoutMS=3000");

  /** Acknowledged writes survive a crash and a failover. */
  private static final List<String> WRITES = List.of("w=majority", "journal=true");

  /** Nothing is read that the next primary may not know of. */
  private static final List<String> READS_OF_A_SET = List.of("readConcernLevel=majority");

  /**
   * A connection that is silent for so long is given up. Whoever waits has been told long before; without this it would be one less for all
   * others. Not in the address, where the driver warns of it.
   */
  static final int SILENCE_MS = 30_000;

  /** How long an opening waits for a database that does not answer. */
  private static final long FORMAT_PATIENCE_MS = 3_000;

  /** How long the program that holds the data may take to leave its port there; it writes it a moment after it took the file. */
  private static final long PORT_PATIENCE_MS = 5_000;

  private final Vertx vertx;
  private final String location;
  private final Optional<EmbeddedMongo> embedded;
  private final MongoClient client;
  private final Supplier<Future<Void>> formatCheck;
  private final DatabaseGate gate;
  private final WriteProbe probe;
  private final Articles articles;
  private final Feedbacks feedback;
  private final Unanswered unanswered;
  private final PersonWishes personWishes;
  private final String description;

  private Store(Vertx vertx, StoreOptions options, Optional<EmbeddedMongo> embedded, String connectionString, String description) {
    this.vertx = vertx;
    this.location = options.location();
    this.embedded = embedded;
    this.client = client(vertx, options, connectionString);
    // The embedded file is checked by the program that opens it.
    this.formatCheck = options.connectionString().isPresent() ? new ServerFormat(client, description)::check : Future::succeededFuture;
    this.probe = new WriteProbe(client);
    this.gate = new DatabaseGate(vertx, embedded.isPresent() ? this::ping : () -> formatCheck.get().compose(good -> probe.write()));
    this.articles = new Articles(vertx, client, gate, formatCheck);
    this.feedback = new Feedbacks(client, gate);
    this.unanswered = new Unanswered(vertx, client, gate);
    this.personWishes = new PersonWishes(client, gate);
    this.description = description;
  }

  private static MongoClient client(Vertx vertx, StoreOptions options, String connectionString) {
    JsonObject config = new JsonObject()
        .put("connection_string", withDefaults(connectionString))
        .put("socketTimeoutMS", SILENCE_MS)
        .put("db_name", options.database())
        .put("useObjectId", true);
    try {
      MongoClient client = MongoClient.create(vertx, config);
      // Vert.x would close it before verticles stop, and what they write at their end would be lost. close() does it, behind the last user.
      ((ContextInternal) vertx.getOrCreateContext()).removeCloseHook((Closeable) client);
      return client;
    } catch (IllegalArgumentException e) {
      throw unreadableAddress();
    }
  }

  /** In place of the driver's message, which repeats what it could not read: that may be a part of the password. */
  static IllegalArgumentException unreadableAddress() {
    return new IllegalArgumentException("mongo.connection_string: not an address of a MongoDB: user name and password must be "
        + "percent-encoded, and its options must have values that the driver knows");
  }

  /**
   * Opens the store, or shares the one that is open in this Vert.x instance; fails with {@link DataInUseException} when another program has
   * it, and with {@link DataRefusedException} when its data is of a newer program. A MongoDB that does not answer is not asked for anything
   * else before its format is known.
   */
  public static Future<Store> open(Vertx vertx, StoreOptions options) {
    return share(vertx, options, () -> openNow(vertx, options));
  }

  /** As {@link #open}, but a database that another program on this machine has open is used through that program. */
  public static Future<Store> openOrJoin(Vertx vertx, StoreOptions options) {
    return share(vertx, options, () -> openOrJoinNow(vertx, options));
  }

  public MongoClient client() {
    return client;
  }

  public Articles articles() {
    return articles;
  }

  public Feedbacks feedback() {
    return feedback;
  }

  public Unanswered unanswered() {
    return unanswered;
  }

  public PersonWishes personWishes() {
    return personWishes;
  }

  /** An import of articles, for a thread that may wait; a dry one changes nothing. */
  public ArticleImport importArticles(boolean dryRun) {
    return new ArticleImport(client, dryRun);
  }

  /** Every article, whatever its status, in no order; for a thread that may wait. */
  public void eachArticle(Consumer<Article> each) throws Exception {
    Blocking.forEach(client, Articles.COLLECTION, document -> Article.read(document).ifPresent(each));
  }

  /** Begins to tell a follower what the bot knows. Close the feed before the store. */
  public Future<KnowledgeFeed> follow(KnowledgeFollower follower) {
    return new KnowledgeFeed(vertx, client, articles, embedded.map(mongo -> (LongSupplier) mongo::changes), follower).start();
  }

  DatabaseGate gate() {
    return gate;
  }

  /** The embedded database, where this program has it open. */
  public Optional<EmbeddedMongo> embedded() {
    return embedded;
  }

  /** For the start-up's log: which database, where, new or opened. No credentials. */
  public String description() {
    return description;
  }

  /** Succeeds when the database answers and its data is of a format that this program reads. */
  public Future<Void> ping() {
    return formatCheck.get().compose(good -> client.runCommand("ping", new JsonObject().put("ping", 1))).mapEmpty();
  }

  /** Succeeds when the database answers and takes writes; the failure's message says what is missing. */
  public Future<Void> ready() {
    if (embedded.isEmpty()) return formatCheck.get().recover(Store::described).compose(good -> probe.run());
    return ping().compose(answers -> embedded.get().refusal().<Future<Void>>map(Future::failedFuture).orElse(Future.succeededFuture()));
  }

  private static Future<Void> described(Throwable failure) {
    return failure instanceof DataRefusedException ? Future.failedFuture(failure) : Future.failedFuture(DatabaseGate.reason(failure));
  }

  /** One of those who opened it needs it no longer; the last one closes it. Call once for each opening. */
  public Future<Void> close() {
    boolean[] last = {false};
    openings(vertx).computeIfPresent(location, (at, opening) -> {
      last[0] = --opening.users == 0;
      return last[0] ? null : opening;
    });
    return last[0] ? flush().transform(flushed -> client.close()).eventually(() -> blocking(vertx,
        this::closeEmbedded)).onSuccess(closed -> log.info("store left {}", description)) : Future.succeededFuture();
  }

  /** Flushes pending counters; an unreachable database does not delay the shutdown. */
  private Future<?> flush() {
    return Future.join(articles.flush(), unanswered.flush()).onComplete(flushed -> gate.close());
  }

  private Void closeEmbedded() {
    embedded.ifPresent(EmbeddedMongo::close);
    return null;
  }

  private static Future<Store> share(Vertx vertx, StoreOptions options, Supplier<Store> opener) {
    Opening shared =
        openings(vertx).compute(options.location(), (at, open) -> {
          Opening opening = open == null ? new Opening(onOwnThread(opener)) : open;
          opening.users++;
          return opening;
        });
    return Future.fromCompletionStage(shared.store, vertx.getOrCreateContext())
        .onFailure(failed -> openings(vertx).computeIfPresent(options.location(), (at, opening) -> opening == shared ? null : opening));
  }

  private Future<Store> checked() {
    return formatCheck.get().timeout(FORMAT_PATIENCE_MS, TimeUnit.MILLISECONDS).map(this).recover(failure -> {
      if (failure instanceof DataRefusedException) return client.close().transform(closed -> Future.failedFuture(failure));
      gate.leave(failure);
      return Future.succeededFuture(this);
    });
  }

  private static LocalMap<String, Opening> openings(Vertx vertx) {
    return vertx.sharedData().getLocalMap(SHARED);
  }

  private static Store openNow(Vertx vertx, StoreOptions options) {
    StoreJars.require();
    if (options.connectionString().isPresent()) {
      String address = options.connectionString().get();
      return new Store(vertx, options, Optional.empty(), address, "mongo=" + withoutCredentials(address));
    }
    EmbeddedMongo mongo = EmbeddedMongo.open(options.data());
    String description = "embedded=" + mongo.file() + (mongo.created() ? " new" : " opened");
    return new Store(vertx, options, Optional.of(mongo), mongo.connectionString(), description);
  }

  private static Store openOrJoinNow(Vertx vertx, StoreOptions options) {
    long patientUntil = System.nanoTime() + PORT_PATIENCE_MS * 1_000_000;
    while (true) {
      try {
        return openNow(vertx, options);
      } catch (DataInUseException inUse) {
        Optional<String> address = EmbeddedMongo.connectionStringOf(inUse.path());
        if (address.isPresent())
          return new Store(vertx, options, Optional.empty(), address.get(),
              "joined=" + inUse.path() + " port=" + EmbeddedMongo.portOf(inUse.path()).orElse(0));
        if (System.nanoTime() > patientUntil) throw inUse;
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while opening the store", e);
    }
  }

  private static <T> Future<T> blocking(Vertx vertx, Supplier<T> work) {
    return Future.fromCompletionStage(onOwnThread(work), vertx.getOrCreateContext());
  }

  /**
   * Not a worker of Vert.x: its client would be closed with the verticle that happened to open the store first, and a worker that is
   * interrupted while it writes closes the store's file for everyone.
   */
  private static <T> CompletionStage<T> onOwnThread(Supplier<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                done.complete(work.get());
              } catch (Throwable failed) {
                done.completeExceptionally(failed);
                if (failed instanceof Error error) throw error;
              }
            },
            "magpie-store")
        .start();
    return done;
  }

  /** Adds Magpie's default parameters, unless the connection string sets them. */
  static String withDefaults(String connectionString) {
    StringBuilder address = new StringBuilder(connectionString);
    add(address, TIMEOUTS);
    add(address, WRITES);
    if (isSet(connectionString)) add(address, READS_OF_A_SET);
    return address.toString();
  }

  /** A standalone server may reject the read concern "majority". */
  private static boolean isSet(String connectionString) {
    String hosts = connectionString.replaceFirst("\\?.*", "");
    return connectionString.startsWith("mongodb+srv:") || hosts.indexOf(',') >= 0
        || connectionString.toLowerCase(Locale.ROOT).matches(".*[?&]replicaset=.*");
  }

  private static void add(StringBuilder address, List<String> options) {
    for (String option : options) {
      String name = option.substring(0, option.indexOf('=') + 1).toLowerCase(Locale.ROOT);
      if (address.toString().toLowerCase(Locale.ROOT).matches(".*[?&]" + name + ".*")) continue; // The operator's own.
      if (address.indexOf("?") >= 0) address.append('&');
      else address.append(address.indexOf("/", address.indexOf("://") + 3) >= 0 ? "?" : "/?");
      address.append(option);
    }
  }

  /** Up to the last '@', since a password may hold one that was not percent-encoded, or a slash. */
  static String withoutCredentials(String connectionString) {
    return connectionString.replaceFirst("(?s)://.*@", "://").replaceFirst("(?s)\\?.*", "");
  }

  /** One store of this Vert.x instance; the count is changed only within the map's compute. */
  private static final class Opening implements Shareable {
    private final CompletionStage<Store> store;
    private int users;

    private Opening(CompletionStage<Store> opened) {
      this.store = Future.fromCompletionStage(opened).compose(Store::checked).toCompletionStage();
    }
  }
}
