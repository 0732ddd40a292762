package dev.magpie.tutorial;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Question;
import dev.magpie.core.Application;
import dev.magpie.core.ApplicationContext;
import dev.magpie.logging.ThrottledWarning;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bot with a database: {@code message} with {@code {username, msg}}, {@code servermessage} with {@code {"result": [{_id, title}, …]}},
 * the articles whose titles hold those characters, and what else the bot would answer with. Shows what the tutorial's program lacked: what
 * a visitor typed is data, never a pattern or a query, and there is an answer whatever happens, since the page reads its length.
 */
public final class TutorialMongoBot implements Application {
  private static final Logger log = LoggerFactory.getLogger(TutorialMongoBot.class);

  /** Timeout of the database, in milliseconds. */
  private static final DeliveryOptions PATIENCE = new DeliveryOptions().setSendTimeout(2_000);

  private static final int MOST_RESULTS = 20;

  private final ThrottledWarning unsearched = new ThrottledWarning(log, "articles not searched");

  @Override
  public String name() {
    return "tutorial-mongo-bot";
  }

  @Override
  public String section() {
    return Companions.SECTION;
  }

  @Override
  public void mount(ApplicationContext context) {
    Companions companions = Companions.of(context, name());
    context.io().onConnection(socket ->
        socket.on("message", Object.class, said -> {
          // What is no object was said to the bot with the menu, where that is mounted too.
          if (!(said instanceof JsonObject) && companions.include("tutorial-bot")) return;
          search(context.vertx(), said)
              .onSuccess(hits -> socket.emit("servermessage", new JsonObject().put("result", companions.forPages(hits))));
        }));
  }

  private Future<JsonArray> search(Vertx vertx, Object said) {
    // The type is checked here: {"msg": {"$ne": null}} has no text.
    Question question = Question.of(said instanceof JsonObject object ? object.getValue("msg") : null);
    if (question.text().isBlank()) return Future.succeededFuture(new JsonArray());
    return vertx.eventBus().<JsonObject>request(Addresses.BOT_TITLES, question.toJson(), PATIENCE)
        .map(reply -> found(reply.body()))
        .otherwise(failure -> {
          unsearched.warn(failure);
          return new JsonArray();
        });
  }

  private static JsonArray found(JsonObject reply) {
    JsonArray result = new JsonArray();
    for (Object hit : reply.getJsonArray("result")) {
      if (hit instanceof JsonObject title && result.size() < MOST_RESULTS)
        result.add(new JsonObject().put("_id", title.getString("_id")).put("title", title.getString("title")));
    }
    return result;
  }
}
