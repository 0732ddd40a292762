package dev.magpie.bot;

import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Question;
import dev.magpie.search.Entry;
import dev.magpie.search.Finding;
import dev.magpie.search.Language;
import dev.magpie.search.SearchIndex;
import dev.magpie.store.Articles;
import io.vertx.core.Future;
import java.util.List;

/**
 * Answers from the articles, depending on the confidence of the best one: from {@value #ANSWERS} on its text; somewhat below, the best
 * three as suggestions; else "not found". Owned by one bot, used on its context.
 */
final class ArticleAnswers {
  static final double ANSWERS = 0.5;
  private static final double SUGGESTS_ZH = 0.25;
  private static final double SUGGESTS_EN = 0.35;
  private static final int SUGGESTIONS = 3;

  private final Knowledge knowledge;
  private final Articles articles;
  private final TitleSearch titles;

  ArticleAnswers(Knowledge knowledge, Articles articles, TitleSearch titles) {
    this.knowledge = knowledge;
    this.articles = articles;
    this.titles = titles;
  }

  Future<Answer> answer(Question question) {
    if (question.text().isBlank()) return Future.succeededFuture(nothing(question));
    return knowledge.find(question.text(), SUGGESTIONS)
        .compose(found -> outcome(found, question.text()) == Outcome.NOTHING && !knowledge.isWhole()
        ? titles.find(question.text(), SUGGESTIONS) : Future.succeededFuture(found))
        .recover(noIndex -> titles.find(question.text(), SUGGESTIONS))
        .compose(found -> answer(question, found));
  }

  private enum Outcome { TEXT, SUGGESTIONS, NOTHING }

  static boolean answers(List<Finding> found) {
    return !found.isEmpty() && found.get(0).confidence() >= ANSWERS;
  }

  private static Outcome outcome(List<Finding> found, String text) {
    if (answers(found)) return Outcome.TEXT;
    double least = Language.of(text) == Language.ZH ? SUGGESTS_ZH : SUGGESTS_EN;
    boolean near = !found.isEmpty() && (found.get(0).confidence() >= least || found.get(0).kind() == Finding.Kind.LITERAL);
    return near ? Outcome.SUGGESTIONS : Outcome.NOTHING;
  }

  private Future<Answer> answer(Question question, List<Finding> found) {
    return switch (outcome(found, question.text())) {
      case TEXT -> text(question, found);
      case SUGGESTIONS -> Future.succeededFuture(Answer.suggest(Sentences.of(question, Sentences.DID_YOU_MEAN), hits(found))
          .confidence(found.get(0).confidence()));
      case NOTHING -> Future.succeededFuture(nothing(question));
    };
  }

  /** A repeated question was not answered well the first time, so the next best articles are added. */
  private Future<Answer> text(Question question, List<Finding> found) {
    Finding best = found.get(0);
    articles.hit(best.id());
    List<Finding> shown = SmallTalk.isRepeated(question) ? found : List.of(best);
    return knowledge.ask(index -> body(index, best))
        .recover(noIndex -> articles.find(best.id()).map(article -> article.map(a -> orTitle(a.body(), best)).orElse(best.title())))
        .map(text -> Answer.of(text).confidence(best.confidence()).result(hits(shown)));
  }

  private static String body(SearchIndex index, Finding best) {
    return index.entry(best.id()).map(Entry::body).map(body -> orTitle(body, best)).orElseThrow();
  }

  /** Articles written by other programs may have only a title. */
  private static String orTitle(String body, Finding best) {
    return body.isBlank() ? best.title() : body;
  }

  private static Answer nothing(Question question) {
    return Answer.notFound(Sentences.of(question, Sentences.NOT_FOUND));
  }

  private List<Hit> hits(List<Finding> found) {
    return knowledge.hits(found);
  }
}
