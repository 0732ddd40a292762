package dev.magpie.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.lucene.analysis.core.WhitespaceAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.FuzzyQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.junit.jupiter.api.Test;

class LookAlikesTest {
  private static final List<String> FIELDS = List.of("title", "body");
  private final Random random = new Random(7);

  @Test
  void findsAndWeighsWhatLucenesFuzzyQueryDoesInEachField() throws Exception {
    try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
      List<String> words = Stream.generate(this::word).limit(400).toList();
      try (IndexWriter writer = new IndexWriter(directory,
          new IndexWriterConfig(new WhitespaceAnalyzer()).setMergePolicy(NoMergePolicy.INSTANCE))) {
        for (int i = 0; i < words.size(); i += 2) {
          Document document = new Document();
          document.add(new TextField("title", words.get(i) + " " + words.get(random.nextInt(words.size())), Field.Store.NO));
          document.add(new TextField("body", words.get(i + 1) + " " + words.get(i), Field.Store.NO));
          writer.addDocument(document);
          // Several parts, as an index has that grows.
          if (i % 100 == 0) writer.commit();
        }
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        IndexSearcher searcher = new IndexSearcher(reader);
        int found = 0;
        for (int i = 0; i < 300; i++) {
          String misspelt = misspelt(words.get(random.nextInt(words.size())));
          Map<String, Query> alike = LookAlikes.of(reader, misspelt, FIELDS);
          for (String field : FIELDS) {
            FuzzyQuery fuzzy = new FuzzyQuery(new Term(field, misspelt), misspelt.length() < 8 ? 1 : 2, 1, 5, true);
            List<String> hits = hits(searcher, alike.get(field));
            assertThat(hits).as(misspelt + " in " + field).isEqualTo(hits(searcher, fuzzy));
            found += hits.size();
          }
        }
        assertThat(found).isGreaterThan(300);
      }
    }
  }

  private static List<String> hits(IndexSearcher searcher, Query query) throws Exception {
    return Stream.of(searcher.search(query, 50).scoreDocs).map(LookAlikesTest::hit).toList();
  }

  private static String hit(ScoreDoc doc) {
    return doc.doc + " " + doc.score;
  }

  /** Of few letters, so that many look alike. */
  private String word() {
    return random.ints(5 + random.nextInt(5), 0, 3)
        .collect(StringBuilder::new, (word, letter) -> word.append((char) ('a' + letter)), StringBuilder::append).toString();
  }

  private String misspelt(String word) {
    StringBuilder wrong = new StringBuilder(word);
    int at = 1 + random.nextInt(word.length() - 1);
    switch (random.nextInt(3)) {
      case 0 -> wrong.setCharAt(at, 'z');
      case 1 -> wrong.deleteCharAt(at);
      default -> wrong.insert(at, 'z');
    }
    return wrong.toString();
  }
}
