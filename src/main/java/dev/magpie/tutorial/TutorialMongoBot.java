package dev.magpie.tutorial;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Answer.Outcome;
import dev.magpie.bus.Question;
import dev.magpie.core.Application;
import dev.magpie.core.Io;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.text.Normalizer;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bot with a database: {@code message} with {@code {username, msg}}, {@code servermessage} with {@code {"result": [{_id, title}, …]}},
 * the articles whose titles hold those characters. Shows what the tutorial's program lacked: what a visitor typed is data, never a pattern
 * or a query, and there is an answer whatever happens, since the page reads its length.
 */
public final class TutorialMongoBot implements Application {
  private static final Logger log = LoggerFactory.getLogger(TutorialMongoBot.class);

  /** A database that takes longer has nothing to say. */
  private static final DeliveryOptions PATIENCE = new DeliveryOptions().setSendTimeout(2_000);

  private static final int MOST_RESULTS = 20;

  @Override
  public String name() {
    return "tutorial-mongo-bot";
  }

  @Override
  public void mount(Io io, Vertx vertx) {
    Companions companions = Companions.of(io, vertx, name());
    io.onConnection(socket ->
        socket.on("message", Object.class, said -> {
          // What is no object was said to the bot with the menu, where that is mounted too.
          if (!(said instanceof JsonObject) && companions.include("tutorial-bot")) return;
          search(vertx, said).onSuccess(hits -> socket.emit("servermessage", new JsonObject().put("result", companions.forPages(hits))));
        }));
  }

  private static Future<JsonArray> search(Vertx vertx, Object said) {
    // The type is checked here: {"msg": {"$ne": null}} has no text.
    Question question = Question.of(said instanceof JsonObject object ? object.getValue("msg") : null);
    if (question.text().isBlank()) return Future.succeededFuture(new JsonArray());
    return vertx.eventBus().<JsonObject>request(Addresses.BOT_ARTICLES, question.toJson(), PATIENCE)
        .map(reply -> found(Answer.from(reply.body()), question.text()))
        .otherwise(failure -> {
          log.warn("articles not searched reason={}", failure.getMessage());
          return new JsonArray();
        });
  }

  /** What answers the question; of mere suggestions, those that hold it literally. */
  private static JsonArray found(Answer answer, String text) {
    List<Hit> hits = answer.result().stream().filter(hit -> answer.outcome() == Outcome.ANSWER || plain(hit.title()).contains(plain(text))).toList();
    JsonArray result = new JsonArray();
    hits.stream().limit(MOST_RESULTS).forEach(hit -> result.add(hit.toJson()));
    return result;
  }

  /** Full-width and composed characters are searched as their plain forms. */
  private static String plain(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKC).strip();
  }
}
