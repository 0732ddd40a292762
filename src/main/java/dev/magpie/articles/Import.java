package dev.magpie.articles;

import dev.magpie.articles.ArticlesCommand.Arguments;
import dev.magpie.store.ArticleFields;
import dev.magpie.store.ArticleImport;
import dev.magpie.store.Store;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads a file to its end, whatever is wrong in it, and then imports all of it or reports each line. Used once. */
final class Import {
  /** Most reported lines. */
  private static final int REPORTED = 50;

  /** Most foreign fields named in the warning. */
  private static final int MOST_NAMED = 20;

  private final ArticleImport articles;
  private final Arguments arguments;
  private final PrintStream err;
  private final boolean terminal;
  private final List<String> report = new ArrayList<>();
  private long refused;

  /** Fields of other programs, by name. */
  private final Map<String, KeptOut> keptOut = new LinkedHashMap<>();

  private static final class KeptOut {
    private final String firstPlace;
    private long articles;

    private KeptOut(String firstPlace) {
      this.firstPlace = firstPlace;
    }

    private String of(String name) {
      return firstPlace + ": " + (name.length() > 50 ? name.substring(0, 50) + "…" : name).replaceAll("\\p{Cntrl}", " ")
          + ": not a field (" + articles + (articles == 1 ? " article)" : " articles)");
    }
  }

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
      warnOfKeptOut();
      err.printf("%s %d articles from %s in %.1f s: %d new, %d changed, %d as they were%s%n",
          arguments.dryRun() ? "would import" : "imported", outcome.all(), arguments.file(),
          (System.nanoTime() - begun) / 1e9, outcome.created(), outcome.changed(), outcome.unchanged(),
          arguments.dryRun() ? "; a dry run, nothing was written" : "");
      return 0;
    }
  }

  private ArticleFile open() throws IOException, BadFile {
    Path path = arguments.file();
    if (!Files.exists(path)) throw new BadFile(path.toString(), "no such file");
    boolean folder = Files.isDirectory(path);
    if (folder && arguments.format() != Arguments.Format.MARKDOWN)
      throw new BadFile(path.toString(), "a folder; allowed for markdown only");
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
    List<String> strange = ArticleFields.ofOthers(row.fields());
    JsonObject fields = row.fields().copy();
    strange.forEach(fields::remove);
    if (!ArticleFields.problems(fields).isEmpty()) {
      // With those that would be kept out: one of them may be the title, misspelt.
      report(row.place(), ArticleFields.problems(row.fields()));
      return;
    }
    strange.forEach(name -> keptOut.computeIfAbsent(name, first -> new KeptOut(row.place())).articles++);
    Optional<String> twice = articles.add(fields, row.place());
    if (twice.isPresent()) report(row.place(), List.of(twice.get()));
  }

  private void report(String place, List<String> problems) throws Exception {
    // After the first error nothing will be written, so nothing more is staged.
    if (refused++ == 0) articles.abandon();
    for (String problem : problems) if (report.size() < REPORTED) report.add(place + ": " + problem);
  }

  /** One line, whatever the file has of others. */
  private void warnOfKeptOut() {
    if (keptOut.isEmpty()) return;
    String names = keptOut.entrySet().stream().limit(MOST_NAMED).map(each -> each.getValue().of(each.getKey()))
        .collect(Collectors.joining("; "));
    err.println("warning: kept out: " + names + (keptOut.size() > MOST_NAMED ? "; and more" : "") + "; allowed: "
        + String.join(", ", ArticleFields.NAMES));
  }

  private int refuse(Progress progress) {
    progress.close();
    warnOfKeptOut();
    report.forEach(err::println);
    if (refused > report.size()) err.println("… and more");
    err.println("magpie: " + arguments.file() + ": " + refused + (refused == 1 ? " article" : " articles")
        + " refused; nothing was imported");
    return 1;
  }

  private void abandon(Exception because) {
    try {
      articles.abandon();
    } catch (Exception alsoThat) {
      // The database is away; the next import clears the staged articles.
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
