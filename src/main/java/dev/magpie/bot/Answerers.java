package dev.magpie.bot;

import dev.magpie.bus.Addresses;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Outcome;
import dev.magpie.bus.Question;
import dev.magpie.logging.ThrottledWarning;
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
 * Answers small talk by itself, and asks the answerers one after another for everything else, until one answers. One that fails, is not
 * registered or exceeds its time limit is skipped. Owned by one bot, used on its context.
 */
final class Answerers {
  private static final Logger log = LoggerFactory.getLogger(Answerers.class);

  private final EventBus eventBus;
  private final List<String> addresses;
  private final DeliveryOptions delivery;
  private final BiFunction<String, String, Future<Void>> missed;
  private final Function<Question, Future<Void>> wished;
  private final Map<String, ThrottledWarning> passedOver = new HashMap<>();
  private final ThrottledWarning notNoted = new ThrottledWarning(log, "request for a person not stored");

  Answerers(EventBus eventBus, BotOptions options, BiFunction<String, String, Future<Void>> missed) {
    this(eventBus, options, missed, question -> Future.succeededFuture());
  }

  /**
   * @param missed stores an unanswered question and its language
   * @param wished stores that a visitor asked for a person
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
    Optional<Answer> smallTalk = SmallTalk.answer(question);
    if (SmallTalk.wantsPerson(question)) return person(question, smallTalk.orElseThrow());
    if (smallTalk.isPresent()) return Future.succeededFuture(smallTalk.get());
    Round round = new Round(question.toJson());
    return askFrom(0, round, Answer.notFound(Sentences.of(question, Sentences.NOT_FOUND)))
        .onSuccess(answer -> note(question, answer, round));
  }

  /** The answer claims that the request was stored only after it was. */
  private Future<Answer> person(Question question, Answer noted) {
    eventBus.publish(Addresses.BOT_PERSON, question.toJson());
    return wished.apply(question).map(noted).recover(failure -> {
      notNoted.warn(failure);
      return Future.succeededFuture(Answer.of(Sentences.of(question, Sentences.PERSON_NOT_NOTED)));
    });
  }

  /** State of one question while the answerers are asked. */
  private static final class Round {
    private final JsonObject question;
    private boolean failed;

    private Round(JsonObject question) {
      this.question = question;
    }
  }

  /** @param fallback returned if no answerer answers: the first suggestion, else "not found" */
  private Future<Answer> askFrom(int next, Round round, Answer fallback) {
    if (next == addresses.size()) return Future.succeededFuture(fallback);
    return askOne(addresses.get(next), round)
        .compose(
            answer ->
                answer.outcome() == Outcome.ANSWER
                    ? Future.succeededFuture(answer)
                    : askFrom(next + 1, round,
                    fallback.outcome() == Outcome.NOT_FOUND && answer.outcome() == Outcome.SUGGEST ? answer : fallback));
  }

  private Future<Answer> askOne(String address, Round round) {
    return eventBus
        .<JsonObject>request(address, round.question, delivery)
        .map(reply -> Answer.from(reply.body()))
        .recover(
            failure -> {
              round.failed = true;
              passedOver.computeIfAbsent(address, each -> new ThrottledWarning(log, "answerer skipped address=" + each)).warn(failure);
              return Future.succeededFuture(Answer.pass());
            });
  }

  /** A question counts as unanswered only if every answerer replied and none knew an answer. A repeated question is stored once. */
  private void note(Question question, Answer answer, Round round) {
    if (answer.outcome() != Outcome.NOT_FOUND || round.failed || SmallTalk.isRepeated(question)) return;
    String lang = Language.of(question.text()).name().toLowerCase(Locale.ROOT);
    missed.apply(question.text(), lang).onFailure(failure -> log.warn("unanswered question not stored reason={}", failure.getMessage()));
  }
}
