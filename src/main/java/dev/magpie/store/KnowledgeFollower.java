package dev.magpie.store;

import java.util.List;

/**
 * Receives the bot's data and every change. Called on the feed's thread, one call at a time; may block. An exception is logged, and the
 * call is repeated at the next full scan.
 */
public interface KnowledgeFollower {
  /** New or changed published articles, maybe repeated; at most a few hundred per call. */
  void changed(List<Article> articles);

  /** Ids of articles that were deleted or are no longer published. */
  void gone(List<String> ids);

  /** The initial load is complete; called once. */
  void whole();

  /** All canned answers: the built-in ones first, then the database's at each change. */
  void canned(List<CannedAnswer> answers);

  /** All synonym groups, likewise. */
  void synonyms(List<SynonymGroup> groups);
}
