package dev.magpie.store;

import dev.magpie.log.RecoveryState;
import dev.magpie.log.RecoveryStore;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.type.LongDataType;
import org.h2.mvstore.type.StringDataType;

/** Sessions in maps of the embedded store, by id: what they are, their generation, when they expire. Changed on its writer's thread. */
final class EmbeddedRecoveryStore implements RecoveryStore {
  private final EmbeddedMongo mongo;
  private final StoreThreads threads;
  private final MVMap<String, String> sessions;
  private final MVMap<String, Long> gens;
  private final MVMap<String, Long> expiries;

  private EmbeddedRecoveryStore(EmbeddedMongo mongo, String namespace, StoreThreads threads) {
    String prefix = "magpie.sessions." + namespace + ".";
    this.mongo = mongo;
    this.threads = threads;
    this.sessions = mongo.mvStore()
        .openMap(prefix + "all", new MVMap.Builder<String, String>().keyType(StringDataType.INSTANCE).valueType(StringDataType.INSTANCE));
    this.gens = numbers(prefix + "gens");
    this.expiries = numbers(prefix + "expiries");
  }

  private MVMap<String, Long> numbers(String name) {
    return mongo.mvStore().openMap(name,
        new MVMap.Builder<String, Long>().keyType(StringDataType.INSTANCE).valueType(LongDataType.INSTANCE));
  }

  static Future<EmbeddedRecoveryStore> open(EmbeddedMongo mongo, String namespace, StoreThreads threads) {
    return threads.write(opened -> mongo.change(() -> opened.value = new EmbeddedRecoveryStore(mongo, namespace, threads)));
  }

  // On the writer's thread as well, behind the writes that were asked for before.
  @Override
  public Future<Optional<RecoveryState>> find(String id) {
    return threads.write(found -> {
      String text = sessions.get(id);
      found.value = text == null ? Optional.empty() : Optional.of(SessionCodec.read(id, gens.get(id), expiries.get(id), text));
      return java.util.concurrent.CompletableFuture.completedFuture(null);
    });
  }

  @Override
  public Future<Void> save(RecoveryState session) {
    return threads.write(done -> mongo.change(() -> {
      Long gen = gens.get(session.id());
      if (gen == null || gen <= session.gen()) put(session);
    }));
  }

  @Override
  public Future<Boolean> claim(RecoveryState next) {
    return threads.write(claimed -> mongo.change(() -> {
      Long gen = gens.get(next.id());
      claimed.value = gen != null && gen == next.gen() - 1;
      if (claimed.value) put(next);
    }));
  }

  private void put(RecoveryState session) {
    sessions.put(session.id(), SessionCodec.write(session));
    gens.put(session.id(), session.gen());
    expiries.put(session.id(), session.expiresAt());
  }

  @Override
  public Future<Void> extend(Collection<String> ids, long expiresAt) {
    return threads.write(done -> mongo.change(() -> ids.forEach(id -> expiries.replace(id, expiresAt))));
  }

  @Override
  public Future<Void> remove(String id, long gen) {
    return threads.write(done -> mongo.change(() -> {
      Long there = gens.get(id);
      if (there != null && there == gen) remove(id);
    }));
  }

  @Override
  public Future<Void> removeAll(String uid) {
    return threads.write(done -> mongo.change(() -> {
      List<String> theirs = new ArrayList<>();
      sessions.forEach((id, text) -> {
        if (uid.equals(SessionCodec.uid(text))) theirs.add(id);
      });
      theirs.forEach(this::remove);
    }));
  }

  private void remove(String id) {
    sessions.remove(id);
    gens.remove(id);
    expiries.remove(id);
  }

  @Override
  public Future<Void> sweep(long now) {
    return threads.read(() -> {
      List<String> expired = new ArrayList<>();
      expiries.forEach((id, at) -> {
        if (at <= now) expired.add(id);
      });
      return expired;
    }).compose(expired -> expired.isEmpty() ? Future.succeededFuture() : threads.write(done -> mongo.change(() -> expired.forEach(id -> {
      Long at = expiries.get(id);
      if (at != null && at <= now) remove(id);
    }))));
  }
}
