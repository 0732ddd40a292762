package dev.magpie.store;

import java.util.List;

/**
 * Hears what the bot knows, and every change of it. Called on the feed's own thread, one call at a time; it may block, and what it throws
 * is logged and told again at the next full look.
 */
public interface KnowledgeFollower {
  /** Published articles that are new or have changed; also ones that were given before. At most a few hundred at a time. */
  void changed(List<Article> articles);

  /** Ids that answer no longer: deleted, or not published any more. */
  void gone(List<String> ids);

  /** All that the database held at the start has been given; once. */
  void whole();

  /** All ready answers; at the start those that Magpie brings, then the database's, whenever they change. */
  void canned(List<CannedAnswer> answers);

  /** All groups; in the same way. */
  void synonyms(List<SynonymGroup> groups);
}
