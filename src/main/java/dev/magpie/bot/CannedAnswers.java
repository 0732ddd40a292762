package dev.magpie.bot;

import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.search.Wording;
import dev.magpie.store.CannedAnswer;
import java.util.List;

/** Canned answers: the tutorial's for {@code 1}, {@code 2} and everything else, and those that the editor adds. Pure. */
final class CannedAnswers {
  /** Used until the database's are loaded, and if it has none. */
  static final List<CannedAnswer> TUTORIAL = List.of(
      new CannedAnswer("1", List.of("1"), Sentences.BALANCE), new CannedAnswer("2", List.of("2"), Sentences.DATA),
      new CannedAnswer("else", List.of(), Sentences.BAD));

  private CannedAnswers() {}

  /** A canned answer, or outcome "not found" with the fallback text: the next answerer is then asked. */
  static Answer answer(Question question, List<CannedAnswer> canned) {
    double number = JsNumber.of(question.said());
    String bare = Wording.bare(Wording.plain(question.text()));
    return canned.stream()
        .filter(each -> each.questions().stream().anyMatch(ready -> isAsked(ready, number, bare)))
        .findFirst()
        .map(each -> Answer.of(each.answer()))
        .orElseGet(() -> Answer.notFound(canned.stream().filter(CannedAnswer::isForEverythingElse).findFirst().map(CannedAnswer::answer)
        .orElse(Sentences.BAD)));
  }

  /** Numbers are compared as in JavaScript, as the tutorial does; texts without regard to case, width, spaces and punctuation. */
  private static boolean isAsked(String ready, double number, String bare) {
    double wanted = ready.isBlank() ? Double.NaN : JsNumber.of(ready);
    return Double.isNaN(wanted) ? !bare.isEmpty() && bare.equals(Wording.bare(Wording.plain(ready))) : wanted == number;
  }
}
