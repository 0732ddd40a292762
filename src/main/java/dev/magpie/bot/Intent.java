package dev.magpie.bot;

import dev.magpie.search.Entry;
import dev.magpie.search.Language;
import dev.magpie.search.Wording;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a visitor wants who asks for a price, a refund, a complaint, the end of a contract, or help with a loss. The nearest article is no
 * answer to that if it says nothing of it, however near its subject is. Pure.
 */
enum Intent {
  PRICE(
      "多少钱|几块钱|什么价|价格|价钱|多贵|贵不贵|怎么收费|收费标准",
      "how much (?:is|are|does|do|for|would|will)\\b(?!.*\\b(?:data|balance|credit|left|used?)\\b)"
          + "|\\b(?:price|prices|pricing|cost|costs|fee|fees)\\b",
      "元|块钱|多少钱|收费|费用|价格|价钱|免费|月租",
      "\\b(?:costs?|prices?|fees?|charged?|charges|free|rates?)\\b|[$€£¥]|\\d (?:euros?|dollars?|pounds?)\\b"),
  REFUND(
      "退钱|退款|退费|退我钱|退还|赔偿|赔钱",
      "\\b(?:refund|refunds|refunded|reimburse|reimbursement|compensation)\\b|money back",
      "退钱|退款|退费|退还|退回|赔",
      "\\b(?:refund\\w*|reimburse\\w*|compensat\\w*|money back|paid back|returned)\\b"),
  COMPLAINT("投诉|举报", "\\b(?:complain|complaint|complaints)\\b", "投诉|举报", "\\bcomplain\\w*\\b"),
  END(
      "取消|注销|退订|销户|销号|解约|终止",
      "\\b(?:cancel|cancelling|canceling|cancellation|terminate|terminating|unsubscribe)\\b|\\b(?:end|close|quit) (?:my|the)\\b",
      "取消|注销|退订|销户|销号|解约|终止|关闭|停|违约",
      "\\b(?:cancel\\w*|terminat\\w*|unsubscrib\\w*|end|ends|ended|close|closed|stop|stopped|leave)\\b"),
  LOSS(
      "丢了|丢失|弄丢|遗失|被偷|被盗|偷了|不见了|挂失",
      "\\b(?:lost|stolen|theft|stole)\\b|\\blose my\\b|\\b(?:can't|cannot|can not) find my (?:phone|sim|card)\\b",
      "丢|遗失|偷|盗|挂失",
      "\\b(?:lost|lose|losing|stolen|theft|missing)\\b"),
  CONTACT(
      "(?:客服|人工|服务|热线|投诉|联系|你们的?)的?电话|电话(?:号码)?(?:是)?多少|怎么联系你们",
      "\\b(?:phone number|telephone number|hotline|contact number|e-?mail address) (?:of|for)\\b"
          + "|\\b(?:your|support|service) (?:phone|telephone|hotline|number|e-?mail)\\b",
      "客服电话|服务电话|热线|联系电话|拨打",
      "\\b(?:hotline|phone number|call us|e-?mail us|call \\d+)\\b");

  // What is asked around an intent without naming a subject.
  private static final Pattern AROUND_ZH = Pattern.compile(
      "能不能|可不可以|可以|能|给我|帮我|我们?|你们?|您|要|想|需要|怎么|如何|请|办|申请|一下|吗|呢|啊|吧|了|的|去|在?哪里?");
  private static final Pattern AROUND_EN = Pattern.compile(
      "\\b(?:i|i'd|i'm|me|my|you|your|we|a|an|the|this|it|get|give|want|need|like|make|have|can|could|do|does|to|how|where|what|is|will"
          + "|would|please|for)\\b");

  private final Pattern asksZh;
  private final Pattern asksEn;
  private final Pattern saysZh;
  private final Pattern saysEn;

  /** How far an article speaks of an intent: as its subject, in passing, or not at all. */
  enum Said { AS_SUBJECT, IN_BODY, NOT }

  Intent(String asksZh, String asksEn, String saysZh, String saysEn) {
    this.asksZh = Pattern.compile(asksZh);
    this.asksEn = Pattern.compile(asksEn);
    this.saysZh = Pattern.compile(saysZh);
    this.saysEn = Pattern.compile(saysEn);
  }

  /** The first of them in the question. */
  static Optional<Intent> of(String question) {
    String text = lower(question);
    return Stream.of(values()).filter(intent -> (Language.of(text) == Language.ZH ? intent.asksZh : intent.asksEn).matcher(text).find())
        .findFirst();
  }

  /** Whether the question names nothing else: "refund" may be one of anything. */
  boolean isAllOf(String question) {
    String text = lower(question);
    boolean zh = Language.of(text) == Language.ZH;
    String rest = (zh ? asksZh : asksEn).matcher(text).replaceAll(" ");
    return Wording.bare((zh ? AROUND_ZH : AROUND_EN).matcher(rest).replaceAll(" ")).isEmpty();
  }

  Said in(Entry entry) {
    List<String> subject = Stream.of(Stream.of(entry.title()), entry.phrasings().stream(), entry.keywords().stream())
        .flatMap(each -> each).toList();
    if (subject.stream().anyMatch(this::isIn)) return Said.AS_SUBJECT;
    return isIn(entry.body()) ? Said.IN_BODY : Said.NOT;
  }

  private boolean isIn(String text) {
    String lower = lower(text);
    return saysZh.matcher(lower).find() || saysEn.matcher(lower).find();
  }

  private static String lower(String text) {
    return Wording.plain(text).toLowerCase(Locale.ROOT).replace('’', '\'');
  }
}
