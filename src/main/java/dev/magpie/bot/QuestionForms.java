package dev.magpie.bot;

import com.ibm.icu.text.Transliterator;
import dev.magpie.search.Language;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** How else visitors write a question, for an evaluation: the same form of the same question each time. Pure. */
final class QuestionForms {
  private static final String[] BEFORE_ZH = {"你好，我想问一下", "您好，请问", "在吗？", "麻烦问一下，", "客服你好，"};
  private static final String[] BEHIND_ZH = {"，谢谢", "啊", "呢？急", "，在线等", ""};
  private static final String[] BEFORE_EN = {"hi, i would like to know ", "hello, quick question: ", "hey there, ",
      "hi can you please tell me ", "good morning, "};
  private static final String[] BEHIND_EN = {", thanks", " please", " thanks in advance", "??", ""};

  /** Shorter words keep their letters. */
  private static final int SHORTEST = 4;

  private QuestionForms() {}

  /** By name. */
  static Map<String, UnaryOperator<String>> of(Language language) {
    Map<String, UnaryOperator<String>> forms = new LinkedHashMap<>();
    forms.put("typo", QuestionForms::withoutOne);
    forms.put("chat", question -> chat(question, language));
    if (language == Language.ZH) {
      forms.put("traditional", Transliterator.getInstance("Simplified-Traditional")::transliterate);
      forms.put("pinyin", Transliterator.getInstance("Han-Latin; Latin-ASCII; Lower")::transliterate);
    }
    return forms;
  }

  /** Without one character within: of the longest Latin word, where there is one. */
  static String withoutOne(String question) {
    if (Language.of(question) == Language.ZH) return withoutOne(question, 0, question.length());
    int from = 0;
    int to = 0;
    for (int start = 0, end; start < question.length(); start = end + 1) {
      end = start;
      while (end < question.length() && Character.isLetter(question.charAt(end))) end++;
      if (end - start > to - from) {
        from = start;
        to = end;
      }
    }
    return to - from < SHORTEST ? question : withoutOne(question, from, to);
  }

  private static String withoutOne(String question, int from, int to) {
    if (to - from < 3) return question;
    int at = from + 1 + Math.floorMod(question.hashCode(), to - from - 2);
    return question.substring(0, at) + question.substring(at + 1);
  }

  private static String chat(String question, Language language) {
    int before = Math.floorMod(question.hashCode(), BEFORE_ZH.length);
    int behind = Math.floorMod(question.hashCode() / 7, BEHIND_ZH.length);
    return language == Language.ZH ? BEFORE_ZH[before] + question + BEHIND_ZH[behind] : BEFORE_EN[before] + question + BEHIND_EN[behind];
  }
}
