package dev.magpie.bot;

import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;

/** The tutorial's bot: {@code 1}, {@code 2} and everything else. Pure. */
final class CannedAnswers {
  private CannedAnswers() {}

  /** An answer; or, not found, the tutorial's sentence for everything else: the chain of answerers goes on, the tutorial shows it. */
  static Answer answer(Question question) {
    double number = JsNumber.of(question.said());
    if (number == 1) return Answer.of(Sentences.BALANCE);
    if (number == 2) return Answer.of(Sentences.DATA);
    return Answer.notFound(Sentences.BAD);
  }
}
