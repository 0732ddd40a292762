package dev.magpie.search;

import java.util.List;

/**
 * What can be found.
 *
 * @param id of the entry, as its owner calls it
 * @param phrasings other ways to ask for it
 * @param keywords words that it should be found by
 * @param body Markdown; may be empty
 */
public record Entry(String id, String title, List<String> phrasings, List<String> keywords, String body) {
  public Entry {
    phrasings = List.copyOf(phrasings);
    keywords = List.copyOf(keywords);
  }

  Language language() {
    return Language.of(title.isBlank() ? body : title);
  }
}
