package dev.magpie.search;

/** Computes the embedding of a text, a unit vector; texts with a similar meaning have similar vectors. May be used from any thread. */
interface Embedder extends AutoCloseable {

  /** Identifies model and preprocessing; part of the key of a stored vector. */
  String name();

  int dimensions();

  float[] embed(String text);

  /** Whether the model's vocabulary has this word, in small letters, as one token. */
  boolean knows(String word);

  @Override
  void close();
}
