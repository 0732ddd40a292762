package dev.magpie.bot;

import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Question;
import dev.magpie.search.Finding;
import dev.magpie.search.Wording;
import dev.magpie.store.Articles;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The tutorial's search without its injection fault: titles that contain the question literally, followed by the bot's answer. Small
 * collections are searched in the database, which is always current; large ones, and those of a database that is away, in the index. Owned
 * by one bot, used on its context.
 */
final class TitleSearch {
  /** Most titles in one reply. */
  private static final int LIMIT = 20;

  /** Collections up to this size are searched in the database, within some milliseconds. */
  private static final int FEW = 5_000;

  /** The tutorial's program used the text as a pattern: such a text is searched literally only. */
  private static final Pattern LIKE_A_PATTERN = Pattern.compile("[\\\\^$|*+()\\[\\]{}]");

  private final Knowledge knowledge;
  private final Articles articles;

  TitleSearch(Knowledge knowledge, Articles articles) {
    this.knowledge = knowledge;
    this.articles = articles;
  }

  /** {@code {"result": [{"_id", "title"}, …]}}. */
  Future<JsonObject> answer(Question question) {
    String text = question.text().strip();
    if (text.isEmpty()) return Future.succeededFuture(result(List.of()));
    return containing(text)
        .compose(titles -> best(text).map(best -> {
          List<Hit> all = new ArrayList<>(knowledge.hits(titles));
          best.stream().filter(hit -> all.stream().noneMatch(found -> found.id().equals(hit.id()))).forEach(all::add);
          return result(all.size() > LIMIT ? all.subList(0, LIMIT) : all);
        }));
  }

  private Future<List<Finding>> containing(String text) {
    boolean few = !knowledge.isWhole() || knowledge.size() <= FEW;
    return few ? find(text, LIMIT).recover(away -> inIndex(text)) : inIndex(text);
  }

  private Future<List<Finding>> inIndex(String text) {
    return knowledge.ask(index -> index.titlesContaining(text, LIMIT));
  }

  /** The article that the bot would answer with, if any; no suggestions. */
  private Future<List<Hit>> best(String text) {
    if (LIKE_A_PATTERN.matcher(text).find()) return Future.succeededFuture(List.of());
    return knowledge.find(text, 1)
        .map(found -> Judgement.answers(found) ? knowledge.hits(found) : List.<Hit>of())
        .otherwise(List.of());
  }

  /** Searches the database. If the text finds nothing, its normalized form is tried: full-width letters, composed characters. */
  Future<List<Finding>> find(String question, int limit) {
    String text = question.strip();
    String plain = Wording.plain(text);
    return articles
        .titlesContaining(text, limit)
        .compose(found -> found.isEmpty() && !plain.equals(text) ? articles.titlesContaining(plain, limit) : Future.succeededFuture(found))
        .map(found -> found.stream().map(title -> finding(title, plain, found.size()))
        .sorted(Comparator.comparingDouble(Finding::confidence).reversed()).toList());
  }

  private static Finding finding(Articles.Title title, String plain, int titles) {
    boolean exact = Wording.bare(Wording.plain(title.title())).equals(Wording.bare(plain));
    double confidence = exact ? 1 : titles == 1 ? Judgement.ANSWERS : Judgement.ANSWERS - 0.1;
    return new Finding(title.id(), title.title(), confidence, confidence, exact ? Finding.Kind.EXACT : Finding.Kind.LITERAL);
  }

  private static JsonObject result(List<Hit> hits) {
    JsonArray result = new JsonArray();
    hits.forEach(hit -> result.add(hit.toJson()));
    return new JsonObject().put("result", result);
  }
}
