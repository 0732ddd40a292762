package dev.magpie.emitter;

import dev.magpie.bus.Addresses;
import dev.magpie.core.Broadcast;
import dev.magpie.logging.Reason;
import dev.magpie.ops.Health;
import dev.magpie.ops.Metrics;
import dev.magpie.store.InsertStream;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the collection of {@code @socket.io/mongo-emitter} and passes what it says to all instances of this process, once. One in each
 * process: others have one of their own. A document that cannot be read is skipped with a line in the log.
 */
public final class EmitterVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(EmitterVerticle.class);

  private final StoreOptions database;
  private final EmitterOptions options;
  private final DeliveryOptions local = new DeliveryOptions().setLocalOnly(true);
  private final LongAdder followed = new LongAdder();
  private final LongAdder skipped = new LongAdder();
  private final List<Runnable> measured = new ArrayList<>();
  private InsertStream stream;

  public EmitterVerticle(StoreOptions database, EmitterOptions options) {
    this.database = database;
    this.options = options;
  }

  @Override
  public Future<?> start() {
    BsonDocument ofEmitters = new BsonDocument("fullDocument." + EmitterDocument.UID, new BsonString(EmitterDocument.EMITTER));
    stream = InsertStream.open(vertx, database, options.database().orElse(null), options.collection(), ofEmitters, this::follow);
    Health.of(vertx).register("emitter", () -> stream.trouble().<Future<?>>map(Future::failedFuture).orElse(Future.succeededFuture()));
    Metrics metrics = Metrics.of(vertx);
    measured.add(metrics.counter("magpie_emitter_documents", "Documents of emitters, by what became of them.", followed::sum, "result",
        "followed"));
    measured.add(metrics.counter("magpie_emitter_documents", "Documents of emitters, by what became of them.", skipped::sum, "result",
        "skipped"));
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    measured.forEach(Runnable::run);
    Health.of(vertx).unregister("emitter");
    return stream.close();
  }

  /** Number of documents that were passed on. From any thread. */
  long followed() {
    return followed.sum();
  }

  private void follow(BsonDocument document) {
    try {
      Broadcast broadcast = EmitterDocument.read(document);
      for (String name : options.names()) vertx.eventBus().publish(Addresses.namespace(name + broadcast.namespace()), broadcast, local);
      followed.increment();
    } catch (RuntimeException malformed) {
      skipped.increment();
      log.warn("emitter document skipped id={} reason={}", id(document.get("_id")), Reason.of(malformed));
    }
  }

  /** In one line, whatever it is. */
  private static String id(BsonValue id) {
    if (id == null) return "none";
    String text = id.isObjectId() ? id.asObjectId().getValue().toHexString() : id.toString();
    return text.substring(0, Math.min(100, text.length())).replaceAll("\\p{Cntrl}", "?");
  }
}
