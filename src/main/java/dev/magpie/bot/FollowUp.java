package dev.magpie.bot;

import dev.magpie.bus.Question;
import dev.magpie.search.Language;
import dev.magpie.search.Wording;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** A short question that leaves its subject to the one before, such as {@code 那多少钱？} or {@code and abroad?}. Pure. */
final class FollowUp {
  /** Characters of a Chinese one, and words of an English one. */
  private static final int SHORT_ZH = 10;
  private static final int SHORT_EN = 6;

  private static final Pattern SUBJECTLESS_ZH = Pattern.compile(
      "(?:那么?|那|还有|然后|它|这个|那个|这样|一共|总共|大概|一般|要|需要|得|的|会|能|可以)*"
      + "(?:多少钱|几块钱|多少|多久|几天|怎么办理?|怎么弄|怎么取消|怎么收费|收费吗|要钱吗|贵吗|贵不贵|免费吗"
      + "|在哪里?办?|去哪里?办?|什么时候|为什么|行吗|可以吗|怎么样)"
      + "(?:呢|啊|呀|的|了|吗)*");
  private static final Pattern CONTINUES_ZH = Pattern.compile("(?:那么?|还有|然后|如果|要是|它|这个|那个).+");
  private static final Pattern CONTINUES_EN = Pattern.compile(
      "(?:and|but|or|also|then|what about|how about|what if)\\b.+|.*\\b(?:it|that|this|them|one)\\b.*"
      + "|(?:how much|how long|how many|when|why|where|how)(?: (?:is|does|do|are|will))?[?. ]*");

  private FollowUp() {}

  /** The question together with the one that it continues; empty when it stands alone. */
  static Optional<String> together(Question question) {
    if (!continues(question.text())) return Optional.empty();
    List<String> earlier = question.history();
    for (int i = earlier.size() - 1; i >= 0; i--)
      if (!continues(earlier.get(i)) && !earlier.get(i).isBlank()) return Optional.of(earlier.get(i) + " " + question.text());
    return Optional.empty();
  }

  private static boolean continues(String text) {
    String plain = Wording.plain(text).toLowerCase(Locale.ROOT);
    if (Language.of(plain) == Language.ZH) {
      String bare = Wording.bare(plain);
      return bare.length() <= SHORT_ZH && (SUBJECTLESS_ZH.matcher(bare).matches() || CONTINUES_ZH.matcher(bare).matches());
    }
    return plain.split(" ").length <= SHORT_EN && CONTINUES_EN.matcher(plain).matches();
  }
}
