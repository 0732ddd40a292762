package dev.magpie.bot;

import dev.magpie.search.Entry;
import dev.magpie.search.Finding;
import dev.magpie.search.Language;
import dev.magpie.search.SearchIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the bot makes of a question's findings. From {@value #ANSWERS} on the best one's text is the answer, with alternatives below
 * {@value #SURE}; somewhat below, or where two are as likely, or where words and meaning disagree, the best are suggested; an article that
 * says nothing of the question's {@link Intent} is neither. Pure.
 *
 * @param found the answer, or the suggestions; none for NOTHING
 */
record Judgement(Outcome outcome, List<Finding> found) {
  static final double ANSWERS = 0.5;

  /** From here on an answer stands alone. */
  static final double SURE = 0.75;

  /** Two that are so near each other are both suggested. */
  private static final double TIE = 0.06;

  /** From here on the first is the answer, however near the next one is. */
  private static final double CERTAIN = 0.9;

  static final int SUGGESTIONS = 3;
  private static final double SUGGESTS_ZH = 0.25;
  private static final double SUGGESTS_EN = 0.35;

  /** The best first. */
  enum Outcome { TEXT, SUGGESTIONS, NOTHING }

  /** Searches and judges: on a search thread. */
  static Judgement of(SearchIndex index, String question, boolean byMeaning) {
    return of(index, question, index.find(question, SUGGESTIONS, byMeaning));
  }

  static Judgement of(SearchIndex index, String question, List<Finding> found) {
    Optional<Intent> intent = found.isEmpty() || found.get(0).kind() == Finding.Kind.EXACT ? Optional.empty() : Intent.of(question);
    if (intent.isPresent()) return of(index, question, found, intent.get());
    Judgement judged = of(question, found);
    return judged.outcome == Outcome.TEXT ? agreed(index, question, found) : judged;
  }

  /** By confidence alone. */
  static Judgement of(String question, List<Finding> found) {
    if (answers(found)) return new Judgement(Outcome.TEXT, found);
    double least = least(question);
    boolean near = !found.isEmpty() && (found.get(0).confidence() >= least || found.get(0).kind() == Finding.Kind.LITERAL);
    return near ? new Judgement(Outcome.SUGGESTIONS, found) : new Judgement(Outcome.NOTHING, List.of());
  }

  static boolean answers(List<Finding> found) {
    return !found.isEmpty() && found.get(0).confidence() >= ANSWERS;
  }

  /** Whether it is an answer that stands alone. */
  boolean isSure() {
    return outcome == Outcome.TEXT && found.get(0).confidence() >= SURE;
  }

  private static double least(String question) {
    return Language.of(question) == Language.ZH ? SUGGESTS_ZH : SUGGESTS_EN;
  }

  /** Only articles that speak of it: as an answer if it is their subject, as suggestions if they mention it. */
  private static Judgement of(SearchIndex index, String question, List<Finding> found, Intent intent) {
    List<Finding> speaking = new ArrayList<>();
    List<Finding> mentioning = new ArrayList<>();
    for (Finding finding : found) {
      Intent.Said said = said(index, finding, intent);
      if (said == Intent.Said.AS_SUBJECT && finding.confidence() >= SUGGESTS_ZH) speaking.add(finding);
      if (said == Intent.Said.IN_BODY && finding.confidence() >= least(question)) mentioning.add(finding);
    }
    speaking.addAll(mentioning);
    if (speaking.isEmpty()) return new Judgement(Outcome.NOTHING, List.of());
    boolean answers = speaking.get(0) == found.get(0) && answers(found) && said(index, found.get(0), intent) == Intent.Said.AS_SUBJECT
        && !intent.isAllOf(question);
    return answers ? agreed(index, question, found) : new Judgement(Outcome.SUGGESTIONS, speaking);
  }

  private static Intent.Said said(SearchIndex index, Finding finding, Intent intent) {
    Optional<Entry> entry = index.entry(finding.id());
    return entry.isPresent() ? intent.in(entry.get()) : Intent.Said.NOT;
  }

  /** Where two are as likely, or where words and meaning name different articles and meaning is not sure, both are suggested. */
  private static Judgement agreed(SearchIndex index, String question, List<Finding> found) {
    Finding best = found.get(0);
    if (best.kind() != Finding.Kind.MEANING || best.confidence() >= CERTAIN) return new Judgement(Outcome.TEXT, found);
    if (found.size() > 1 && found.get(1).confidence() > best.confidence() - TIE) return new Judgement(Outcome.SUGGESTIONS, found);
    if (best.confidence() >= SURE) return new Judgement(Outcome.TEXT, found);
    List<Finding> byWords = index.find(question, 1, false);
    if (byWords.isEmpty() || byWords.get(0).id().equals(best.id())) return new Judgement(Outcome.TEXT, found);
    List<Finding> both = new ArrayList<>(List.of(best, byWords.get(0)));
    found.stream().filter(each -> both.stream().noneMatch(other -> other.id().equals(each.id()))).forEach(both::add);
    return new Judgement(Outcome.SUGGESTIONS, List.copyOf(both.subList(0, Math.min(both.size(), SUGGESTIONS))));
  }
}
