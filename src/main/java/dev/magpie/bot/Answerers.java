package dev.magpie.bot;

import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Outcome;
import dev.magpie.bus.Question;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the answerers one after another until one answers. One that fails, is not there or takes too long is passed over. Owned by one bot,
 * used on its context.
 */
final class Answerers {
  private static final Logger log = LoggerFactory.getLogger(Answerers.class);

  private final EventBus eventBus;
  private final List<String> addresses;
  private final DeliveryOptions delivery;

  Answerers(EventBus eventBus, BotOptions options) {
    this.eventBus = eventBus;
    this.addresses = options.answerers();
    this.delivery = new DeliveryOptions().setSendTimeout(options.answererTimeoutMs());
  }

  Future<Answer> ask(Question question) {
    if (question.text().isBlank()) return Future.succeededFuture(Answer.notFound(Sentences.BAD));
    return askFrom(0, question.toJson(), Answer.notFound(Sentences.NOT_FOUND));
  }

  /** @param fallback what to say if nobody answers: the first suggestion, else that nothing was found */
  private Future<Answer> askFrom(int next, JsonObject question, Answer fallback) {
    if (next == addresses.size()) return Future.succeededFuture(fallback);
    return askOne(addresses.get(next), question)
        .compose(
            answer ->
                answer.outcome() == Outcome.ANSWER
                    ? Future.succeededFuture(answer)
                    : askFrom(next + 1, question, fallback.outcome() == Outcome.NOT_FOUND && answer.outcome() == Outcome.SUGGEST ? answer : fallback));
  }

  private Future<Answer> askOne(String address, JsonObject question) {
    return eventBus
        .<JsonObject>request(address, question, delivery)
        .map(reply -> Answer.from(reply.body()))
        .recover(
            failure -> {
              log.warn("answerer passed over address={} reason={}", address, failure.getMessage());
              return Future.succeededFuture(Answer.pass());
            });
  }
}
