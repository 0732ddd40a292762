package dev.magpie.store;

import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.ReplaceOptions;
import com.mongodb.client.model.WriteModel;
import com.mongodb.reactivestreams.client.MongoClient;
import com.mongodb.reactivestreams.client.MongoClients;
import com.mongodb.reactivestreams.client.MongoCollection;
import com.mongodb.reactivestreams.client.MongoDatabase;
import io.vertx.core.json.JsonObject;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.h2.mvstore.MVMap;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Copies what the embedded database holds to another MongoDB: its collections, the logs and sessions with their numbers, and the state of
 * rooms, so that clients go on where they were. Documents that are there already under the same id are replaced: a copy that was cut short
 * is begun again. Used by one thread; blocks.
 */
final class StoreMigration {
  private static final int BATCH = 500;
  private static final long PATIENCE_SECONDS = 30;

  private final EmbeddedMongo from;
  private final MongoDatabase logs;
  private final PrintStream report;

  private StoreMigration(EmbeddedMongo from, MongoDatabase logs, PrintStream report) {
    this.from = from;
    this.logs = logs;
    this.report = report;
  }

  static void run(EmbeddedMongo from, String connectionString, String database, PrintStream report) {
    try (MongoClient source = MongoClients.create(from.connectionString()); MongoClient target =
        MongoClients.create(Store.withDefaults(connectionString))) {
      StoreMigration migration = new StoreMigration(from, target.getDatabase(database), report);
      migration.refuseNewerData(Store.withoutCredentials(connectionString));
      migration.refuseOtherLogs();
      for (String name : from.mvStore().getMapNames()) {
        if (name.startsWith(StoreMaps.DOCUMENTS)) migration.collection(source, target, name.substring(StoreMaps.DOCUMENTS.length()));
        else if (StoreMaps.isEvents(name)) migration.log(StoreMaps.namespace(name));
        else if (StoreMaps.isState(name)) migration.state(StoreMaps.namespaceOfState(name));
      }
    }
  }

  private void refuseNewerData(String target) {
    BsonDocument format = first(logs.getCollection(Seeds.ONCE, BsonDocument.class)
        .find(BsonDocument.parse(ServerFormat.DOCUMENT.encode())));
    if (format == null || !format.isNumber("format")) return;
    int number = format.getNumber("format").intValue();
    if (number > StoreFile.FORMAT) throw StoreFile.newer(target, number);
  }

  /** Checked before anything is written: two logs must not be merged. */
  private void refuseOtherLogs() {
    for (String name : from.mvStore().getMapNames()) {
      if (!StoreMaps.isEvents(name)) continue;
      String namespace = StoreMaps.namespace(name);
      BsonDocument there = first(logs.getCollection(MongoEventLog.LOGS, BsonDocument.class)
          .find(BsonDocument.parse(new JsonObject().put("_id", namespace).encode())));
      if (there != null && !there.getString("epoch").getValue().equals(epoch(namespace))) {
        throw new DataRefusedException("database " + logs.getName() + " has a log of " + namespace
            + " of its own already; remove it there, or name another mongo.database");
      }
    }
  }

  private String epoch(String namespace) {
    return EmbeddedEventLog.Maps.open(from.mvStore(), namespace).facts().get("epoch");
  }

  /** @param name database and collection, with a dot between */
  private void collection(MongoClient source, MongoClient target, String name) {
    int dot = name.indexOf('.');
    String collection = name.substring(dot + 1);
    if (collection.startsWith("system.")) return;
    Iterator<BsonDocument> documents = new Pull<>(source.getDatabase(name.substring(0, dot)).getCollection(collection, BsonDocument.class)
        .find().batchSize(BATCH));
    report.println(name + ": " + write(target.getDatabase(name.substring(0, dot)).getCollection(collection, BsonDocument.class), documents)
        + " documents");
  }

  private void log(String namespace) {
    MVMap<Long, byte[]> events = EmbeddedEventLog.Maps.open(from.mvStore(), namespace).events();
    Iterator<Map.Entry<Long, byte[]>> entries = events.entrySet().iterator();
    long written = write(collection(MongoEventLog.EVENTS),
        mapped(entries, entry -> MongoEventLog.document(namespace, EventCodec.read(entry.getKey(), entry.getValue()))));
    write(collection(MongoEventLog.LOGS),
        mapped(List.of(namespace).iterator(), id -> new JsonObject().put("_id", id).put("epoch", epoch(namespace))));
    report.println("log of " + namespace + ": " + written + " events, " + sessions(namespace) + " sessions");
  }

  private void state(String namespace) {
    Iterator<Map.Entry<String, String>> rows = EmbeddedStateStore.rows(from.mvStore(), namespace).entrySet().stream()
        .filter(row -> !row.getKey().equals(EmbeddedStateStore.NEWEST)).iterator();
    long written = write(collection(MongoStateStore.STATE),
        mapped(rows, row -> MongoStateStore.document(namespace, EmbeddedStateStore.row(row.getKey(), row.getValue()))));
    report.println("room state of " + namespace + ": " + written + " rows");
  }

  private long sessions(String namespace) {
    String prefix = StoreMaps.SESSIONS + namespace + ".";
    MVMap<Object, Object> gens = StoreMaps.open(from.mvStore(), prefix + "gens");
    MVMap<Object, Object> expiries = StoreMaps.open(from.mvStore(), prefix + "expiries");
    Iterator<Map.Entry<Object, Object>> all = StoreMaps.open(from.mvStore(), prefix + "all").entrySet().iterator();
    return write(collection(MongoRecoveryStore.SESSIONS), mapped(all, session -> new JsonObject()
        .put("_id", namespace + ":" + session.getKey())
        .put("gen", gens.get(session.getKey()))
        .put("expiresAt", expiries.get(session.getKey()))
        .put("uid", MongoRecoveryStore.stored(SessionCodec.uid((String) session.getValue())))
        .put("session", session.getValue())));
  }

  private MongoCollection<BsonDocument> collection(String name) {
    return logs.getCollection(name, BsonDocument.class);
  }

  private static <T> Iterator<BsonDocument> mapped(Iterator<T> from, java.util.function.Function<T, JsonObject> document) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return from.hasNext();
      }

      @Override
      public BsonDocument next() {
        return BsonDocument.parse(document.apply(from.next()).encode());
      }
    };
  }

  private static long write(MongoCollection<BsonDocument> to, Iterator<BsonDocument> documents) {
    long written = 0;
    List<WriteModel<BsonDocument>> batch = new ArrayList<>(BATCH);
    while (documents.hasNext()) {
      BsonDocument document = documents.next();
      batch.add(new ReplaceOneModel<>(new BsonDocument("_id", document.get("_id")), document, new ReplaceOptions().upsert(true)));
      written++;
      if (batch.size() < BATCH && documents.hasNext()) continue;
      first(to.bulkWrite(batch));
      batch.clear();
    }
    return written;
  }

  private static <T> T first(Publisher<T> publisher) {
    Pull<T> answers = new Pull<>(publisher);
    T first = answers.hasNext() ? answers.next() : null;
    while (answers.hasNext()) answers.next();
    return first;
  }

  /** A blocking iterator over a reactive publisher. */
  private static final class Pull<T> implements Iterator<T>, Subscriber<T> {
    /** A value, or the failure; empty at the end. */
    private final LinkedBlockingQueue<Optional<Object>> come = new LinkedBlockingQueue<>();

    private Subscription subscription;
    private Optional<Object> next;

    private Pull(Publisher<T> publisher) {
      publisher.subscribe(this);
    }

    @Override
    public void onSubscribe(Subscription given) {
      subscription = given;
      given.request(BATCH);
    }

    @Override
    public void onNext(T value) {
      come.add(Optional.of(value));
    }

    @Override
    public void onError(Throwable failure) {
      come.add(Optional.of(failure));
    }

    @Override
    public void onComplete() {
      come.add(Optional.empty());
    }

    @Override
    public boolean hasNext() {
      if (next == null) next = poll();
      if (next.orElse(null) instanceof RuntimeException failure) throw failure;
      return next.isPresent();
    }

    private Optional<Object> poll() {
      try {
        Optional<Object> polled = come.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (polled == null) throw new IllegalStateException("the database does not answer");
        return polled;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }

    @SuppressWarnings("unchecked")
    @Override
    public T next() {
      if (!hasNext()) throw new java.util.NoSuchElementException();
      T value = (T) next.get();
      next = null;
      subscription.request(1);
      return value;
    }
  }
}
