package dev.magpie.bot;

import dev.magpie.search.Wording;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Whether a visitor asks for a person, in Chinese or English: the whole of a text, or of one of its sentences, consists of words that
 * such a wish is made of. Any other word (a telephone number, opening hours, 人工智能) makes it an ordinary question. Pure.
 */
final class PersonWish {
  /** Characters; a longer text describes a problem and is an ordinary question. */
  private static final int LONGEST = 100;

  private static final int MOST_WORDS = 16;

  // --- Chinese, without spaces and punctuation. Possessive: 想要 may also be read as 想 and 要, and a visitor may repeat it fifty times.

  private static final String ASKS = "(?:你好|您好|喂|嗨|那个|请问|请|麻烦(?:你|您)?(?:一下)?|"
      + "劳驾|可不可以|可以|可否|能不能|能否|能|快点?|赶紧|马上|立刻|直接|现在|还是|就|只|你们?|您|这里|我们?|俺|咱们?"
      + "|帮忙|帮我|帮|给我|给|替我|让我|想要|想|要求|需要|要|希望|必须|有没有|有|怎么才能|怎么|如何|在哪里?|哪里)";
  private static final String REACHES =
      "(?:(?:转接|转|接通|接入|接|寻找|找|叫|换成|换|联系上?|联络|呼叫|连接|连线|切换|切|召唤|安排|来|跟|和|与|同)"
      + "(?:到|至|给|去|成|为)?(?:我)?(?:一下|下)?(?:一?[个位名])?)";
  private static final String HUMAN = "(?:(?:人工|真人|活人)(?:在线)?(?:客服|服务|坐席|座席|台|咨询|帮助)?(?:人员|专员|小姐姐?|小哥哥?|mm)?|agent|human)";
  private static final String STAFF = "(?:(?:在线)?客服(?:人员|专员|代表|小姐姐?|小哥哥?|mm)?|坐席|座席|接线员|话务员|工作人员|客服经理|客户代表)";
  private static final String ENDS =
      "(?:吧|啊|呀|吗|嘛|么|呢|哦|噢|喔|啦|了|的|谢谢(?:你|您)?|多谢|好吗|好不好|行吗|行不行|可以吗|在吗|在不在|在线吗?|"
      + "有没有|有吗|一下|说话|说|聊天?|聊聊|谈谈?|沟通|对话|讲话|解决|处理|帮我|帮忙|快点?|急|回答|回复|接听|来)";

  private static final Pattern CHINESE = Pattern.compile(ASKS + "*+" + REACHES + "?" + HUMAN + ENDS + "*+");
  private static final Pattern CHINESE_STAFF = Pattern.compile("(?!.*(?:怎么|如何|哪里))" + ASKS + "*+" + REACHES + "?" + STAFF + ENDS + "*+");
  private static final Pattern CHINESE_ANYBODY = Pattern.compile(ASKS
      + "*(?:找|跟|和|与|同)一?[个位]?真?人(?:工)?(?:说话|说|聊天?|聊聊|谈谈?|沟通|对话|讲话|解决|处理|帮我|帮忙)" + ENDS + "*+");
  private static final Pattern NO_ROBOT = Pattern.compile("(?:我)?(?:不要|不想(?:跟|和|要|与)?|别(?:让|用)?)(?:你这个|你|这个)?机器人(?:说话|聊天?|回答|回复|说|客服)*+"
      + ENDS + "*+");

  /** A request behind a description of the problem: 我话费不对转人工. */
  private static final Pattern CHINESE_AT_LAST = Pattern.compile(".{1,40}(?:转接|转|接|找|要)(?:到|至|个)?人工(?:客服|服务)?" + ENDS + "*+");

  private static final Pattern DECLINED = Pattern.compile(".*(?:不用|不要|不想|不需要|不必|无需|别|取消|关闭)(?:再|给我|帮我)?(?:转接|转|接|找|叫|联系|人工|真人|客服).*");
  private static final Pattern ASKS_ABOUT = Pattern.compile(".*(?:什么|多少|几|哪|为啥|区别|收费|要钱|多久).*");

  /** Typed in haste, by ear or in traditional characters. */
  private static final List<String[]> MISSPELT = List.of(
      new String[] {"人公", "人工"}, new String[] {"人功", "人工"}, new String[] {"人共", "人工"}, new String[] {"仁工", "人工"},
      new String[] {"专人工", "转人工"}, new String[] {"砖人工", "转人工"},
      new String[] {"赚人工", "转人工"}, new String[] {"客付", "客服"}, new String[] {"客福", "客服"}, new String[] {"克服人员", "客服人员"},
      new String[] {"zhuanrengong", "转人工"},
      new String[] {"rengongkefu", "人工客服"}, new String[] {"rengong", "人工"}, new String[] {"kefu", "客服"});
  private static final String TRADITIONAL = "轉務員請幫給聯係與話談對嗎個線機還換點電麼專繫絡說";
  private static final String SIMPLIFIED = "转务员请帮给联系与话谈对吗个线机还换点电么专系络说";

  // --- English, word by word

  private static final Set<String> PERSONS = Set.of(
      "agent", "agents", "human", "humans", "person", "operator", "operators", "representative", "representatives", "rep", "reps",
      "advisor", "adviser", "supervisor", "manager", "receptionist", "employee");
  private static final Set<String> ANYBODY = Set.of("someone", "somebody", "anyone", "anybody", "staff", "support", "helpdesk");
  private static final Set<String> TALKS = Set.of("talk", "talking", "speak", "speaking", "chat", "chatting", "connect", "transfer",
      "contact", "escalate", "switch", "forward", "redirect", "reach");
  private static final Set<String> WANTS = Set.of("want", "need", "like", "get", "give", "wanna", "prefer", "require", "request",
      "demand", "bring", "find", "call");
  private static final Set<String> AROUND = Set.of(
      "i", "me", "you", "we", "us", "my", "a", "an", "the", "to", "with", "please", "pls", "plz", "hi", "hello", "hey", "can", "could",
      "may", "would", "will", "must", "have", "has", "let", "just", "really", "now",
      "right", "away", "put", "through", "is", "are", "there", "any", "some", "id", "im", "ill", "ok", "okay", "thanks", "thank", "do",
      "how", "real", "live", "actual", "being", "customer", "service", "services", "care", "team",
      "member", "help", "instead", "of", "bot", "robot", "not", "no", "this", "immediately", "asap", "directly", "over", "hand",
      "another", "available", "here", "online", "in", "touch", "from", "your", "at", "on", "line", "sales", "technical", "tech");
  private static final Set<String> KNOWN = all(PERSONS, ANYBODY, TALKS, WANTS, AROUND);

  /** Words that are long enough to tolerate one typing error. */
  private static final List<String> TOLERATED =
      List.of("agent", "human", "person", "operator", "representative", "advisor", "someone", "somebody", "customer", "service",
      "support", "transfer", "speak", "connect", "contact", "talk", "want", "please");

  private PersonWish() {}

  static boolean isIn(String text) {
    String plain = Wording.plain(text).toLowerCase(Locale.ROOT);
    if (plain.isEmpty() || text.length() > LONGEST) return false;
    List<String> sentences = Arrays.stream(plain.split("[,.!?;:，。！？；：、…~\\n]+")).map(String::strip)
        .filter(sentence -> !sentence.isEmpty()).toList();
    return isChinese(plain, sentences) || isEnglish(words(plain), true) || sentences.stream()
        .anyMatch(sentence -> isEnglish(words(sentence), false));
  }

  private static boolean isChinese(String plain, List<String> sentences) {
    String whole = corrected(Wording.bare(plain));
    if (DECLINED.matcher(whole).matches()) return false;
    if (isChinese(whole)) return true;
    if (sentences.size() > 1 && sentences.stream().map(sentence -> corrected(Wording.bare(sentence)))
        .anyMatch(sentence -> sentence.length() > 2 && isChinese(sentence))) return true;
    return CHINESE_AT_LAST.matcher(whole).matches() && !ASKS_ABOUT.matcher(whole).matches();
  }

  private static boolean isChinese(String bare) {
    return CHINESE.matcher(bare).matches() && !bare.equals("human") && !bare.equals("agent") || CHINESE_STAFF.matcher(bare).matches()
        || CHINESE_ANYBODY.matcher(bare).matches() || NO_ROBOT.matcher(bare).matches();
  }

  private static String corrected(String bare) {
    StringBuilder simplified = new StringBuilder(bare);
    for (int i = 0; i < simplified.length(); i++) {
      int at = TRADITIONAL.indexOf(simplified.charAt(i));
      if (at >= 0) simplified.setCharAt(i, SIMPLIFIED.charAt(at));
    }
    String corrected = simplified.toString();
    for (String[] pair : MISSPELT) corrected = corrected.replace(pair[0], pair[1]);
    return corrected;
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (String word : text.replaceAll("['’`]", "").split("[^\\p{L}\\p{N}]+")) if (!word.isEmpty()) words.add(tolerated(word));
    return words;
  }

  /** @param alone whether one word may be enough */
  private static boolean isEnglish(List<String> words, boolean alone) {
    if (words.isEmpty() || words.size() > MOST_WORDS || !KNOWN.containsAll(words)) return false;
    boolean talks = words.stream().anyMatch(TALKS::contains);
    boolean isService = words.contains("customer") && (words.contains("service") || words.contains("care") || words.contains("support"));
    boolean isPerson = words.stream().anyMatch(PERSONS::contains) || isService;
    if (!isPerson) return talks && words.stream().anyMatch(ANYBODY::contains);
    // "Are you a person?" asks about the bot.
    if (words.contains("are") && words.contains("you")) return false;
    return talks || words.stream().anyMatch(WANTS::contains) || (alone && words.stream().filter(word -> !PERSONS.contains(word))
        .allMatch(AROUND::contains));
  }

  private static String tolerated(String word) {
    if (KNOWN.contains(word) || word.length() < 4) return word;
    return TOLERATED.stream().filter(right -> word.charAt(0) == right.charAt(0) && isOneSlip(word, right)).findFirst().orElse(word);
  }

  /** One letter inserted, removed or replaced, or two neighbours transposed. */
  private static boolean isOneSlip(String word, String right) {
    int start = 0;
    while (start < word.length() && start < right.length() && word.charAt(start) == right.charAt(start)) start++;
    int end = 0;
    while (end < word.length() - start && end < right.length() - start
        && word.charAt(word.length() - 1 - end) == right.charAt(right.length() - 1 - end)) end++;
    int of = word.length() - start - end;
    int by = right.length() - start - end;
    boolean isExchanged = of == 2 && by == 2 && word.charAt(start) == right.charAt(start + 1)
        && word.charAt(start + 1) == right.charAt(start);
    // Not for short words: "went" is not "want".
    return isExchanged || (right.length() >= 5 && of <= 1 && by <= 1);
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // Handed to a method that only reads them.
  private static Set<String> all(Set<String>... sets) {
    return Arrays.stream(sets).flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());
  }
}
