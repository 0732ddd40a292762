package dev.magpie.bot;

import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Question;
import dev.magpie.store.Articles;
import io.vertx.core.Future;
import java.text.Normalizer;
import java.util.Comparator;
import java.util.List;

/**
 * The tutorial's search, made safe: titles that contain the question literally. A question that finds nothing as it was typed is tried once
 * more in its plain form (NFKC: full-width letters, composed characters).
 */
final class TitleIndex implements KnowledgeIndex {
  /** The title is the question. */
  private static final double EXACT = 1;

  /** The title says more than was asked. */
  private static final double PART = 0.5;

  private final Articles articles;

  TitleIndex(Articles articles) {
    this.articles = articles;
  }

  @Override
  public Future<List<Match>> find(Question question, int limit) {
    String text = question.text().strip();
    String plain = Normalizer.normalize(text.length() > 1000 ? text.substring(0, 1000) : text, Normalizer.Form.NFKC).strip();
    return articles
        .titlesContaining(text, limit)
        .compose(found -> found.isEmpty() && !plain.equals(text) ? articles.titlesContaining(plain, limit) : Future.succeededFuture(found))
        .map(found -> found.stream().map(title -> match(title, text, plain)).sorted(Comparator.comparingDouble(Match::confidence).reversed()).toList());
  }

  private static Match match(Articles.Title title, String text, String plain) {
    boolean exact = title.title().equals(text) || title.title().equals(plain);
    return new Match(new Hit(title.id(), title.title()), exact ? EXACT : PART);
  }
}
