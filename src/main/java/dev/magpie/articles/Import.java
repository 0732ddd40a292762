package dev.magpie.articles;

import dev.magpie.articles.ArticlesCommand.Arguments;
import dev.magpie.store.ArticleFields;
import dev.magpie.store.ArticleImport;
import dev.magpie.store.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a file to its end, whatever is wrong in it, and then imports all of it or reports each line. Used once. */
final class Import {
  /** Lines of the report; who has more wrong sees the pattern. */
  private static final int REPORTED = 50;

  private final ArticleImport articles;
  private final Arguments arguments;
  private final PrintStream err;
  private final boolean terminal;
  private final List<String> report = new ArrayList<>();
  private long refused;

  Import(Store store, Arguments arguments, PrintStream err, boolean terminal) {
    this.articles = store.importArticles(arguments.dryRun());
    this.arguments = arguments;
    this.err = err;
    this.terminal = terminal;
  }

  int run() throws Exception {
    long begun = System.nanoTime();
    ArticleFile file = open();
    articles.begin();
    try (Progress progress = new Progress(terminal ? err : null)) {
      try {
        long size = Math.max(1, file.size());
        file.read((row, bytes) -> {
          take(row);
          progress.show("reading", bytes, size);
        });
        if (refused > 0) return refuse(progress);
      } catch (Exception failure) {
        abandon(failure);
        throw failure;
      }
      ArticleImport.Outcome outcome = commit(progress);
      progress.close();
      err.printf("%s %d articles from %s in %.1f s: %d new, %d changed, %d as they were%s%n", arguments.dryRun() ? "would import" : "imported", outcome.all(), arguments.file(),
          (System.nanoTime() - begun) / 1e9, outcome.created(), outcome.changed(), outcome.unchanged(), arguments.dryRun() ? "; a dry run, nothing was written" : "");
      return 0;
    }
  }

  private ArticleFile open() throws IOException, BadFile {
    Path path = arguments.file();
    if (!Files.exists(path)) throw new BadFile(path.toString(), "no such file");
    boolean folder = Files.isDirectory(path);
    if (folder && arguments.format() != Arguments.Format.MARKDOWN) throw new BadFile(path.toString(), "a folder; allowed for markdown only");
    return switch (arguments.format()) {
      case MARKDOWN -> new MarkdownFolder(path, arguments.encoding());
      case CSV -> new CsvFile(TextFile.open(path, path.toString(), arguments.encoding()));
      case JSONL -> new JsonLinesFile(TextFile.open(path, path.toString(), arguments.encoding()));
    };
  }

  private void take(Row row) throws Exception {
    if (row.problem() != null) {
      report(row.place(), List.of(row.problem()));
      return;
    }
    List<String> problems = ArticleFields.problems(row.fields());
    if (!problems.isEmpty()) {
      report(row.place(), problems);
      return;
    }
    Optional<String> twice = articles.add(row.fields(), row.place());
    if (twice.isPresent()) report(row.place(), List.of(twice.get()));
  }

  private void report(String place, List<String> problems) throws Exception {
    // From here on nothing will be written, so nothing more needs to be laid ready.
    if (refused++ == 0) articles.abandon();
    for (String problem : problems) if (report.size() < REPORTED) report.add(place + ": " + problem);
  }

  private int refuse(Progress progress) {
    progress.close();
    report.forEach(err::println);
    if (refused > report.size()) err.println("… and more");
    err.println("magpie: " + arguments.file() + ": " + refused + (refused == 1 ? " article" : " articles") + " refused; nothing was imported");
    return 1;
  }

  private void abandon(Exception because) {
    try {
      articles.abandon();
    } catch (Exception alsoThat) {
      // The database is away; what was laid ready is cleared by the next import.
      because.addSuppressed(alsoThat);
    }
  }

  private ArticleImport.Outcome commit(Progress progress) throws Exception {
    try {
      return articles.commit((written, all) -> progress.show("writing", written, all));
    } catch (Exception failure) {
      throw new IOException(ArticlesCommand.reason(failure) + "; " + articles.fate());
    }
  }
}
