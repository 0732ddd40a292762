package dev.magpie.bot;

import dev.magpie.bus.Answer.Hit;
import dev.magpie.bus.Question;
import io.vertx.core.Future;
import java.util.List;

/** Finds the articles that speak of a question. Asked on the bot's context; must not block it. */
interface KnowledgeIndex {

  /** The best first, at most {@code limit}; none when the question has no text. */
  Future<List<Match>> find(Question question, int limit);

  /** @param confidence between 0 and 1: that this article answers the question */
  record Match(Hit article, double confidence) {}
}
