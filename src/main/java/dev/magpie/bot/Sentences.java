package dev.magpie.bot;

import dev.magpie.bus.Question;
import java.util.Map;

/**
 * The bot's own sentences. Those of the tutorial are unchanged to the byte, since its pages compare them; a question whose {@code lang}
 * begins with {@code en} gets them in English.
 */
final class Sentences {
  static final String BALANCE = "您当前的话费有2元";
  static final String DATA = "您当前的流量有200M";
  static final String BAD = "请输入正确的信息";
  static final String NOT_FOUND = "没有找到您要的数据，请联系人工客服";
  static final String DID_YOU_MEAN = "您是不是想问：";
  /** A title follows. */
  static final String WHOLE = "阅读全文请发送标题：";
  static final String TOO_LONG = "您的问题太长了，请用一两句话说明";
  static final String PERSON = "已记录您需要人工客服。这里暂时没有客服在线，请稍后再来，或通过官方客服渠道联系我们。";

  /** Without the database: does not claim that the request was stored. */
  static final String PERSON_NOT_NOTED = "这里暂时没有客服在线，请稍后再来，或通过官方客服渠道联系我们。";

  private static final Map<String, String> ENGLISH = Map.of(
      BAD, "Please enter valid information",
      NOT_FOUND, "No matching answer found. Please contact customer service.",
      DID_YOU_MEAN, "Did you mean:",
      WHOLE, "To read the whole article, send its title: ",
      TOO_LONG, "Your question is too long. Please put it into one or two sentences.",
      PERSON_NOT_NOTED, "Nobody is online here at the moment: please come again later, or contact customer service.",
      PERSON, "We have noted that you want to talk to a person. Nobody is online here at the moment: please come again later, or contact "
      + "customer service.");

  private Sentences() {}

  static String of(Question question, String sentence) {
    return question.lang() != null && question.lang().startsWith("en") ? ENGLISH.getOrDefault(sentence, sentence) : sentence;
  }
}
