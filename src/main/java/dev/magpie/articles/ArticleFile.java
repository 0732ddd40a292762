package dev.magpie.articles;

import java.io.IOException;

/** A kind of file, or folder, that articles are read from. */
interface ArticleFile {
  /** Passes each article to the listener, in file order. */
  void read(Reader reader) throws Exception;

  /** How many bytes there are to read. */
  long size() throws IOException;

  /** Receives the articles. */
  interface Reader {
    /** @param bytes read so far, about */
    void row(Row row, long bytes) throws Exception;
  }
}
