package dev.magpie.articles;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.magpie.articles.ArticlesCommand.Arguments.Format;
import dev.magpie.store.Article;
import dev.magpie.store.ArticleFields;
import dev.magpie.store.Store;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes every article, by id, in a form that an import takes back exactly; UTF-8. */
final class Export {
  /** Byte order mark, without which Excel does not recognise UTF-8. */
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final Store store;
  private final Format format;

  Export(Store store, Format format) {
    this.store = store;
    this.format = format;
  }

  /** @return how many */
  long write(PrintStream out) throws Exception {
    List<Article> articles = new ArrayList<>();
    store.eachArticle(articles::add);
    articles.sort(Comparator.comparing(Article::id));
    if (format == Format.CSV) csv(articles, out);
    else for (Article article : articles) out.write((jsonLine(article) + "\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
    return articles.size();
  }

  private static String jsonLine(Article article) {
    return ArticleFields.of(article).put("id", ExtendedJson.ownId(article.id())).encode();
  }

  private static void csv(List<Article> articles, PrintStream out) throws IOException {
    out.write(BYTE_ORDER_MARK);
    CsvSchema schema = CsvSchema.builder().addColumns(ArticleFields.NAMES, CsvSchema.ColumnType.STRING).build().withHeader();
    CsvMapper csv = CsvMapper.builder().enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING).build();
    // The writer is not closed: that would close standard output.
    SequenceWriter rows = csv.writer(schema).without(JsonGenerator.Feature.AUTO_CLOSE_TARGET).writeValues(out);
    for (Article article : articles) rows.write(row(ArticleFields.of(article)));
    rows.close();
    if (articles.isEmpty()) out.write((String.join(",", ArticleFields.NAMES) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, String> row(JsonObject fields) {
    Map<String, String> row = new LinkedHashMap<>();
    fields.forEach(field -> row.put(field.getKey(),
        field.getValue() instanceof JsonArray list ? String.join("\n", list.stream().map(String.class::cast).toList())
        : field.getValue().toString()));
    return row;
  }
}
