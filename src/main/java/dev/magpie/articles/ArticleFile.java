package dev.magpie.articles;

import java.io.IOException;

/** A kind of file, or folder, that articles are read from. */
interface ArticleFile {
  /** Hands every article on, in the order of the file. */
  void read(Reader reader) throws Exception;

  /** How many bytes there are to read. */
  long size() throws IOException;

  /** Hears the articles. */
  interface Reader {
    /** @param bytes read so far, about */
    void row(Row row, long bytes) throws Exception;
  }
}
