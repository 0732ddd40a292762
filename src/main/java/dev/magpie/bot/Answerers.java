package dev.magpie.bot;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Outcome;
import dev.magpie.bus.Question;
import dev.magpie.bus.Seldom;
import dev.magpie.search.Language;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what manners demand; else asks the answerers one after another until one answers. One that fails, is not there or takes too long is
 * passed over. Owned by one bot, used on its context.
 */
final class Answerers {
  private static final Logger log = LoggerFactory.getLogger(Answerers.class);

  private final EventBus eventBus;
  private final List<String> addresses;
  private final DeliveryOptions delivery;
  private final BiFunction<String, String, Future<Void>> missed;
  private final Function<Question, Future<Void>> wished;
  private final Map<String, Seldom> passedOver = new HashMap<>();
  private final Seldom notNoted = new Seldom(log, "a visitor's wish for a person not noted");

  Answerers(EventBus eventBus, BotOptions options, BiFunction<String, String, Future<Void>> missed) {
    this(eventBus, options, missed, question -> Future.succeededFuture());
  }

  /**
   * @param missed notes a question that nobody knows an answer to, and its language
   * @param wished notes that a visitor wants a person
   */
  Answerers(
      EventBus eventBus, BotOptions options, BiFunction<String, String, Future<Void>> missed, Function<Question, Future<Void>> wished) {
    this.wished = wished;
    this.eventBus = eventBus;
    this.addresses = options.answerers();
    this.delivery = new DeliveryOptions().setSendTimeout(options.answererTimeoutMs());
    this.missed = missed;
  }

  Future<Answer> ask(Question question) {
    Optional<Answer> manners = Manners.answer(question);
    if (Manners.wantsPerson(question)) return person(question, manners.orElseThrow());
    if (manners.isPresent()) return Future.succeededFuture(manners.get());
    Round round = new Round(question.toJson());
    return askFrom(0, round, Answer.notFound(Sentences.of(question, Sentences.NOT_FOUND))).onSuccess(answer -> note(question, answer, round));
  }

  /** Says that it is noted once it is. */
  private Future<Answer> person(Question question, Answer noted) {
    eventBus.publish(Addresses.BOT_PERSON, question.toJson());
    return wished.apply(question).map(noted).recover(failure -> {
      notNoted.warn(failure);
      return Future.succeededFuture(Answer.of(Sentences.of(question, Sentences.PERSON_NOT_NOTED)));
    });
  }

  /** One question's way through the answerers. */
  private static final class Round {
    private final JsonObject question;
    private boolean failed;

    private Round(JsonObject question) {
      this.question = question;
    }
  }

  /** @param fallback what to say if nobody answers: the first suggestion, else that nothing was found */
  private Future<Answer> askFrom(int next, Round round, Answer fallback) {
    if (next == addresses.size()) return Future.succeededFuture(fallback);
    return askOne(addresses.get(next), round)
        .compose(
            answer ->
                answer.outcome() == Outcome.ANSWER
                    ? Future.succeededFuture(answer)
                    : askFrom(next + 1, round, fallback.outcome() == Outcome.NOT_FOUND && answer.outcome() == Outcome.SUGGEST ? answer : fallback));
  }

  private Future<Answer> askOne(String address, Round round) {
    return eventBus
        .<JsonObject>request(address, round.question, delivery)
        .map(reply -> Answer.from(reply.body()))
        .recover(
            failure -> {
              round.failed = true;
              passedOver.computeIfAbsent(address, each -> new Seldom(log, "answerer passed over address=" + each)).warn(failure);
              return Future.succeededFuture(Answer.pass());
            });
  }

  /** Only what all of them were asked and none knows is missing in the articles; once for a question that is repeated. */
  private void note(Question question, Answer answer, Round round) {
    if (answer.outcome() != Outcome.NOT_FOUND || round.failed || Manners.isRepeated(question)) return;
    String lang = Language.of(question.text()).name().toLowerCase(Locale.ROOT);
    missed.apply(question.text(), lang).onFailure(failure -> log.warn("missed question not noted reason={}", failure.getMessage()));
  }
}
