package dev.magpie.bot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.magpie.bot.Evaluation.Asked;
import dev.magpie.bot.Evaluation.Case;
import dev.magpie.search.Entry;
import dev.magpie.search.Language;
import dev.magpie.search.SearchIndex;
import dev.magpie.search.SearchOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The bot on the project's own articles, leave one phrasing out: each phrasing is asked of an index that lacks it. What is found is held
 * against {@code baseline.txt}; {@code -Dbaseline.write=true} writes that anew, for a change that is meant.
 */
@Timeout(300)
class EvaluationTest {
  /** Of the questions: what a change may cost before somebody has to look at it. */
  private static final double DROP = 0.02;

  private static final Path BASELINE = Path.of("src/test/resources/dev/magpie/bot/baseline.txt");

  /** Vectors are kept from one build to the next. */
  private static final Path FOLDER = Path.of("target/evaluation");

  @Test
  void theBotFindsWhatItFoundBefore() throws IOException {
    List<String> now = new ArrayList<>();
    for (boolean meaning : new boolean[] {true, false}) {
      Map<Language, Evaluation> found = evaluate(meaning, UnaryOperator.identity());
      found.forEach((language, evaluation) -> now.addAll(lines(name(language, meaning), evaluation)));
    }
    if (Boolean.getBoolean("baseline.write")) Files.write(BASELINE, now);
    check(Files.readAllLines(BASELINE), now);
  }

  @Test
  void aBotThatFindsLessIsNoticedAndItsQuestionsAreNamed() throws IOException {
    // Without bodies and other phrasings, by words alone.
    Map<Language, Evaluation> found = evaluate(false, entry -> new Entry(entry.id(), entry.title(), List.of(), List.of(), ""));
    List<String> now = new ArrayList<>();
    found.forEach((language, evaluation) -> now.addAll(lines(name(language, false), evaluation)));
    assertThatThrownBy(() -> check(Files.readAllLines(BASELINE), now)).isInstanceOf(AssertionError.class).hasMessageContaining("hit@1")
        .hasMessageContaining("no longer found");
  }

  /** Every phrasing without one of its letters or characters, and the questions of visitors.txt, as the bot would answer them. */
  @Test
  void aQuestionWithATypoOrOfAVisitorIsHardlyEverAnsweredWrongly() throws IOException {
    try (SearchIndex index = SearchIndex.open(new SearchOptions(FOLDER, true, 0))) {
      index.synonyms(synonyms());
      index.put(articles());
      await(index);
      for (Language language : Language.values()) {
        List<Case> typos = new ArrayList<>();
        for (Entry article : articles())
          for (String phrasing : article.phrasings())
            if (Language.of(phrasing) == language) typos.add(new Case(QuestionForms.withoutOne(phrasing), Set.of(article.id())));
        Judged judged = Judged.of(index, typos);
        assertThat(judged.right.size()).as("%s", judged).isGreaterThanOrEqualTo((int) Math.ceil(0.85 * typos.size()));
        assertThat(judged.wrong.size()).as("%s", judged.wrong).isLessThanOrEqualTo((int) (0.03 * typos.size()));
      }
      Judged visitors = Judged.of(index, visitors());
      assertThat(visitors.wrong).hasSizeLessThanOrEqualTo(2);
      assertThat(visitors.right).as("%s", visitors).hasSizeGreaterThanOrEqualTo(40);
    }
  }

  /** The questions that were answered or given a suggestion rightly, and those that were answered by another article. */
  private record Judged(List<String> right, List<String> wrong) {
    static Judged of(SearchIndex index, List<Case> cases) {
      Judged judged = new Judged(new ArrayList<>(), new ArrayList<>());
      for (Case each : cases) {
        Judgement judgement = Judgement.of(index, each.question(), true);
        boolean answers = judgement.outcome() == Judgement.Outcome.TEXT;
        boolean right = judgement.found().stream().limit(answers ? 1 : Judgement.SUGGESTIONS)
            .anyMatch(found -> each.ids().contains(found.id()));
        if (right) judged.right.add(each.question());
        else if (answers) judged.wrong.add(each.question() + " -> " + judgement.found().get(0).title());
      }
      return judged;
    }
  }

  /** Where no article answers it, no id is right. */
  private static List<Case> visitors() throws IOException {
    List<String> ids = articles().stream().map(Entry::id).toList();
    try (InputStream in = EvaluationTest.class.getResourceAsStream("visitors.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.startsWith("#")).map(line -> {
        List<String> ends = List.of(line.substring(0, line.indexOf('\t')).split(","));
        return new Case(line.substring(line.indexOf('\t') + 1),
            ids.stream().filter(id -> ends.stream().anyMatch(id::endsWith)).collect(Collectors.toSet()));
      }).toList();
    }
  }

  private static String name(Language language, boolean meaning) {
    return language.name().toLowerCase(Locale.ROOT) + (meaning ? " meaning" : " words");
  }

  /** Figures first, then the questions that another article answers. */
  private static List<String> lines(String name, Evaluation evaluation) {
    List<String> lines = new ArrayList<>();
    for (String line : evaluation.report()) {
      if (line.startsWith("hit@") || line.startsWith("AUC") || line.startsWith("kept 0.90") || line.startsWith("confidence"))
        lines.add(name + " " + line);
    }
    evaluation.asked().stream().filter(each -> !each.right()).map(Asked::asked).map(Case::question).sorted()
        .forEach(question -> lines.add(name + " missed " + question));
    return lines;
  }

  private static void check(List<String> before, List<String> now) {
    List<String> worse = new ArrayList<>();
    for (String line : now) {
      int figure = line.indexOf("hit@");
      if (figure < 0) continue;
      String name = line.substring(0, line.lastIndexOf(' ') + 1);
      String old = before.stream().filter(each -> each.startsWith(name)).findFirst()
          .orElseThrow(() -> new AssertionError("no baseline of " + name));
      if (value(line) < value(old) - DROP) worse.add(line + ", before " + value(old));
    }
    if (worse.isEmpty()) return;
    Set<String> lost = missed(now);
    lost.removeAll(missed(before));
    Set<String> won = missed(before);
    won.removeAll(missed(now));
    won.removeIf(line -> now.stream().noneMatch(each -> each.startsWith(line.substring(0, line.indexOf(" missed ")))));
    throw new AssertionError("the bot finds less: " + worse + "\nno longer found:\n  " + String.join("\n  ", lost) + "\nfound now:\n  "
        + String.join("\n  ", won));
  }

  private static double value(String line) {
    return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }

  private static Set<String> missed(List<String> lines) {
    Set<String> missed = new TreeSet<>();
    lines.stream().filter(line -> line.contains(" missed ")).forEach(missed::add);
    return missed;
  }

  private static Map<Language, Evaluation> evaluate(boolean meaning, UnaryOperator<Entry> change) throws IOException {
    List<Entry> articles = articles();
    Map<Language, List<Asked>> asked = new EnumMap<>(Language.class);
    Map<Language, List<Double>> offTopic = new EnumMap<>(Language.class);
    int folds = articles.stream().mapToInt(article -> article.phrasings().size()).max().orElse(0);
    for (int fold = 0; fold < folds; fold++) {
      try (SearchIndex index = SearchIndex.open(new SearchOptions(FOLDER, meaning, 0))) {
        int hidden = fold;
        index.synonyms(synonyms());
        index.put(articles.stream().map(article -> change.apply(without(article, hidden))).toList());
        await(index);
        for (Language language : Language.values()) {
          List<Case> cases = articles.stream()
              .filter(article -> Language.of(article.title()) == language && article.phrasings().size() > hidden)
              .map(article -> new Case(article.phrasings().get(hidden), Set.of(article.id()))).toList();
          List<String> others = fold == 0 ? offTopic(language) : List.of();
          Evaluation part = Evaluation.of(cases, others, question -> index.find(question, 20));
          asked.computeIfAbsent(language, none -> new ArrayList<>()).addAll(part.asked());
          offTopic.computeIfAbsent(language, none -> new ArrayList<>()).addAll(part.offTopic());
        }
      }
    }
    Map<Language, Evaluation> found = new EnumMap<>(Language.class);
    asked.forEach((language, all) -> found.put(language, new Evaluation(all, offTopic.get(language), new long[0])));
    return found;
  }

  private static Entry without(Entry article, int phrasing) {
    List<String> rest = new ArrayList<>(article.phrasings());
    if (phrasing < rest.size()) rest.remove(phrasing);
    return new Entry(article.id(), article.title(), rest, article.keywords(), article.body());
  }

  private static void await(SearchIndex index) {
    try {
      while (index.waitingForMeaning() > 0) Thread.sleep(10);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Entry> articles() throws IOException {
    return json("/dev/magpie/store/articles.json").stream().map(JsonObject.class::cast).map(article -> new Entry(
        article.getString("_id"), article.getString("title"), strings(article, "phrasings"), strings(article, "keywords"),
        article.getString("body", ""))).toList();
  }

  private static List<List<String>> synonyms() throws IOException {
    return json("/dev/magpie/store/synonyms.json").stream().map(JsonObject.class::cast).map(group -> strings(group, "words")).toList();
  }

  private static List<String> strings(JsonObject json, String key) {
    return json.getJsonArray(key, new JsonArray()).stream().map(String.class::cast).toList();
  }

  private static JsonArray json(String resource) throws IOException {
    try (InputStream in = EvaluationTest.class.getResourceAsStream(resource)) {
      return new JsonArray(Buffer.buffer(in.readAllBytes()));
    }
  }

  private static List<String> offTopic(Language language) {
    try (InputStream in = EvaluationTest.class.getResourceAsStream("off-topic-" + language.name().toLowerCase(Locale.ROOT) + ".txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
