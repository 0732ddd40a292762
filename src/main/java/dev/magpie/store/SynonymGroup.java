package dev.magpie.store;

import java.util.List;

/** Words that mean the same to whoever asks, collection {@code synonyms}: {@code {_id, words: ["话费", "余额", "账单"]}}. */
public record SynonymGroup(String id, List<String> words) {
  public SynonymGroup {
    words = List.copyOf(words);
  }
}
