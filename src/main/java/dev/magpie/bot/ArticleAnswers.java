package dev.magpie.bot;

import dev.magpie.bot.KnowledgeIndex.Match;
import dev.magpie.bus.Answer;
import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Question;
import dev.magpie.store.Article;
import dev.magpie.store.Articles;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** Answers from the articles. Owned by one bot, used on its context. */
final class ArticleAnswers {
  /** The tutorial's page gets no more than this; who finds more asks too broadly. */
  private static final int LIMIT = 20;

  private final KnowledgeIndex index;
  private final Articles articles;

  ArticleAnswers(KnowledgeIndex index, Articles articles) {
    this.index = index;
    this.articles = articles;
  }

  Future<Answer> answer(Question question) {
    return index.find(question, LIMIT).compose(this::answer);
  }

  private Future<Answer> answer(List<Match> matches) {
    if (matches.isEmpty()) return Future.succeededFuture(Answer.notFound(Sentences.NOT_FOUND));
    List<Hit> hits = matches.stream().map(Match::article).toList();
    Match best = matches.get(0);
    if (matches.size() > 1 && best.confidence() < 1) return Future.succeededFuture(Answer.suggest(Sentences.DID_YOU_MEAN, hits));
    return articles.find(best.article().id()).map(article -> Answer.of(textOf(article, best)).confidence(best.confidence()).result(hits));
  }

  /** Articles of others may have nothing but a title. */
  private static String textOf(Optional<Article> article, Match match) {
    return article.map(Article::body).filter(body -> !body.isBlank()).orElse(match.article().title());
  }
}
