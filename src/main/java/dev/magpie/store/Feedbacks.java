package dev.magpie.store;

import com.mongodb.MongoWriteException;
import dev.magpie.bus.Feedback;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.mongo.MongoClient;
import io.vertx.ext.mongo.MongoClientUpdateResult;
import java.time.Instant;
import java.util.Iterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Feedback of visitors on answers. Owned by the {@link Store}; may be used from any thread. */
public final class Feedbacks {
  private static final Logger log = LoggerFactory.getLogger(Feedbacks.class);

  static final String COLLECTION = "feedback";

  private final MongoClient client;
  private final DatabaseGate gate;

  Feedbacks(MongoClient client, DatabaseGate gate) {
    this.client = client;
    this.gate = gate;
  }

  /** Stores the feedback and increments its article's counter. Succeeds when both are in the database. A retry uses the same key. */
  public Future<Void> record(Feedback feedback) {
    JsonObject document =
        new JsonObject()
            .put("_id", feedback.key())
            .put("article", feedback.article())
            .put("kind", feedback.kind().name())
            .put("question", feedback.question())
            .put("visitor", feedback.visitor())
            .put("at", new JsonObject().put("$date", Instant.now().toString()))
            .put("counted", 0);
    return gate.ask(() -> client.insert(COLLECTION, document)).transform(inserted -> {
      if (inserted.succeeded()) return count(feedback);
      if (!isDuplicate(inserted.cause())) return Future.failedFuture(inserted.cause());
      return gate.ask(() -> client.findOne(COLLECTION, id(feedback), null))
          .compose(known -> known == null || isCounted(known) ? Future.succeededFuture() : count(feedback));
    });
  }

  /** At least once: after a crash between the two writes the sender retries, and the counter may be incremented twice. */
  private Future<Void> count(Feedback feedback) {
    String counter = switch (feedback.kind()) {
      case HELPFUL -> "helpful";
      case UNHELPFUL -> "unhelpful";
      case CHOSEN -> "chosen";
    };
    return count(ArticleId.meantBy(feedback.article()).iterator(), new JsonObject().put("$inc", new JsonObject().put(counter, 1)))
        .compose(counted -> gate.ask(() -> client.updateCollection(COLLECTION, id(feedback),
        new JsonObject().put("$set", new JsonObject().put("counted", 1)))))
        .mapEmpty();
  }

  /** Increments the first existing id; a deleted article has no counter. */
  private Future<Void> count(Iterator<ArticleId> meant, JsonObject increment) {
    if (!meant.hasNext()) return Future.succeededFuture();
    ArticleId article = meant.next();
    return gate.ask(() -> client.updateCollection(Articles.COLLECTION, article.query(), increment))
        .map(MongoClientUpdateResult::getDocMatched)
        .recover(failure -> isForGood(article, failure) ? Future.succeededFuture(1L) : Future.failedFuture(failure))
        .compose(matched -> matched > 0 ? Future.succeededFuture() : count(meant, increment));
  }

  /** A counter that is not a number is not incremented; the feedback is stored anyway. */
  private static boolean isForGood(ArticleId article, Throwable failure) {
    if (!(failure instanceof MongoWriteException write) || WriteErrors.mayPass(write.getError().getCode())) return false;
    log.warn("feedback not counted at its article id={} reason={}", article.key(), write.getError().getMessage());
    return true;
  }

  /** As a number, since some servers do not distinguish true from 1. */
  private static boolean isCounted(JsonObject known) {
    return known.getValue("counted") instanceof Number counted && counted.intValue() == 1;
  }

  private static JsonObject id(Feedback feedback) {
    return new JsonObject().put("_id", feedback.key());
  }

  private static boolean isDuplicate(Throwable failure) {
    return failure instanceof MongoWriteException write && write.getError().getCode() == WriteErrors.DUPLICATE_KEY;
  }
}
