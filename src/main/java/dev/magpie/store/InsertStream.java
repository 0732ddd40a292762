package dev.magpie.store;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.reactivestreams.client.ChangeStreamPublisher;
import com.mongodb.reactivestreams.client.MongoClient;
import com.mongodb.reactivestreams.client.MongoClients;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The documents that are inserted into a collection of a replica set or sharded cluster from now on: each once, in order. After an outage
 * of the database it goes on behind the last one, as long as the database's own log of changes reaches back so far. Has connections of its
 * own, since Vert.x' client cannot resume a change stream. Owned by the context that opens it, on which it calls its follower.
 */
public final class InsertStream {
  private static final Logger log = LoggerFactory.getLogger(InsertStream.class);

  /** Documents that are on their way to the follower. */
  private static final int WINDOW = 256;

  private static final long RETRY_MS = 1_000;
  /** A server without change streams gets them by a restart only. */
  private static final long REFUSED_RETRY_MS = 30_000;

  /** "The $changeStream stage is only supported on replica sets". */
  private static final int NO_CHANGE_STREAMS = 40_573;

  /** InvalidResumeToken, ChangeStreamFatalError, ChangeStreamHistoryLost: the place behind which it would go on is not known any more. */
  private static final Set<Integer> PLACE_LOST = Set.of(260, 280, 286);

  private final Vertx vertx;
  private final Context context;
  private final String collection;
  private final MongoClient client;
  private final String database;
  private final List<BsonDocument> selection;
  private final Consumer<BsonDocument> follower;

  // On the context.
  /** Behind the last document that was followed; null before the first. */
  private BsonDocument place;
  /** The database's time of the first opening, where it tells; null otherwise. */
  private BsonTimestamp begin;
  private Following following;
  private long awaySince;
  private boolean closed;

  private volatile String trouble = "not open yet";

  private InsertStream(Vertx vertx, Context context, MongoClient client, String database, String collection, BsonDocument selection,
      Consumer<BsonDocument> follower) {
    this.vertx = vertx;
    this.context = context;
    this.client = client;
    this.database = database;
    this.collection = collection;
    this.selection = List.of(new BsonDocument("$match", new BsonDocument("operationType", new BsonString("insert"))),
        new BsonDocument("$match", selection));
    this.follower = follower;
  }

  /**
   * Opens one on the current context; does not wait for the database.
   *
   * @param database null for that of the options
   * @param selection a condition on the change, whose document is {@code fullDocument}
   * @throws IllegalArgumentException where the options name no MongoDB: the embedded database tells no changes
   */
  public static InsertStream open(Vertx vertx, StoreOptions options, String database, String collection, BsonDocument selection,
      Consumer<BsonDocument> follower) {
    String address = options.connectionString()
        .orElseThrow(() -> new IllegalArgumentException("the embedded database has no change streams: mongo.connection_string is needed"));
    InsertStream stream = new InsertStream(vertx, vertx.getOrCreateContext(), client(address),
        database == null ? options.database() : database, collection, selection, follower);
    stream.open();
    return stream;
  }

  private static MongoClient client(String address) {
    try {
      return MongoClients.create(MongoClientSettings.builder()
          .applyToSocketSettings(socket -> socket.readTimeout(Store.SILENCE_MS, TimeUnit.MILLISECONDS))
          .applyToConnectionPoolSettings(pool -> pool.maxSize(2).minSize(0))
          .applyConnectionString(new ConnectionString(Store.withDefaults(address)))
          .build());
    } catch (IllegalArgumentException unreadable) {
      throw Store.unreadableAddress();
    }
  }

  /** Why nothing is followed now; empty while all is well. From any thread. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** No document is followed after that. On its context. */
  public Future<Void> close() {
    closed = true;
    if (following != null) following.cancel();
    return vertx.executeBlocking(() -> {
      client.close();
      return null;
    });
  }

  private void open() {
    if (closed) return;
    // Tells whether the database answers, and its time.
    first(client.getDatabase(database).runCommand(new BsonDocument("isMaster", new BsonInt32(1)), BsonDocument.class))
        .onSuccess(this::follow).onFailure(this::ended);
  }

  private void follow(BsonDocument hello) {
    if (closed) return;
    if (begin == null && hello.containsKey("operationTime")) begin = hello.getTimestamp("operationTime");
    ChangeStreamPublisher<BsonDocument> changes =
        client.getDatabase(database).getCollection(collection, BsonDocument.class).watch(selection, BsonDocument.class);
    if (place != null) changes.resumeAfter(place);
    else if (begin != null) changes.startAtOperationTime(begin);
    Following begun = new Following();
    following = begun;
    changes.subscribe(begun);
    // The driver does not tell that a stream is open, only that it is refused.
    vertx.setTimer(RETRY_MS, timer -> {
      if (following == begun) isOpen();
    });
  }

  private void isOpen() {
    if (closed || trouble == null) return;
    if (awaySince == 0) log.info("following inserts collection={}.{}", database, collection);
    else log.info("following inserts again collection={}.{} after={}s", database, collection,
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - awaySince));
    awaySince = 0;
    trouble = null;
  }

  private void followed(ChangeStreamDocument<BsonDocument> change) {
    if (closed) return;
    isOpen();
    place = change.getResumeToken();
    if (change.getFullDocument() != null) follower.accept(change.getFullDocument());
  }

  /** @param failure null where the collection was dropped or renamed */
  private void ended(Throwable failure) {
    if (closed) return;
    following = null;
    int code = code(failure);
    String reason = reason(failure);
    if (failure == null || PLACE_LOST.contains(code)) {
      log.warn("inserts may have been missed collection={}.{} reason={}", database, collection, reason);
      place = null;
      begin = null;
    }
    if (awaySince == 0) {
      awaySince = System.nanoTime();
      log.warn("inserts are not followed collection={}.{} reason={}", database, collection, reason);
    }
    trouble = reason;
    vertx.setTimer(code == NO_CHANGE_STREAMS ? REFUSED_RETRY_MS : RETRY_MS, timer -> open());
  }

  private static int code(Throwable failure) {
    return failure instanceof MongoException known ? known.getCode() : 0;
  }

  static String reason(Throwable failure) {
    if (failure == null) return "the collection was dropped";
    if (code(failure) == NO_CHANGE_STREAMS) return "the database has no change streams, since it is no replica set";
    return failure instanceof MongoCommandException refused ? refused.getErrorMessage() : DatabaseGate.reason(failure);
  }

  private <T> Future<T> first(Publisher<T> publisher) {
    Promise<T> first = Promise.promise();
    publisher.subscribe(new Subscriber<>() {
      @Override
      public void onSubscribe(Subscription subscription) {
        subscription.request(1);
      }

      @Override
      public void onNext(T value) {
        context.runOnContext(here -> first.tryComplete(value));
      }

      @Override
      public void onError(Throwable failure) {
        context.runOnContext(here -> first.tryFail(failure));
      }

      @Override
      public void onComplete() {}
    });
    return first.future();
  }

  /** One change stream. Its methods are called on threads of the driver, one at a time. */
  private final class Following implements Subscriber<ChangeStreamDocument<BsonDocument>> {
    private volatile Subscription subscription;

    void cancel() {
      if (subscription != null) subscription.cancel();
    }

    @Override
    public void onSubscribe(Subscription begun) {
      subscription = begun;
      begun.request(WINDOW);
    }

    @Override
    public void onNext(ChangeStreamDocument<BsonDocument> change) {
      context.runOnContext(here -> {
        followed(change);
        subscription.request(1);
      });
    }

    @Override
    public void onError(Throwable failure) {
      context.runOnContext(here -> ended(failure));
    }

    @Override
    public void onComplete() {
      context.runOnContext(here -> ended(null));
    }
  }
}
