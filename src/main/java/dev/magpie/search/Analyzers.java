package dev.magpie.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.cjk.CJKBigramFilter;
import org.apache.lucene.analysis.cjk.CJKWidthFilter;
import org.apache.lucene.analysis.cn.smart.HMMChineseTokenizer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/** How a text becomes terms. Lucene's analyzers may be used from any thread. */
final class Analyzers {
  /** Chinese: unigrams and bigrams, which find every word, whether or not a dictionary has it. */
  static final Analyzer PAIRS = analyzer(StandardTokenizer::new,
      in -> new CJKBigramFilter(new LowerCaseFilter(new CJKWidthFilter(in)), 15, true));

  /** Chinese by words of a dictionary. */
  static final Analyzer WORDS = analyzer(HMMChineseTokenizer::new, in -> new WithLetters(new PorterStemFilter(new LowerCaseFilter(in))));

  static final Analyzer ENGLISH = analyzer(StandardTokenizer::new,
      in -> new PorterStemFilter(new LowerCaseFilter(new EnglishPossessiveFilter(in))));

  private Analyzers() {}

  static Set<String> terms(Analyzer analyzer, String text) {
    return new LinkedHashSet<>(list(analyzer, text));
  }

  private static List<String> list(Analyzer analyzer, String text) {
    List<String> terms = new ArrayList<>();
    try (TokenStream stream = analyzer.tokenStream("", text)) {
      CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
      stream.reset();
      while (stream.incrementToken()) terms.add(term.toString());
      stream.end();
      return terms;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Analyzer analyzer(Supplier<Tokenizer> tokenizer, UnaryOperator<TokenStream> filters) {
    return new Analyzer() {
      @Override
      protected TokenStreamComponents createComponents(String field) {
        Tokenizer source = tokenizer.get();
        return new TokenStreamComponents(source, filters.apply(source));
      }
    };
  }

  /** The dictionary's tokenizer returns punctuation as terms. */
  private static final class WithLetters extends TokenFilter {
    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);

    private WithLetters(TokenStream in) {
      super(in);
    }

    @Override
    public boolean incrementToken() throws IOException {
      while (input.incrementToken()) if (Character.isLetterOrDigit(Character.codePointAt(term, 0))) return true;
      return false;
    }
  }
}
