package dev.magpie.articles;

import com.mongodb.MongoTimeoutException;
import dev.magpie.store.Store;
import dev.magpie.store.StoreOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The command line {@code articles import} and {@code articles export}. Works through the program that has the embedded database open,
 * where one does. Blocks.
 */
public final class ArticlesCommand {
  public static final String USAGE =
      "articles import FILE [--dry-run] [--format jsonl|csv|markdown] [--encoding NAME] [-conf FILE]; articles export [FILE] [--format "
      + "jsonl|csv] [-conf FILE]";

  private static final long PATIENCE_SECONDS = 30;

  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;

  /** @param terminal whether a person looks at {@code err} while it is written */
  public ArticlesCommand(PrintStream out, PrintStream err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** @return the exit code: 0 done, 1 the file was refused and nothing was changed, 2 it could not be tried */
  public int run(Arguments arguments, StoreOptions options) {
    Vertx vertx = Vertx.vertx();
    try {
      Store store = await(Store.openOrJoin(vertx, options));
      try {
        await(store.ping());
        return arguments.isImport() ? new Import(store, arguments, err, terminal).run() : export(store, arguments);
      } finally {
        await(store.close());
      }
    } catch (BadFile refused) {
      err.println("magpie: " + refused.getMessage());
      return 1;
    } catch (Exception failure) {
      err.println("magpie: " + reason(failure));
      return 2;
    } finally {
      // Waited for: it deletes files in the folder of this process, which is deleted next.
      vertx.close().otherwiseEmpty().await();
    }
  }

  private int export(Store store, Arguments arguments) throws Exception {
    Export export = new Export(store, arguments.format());
    if (arguments.file() == null) {
      export.write(out);
      return 0;
    }
    // Atomic: written to a temporary file, then moved.
    Path beside = arguments.file().resolveSibling(arguments.file().getFileName() + ".new");
    long count;
    try (PrintStream file = new PrintStream(Files.newOutputStream(beside))) {
      count = export.write(file);
      if (file.checkError()) throw new IOException(beside + " could not be written");
      file.close();
      Files.move(beside, arguments.file(), StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
    err.println("exported " + count + " articles to " + arguments.file());
    return 0;
  }

  private static <T> T await(Future<T> future) throws TimeoutException {
    return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  static String reason(Throwable failure) {
    if (failure instanceof MongoTimeoutException)
      return "the database does not answer; start it, or see the setting mongo.connection_string";
    if (failure instanceof NoSuchFileException missing) return missing.getFile() + ": no such file";
    if (failure instanceof AccessDeniedException denied) return denied.getFile() + ": may not be read or written";
    if (failure instanceof UncheckedIOException io) return reason(io.getCause());
    if (failure instanceof CharacterCodingException) return "not in the encoding that was named; see --encoding";
    return (failure.getMessage() == null ? "failed without a reason" : failure.getMessage()).replaceAll("\\p{Cntrl}+", " ");
  }

  /** What the command line says. */
  public record Arguments(boolean isImport, Path file, boolean dryRun, Format format, Charset encoding) {
    /** The kinds of files. */
    public enum Format {
      JSONL,
      CSV,
      MARKDOWN;

      static Format of(Path file, boolean isImport) {
        if (isImport && Files.isDirectory(file)) return MARKDOWN;
        String name = file == null ? "" : file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".csv") || name.endsWith(".tsv")) return CSV;
        if (name.endsWith(".md")) return MARKDOWN;
        return JSONL;
      }
    }

    /**
     * Reads what follows {@code articles}.
     *
     * @throws IllegalArgumentException with one line for the user
     */
    public static Arguments parse(List<String> words) {
      if (words.isEmpty() || !List.of("import", "export").contains(words.get(0)))
        throw new IllegalArgumentException("articles: what? " + USAGE);
      boolean isImport = words.get(0).equals("import");
      Path file = null;
      boolean dryRun = false;
      Format format = null;
      Charset encoding = null;
      for (int i = 1; i < words.size(); i++) {
        String word = words.get(i);
        switch (word) {
          case "--dry-run" -> dryRun = isImport || refuse(word);
          case "--format" -> format = format(value(words, ++i), isImport);
          case "--encoding" -> encoding = isImport ? charset(value(words, ++i)) : refuse(word) ? null : null;
          default -> {
            if (word.startsWith("-")) refuse(word);
            if (file != null)
              throw new IllegalArgumentException("articles " + words.get(0) + ": " + word + ": a second file; allowed: one");
            file = Path.of(word);
          }
        }
      }
      if (isImport && file == null) throw new IllegalArgumentException("articles import: the file is missing: " + USAGE);
      return new Arguments(isImport, file, dryRun, format != null ? format : Format.of(file, isImport), encoding);
    }

    private static boolean refuse(String word) {
      throw new IllegalArgumentException("articles: " + word + ": not an option here: " + USAGE);
    }

    private static String value(List<String> words, int at) {
      if (at == words.size()) throw new IllegalArgumentException("articles: " + words.get(at - 1) + ": its value is missing");
      return words.get(at);
    }

    private static Format format(String name, boolean isImport) {
      return switch (name) {
        case "jsonl" -> Format.JSONL;
        case "csv" -> Format.CSV;
        case "markdown" -> isImport ? Format.MARKDOWN : unknownFormat(name, "jsonl, csv");
        default -> unknownFormat(name, isImport ? "jsonl, csv, markdown" : "jsonl, csv");
      };
    }

    private static Format unknownFormat(String name, String allowed) {
      throw new IllegalArgumentException("articles: --format: " + name + "; allowed: " + allowed);
    }

    private static Charset charset(String name) {
      try {
        return Charset.forName(name);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("articles: --encoding: " + name
            + ": unknown; allowed: UTF-8, GB18030 and others that Java knows");
      }
    }
  }
}
