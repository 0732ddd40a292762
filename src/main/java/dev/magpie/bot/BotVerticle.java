package dev.magpie.bot;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Feedback;
import dev.magpie.bus.Question;
import dev.magpie.logging.ThrottledWarning;
import dev.magpie.ops.Health;
import dev.magpie.ops.Metrics;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bot on the event bus: {@code magpie.bot.ask} asks the configured answerers in turn; canned answers and articles are two of them. May
 * be deployed several times, and alone: it shares the store of this Vert.x instance or opens it, and connects to the process that holds
 * the data directory if another one does. Until its index is built it answers from titles in the database.
 */
public final class BotVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(BotVerticle.class);

  /** How long {@code /ready} fails because of an index that is still being built. */
  private static final long PATIENCE_MS = 1_500;

  private static final long LOOK_MS = 50;

  private Store store;
  private Knowledge knowledge;
  private String health;

  @Override
  public Future<?> start() {
    return Store.openOrJoin(vertx, StoreOptions.from(config()))
        .onSuccess(opened -> store = opened)
        .compose(opened -> prepare())
        .compose(prepared -> listen())
        .onSuccess(listening -> log.info("bot ready {}", store.description()))
        .recover(failed -> stop().transform(stopped -> Future.failedFuture(failed)));
  }

  @Override
  public Future<?> stop() {
    if (store == null) return Future.succeededFuture();
    if (knowledge == null) return store.close();
    Health.of(vertx).unregister(health);
    return knowledge.leave(vertx).eventually(store::close);
  }

  /** The bot starts without a reachable database: canned answers and other answerers still work. */
  private Future<Void> prepare() {
    return store.articles().prepare().recover(failure -> {
      log.warn("articles not prepared reason={}", failure.getMessage());
      return Future.succeededFuture();
    });
  }

  private Future<?> listen() {
    BotOptions options = BotOptions.from(config());
    knowledge = Knowledge.join(vertx, store, options);
    health = Health.of(vertx).registerNext("bot", () -> well(System.nanoTime()));
    Answerers answerers = new Answerers(vertx.eventBus(), options, store.unanswered()::record, store.personWishes()::record);
    TitleSearch titles = new TitleSearch(knowledge, store.articles());
    ArticleAnswers articles = new ArticleAnswers(knowledge, store.articles(), titles);
    UnansweredReport unanswered = new UnansweredReport(knowledge, store.unanswered());
    PersonReport persons = new PersonReport(store.personWishes(), unanswered);
    return Future.all(List.of(
        answerer(Addresses.BOT_ASK, counted(answerers::ask)),
        answerer(Addresses.BOT_CANNED, question -> Future.succeededFuture(CannedAnswers.answer(question, knowledge.canned()))),
        answerer(Addresses.BOT_ARTICLES, articles::answer),
        consumer(Addresses.BOT_TITLES, message -> titles.answer(question(message))),
        consumer(Addresses.BOT_FEEDBACK, message -> feedback(message.body())),
        consumer(Addresses.BOT_UNANSWERED, message -> unanswered.answer(object(message))),
        consumer(Addresses.BOT_REPORT, message -> persons.answer(object(message)))));
  }

  /** Wraps the answer with metrics: a counter by outcome and the duration. */
  private Function<Question, Future<Answer>> counted(Function<Question, Future<Answer>> answerer) {
    Metrics metrics = Metrics.of(vertx);
    LongConsumer times = metrics.timer("magpie_bot_answer_seconds", "From a question to the bot until its answer.");
    Map<Answer.Outcome, Runnable> outcomes = new EnumMap<>(Answer.Outcome.class);
    for (Answer.Outcome outcome : Answer.Outcome.values()) {
      outcomes.put(outcome, metrics.tally("magpie_bot_answers", "Answers of the bot, by outcome.", "outcome",
          outcome.name().toLowerCase(Locale.ROOT)));
    }
    return question -> {
      long asked = System.nanoTime();
      return answerer.apply(question).onSuccess(answer -> {
        times.accept(System.nanoTime() - asked);
        outcomes.get(answer.outcome()).run();
      });
    };
  }

  /** Succeeds when the index is built and the database there; says what is missing otherwise. */
  private Future<Void> well(long asked) {
    if (knowledge.trouble().isEmpty()) return Future.succeededFuture();
    if (!knowledge.isWhole() && System.nanoTime() - asked < PATIENCE_MS * 1_000_000)
      return vertx.timer(LOOK_MS).compose(looked -> well(asked));
    return Future.failedFuture(knowledge.trouble().get());
  }

  private Future<Void> answerer(String address, Function<Question, Future<Answer>> answerer) {
    return consumer(address, message -> answerer.apply(question(message)).map(Answer::toJson));
  }

  private Future<Void> consumer(String address, Function<Message<Object>, Future<JsonObject>> handler) {
    ThrottledWarning unanswered = new ThrottledWarning(log, "not answered address=" + address);
    return vertx.eventBus().<Object>consumer(address, message -> {
      Future<JsonObject> reply;
      try {
        reply = handler.apply(message);
      } catch (IllegalArgumentException refused) {
        message.fail(400, refused.getMessage());
        return;
      }
      reply
          .onSuccess(message::reply)
          .onFailure(
              failure -> {
                unanswered.warn(failure);
                message.fail(500, failure.getMessage());
              });
    }).completion();
  }

  private static JsonObject object(Message<Object> message) {
    return message.body() instanceof JsonObject json ? json : new JsonObject();
  }

  /** The tutorial's client sends a bare value instead of an object. */
  private static Question question(Message<Object> message) {
    return message.body() instanceof JsonObject json ? Question.from(json) : Question.of(message.body());
  }

  /** Acknowledged only after it was stored. */
  private Future<JsonObject> feedback(Object body) {
    if (!(body instanceof JsonObject json))
      throw new IllegalArgumentException("feedback is an object {kind, article, question, key?, visitor?}");
    return store.feedback().record(Feedback.from(json)).map(new JsonObject());
  }
}
