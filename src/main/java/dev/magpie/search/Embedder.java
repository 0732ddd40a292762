package dev.magpie.search;

/** Turns a text into a vector of length 1; texts of one meaning lie close together. May be used from any thread. */
interface Embedder extends AutoCloseable {

  /** What vectors of different models or ways of making them must not share: part of the key under which they are kept. */
  String name();

  int dimensions();

  float[] embed(String text);

  @Override
  void close();
}
