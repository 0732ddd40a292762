package dev.magpie.search;

/** Language of a text, by its script: Chinese if it contains a Chinese character, otherwise English. */
public enum Language {
  ZH("bge-small-zh-v1.5-q", 120, 90),
  EN("bge-small-en-v1.5-q", 350, 220);

  /** The files of its embedding model on the class path. */
  final String model;

  /** Characters of one chunk of a body, as the model reads it best. */
  final int pieceLength;

  /** Characters of a passage that is shown as an answer. */
  final int passageLength;

  Language(String model, int pieceLength, int passageLength) {
    this.model = model;
    this.pieceLength = pieceLength;
    this.passageLength = passageLength;
  }

  public static Language of(String text) {
    return text.codePoints().limit(2_000).anyMatch(Character::isIdeographic) ? ZH : EN;
  }
}
