package dev.magpie.bot;

import dev.magpie.bus.Answer;
import dev.magpie.bus.Question;
import dev.magpie.search.Wording;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Answers without a search: to an empty or far too long question, a greeting, or a request for a person. Pure. */
final class SmallTalk {
  private static final Map<String, String> SMALL_TALK = smallTalk();

  private SmallTalk() {}

  /** Empty: a question for the answerers. */
  static Optional<Answer> answer(Question question) {
    if (question.text().isBlank()) return Optional.of(Answer.notFound(Sentences.of(question, Sentences.BAD)));
    if (question.text().strip().length() > Question.LONGEST)
      return Optional.of(Answer.notFound(Sentences.of(question, Sentences.TOO_LONG)));
    String bare = Wording.bare(Wording.plain(question.text()));
    if (PersonWish.isIn(question.text())) return Optional.of(Answer.of(Sentences.of(question, Sentences.PERSON)));
    return Optional.ofNullable(SMALL_TALK.get(bare)).map(Answer::of);
  }

  static boolean wantsPerson(Question question) {
    return PersonWish.isIn(question.text());
  }

  /** Whether the same question was asked just before in this conversation. */
  static boolean isRepeated(Question question) {
    int last = question.history().size() - 1;
    return last >= 0 && bare(question.history().get(last)).equals(bare(question.text())) && !bare(question.text()).isEmpty();
  }

  private static String bare(String text) {
    return Wording.bare(Wording.plain(text));
  }

  private static Map<String, String> smallTalk() {
    Map<String, String> talk = new TreeMap<>();
    for (String hello : new String[] {"你好", "您好", "你好啊", "你好呀", "哈喽", "哈啰", "嗨", "在吗", "在么", "有人吗", "早上好", "上午好", "中午好", "下午好", "晚上好"})
      talk.put(hello, "您好，请问有什么可以帮您？");
    for (String thanks : new String[] {"谢谢", "谢谢你", "谢谢您", "多谢", "感谢", "非常感谢", "谢了", "好的谢谢"}) talk.put(thanks, "不客气，还有问题请随时问我。");
    for (String bye : new String[] {"再见", "拜拜", "拜", "回头见", "没事了", "没有了"}) talk.put(bye, "再见，祝您生活愉快。");
    for (String who : new String[] {"你是谁", "你叫什么", "你叫什么名字", "你是机器人吗", "你是人吗"}) talk.put(who, "我是机器人，从文章里为您找答案。要找人工客服，请说“转人工”。");
    for (String ok : new String[] {"好", "好的", "嗯", "哦", "知道了", "明白了", "可以", "ok", "okay"})
      talk.put(ok, ok.startsWith("ok") ? "Good. Is there anything else?" : "好的，还有问题请随时问我。");
    for (String hello : new String[] {"hi", "hello", "hey", "hithere", "hellothere", "heythere", "goodmorning", "goodafternoon",
        "goodevening"}) talk.put(hello, "Hello, how can I help you?");
    for (String thanks : new String[] {"thanks", "thankyou", "thankyouverymuch", "thx", "manythanks", "thanksalot"})
      talk.put(thanks, "You are welcome. Ask me whenever you like.");
    for (String bye : new String[] {"bye", "goodbye", "byebye", "seeyou"}) talk.put(bye, "Goodbye, and have a nice day.");
    for (String who : new String[] {"whoareyou", "whatareyou", "areyouabot", "areyouarobot", "areyouhuman", "whatisyourname",
        "whatsyourname"}) talk.put(who, "I am a bot that looks for answers in articles. Say \"agent\" for a person.");
    return talk;
  }
}
