package dev.magpie.bot;

import dev.magpie.bus.Answer;
import dev.magpie.bus.Addresses;
import dev.magpie.bus.Question;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bot, asked over the event bus: {@code magpie.bot.ask} asks the answerers of the settings in turn; the tutorial's canned answers and
 * the articles are two of them. Deployed in any number, also alone: it opens the store unless this Vert.x instance has it open already,
 * and goes through the program that holds it where that is another.
 */
public final class BotVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(BotVerticle.class);

  private Store store;

  @Override
  public Future<?> start() {
    return Store.openOrJoin(vertx, StoreOptions.from(config()))
        .onSuccess(opened -> store = opened)
        .compose(opened -> seed())
        .compose(seeded -> listen())
        .onSuccess(listening -> log.info("bot ready {}", store.description()))
        .recover(failed -> stop().transform(stopped -> Future.failedFuture(failed)));
  }

  @Override
  public Future<?> stop() {
    return store == null ? Future.succeededFuture() : store.close();
  }

  /** A database that is away does not keep the bot from starting: its canned answers and other answerers are there. */
  private Future<Void> seed() {
    return store.articles().prepare().recover(failure -> {
      log.warn("articles not seeded reason={}", failure.getMessage());
      return Future.succeededFuture();
    });
  }

  private Future<?> listen() {
    Answerers answerers = new Answerers(vertx.eventBus(), BotOptions.from(config()));
    ArticleAnswers articles = new ArticleAnswers(new TitleIndex(store.articles()), store.articles());
    return Future.all(
        listen(Addresses.BOT_ASK, answerers::ask),
        listen(Addresses.BOT_CANNED, question -> Future.succeededFuture(CannedAnswers.answer(question))),
        listen(Addresses.BOT_ARTICLES, articles::answer));
  }

  private Future<Void> listen(String address, Function<Question, Future<Answer>> answerer) {
    return vertx.eventBus().consumer(address, message -> answer(message, answerer)).completion();
  }

  private static void answer(Message<Object> message, Function<Question, Future<Answer>> answerer) {
    // Anything else than an object was sent by somebody who asks as the tutorial's client does: the bare value.
    Question question = message.body() instanceof JsonObject json ? Question.from(json) : Question.of(message.body());
    answerer
        .apply(question)
        .onSuccess(answer -> message.reply(answer.toJson()))
        .onFailure(
            failure -> {
              log.warn("question not answered address={} reason={}", message.address(), failure.getMessage());
              message.fail(500, failure.getMessage());
            });
  }
}
