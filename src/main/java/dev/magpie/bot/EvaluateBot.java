package dev.magpie.bot;

import dev.magpie.bot.Evaluation.Case;
import dev.magpie.search.Entry;
import dev.magpie.search.Language;
import dev.magpie.search.SearchIndex;
import dev.magpie.search.SearchOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Measures the bot's search on a collection of articles and questions: {@code java -cp target/magpie.jar dev.magpie.bot.EvaluateBot
 * articles.tsv questions.tsv off-topic.txt --lang zh}. Articles are {@code id, title, body} separated by tabs ({@code \n} in a body is a
 * line end), questions {@code id, question} or {@code id,id question}, the third file has a question a line that no article answers.
 * {@code --words} switches meaning off, {@code --forms} asks the questions with typos, in chat wording, in traditional characters and in
 * pinyin too, {@code --misses} prints the questions that found another article first.
 */
public final class EvaluateBot {
  private static final String USAGE =
      "usage: EvaluateBot articles.tsv questions.tsv off-topic.txt --lang zh|en [--words] [--forms] [--misses] [--vectors FOLDER]";

  private final Map<String, Path> files = new LinkedHashMap<>();
  private String lang = "";
  private boolean meaning = true;
  private boolean misses;
  private boolean forms;
  private Path vectors;

  public static void main(String[] args) throws IOException {
    System.setProperty("magpie.log.target", "System.err");
    try {
      new EvaluateBot().read(args).run();
    } catch (IllegalArgumentException e) {
      System.err.println("magpie: " + e.getMessage());
      System.err.println(USAGE);
      System.exit(2);
    }
    System.exit(0);
  }

  private EvaluateBot read(String[] args) {
    List<String> names = new ArrayList<>(List.of("articles", "questions", "off-topic"));
    for (int i = 0; i < args.length; i++) {
      String arg = args[i].contains("=") && args[i].startsWith("--") ? args[i].substring(0, args[i].indexOf('=')) : args[i];
      switch (arg) {
        case "--words", "--no-meaning", "--words-only" -> meaning = false;
        case "--misses" -> misses = true;
        case "--forms" -> forms = true;
        case "--lang" -> lang = value(args, arg.length() < args[i].length() ? i : i++, arg);
        case "--meaning" -> meaning = !Set.of("off", "false", "no").contains(value(args, arg.length() < args[i].length() ? i : i++, arg));
        case "--vectors" -> vectors = Path.of(value(args, arg.length() < args[i].length() ? i : i++, arg));
        case "--articles", "--questions", "--off-topic" -> {
          names.remove(arg.substring(2));
          files.put(arg.substring(2), Path.of(value(args, arg.length() < args[i].length() ? i : i++, arg)));
        }
        default -> {
          if (arg.startsWith("--")) throw new IllegalArgumentException("no option " + arg);
          if (Files.isDirectory(Path.of(arg))) folder(Path.of(arg), names);
          else if (names.isEmpty()) throw new IllegalArgumentException("one file too many: " + arg);
          else files.put(names.remove(0), Path.of(arg));
        }
      }
    }
    for (String file : List.of("articles", "questions"))
      if (!files.containsKey(file)) throw new IllegalArgumentException("no file of " + file);
    if (!Set.of("", "zh", "en").contains(lang)) throw new IllegalArgumentException("--lang is zh or en, not " + lang);
    return this;
  }

  private void folder(Path folder, List<String> names) {
    for (String name : List.copyOf(names)) {
      Path file = folder.resolve(name.equals("off-topic") ? "off-topic.txt" : name + ".tsv");
      if (Files.exists(file) && names.remove(name)) files.put(name, file);
    }
  }

  private static String value(String[] args, int at, String option) {
    int equals = args[at].indexOf('=');
    if (equals > 0) return args[at].substring(equals + 1);
    if (at + 1 >= args.length) throw new IllegalArgumentException(option + " needs a value");
    return args[at + 1];
  }

  private void run() throws IOException {
    List<Entry> entries = articles(files.get("articles"));
    List<Case> cases = questions(files.get("questions"), entries);
    List<String> offTopic = files.containsKey("off-topic") ? lines(files.get("off-topic")).stream().map(String::strip).toList() : List.of();
    Path folder = vectors == null ? Files.createTempDirectory("magpie-evaluation") : vectors;
    try (SearchIndex index = SearchIndex.open(new SearchOptions(folder, meaning, 0))) {
      index.put(entries);
      awaitMeaning(index);
      // Warm-up: the first questions run before the JIT has compiled the search.
      for (Case each : cases) index.find(each.question(), 3);
      Evaluation evaluation = Evaluation.of(cases, offTopic, question -> index.find(question, 20));
      System.out.println("articles " + entries.size());
      evaluation.report().forEach(System.out::println);
      if (forms) formsOf(cases, index);
      if (misses)
        evaluation.asked().stream().filter(each -> !each.right())
            .forEach(each -> System.out.println("missed " + each.asked().question() + " -> " + each.best()));
    } finally {
      if (vectors == null) delete(folder);
    }
  }

  private void formsOf(List<Case> cases, SearchIndex index) {
    QuestionForms.of(lang.equals("en") ? Language.EN : Language.ZH).forEach((name, form) -> {
      List<Case> formed = cases.stream().map(each -> new Case(form.apply(each.question()), each.ids())).toList();
      Evaluation evaluation = Evaluation.of(formed, List.of(), question -> index.find(question, 20));
      System.out.printf(Locale.ROOT, "%s hit@1 %.3f hit@3 %.3f%n", name, evaluation.hit(1), evaluation.hit(3));
    });
  }

  private static void awaitMeaning(SearchIndex index) {
    try {
      while (index.waitingForMeaning() > 0) Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<Entry> articles(Path file) throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (String line : lines(file)) {
      String[] fields = line.split("\t", 3);
      if (fields.length < 2) throw new IllegalArgumentException(file + ": not id, title and body separated by tabs: " + line);
      if (entries.isEmpty() && fields[0].equalsIgnoreCase("id")) continue;
      entries.add(new Entry(fields[0].strip(), fields[1].strip(), List.of(), List.of(),
          fields.length < 3 ? "" : fields[2].replace("\\n", "\n").replace("\\t", " ")));
    }
    return entries;
  }

  private static List<Case> questions(Path file, List<Entry> entries) throws IOException {
    Set<String> known = new HashSet<>();
    entries.forEach(entry -> known.add(entry.id()));
    List<Case> cases = new ArrayList<>();
    for (String line : lines(file)) {
      String[] fields = line.split("\t", 2);
      if (fields.length < 2) throw new IllegalArgumentException(file + ": not id and question separated by a tab: " + line);
      if (cases.isEmpty() && fields[0].equalsIgnoreCase("id")) continue;
      Set<String> ids = known.contains(fields[0].strip()) ? Set.of(fields[0].strip()) : Set.of(fields[0].strip().split("\\s*[,|]\\s*"));
      cases.add(new Case(fields[1].strip(), ids));
    }
    return cases;
  }

  private static List<String> lines(Path file) throws IOException {
    if (!Files.isReadable(file)) throw new IllegalArgumentException(file + ": cannot be read");
    return Files.readAllLines(file).stream().map(line -> line.startsWith("\uFEFF") ? line.substring(1) : line)
        .filter(line -> !line.isBlank()).toList();
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walked = Files.walk(folder)) {
      all = walked.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) Files.deleteIfExists(each);
  }
}
