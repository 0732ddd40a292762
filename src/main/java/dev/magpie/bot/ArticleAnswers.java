package dev.magpie.bot;

import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Question;
import dev.magpie.search.Entry;
import dev.magpie.search.Finding;
import dev.magpie.search.SearchIndex;
import dev.magpie.store.Articles;
import io.vertx.core.Future;
import java.util.List;

/**
 * Answers from the articles as {@link Judgement} says: the text of the best one, the best three as suggestions, or "not found". Owned by
 * one bot, used on its context.
 */
final class ArticleAnswers {
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
    return knowledge.search((index, byMeaning) -> judged(index, question, byMeaning))
        .compose(judged -> judged.outcome() == Judgement.Outcome.NOTHING && !knowledge.isWhole() ? ofTitles(question)
        : Future.succeededFuture(judged))
        .recover(noIndex -> ofTitles(question))
        .compose(judged -> answer(question, judged));
  }

  /** A question that continues the one before is judged together with it where alone it has no sure answer. */
  private static Judgement judged(SearchIndex index, Question question, boolean byMeaning) {
    Judgement alone = Judgement.of(index, question.text(), byMeaning);
    if (alone.isSure()) return alone;
    return FollowUp.together(question).map(together -> Judgement.of(index, together, byMeaning))
        .filter(together -> together.outcome().compareTo(alone.outcome()) <= 0).orElse(alone);
  }

  /** While there is no index yet. */
  private Future<Judgement> ofTitles(Question question) {
    return titles.find(question.text(), Judgement.SUGGESTIONS).map(found -> Judgement.of(question.text(), found));
  }

  private Future<Answer> answer(Question question, Judgement judged) {
    return switch (judged.outcome()) {
      case TEXT -> text(question, judged);
      case SUGGESTIONS -> Future.succeededFuture(Answer.suggest(Sentences.of(question, Sentences.DID_YOU_MEAN), hits(judged.found()))
          .confidence(judged.found().get(0).confidence()));
      case NOTHING -> Future.succeededFuture(nothing(question));
    };
  }

  /** An answer that is not sure, and a repeated question, which was not answered well the first time, get the next best articles too. */
  private Future<Answer> text(Question question, Judgement judged) {
    Finding best = judged.found().get(0);
    articles.hit(best.id());
    List<Finding> shown = SmallTalk.isRepeated(question) || !judged.isSure() ? judged.found() : List.of(best);
    return knowledge.ask(index -> text(index, question, best))
        .recover(noIndex -> articles.find(best.id()).map(article -> article.map(a -> orTitle(a.body(), best)).orElse(best.title())))
        .map(text -> Answer.of(text).confidence(best.confidence()).result(hits(shown)));
  }

  /** The whole article where its title is the question, else its best passage, with the way to the whole. */
  private static String text(SearchIndex index, Question question, Finding best) {
    Entry entry = index.entry(best.id()).orElseThrow();
    if (best.kind() == Finding.Kind.EXACT || entry.body().isBlank()) return orTitle(entry.body(), best);
    String passage = index.passage(entry, FollowUp.together(question).orElse(question.text()));
    return passage.equals(entry.body()) ? passage : passage + "\n\n" + Sentences.of(question, Sentences.WHOLE) + entry.title();
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
